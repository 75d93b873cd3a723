;;; wrong-type, index and arity errors and their places

;; case: add-symbol
(+ 1 'a)
; error wrong-type 1:6

;; case: add-symbol-first
(+ 'a 1)
; error wrong-type 1:4

;; case: add-both-wrong-names-the-first
(+ 'a 'b)
; error wrong-type 1:4

;; case: add-third-operand
(+ 1 2 'a 4)
; error wrong-type 1:8

;; case: add-one-operand
(+ 'a)
; error wrong-type 1:4

;; case: negate-list
(- '(1))
; error wrong-type 1:4

;; case: multiply-second-line
(* 2
   (+ 1 2)
   "three")
; error wrong-type 3:4

;; case: operand-that-is-a-call
(+ 1 (car '(a)))
; error wrong-type 1:6

;; case: operand-that-is-a-variable
(let ((v "x"))
  (* v 2))
; error wrong-type 2:6

;; case: boolean-is-no-number
(sqrt #t)
; error wrong-type 1:7

;; case: sin-of-procedure
(sin sin)
; error wrong-type 1:6

;; case: less-with-string
(< 1 "2")
; error wrong-type 1:6

;; case: equal-sign-with-symbol
(= 'a 'a)
; error wrong-type 1:4

;; case: max-with-list
(max 1 2 '())
; error wrong-type 1:10

;; case: atan-second
(atan 1.0 #f)
; error wrong-type 1:11

;; case: even-of-fraction
(even? 2.5)
; error wrong-type 1:8

;; case: zero-of-symbol
(zero? 'zero)
; error wrong-type 1:8

;; case: exact-of-fraction
(exact 2.5)
; error wrong-type 1:8

;; case: exact-of-huge
(exact 1e20)
; error wrong-type 1:8

;; case: exact-of-nan
(+ 1 (exact (/ 0. 0.)))
; error wrong-type 1:13

;; case: car-of-empty
(car '())
; error wrong-type 1:6

;; case: cdr-of-number
(cdr 5)
; error wrong-type 1:6

;; case: cadr-too-short
(cadr '(1))
; error wrong-type 1:7

;; case: cdddr-too-short
(list 1 (cdddr (list 1 2)))
; error wrong-type 1:16

;; case: length-of-number
(length 5)
; error wrong-type 1:9

;; case: length-of-improper
(length '(1 2 . 3))
; error wrong-type 1:9

;; case: reverse-of-improper
(reverse (cons 1 2))
; error wrong-type 1:10

;; case: append-first
(append 5 '(1))
; error wrong-type 1:9

;; case: append-middle
(append '(1) 'x '(2))
; error wrong-type 1:14

;; case: list-ref-past-end
(list-ref '(1 2) 2)
; error index 1:18

;; case: list-ref-negative
(list-ref '(1 2) -1)
; error index 1:18

;; case: list-ref-float-index
(list-ref '(1 2) 1.0)
; error wrong-type 1:18

;; case: list-ref-of-number
(list-ref 7 0)
; error wrong-type 1:11

;; case: list-tail-past-end
(list-tail '(1 2) 3)
; error index 1:19

;; case: list-ref-in-a-function
(define (nth l k)
  (list-ref l k))
(nth '(a b c) 5)
; error index 2:15

;; case: map-of-number
(map car 5)
; error wrong-type 1:10

;; case: map-second-list
(map + '(1 2) 7)
; error wrong-type 1:15

;; case: map-calls-primitive-wrongly
(list 0 (map car '((1) 2)))
; error wrong-type 1:9

;; case: fold-calls-primitive-wrongly
(fold-left + 0 '(1 a))
; error wrong-type 1:1

;; case: filter-of-symbol
(filter odd? 'xs)
; error wrong-type 1:14

;; case: apply-calls-primitive-wrongly
(apply + '(1 a))
; error wrong-type 1:1

;; case: apply-not-a-list
(apply + 1 2)
; error wrong-type 1:12

;; case: inside-closure-through-map
(map (lambda (x)
       (+ x (car x)))
     '((1) 2))
; error wrong-type 2:11

;; case: inside-closure-through-fold
(fold-left (lambda (acc x) (+ acc (* 2 x))) 0 '(1 2 oops))
; error wrong-type 1:40

;; case: inside-closure-through-apply
(define (norm a b) (sqrt (+ (* a a) (* b b))))
(+ 1 (apply norm (list 3 'four)))
; error wrong-type 1:40

;; case: inside-tail-call
(define (walk l)
  (if (null? l)
      'done
      (walk (cdr l))))
(walk '(1 2 . 3))
; error wrong-type 4:18

;; case: inside-loop-body
(loop ((l '(1 2 x)) (s 0))
  (if (null? l) s
      (recur (cdr l) (+ s (car l)))))
; error wrong-type 3:27

;; case: inside-named-let
(let sum ((l '(1 2 x 4)))
  (if (null? l) 0 (+ (car l) (sum (cdr l)))))
; error wrong-type 2:22

;; case: inside-do-step
(do ((i 0 (+ i 1))
     (l '(1 2) (cdr l)))
    ((= i 5) l))
; error wrong-type 2:21

;; case: inside-cond-test
(define (f x) (cond ((> x 0) 'up) (else 'down)))
(f 'left)
; error wrong-type 1:25

;; case: inside-quasiquote
`(1 ,(+ 1 "2") 3)
; error wrong-type 1:11

;; case: inside-let-init
(let* ((a 1) (b (cons a 2)) (c (* b 2))) c)
; error wrong-type 1:35

;; case: after-a-comment-and-a-tab
#| a note
   over lines |# (list 1 ; here
	(* 'q 2))
; error wrong-type 3:5

;; case: assq-of-number
(assq 'a 5)
; error wrong-type 1:10

;; case: memv-of-number
(memv 1 2)
; error wrong-type 1:9

;; case: string-equal-of-symbol
(string=? "a" 'a)
; error wrong-type 1:15

;; case: closure-too-few
(define (f a b) (+ a b))
(* 2 (f 1))
; error arity 2:6

;; case: closure-too-many
((lambda (x) x) 1 2)
; error arity 1:1

;; case: closure-rest-too-few
(define (f a b . rest) rest)
(f 1)
; error arity 2:1

;; case: primitive-too-many
(list (car '(1) '(2)))
; error arity 1:7

;; case: primitive-too-few
(cons 1)
; error arity 1:1

;; case: subtract-nothing
(-)
; error arity 1:1

;; case: compare-nothing
(+ 1 (if (<) 1 2))
; error arity 1:10

;; case: library-procedure-too-few
(map car)
; error arity 1:1

;; case: primitive-in-variable-arity
(let ((f sqrt)) (f 1 2))
; error arity 1:17

;; case: apply-arity
(apply cons '(1 2 3))
; error arity 1:1

;; case: map-calls-closure-with-too-many
(list (map (lambda (x) x) '(1 2) '(3 4)))
; error arity 1:7

;; case: reduce-calls-closure-with-too-many
(reduce (lambda (x) x) 0 '(1 2))
; error arity 1:1

;; case: arity-in-tail-position
(define (f n) (if (= n 0) (g 1 2) (f (- n 1))))
(define (g x) x)
(f 3)
; error arity 1:27

;; case: named-let-arity
(let go ((i 0) (j 1)) (if (> i 3) j (go (+ i 1))))
; error arity 1:37
