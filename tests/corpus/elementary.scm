;;; Elementary functions: values and derivatives

;; case: sqrt-gives-a-float
(list (sqrt 4) (sqrt 2.25) (sqrt 0))
; => (2.0 1.5 0.0)

;; case: exp-of-int-zero
(list (exp 0) (log 1) (sin 0) (cos 0) (tan 0) (sinh 0) (cosh 0) (tanh 0) (atan 0))
; => (1.0 0.0 0.0 1.0 0.0 0.0 1.0 0.0 0.0)

;; case: log-of-minus-one
(log -1.)
; => +nan.0
; status non-finite 1:1

;; case: sqrt-of-minus-one
(sqrt -1)
; => +nan.0
; status non-finite 1:1

;; case: log-of-zero
(log 0)
; => -inf.0
; status non-finite 1:1

;; case: exp-overflows
(exp 1000)
; => +inf.0
; status non-finite 1:1

;; case: exp-underflows
(exp -1000)
; => 0.0

;; case: asin-outside
(list (nan? (asin 2.)) (nan? (acos -1.5)) (asin 1.) (acos 1.))
; => (#t #t 1.5707963267948966 0.0)

;; case: log-with-base
(list (log 8 2) (log 100 10) (log 0.25 2))
; => (3.0 2.0 -2.0)

;; case: atan-quadrants
(list (atan 1 1) (atan 1 -1) (atan -1 -1) (atan -1 1) (atan 1 0) (atan 0 -1.))
; => (0.7853981633974483 2.356194490192345 -2.356194490192345 -0.7853981633974483 1.5707963267948966 3.141592653589793)

;; case: sqrt
;; set x=2.25
(sqrt x)
; => 1.5
; grad x=0.3333333333333333

;; case: exp
;; set x=0.7
(exp x)
; => 2.0137527074704766
; grad x=2.0137527074704766

;; case: log
;; set x=2.5
(log x)
; => 0.9162907318741551
; grad x=0.4

;; case: log-base-both
;; set x=5 b=3
(log x b)
; => 1.4649735207179269
; grad x=0.18204784532536747 b=-0.444492121509027

;; case: sin
;; set x=0.9
(sin x)
; => 0.7833269096274834
; grad x=0.6216099682706644

;; case: cos
;; set x=0.9
(cos x)
; => 0.6216099682706644
; grad x=-0.7833269096274834

;; case: tan
;; set x=0.9
(tan x)
; => 1.2601582175503392
; grad x=2.587998733259648

;; case: asin
;; set x=0.4
(asin x)
; => 0.41151684606748806
; grad x=1.0910894511799618

;; case: acos
;; set x=0.4
(acos x)
; => 1.1592794807274085
; grad x=-1.0910894511799618

;; case: atan
;; set x=1.75
(atan x)
; => 1.0516502125483738
; grad x=0.24615384615384617

;; case: atan-two
;; set y=1.5 x=-2
(atan y x)
; => 2.498091544796509
; grad y=-0.32 x=-0.24

;; case: sinh
;; set x=1.1
(sinh x)
; => 1.335647470124177
; grad x=1.6685185538222564

;; case: cosh
;; set x=1.1
(cosh x)
; => 1.6685185538222564
; grad x=1.335647470124177

;; case: tanh
;; set x=0.6
(tanh x)
; => 0.5370495669980353
; grad x=0.7115777625872228

;; case: sigmoid
;; set x=-0.8
(sigmoid x)
; => 0.31002551887238755
; grad x=0.21390969652029443

;; case: sigmoid-extremes
(list (sigmoid 0) (sigmoid 200) (sigmoid -2000))
; => (0.5 1.0 0.0)

;; case: erf
;; set x=0.5
(erf x)
; => 0.5204998778130465
; grad x=0.8787825789354448

;; case: erf-symmetric
(list (erf 0) (+ (erf 1.25) (erf -1.25)) (erf 10))
; => (0.0 0.0 1.0)

;; case: lgamma
;; set x=4.5
(lgamma x)
; => 2.453736570842443
; grad x=1.388870926359529

;; case: lgamma-factorial
(lgamma 6)
; => 4.787491742782046

;; case: expt-both
;; set x=1.7 p=2.3
(expt x p)
; => 3.388695291147646
; grad x=4.584705393905638 p=1.7981374557242875

;; case: expt-int-power
;; set x=1.5
(expt x 3)
; => 3.375
; grad x=6.75

;; case: expt-negative-base-int-power
;; set x=-1.5
(expt x 3)
; => -3.375
; grad x=6.75

;; case: expt-int-base
;; set p=3
(expt 2 p)
; => 8.0
; grad p=5.545177444479562

;; case: pow-both
;; set x=2 p=-1.5
(pow x p)
; => 0.3535533905932738
; grad x=-0.26516504294495535 p=0.2450645358671368

;; case: expt-zero-base
;; set x=0 b=2
(expt x b)
; => 0.0
; grad x=0 b=0

;; case: expt-zero-power
;; set x=3
(expt x 0)
; => 1.0
; grad x=0

;; case: square
;; set x=-3
(square x)
; => 9.0
; grad x=-6

;; case: divide-both
;; set x=3 y=8
(/ x y)
; => 0.375
; grad x=0.125 y=-0.046875

;; case: reciprocal-gradient
;; set x=4
(/ x)
; => 0.25
; grad x=-0.0625

;; case: negate-gradient
;; set x=4
(- (- x) x 1)
; => -9.0
; grad x=-2

;; case: product-of-three
;; set x=2 y=3 z=5
(* x y z)
; => 30.0
; grad x=15 y=10 z=6

;; case: pythagorean-identity
;; set x=0.3
(+ (square (sin x)) (square (cos x)))
; => 1.0

;; case: softplus
;; set x=0.4
(log (+ 1 (exp x)))
; => 0.9130152523999526
; grad x=0.598687660112452

;; case: gaussian
;; set x=1.2 m=0.5 s=0.8
(/ (exp (* -0.5 (square (/ (- x m) s)))) (* s (sqrt (* 2 3.141592653589793))))
; => 0.34006874797317943
; grad x=-0.3719501930956649 m=0.3719501930956649 s=-0.09962951600776754

;; case: chain-of-five
;; set x=0.35
(sin (exp (cos (sqrt (+ 1 x)))))
; => 0.9965950517184977
; grad x=-0.04845215804943613

;; case: sin-large-argument
;; set x=1000
(sin x)
; => 0.8268795405320025
; grad x=0.5623790762907029

;; case: infinite-gradient
;; set x=0
(sqrt x)
; => 0.0
; grad x=+inf.0
; status non-finite 1:1
