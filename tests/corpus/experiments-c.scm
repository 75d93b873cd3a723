;;; The published recursive models C01-C08, values and gradients at their starts

;; case: c01-lotka-volterra
;; set a=0.5 b=0.5 x0=4
(define dt 0.05)
(define (step n x y)
  (if (= n 0) x
      (step (- n 1)
            (+ x (* dt (- (* a x) (* b x y))))
            (+ y (* dt (- (* 0.02 x y) (* 0.5 y)))))))
(step 20 x0 5.0)
; => 0.8112402547365335
; grad a=0.8696375916001473 b=-3.535065186864081 x0=0.19292355884422294

;; case: c01-lotka-volterra-true
;; set a=1 b=0.1 x0=4
(define dt 0.05)
(loop ((n 20) (x x0) (y 5.0))
  (if (= n 0) x
      (recur (- n 1)
             (+ x (* dt (- (* a x) (* b x y))))
             (+ y (* dt (- (* 0.02 x y) (* 0.5 y)))))))
; => 7.12382000334606
; grad a=6.8835645272033625 b=-28.51609470705412 x0=1.7506578882021302

;; case: c02-epidemic
;; set beta=0.2 gamma=0.5 s0=0.9
(define (sir n s i)
  (if (= n 0) s
      (let* ((new (* beta s i)) (gone (* gamma i)))
        (sir (- n 1) (- s (* 0.1 new)) (+ i (* 0.1 (- new gone)))))))
(sir 30 s0 0.01)
; => 0.8965029027750361
; grad beta=-0.02136753217980862 gamma=0.004362039601977555 s0=0.9952431507616936

;; case: c03-decay-chain
;; set k1=0.1 k2=0.5 a0=3
(define (chain n a b)
  (if (= n 0) b
      (chain (- n 1) (- a (* 0.1 k1 a)) (+ b (* 0.1 (- (* k1 a) (* k2 b)))))))
(chain 25 a0 0.0)
; => 0.37532383970798466
; grad k1=3.2184014823362714 k2=-0.3908301786347627 a0=0.12510794656932817

;; case: c04-logistic-map
;; set r=1.5 x0=0.3
(loop ((i 0) (x x0)) (if (= i 10) x (recur (+ i 1) (* r x (- 1 x)))))
; => 0.3332932862059273
; grad r=0.4445919332718008 x0=0.0014602488745200774

;; case: c05-continued-fraction
;; set a=1.5 x=2
(define (cf n v) (if (= n 0) v (cf (- n 1) (/ (* a x) (+ 1 v)))))
(cf 8 0.0)
; => 1.281496062992126
; grad a=0.5129502759005518 x=0.38471270692541376

;; case: c06-pendulum
;; set g=2 b=0.1 th0=0.75
(define dt 0.05)
(define (swing n th om)
  (if (= n 0) th
      (swing (- n 1) (+ th (* dt om)) (+ om (* dt (- (* (- g) (sin th)) (* b om)))))))
(swing 20 th0 0.0)
; => 0.1832954995911312
; grad g=-0.2513356541945182 b=0.16576192006394647 th0=0.3519000197433696

;; case: c06-pendulum-true
;; set g=5 b=0.3 th0=0.75
(define dt 0.05)
(define (advance state)
  (let ((th (car state)) (om (cdr state)))
    (cons (+ th (* dt om)) (+ om (* dt (- (* (- g) (sin th)) (* b om)))))))
(do ((n 0 (+ n 1)) (s (cons th0 0.0) (advance s))) ((= n 20) (car s)))
; => -0.36267095032008295
; grad g=-0.14926341269089655 b=0.30661624421628186 th0=-0.34371399140292036

;; case: c07-second-order-filter
;; set a1=0.1 a2=0 b0=0.5 x=2
(define (filter-step n y1 y2)
  (if (= n 0) y1 (filter-step (- n 1) (+ (* a1 y1) (* a2 y2) (* b0 x)) y1)))
(filter-step 12 0.0 0.0)
; => 1.11111111111
; grad a1=1.2345679011000001 a2=1.2345679 b0=2.22222222222

;; case: c07-second-order-filter-true
;; set a1=0.5 a2=-0.3 b0=1 x=2
(define (filter-step n y1 y2)
  (if (= n 0) y1 (filter-step (- n 1) (+ (* a1 y1) (* a2 y2) (* b0 x)) y1)))
(filter-step 12 0.0 0.0)
; => 2.4985959375
; grad a1=3.1077618749999996 a2=3.137375 b0=2.4985959375

;; case: c08-cascaded-averages
;; set a=0.8 b=0.8 x=2.5
(let smooth ((n 10) (u 0.0) (v 0.0))
  (if (= n 0) v
      (let* ((u (+ (* a x) (* (- 1 a) u))) (v (+ (* b u) (* (- 1 b) v))))
        (smooth (- n 1) u v))))
; => 2.499997696
; grad x=0.9999990784

;; case: c08-cascaded-averages-true
;; set a=0.3 b=0.5 x=2.5
(let smooth ((n 10) (u 0.0) (v 0.0))
  (if (= n 0) v
      (let* ((u (+ (* a x) (* (- 1 a) u))) (v (+ (* b u) (* (- 1 b) v))))
        (smooth (- n 1) u v))))
; => 2.3782481332499996
; grad a=1.3393615187500003 b=0.32131028775000026 x=0.9512992532999998
