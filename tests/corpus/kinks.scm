;;; The derivatives chosen where a function has none

;; case: abs-at-zero
;; set x=0
(abs x)
; => 0.0
; grad x=0

;; case: abs-left-right
;; set x=-3 y=3
(+ (abs x) (* 10 (abs y)))
; => 33.0
; grad x=-1 y=10

;; case: max-tie
;; set x=2 y=2
(max x y)
; => 2.0
; grad x=0.5 y=0.5

;; case: min-tie
;; set x=2 y=2
(* 3 (min x y))
; => 6.0
; grad x=1.5 y=1.5

;; case: max-tie-with-itself
;; set x=2
(max x x)
; => 2.0
; grad x=1

;; case: max-three-way-tie
;; set x=1 y=1 z=1
(max x y z)
; => 1.0
; grad x=0.25 y=0.25 z=0.5

;; case: min-four-fold
;; set a=1 b=1 c=5 d=1
(min a b c d)
; => 1.0
; grad a=0.25 b=0.25 c=0 d=0.5

;; case: max-tie-with-constant
;; set x=0
(max 0. x)
; => 0.0
; grad x=0.5

;; case: relu-off-and-on
;; set x=-1.5 y=2.5
(+ (max 0 x) (max 0 y))
; => 2.5
; grad x=0 y=1

;; case: apply-max-tie
;; set x=1 y=1 z=1
(apply max (list x y z))
; => 1.0
; grad x=0.25 y=0.25 z=0.5

;; case: floor-times-input
;; set x=2.5
(* x (floor x))
; => 5.0
; grad x=2

;; case: rounding-has-no-gradient
;; set x=2.25
(+ (floor x) (ceiling x) (round x) (truncate x))
; => 9.0
; grad x=0

;; case: fractional-part
;; set x=3.75
(- x (floor x))
; => 0.75
; grad x=1

;; case: square-wave
;; set x=1.2 a=3
(* a (- 1 (* 2 (modulo (floor x) 2))))
; => -3.0
; grad x=0 a=-1

;; case: exact-has-no-gradient
;; set x=3 a=2
(* a (exact x))
; => 6.0
; grad a=3 x=0
; warning branch-only x

;; case: zero-to-the-b
;; set b=1.5
(expt 0. b)
; => 0.0
; grad b=0

;; case: zero-base-power-one
;; set x=0
(expt x 1)
; => 0.0
; grad x=1

;; case: zero-to-the-zero
;; set x=0
(expt x 0)
; => 1.0
; grad x=0

;; case: comparison-at-equality
;; set x=1 a=2 b=5
(if (< x 1) (* a x) (* b x))
; => 5.0
; grad x=5 a=0 b=1

;; case: hinge-loss-at-margin
;; set m=1
(max 0 (- 1 m))
; => 0.0
; grad m=-0.5

;; case: sqrt-of-square-off-zero
;; set x=-2
(sqrt (square x))
; => 2.0
; grad x=-1

;; case: huber-inside-outside
;; set u=0.5 v=-3
(define (huber r) (if (<= (abs r) 1) (* 0.5 r r) (- (abs r) 0.5)))
(+ (huber u) (huber v))
; => 2.625
; grad u=0.5 v=-1
