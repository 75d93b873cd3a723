;;; Primitives and library procedures as values

;; case: primitive-in-a-variable
;; set x=0.9
(let ((f sin)) (f x))
; => 0.7833269096274834
; grad x=0.6216099682706644

;; case: chosen-primitive
;; set x=0.9
((if (> x 0) cos sin) x)
; => 0.6216099682706644
; grad x=-0.7833269096274834

;; case: primitives-in-a-list
;; set x=0.8
(fold-left (lambda (acc f) (f acc)) x (list exp sin sqrt log))
; => -0.11583774722951501
; grad x=-0.8542940425799878

;; case: primitives-in-a-table
;; set x=2.5 y=1.5
(define table (list (cons 'add +) (cons 'mul *) (cons 'pow expt)))
(define (do-op name a b) ((cdr (assq name table)) a b))
(+ (do-op 'add x y) (do-op 'mul x y) (do-op 'pow x y))
; => 11.702847075210475
; grad x=4.8717082451262845 y=7.121957139531219

;; case: every-unary-mapped
(map (lambda (f) (f 0.5)) (list abs square floor ceiling round truncate inexact))
; => (0.5 0.25 0.0 1.0 0.0 0.0 0.5)

;; case: variadic-as-values
(map (lambda (f) (f 8 4 2)) (list + - * / min max list < > =))
; => (14 2 64 1 2 8 (8 4 2) #f #t #f)

;; case: variadic-applied-to-none-and-one
(map (lambda (l) (apply + l)) '(() (5) (1 2)))
; => (0 5 3)

;; case: unary-minus-and-slash-as-values
(list (map - '(1 2)) (map / '(2 4)) (apply - '(5)))
; => ((-1 -2) (0.5 0.25) -5)

;; case: predicates-as-values
(list (filter number? '(1 a 2.5 "x")) (map zero? '(0 1 0.0)) (map null? '(() (1))))
; => ((1 2.5) (#t #f #t) (#t #f))

;; case: list-procedures-as-values
(list (map car '((1 2) (3 4))) (map cadr '((1 2) (3 4))) (map length '(() (1) (1 2))) (map reverse '((1 2) (3))))
; => ((1 3) (2 4) (0 1 2) ((2 1) (3)))

;; case: higher-order-as-values
(let ((m map) (a apply) (fl fold-left)) (fl + 0 (m (lambda (l) (a * l)) '((1 2) (3 4)))))
; => 14

;; case: map-of-map-primitive
(map map (list car cdr) '(((1 2) (3)) ((4 5) (6))))
; => ((1 3) ((5) ()))

;; case: procedure-predicate
(map procedure? (list car + map apply (lambda x x) 'car "car" 5))
; => (#t #t #t #t #t #f #f #f)

;; case: returned-primitive
(define (operator symbol) (case symbol ((plus) +) ((times) *) (else max)))
(list ((operator 'plus) 2 3) ((operator 'times) 2 3) ((operator 'other) 2 3))
; => (5 6 3)

;; case: optional-arity-as-values
(list (map log '(1 1)) (map atan '(0 0) '(1 1)) (apply log '(8 2)))
; => ((0.0 0.0) (0.0 0.0) 3.0)

;; case: member-of-procedures
(length (memq cdr (list car cdr cons)))
; => 2

;; case: fold-with-primitive-gradients
;; set a=2 b=3 c=4
(+ (fold-left * 1 (list a b c)) (reduce max 0 (list a b c)) (fold-right - 0 (list a b c)))
; => 31.0
; grad a=13 b=7 c=8

;; case: apply-atan-log-gradient
;; set y=1.5 x=2
(+ (apply atan (list y x)) (apply log (list y x)) (apply log (list x)))
; => 1.9216107900743857
; grad y=1.2817966939259755 x=-0.16196124944820944

;; case: comparison-passed-down
;; set x=2 y=5
(define (pick better? a b) (if (better? a b) a b))
(+ (* 10 (pick < x y)) (pick > x y))
; => 25.0
; grad x=10 y=1

;; case: numeric-derivative-operator
;; set x=1.5
(define (twice f) (lambda (v) (f (f v))))
((twice (twice square)) x)
; => 656.8408355712891
; grad x=7006.30224609375

;; case: short-circuit-forms-wrapped
(map (lambda (a b) (and a b)) '(#t #t #f) '(1 #f 2))
; => (1 #f #f)

;; case: eta-and-primitive-agree
(equal? (map (lambda (x) (abs x)) '(-1 2.5 -3)) (map abs '(-1 2.5 -3)))
; => #t
