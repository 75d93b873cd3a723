;;; What is not taken is not evaluated, and cannot poison a value or a gradient

;; case: untaken-division
;; set x=0
(if (= x 0) 1. (/ 1. x))
; => 1.0
; grad x=0
; warning branch-only x

;; case: untaken-log-gradient
;; set x=-2 a=3
(if (> x 0) (* a (log x)) (* a x))
; => -6.0
; grad x=3 a=-2

;; case: untaken-sqrt-gradient
;; set x=0
(if (> x 0) (sqrt x) (* 2 x))
; => 0.0
; grad x=2

;; case: untaken-error
(if #t 'fine (error "never"))
; => fine

;; case: untaken-unknown-type
(cond ((number? 'a) (+ 'a 1)) (else 'skipped))
; => skipped

;; case: and-stops
(and #f (car '()) (error "never"))
; => #f

;; case: or-stops
(or 5 (car '()))
; => 5

;; case: guarded-car
(define (first-or l z) (if (and (pair? l) (number? (car l))) (car l) z))
(list (first-or '() 0) (first-or '(7) 0) (first-or '(a) 0))
; => (0 7 0)

;; case: when-unless-stop
(list (when #f (car '())) (unless #t (/ 1 0)))
; => (#<unspecified> #<unspecified>)

;; case: case-stops
(case 'b ((a) (/ 1 0)) ((b) 'ok) (else (error "never")))
; => ok

;; case: cond-tests-stop
(cond (#t 'first) ((car '()) 'second))
; => first

;; case: uncalled-body
(define (bad) (car '()))
(let ((f (lambda () (/ 1 0)))) (if (procedure? f) 'alive (bad)))
; => alive

;; case: uncalled-wrong-arity
(define (f x) x)
(if #f (f 1 2 3) 'never-called)
; => never-called

;; case: untaken-argument-count-of-primitive
(if #f (car 1 2) 'never-called)
; => never-called

;; case: safe-reciprocal-gradient
;; set x=4
(define (safe v) (if (= v 0) 0. (/ 1 v)))
(+ (safe x) (safe (- x 4)))
; => 0.25
; grad x=-0.0625

;; case: unused-nan-does-not-reach
;; set x=0
(let ((bad (/ 1. x)) (good (+ x 2))) (* good good))
; => 4.0
; grad x=4

;; case: unused-infinite-in-list
;; set x=0
(car (list (+ x 3) (log x) (/ x x)))
; => 3.0
; grad x=1

;; case: unselected-maximum-side
;; set x=0 y=1
(max y (* 0.5 x))
; => 1.0
; grad x=0 y=1

;; case: sequence-result-dropped
;; set x=0
(begin (log x) (* 3 x))
; => 0.0
; grad x=3

;; case: arguments-are-eager
((lambda (a b) a) 1 (/ 1 0))
; error divide-by-zero 1:26

;; case: let-inits-are-eager
(let ((unused (car '()))) 5)
; error wrong-type 1:20

;; case: delayed-by-lambda
;; set x=0
(define (force-it thunk) (thunk))
(define bad (lambda () (/ 1. x)))
(define good (lambda () (+ 1 x)))
(force-it (if (= x 0) good bad))
; => 1.0
; grad x=1
