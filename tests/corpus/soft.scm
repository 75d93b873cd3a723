;;; soft-if, soft-choice and param at temperature 1

;; case: soft-if-middle
(soft-if 0 10. 20.)
; => 15.0

;; case: soft-if-gradients
;; set g=0.7 a=3 b=-2
(soft-if g a b)
; => 1.3409388608408306
; grad g=1.1085643664655451 a=0.6681877721681662 b=0.33181222783183384

;; case: soft-if-saturated
;; set g=60 a=3 b=-2
(soft-if g a b)
; => 3.0
; grad a=1

;; case: soft-if-learns-a-threshold
;; set x=1.5 c=1.2 lo=0.5 hi=2.5
(soft-if (* 4 (- x c)) (* hi x) (* lo x))
; => 3.055574350497053
; grad x=4.171782854759704 c=-2.134733287761668 lo=0.34721282475147336 hi=1.1527871752485266

;; case: soft-if-int-operands
(soft-if 0 2 4)
; => 3.0

;; case: soft-if-nested
;; set g=0.5 h=-1
(soft-if g (soft-if h 1. 2.) 5.)
; => 2.965216909115993
; grad g=-0.7682133689915056 h=-0.12238293247179648

;; case: soft-if-evaluates-both
(soft-if 5. 1. (car '()))
; error wrong-type 1:21

;; case: soft-choice-even
(soft-choice (3. 6. 9.) (0 0 0))
; => 6.0

;; case: soft-choice-gradients
;; set a=1 b=2 u=0.3 v=-0.4
(soft-choice (a b 5.) (u v 0.))
; => 2.5463720105353023
; grad a=0.4469466455477601 b=0.22194713575788588 u=-0.6911457828776991 v=-0.12126570279658788

;; case: soft-choice-one
;; set a=4 w=3
(soft-choice (a) (w))
; => 4.0
; grad a=1 w=0

;; case: soft-choice-expressions
;; set x=0.8 u=1 v=0.5 w=-1
(soft-choice ((sin x) (* x x) (exp x)) ((+ u 0.) v (* 2 w)))
; => 0.7343632509974729
; grad x=1.0734407373096135 u=-0.010268054135760325 v=-0.034555088018320336 w=0.08964628430816113

;; case: soft-choice-large-weights
;; set u=500 v=-500
(soft-choice (2. 7.) (u v))
; => 2.0

;; case: soft-choice-in-a-loop
;; set w=0.25
(loop ((i 0) (s 0.)) (if (= i 3) s (recur (+ i 1) (+ s (soft-choice ((* 2. i) 1.) (w 0.))))))
; => 4.686529502657394
; grad w=0.7384022482127952

;; case: param-anonymous
(* (param 2.5) 4)
; => 10.0
; grad p1=4

;; case: param-named
(* (param 'k 2.5) 4)
; => 10.0
; grad k=4

;; case: params-in-source-order
;; set x=2
(+ (* (param 3.) x) (param -1.))
; => 5.0
; grad p1=2 p2=1 x=3

;; case: params-equal-values-differ
(- (* (param 2.) 10) (param 2.))
; => 18.0
; grad p1=10 p2=-1

;; case: param-evaluated-often
(define (f x) (* x (param 'k 3.)))
(+ (f 1.) (f (f 2.)))
; => 21.0
; grad k=13

;; case: param-in-a-loop
(loop ((i 0) (y 1.)) (if (= i 4) y (recur (+ i 1) (* y (param 'r 0.5)))))
; => 0.0625
; grad r=0.5

;; case: param-int-start
(* (param 2) (param 'j 3))
; => 6.0
; grad p1=3 j=2

;; case: param-negative-and-exponent
(+ (param 'a -2.5e-1) (* 2 (param 'b +1e1)))
; => 19.75
; grad a=1 b=2

;; case: param-in-untaken-side
;; set x=1
(if (> x 0) (* x (param 'a 2.)) (param 'b 5.))
; => 2.0
; grad a=1 b=0 x=2

;; case: param-shared-by-calls-of-map
(apply + (map (lambda (x) (* (param 'w 0.5) x)) '(1 2 3)))
; => 3.0
; grad w=6

;; case: param-quoted-is-data
(car '(param 2.5))
; => param
