;;; not-procedure, unbound, user and divide-by-zero errors and their places

;; case: call-a-number
(5 1 2)
; error not-procedure 1:1

;; case: call-a-list
(+ 1 ((list 1 2) 0))
; error not-procedure 1:6

;; case: call-a-bound-number
(let ((f 3))
  (list (f 1)))
; error not-procedure 2:9

;; case: call-a-result
(define (adder n) (+ n 1))
((adder 1) 2)
; error not-procedure 2:1

;; case: call-a-symbol
('car '(1))
; error not-procedure 1:1

;; case: call-in-tail-position
(define (f g) (g 1))
(f 'sin)
; error not-procedure 1:15

;; case: call-operator-before-operands
(define x 5)
((car '()) (/ 1 0))
; error wrong-type 2:7

;; case: call-checked-after-operands
(5 (car '()))
; error wrong-type 1:9

;; case: map-of-non-procedure
(cons 0 (map 5 '(1 2)))
; error not-procedure 1:9

;; case: apply-of-non-procedure
(apply 'f '(1))
; error not-procedure 1:1

;; case: call-an-input
;; set x=2
((begin x) 1)
; error not-procedure 1:1

;; case: shadowed-primitive-is-no-procedure
(let ((list '(1 2)))
  (car (list 1)))
; error not-procedure 2:8

;; case: unbound-letrec-read
(letrec ((a b) (b 1)) a)
; error unbound 1:13

;; case: unbound-letrec-read-before-the-last-init
(letrec ((a 1)
         (b (+ a 1)))
  b)
; error unbound 2:16

;; case: letrec-star-read-in-order
(letrec* ((a 1) (b (+ a 1))) b)
; => 2

;; case: unbound-letrec-star-read
(letrec* ((a 1) (b (+ a c)) (c 2)) b)
; error unbound 1:25

;; case: unbound-internal-define
(define (f)
  (define a (+ b 1))
  (define b 2)
  a)
(f)
; error unbound 2:16

;; case: unbound-top-level-read
(define a (* 2 b))
(define b 3)
a
; error unbound 1:16

;; case: unbound-through-a-call
(define (f) (+ 1 later))
(define now (f))
(define later 2)
now
; error unbound 1:18

;; case: unbound-function-called-early
(define a (g 1))
(define (g x) x)
a
; error unbound 1:12

;; case: bound-by-the-time-it-is-called
(define (f) later)
(define later 2)
(f)
; => 2

;; case: unbound-misspelt-operator
(define (square-root x) (sqrt x))
(+ 1 (squareroot 4))
; error unbound 2:7

;; case: unbound-operator-before-anything-runs
(if #t 1 (frobnicate 2))
; error unbound 1:11

;; case: unbound-operator-inside-lambda
(define (f x)
  (lenght x))
5
; error unbound 2:4

;; case: user-error
(error "stop" 1 2)
; error user 1:1

;; case: user-error-message-only
(+ 1 (error "stop"))
; error user 1:6

;; case: user-error-in-a-function
(define (check x)
  (if (< x 0)
      (error "negative" x)
      (sqrt x)))
(+ (check 4) (check -4))
; error user 3:7

;; case: user-error-through-map
(map (lambda (x) (if (symbol? x) (error "symbol" x) x)) '(1 a))
; error user 1:34

;; case: user-error-in-tail-loop
(let go ((i 0)) (if (= i 50) (error "fifty") (go (+ i 1))))
; error user 1:30

;; case: user-error-on-input
;; set x=-1
(cond ((> x 0) (log x)) (else (error "not positive:" x)))
; error user 1:31

;; case: user-error-called-by-apply
(apply error (list "applied" 1))
; error user 1:1

;; case: user-error-called-by-for-each
(for-each error '("first" "second"))
; error user 1:1

;; case: first-error-wins
(list (car '()) (error "later"))
; error wrong-type 1:12

;; case: operands-left-to-right
(list (error "first") (car '()))
; error user 1:7

;; case: divide-by-zero-in-closure
(map (lambda (d)
       (quotient 12 d))
     '(1 2 0))
; error divide-by-zero 2:21

;; case: divide-by-zero-in-loop
(loop ((i 3) (s 0))
  (if (< i -3) s
      (recur (- i 1) (+ s (/ 6 i)))))
; error divide-by-zero 3:32

;; case: divide-by-zero-in-tail-call
(define (f n) (if (= n 5) (modulo 1 (- n 5)) (f (+ n 1))))
(f 0)
; error divide-by-zero 1:37

;; case: divide-by-zero-through-fold
(+ 1 (fold-left / 100 '(5 0)))
; error divide-by-zero 1:6

;; case: divide-by-zero-through-apply
(apply quotient (list 1 0))
; error divide-by-zero 1:1
