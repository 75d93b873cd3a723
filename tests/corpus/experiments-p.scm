;;; The published exactness programs P1-P6 and the branch that no gradient moves

;; case: p1-quadratic
;; set x=1.7 a=1
(* a (* x x))
; => 2.8899999999999997
; grad a=2.8899999999999997

;; case: p1-quadratic-true
;; set x=3 a=0.5
(* a (* x x))
; => 4.5
; grad a=9

;; case: p2-offset-quadratic
;; set x=1.7 a=0 b=1
(+ a (* b (* x x)))
; => 2.8899999999999997
; grad a=1 b=2.8899999999999997

;; case: p3-recursive-sum
;; set x=2.25 a=1
(define (add n acc) (if (= n 0) acc (add (- n 1) (+ acc (* a x)))))
(add 3 0)
; => 6.75
; grad a=6.75

;; case: p4-twice
;; set x=0.5 a=0
(define (twice f) (lambda (y) (f (f y))))
((twice (lambda (y) (+ y a))) x)
; => 0.5
; grad a=2

;; case: p4-twice-true
;; set x=0.5 a=1.5
(define (twice f) (lambda (y) (f (f y))))
((twice (lambda (y) (+ y a))) x)
; => 3.5
; grad a=2 x=1

;; case: p5-two-functions
;; set x=1.5 a=1 b=0
(define (line x) (* a x))
(define (curve x) (+ b (* x x)))
(+ (line x) (curve x))
; => 3.75
; grad a=1.5 b=1 x=4

;; case: p6-composed
;; set x=1.5 a=1 b=0 c=0
(define (shift x) (+ x b))
(define (sq x) (* x x))
(define (out y) (+ (* a y) c))
(out (sq (shift x)))
; => 2.25
; grad a=2.25 b=3 c=1

;; case: p6-composed-true
;; set x=1.5 a=2 b=0.5 c=1
(define (shift x) (+ x b))
(define (sq x) (* x x))
(define (out y) (+ (* a y) c))
(out (sq (shift x)))
; => 9.0
; grad a=4 b=8 c=1

;; case: honest-limit-left
;; set x=0.4 c=0.5 b=1 g=1
(if (< x c) (* b x) (* g x))
; => 0.4
; grad c=0 b=0.4 g=0
; warning branch-only c

;; case: honest-limit-right
;; set x=1.5 c=1 b=2 g=0.5
(if (< x c) (* b x) (* g x))
; => 0.75
; grad c=0 b=0 g=1.5
; warning branch-only c

;; case: p2-loss-over-the-grid
;; const xs=(0.5 1.0 1.5 2.0 2.5 3.0)
;; set a=0 b=1
(define (model x) (+ a (* b (square x))))
(define (target x) (+ 3 (* 0.5 (square x))))
(apply + (map (lambda (x) (square (- (model x) (target x)))) xs))
; => 21.296875
; grad a=-13.25 b=5.6875
