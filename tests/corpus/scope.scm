;;; Closures, lexical scope, shadowing, let forms, letrec, internal definitions

;; case: closure-captures
(define (adder n) (lambda (x) (+ x n)))
((adder 3) 4)
; => 7

;; case: capture-is-lexical
(define n 10)
(define (get) n)
(let ((n 99)) (get))
; => 10

;; case: curried
((((lambda (a) (lambda (b) (lambda (c) (list a b c)))) 1) 2) 3)
; => (1 2 3)

;; case: two-closures-two-environments
(define (adder n) (lambda (x) (+ x n)))
(let ((f (adder 1)) (g (adder 100))) (list (f 0) (g 0) (f (g 0))))
; => (1 100 101)

;; case: parallel-let
(let ((x 1) (y 2)) (let ((x y) (y x)) (list x y)))
; => (2 1)

;; case: sequential-let
(let ((x 1)) (let* ((x (+ x 1)) (y (* x 10))) (list x y)))
; => (2 20)

;; case: let-star-repeats-a-name
(let* ((x 1) (x (+ x 1)) (x (* x 5))) x)
; => 10

;; case: empty-lets
(list (let () 5) (let* () 6) (letrec () 7))
; => (5 6 7)

;; case: let-init-sees-outer
(define x 5)
(let ((x (+ x 1))) (* x 2))
; => 12

;; case: letrec-mutual
(letrec ((even (lambda (n) (if (= n 0) #t (odd (- n 1)))))
         (odd (lambda (n) (if (= n 0) #f (even (- n 1))))))
  (list (even 10) (odd 7) (even 3)))
; => (#t #t #f)

;; case: letrec-star-in-order
(letrec* ((a 2) (f (lambda (x) (* a x))) (b (f 10))) (list a b))
; => (2 20)

;; case: internal-defines
(define (area r)
  (define pi 3.0)
  (define (sq x) (* x x))
  (* pi (sq r)))
(area 2)
; => 12.0

;; case: internal-defines-mutual
(define (parity n)
  (define (e n) (if (= n 0) 'even (o (- n 1))))
  (define (o n) (if (= n 0) 'odd (e (- n 1))))
  (e n))
(list (parity 4) (parity 5))
; => (even odd)

;; case: internal-define-shadows-formal
(define (f x) (define y (* x 2)) (let ((x y)) (+ x y)))
(f 3)
; => 12

;; case: internal-define-uses-earlier
(let () (define a 1) (define b (+ a 1)) (define c (* b b)) (list a b c))
; => (1 2 4)

;; case: later-top-level-function
(define (f x) (g (+ x 1)))
(define (g x) (* x 10))
(f 1)
; => 20

;; case: definition-environment-of-a-returned-loop
(define (make k)
  (define (go n acc) (if (= n 0) acc (go (- n 1) (+ acc k))))
  (lambda (n) (go n 0)))
(let ((k 1000)) ((make 3) 4))
; => 12

;; case: rest-arguments
(define (f a b . rest) (list a b rest))
(list (f 1 2) (f 1 2 3) (f 1 2 3 4))
; => ((1 2 ()) (1 2 (3)) (1 2 (3 4)))

;; case: all-rest
((lambda args (cons (length args) args)) 'a 'b)
; => (2 a b)

;; case: define-all-rest
(define (f . xs) xs)
(list (f) (f 1 2))
; => (() (1 2))

;; case: shadowed-primitive-by-let
(let ((+ *)) (+ 3 4))
; => 12

;; case: shadowed-primitive-by-define
(define (square x) (* x x x))
(square 2)
; => 8

;; case: shadowed-primitive-by-formal
((lambda (list) (+ list 1)) 5)
; => 6

;; case: library-keeps-its-own-names
(define (car x) 'mine)
(define (append a b) 'mine)
(list (map (lambda (x) (+ x 1)) '(1 2)) (car '(1)) `(,@(list 1 2) 3))
; => ((2 3) mine (1 2 3))

;; case: comparison-chain-keeps-its-own-names
(define (and . xs) 'mine)
(let ((if list) (let 1)) (< 1 2 3))
; => #t

;; case: shadowed-if
(let ((if list)) (if 1 2 3))
; => (1 2 3)

;; case: shadowed-define-as-function
(define (f define) (define 3))
(f (lambda (x) (* x 2)))
; => 6

;; case: shadowed-quote
(let ((quote -)) '5)
; => -5

;; case: shadowed-lambda-formal
(let ((lambda 4) (let 5)) (+ lambda let))
; => 9

;; case: shadowed-begin-as-loop-name
(let begin ((i 3)) (if (= i 0) 'done (begin (- i 1))))
; => done

;; case: shadowed-else
(let ((else #f)) (cond (else 1) (#t 2)))
; => 2

;; case: shadowed-arrow
(let ((=> 5)) (cond (#t => 'last)))
; => last

;; case: derived-forms-are-hygienic
(let ((if list) (not car) (x 7)) (list (or #f x) (and 1 x) (when #t x) (unless #f x)))
; => (7 7 7 7)

;; case: or-does-not-capture
(let ((temp 5) (t 6) (tmp 7) (x 8)) (list (or #f temp) (or #f t) (or #f tmp) (or #f x)))
; => (5 6 7 8)

;; case: case-and-do-do-not-capture
(let ((key 'b) (loop 3) (memv list) (eqv? list))
  (list (case 'a ((a) key) (else 'no)) (do ((i 0 (+ i 1))) ((= i loop) i))))
; => (b 3)

;; case: quasiquote-does-not-capture
(let ((cons -) (list -) (append -)) `(1 ,(+ 1 1) ,@'(3 4) 5))
; => (1 2 3 4 5)

;; case: soft-if-does-not-capture
(let ((sigmoid -) (+ -) (* -)) (soft-if 0. 2. 4.))
; => 3.0

;; case: program-value-is-last-expression
(+ 1 1)
(define a 5)
(* a 2)
(define b 6)
; => 10

;; case: shadowed-input
;; set x=2
(+ x (let ((x 10)) x) ((lambda (x) x) 100))
; => 112.0
; grad x=1

;; case: captured-input-gradient
;; set a=3 x=2
(define (scaled k) (lambda (v) (* k v a)))
((scaled 5) x)
; => 30.0
; grad a=10 x=15

;; case: closure-counter-in-state
(define (step state) (cons (+ (car state) 1) (* (cdr state) 2)))
(let ((s (step (step (step (cons 0 1)))))) s)
; => (3 . 8)

;; case: pair-by-closures
(define (kons a b) (lambda (pick) (pick a b)))
(define (kar p) (p (lambda (a b) a)))
(define (kdr p) (p (lambda (a b) b)))
(let ((p (kons 1 (kons 2 3)))) (list (kar p) (kar (kdr p)) (kdr (kdr p))))
; => (1 2 3)

;; case: fixed-point-combinator
(define (fix f) ((lambda (x) (x x)) (lambda (x) (f (lambda (n) ((x x) n))))))
((fix (lambda (self) (lambda (n) (if (= n 0) 1 (* n (self (- n 1))))))) 6)
; => 720

;; case: letrec-in-operator-position
((letrec ((f (lambda (n) (if (< n 2) n (+ (f (- n 1)) (f (- n 2))))))) f) 12)
; => 144

;; case: names-of-all-sorts
(let ((a-b 1) (<=? 2) (!$%&*/:<=>?^_~ 3) (->x 4) (x1+ 5) (... 6)) (list a-b <=? !$%&*/:<=>?^_~ ->x x1+ ...))
; => (1 2 3 4 5 6)
