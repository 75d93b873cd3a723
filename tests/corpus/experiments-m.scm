;;; The published scientific models M01-M15, values and gradients at their starts

;; case: m01-coulomb
;; set k=1 q1=0.5 q2=2 r=1.5
(/ (* k q1 q2) (* r r))
; => 0.4444444444444444
; grad k=0.4444444444444444

;; case: m02-absorbance
;; set e=1 c=2.5 l=0.7
(* e c l)
; => 1.75
; grad e=1.75

;; case: m03-michaelis-menten
;; set v=1 k=1 x=4
(/ (* v x) (+ k x))
; => 0.8
; grad v=0.8 k=-0.16

;; case: m04-decay
;; set a=1 e=0.1 x=2.5
(* a (exp (* (- e) x)))
; => 0.7788007830714049
; grad a=0.7788007830714049 e=-1.9470019576785123

;; case: m05-damped-oscillation
;; set a=1 b=0.1 w=1 t=2.75
(* a (* (exp (- (* b t))) (cos (* w t))))
; => -0.702074320239749
; grad a=-0.702074320239749 b=1.93070438065931 w=-0.7972223877346779

;; case: m06-logistic-growth
;; set k=5 r=0.1 t=3.5
(/ k (+ 1 (* (- k 1) (exp (* (- r) t)))))
; => 1.3093281601201252
; grad k=0.020250603538171347 r=3.3826103988019516

;; case: m07-power-law
;; set a=1 b=0.5 x=4
(* a (expt x b))
; => 2.0
; grad a=2 b=2.772588722239781

;; case: m08-euler-decay
;; set k=0.1 x=2
(define (euler n y) (if (= n 0) y (euler (- n 1) (- y (* 0.1 k y)))))
(euler 10 x)
; => 1.808764150017609
; grad k=-1.827034494967282

;; case: m09-taylor-exponential
;; set a=1 x=1.3
(define (taylor i term sum)
  (if (> i 8) sum
      (let ((next (/ (* term a x) i))) (taylor (+ i 1) next (+ sum next)))))
(taylor 1 1.0 1.0)
; => 3.669263142480407
; grad a=4.769779076807539

;; case: m10-swish
;; set a=0.5 b=0.5 x=-1.25
(* a x (sigmoid (* b x)))
; => -0.2179032095837161
; grad a=-0.4358064191674322 b=0.17741539448587534

;; case: m11-exponential-average
;; set a=0.8 x=1.75
(let smooth ((n 8) (y 0.0)) (if (= n 0) y (smooth (- n 1) (+ (* a x) (* (- 1 a) y)))))
; => 1.7499955200000001
; grad x=0.99999744

;; case: m11-exponential-average-true
;; set a=0.3 x=1.75
(let smooth ((n 8) (y 0.0)) (if (= n 0) y (smooth (- n 1) (+ (* a x) (* (- 1 a) y)))))
; => 1.6491159824999997
; grad a=1.1529602000000003

;; case: m12-newton-square-root
;; set a=0.3 x=9
(define (newton n g) (if (= n 0) g (newton (- n 1) (/ (+ g (/ x g)) 2))))
(newton 2 (* a x))
; => 3.0000460405156537
; grad a=-0.0058156887084575 x=0.1665722963279509

;; case: m12-newton-five-steps
;; set a=1 x=9
(define (newton n g) (if (= n 0) g (newton (- n 1) (/ (+ g (/ x g)) 2))))
(newton 5 (* a x))
; => 3.000000001396984
; grad x=0.16666666860692203

;; case: m13-composed-closures
;; set a=1 b=0 x=2.5
(define (scale k) (lambda (v) (* k v)))
(define (offset k) (lambda (v) (+ v k)))
(define (compose f g) (lambda (v) (f (g v))))
((compose (offset b) (scale a)) x)
; => 2.5
; grad a=2.5 b=1

;; case: m14-linear-features
;; set w1=1 w2=1 w3=1 f1=0.5 f2=2 f3=4
(define (dot u v) (apply + (map * u v)))
(dot (list w1 w2 w3) (list f1 f2 f3))
; => 6.5
; grad w1=0.5 w2=2 w3=4

;; case: m15-horner
;; set c0=0 c1=0 c2=0 c3=0 x=1.5
(define (horner cs) (if (null? cs) 0. (+ (car cs) (* x (horner (cdr cs))))))
(horner (list c0 c1 c2 c3))
; => 0.0
; grad c0=1 c1=1.5 c2=2.25 c3=3.375

;; case: m15-horner-true
;; set c0=1 c1=-0.5 c2=0.25 c3=-0.125 x=2
(fold-right (lambda (c acc) (+ c (* x acc))) 0. (list c0 c1 c2 c3))
; => 0.0
; grad c0=1 c1=2 c2=4 c3=8 x=-1

;; case: m03-loss
;; const xs=(0.5 1.0 2.0 4.0 8.0)
;; const ys=(1.7 2.9 4.4 6.2 7.6)
;; set v=1 k=1
(define (model x) (/ (* v x) (+ k x)))
(fold-left + 0 (map (lambda (x y) (square (- (model x) y))) xs ys))
; => 95.76456790123456
; grad v=-28.85975308641975 k=6.520318244170095
