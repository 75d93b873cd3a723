;;; Numerical methods as programs: polynomials, root finding, integration, fitting, filters

;; case: polynomial-by-powers-and-horner
;; set x=1.5
(define cs '(1 -2 0.5 3))
(define (powers cs i) (if (null? cs) 0 (+ (* (car cs) (expt x i)) (powers (cdr cs) (+ i 1)))))
(define (horner cs) (fold-right (lambda (c acc) (+ c (* x acc))) 0 cs))
(- (* 2 (powers cs 0)) (horner cs))
; => 9.25
; grad x=19.75

;; case: newton-on-a-cubic
;; set c=5
(define (solve f df x n) (if (= n 0) x (solve f df (- x (/ (f x) (df x))) (- n 1))))
(solve (lambda (x) (- (* x x x) (* 2 x) c)) (lambda (x) (- (* 3 x x) 2)) 2.0 6)
; => 2.0945514815423265
; grad c=0.0895941924781195

;; case: newton-until-close
;; set s=20
(define (root g n)
  (let ((next (* 0.5 (+ g (/ s g)))))
    (if (or (= n 0) (< (abs (- next g)) 1e-3)) next (root next (- n 1)))))
(root s 30)
; => 4.47213595500161
; grad s=0.11180339887656995

;; case: bisection
(define (bisect f lo hi n)
  (let ((mid (/ (+ lo hi) 2)))
    (if (= n 0) mid
        (if (> (* (f lo) (f mid)) 0) (bisect f mid hi (- n 1)) (bisect f lo mid (- n 1))))))
(bisect (lambda (x) (- (* x x) 2)) 1.0 2.0 10)
; => 1.41455078125

;; case: secant
;; set k=3
(define (secant f a b n)
  (if (= n 0) b
      (secant f b (- b (/ (* (f b) (- b a)) (- (f b) (f a)))) (- n 1))))
(secant (lambda (x) (- (exp x) k)) 1.0 1.25 3)
; => 1.0986143082081412
; grad k=0.33333421412466235

;; case: simpson
;; set w=1.25
(define (f x) (sin (* w x)))
(define n 8)
(define h 0.125)
(define (weight i) (cond ((or (= i 0) (= i n)) 1) ((odd? i) 4) (else 2)))
(* (/ h 3) (let sum ((i 0)) (if (> i n) 0 (+ (* (weight i) (f (* i h))) (sum (+ i 1))))))
; => 0.5477439291452851
; grad w=0.3210009029191783

;; case: runge-kutta-decay
;; set k=0.8 y0=2
(define (rk4 f y h)
  (let* ((a (f y)) (b (f (+ y (* 0.5 h a)))) (c (f (+ y (* 0.5 h b)))) (d (f (+ y (* h c)))))
    (+ y (* (/ h 6) (+ a (* 2 b) (* 2 c) d)))))
(loop ((i 0) (y y0)) (if (= i 10) y (recur (+ i 1) (rk4 (lambda (v) (* (- k) v)) y 0.1))))
; => 0.898658190561794
; grad k=-0.8986565291136572 y0=0.449329095280897

;; case: runge-kutta-pendulum
;; set g=9.8 b=0.25
(define h 0.05)
(define (deriv s) (list (cadr s) (- (* (- g) (sin (car s))) (* b (cadr s)))))
(define (axpy c u v) (map (lambda (x y) (+ (* c x) y)) u v))
(define (rk4 s)
  (let* ((k1 (deriv s)) (k2 (deriv (axpy (* 0.5 h) k1 s))) (k3 (deriv (axpy (* 0.5 h) k2 s))) (k4 (deriv (axpy h k3 s))))
    (map (lambda (x a b c d) (+ x (* (/ h 6) (+ a b b c c d)))) s k1 k2 k3 k4)))
(car (let go ((n 20) (s (list 0.5 0.0))) (if (= n 0) s (go (- n 1) (rk4 s)))))
; => -0.43886134439323493
; grad g=-0.006829371472289765 b=0.22584908838343368

;; case: implicit-euler
;; set k=4 y0=1
(let go ((n 10) (y y0)) (if (= n 0) y (go (- n 1) (/ y (+ 1 (* 0.1 k))))))
; => 0.03457161303360778
; grad k=-0.024694009309719846 y0=0.03457161303360777

;; case: heat-equation-lists
;; set d=0.2
(define (diffuse u)
  (let go ((left 0.0) (u u))
    (if (null? u) '()
        (let ((mid (car u)) (right (if (null? (cdr u)) 0.0 (cadr u))))
          (cons (+ mid (* d (+ left (* -2 mid) right))) (go mid (cdr u)))))))
(list-ref (do ((n 0 (+ n 1)) (u '(0.0 0.0 1.0 0.0 0.0) (diffuse u))) ((= n 6) u)) 1)
; => 0.20736
; grad d=-0.3455999999999999

;; case: least-squares-slope
;; set a=1 b=3 c=2
(define xs '(0 1 2))
(define ys (list a b c))
(define (mean l) (/ (apply + l) (length l)))
(define (cov u v) (let ((mu (mean u)) (mv (mean v))) (mean (map (lambda (p q) (* (- p mu) (- q mv))) u v))))
(/ (cov xs ys) (cov xs xs))
; => 0.5
; grad a=-0.5 c=0.5

;; case: gradient-descent-unrolled
;; set rate=0.1
(define (descend w n) (if (= n 0) w (descend (- w (* rate 2 (- w 3))) (- n 1))))
(descend 0.0 10)
; => 2.6778774528
; grad rate=8.053063680000001

;; case: momentum-unrolled
;; set rate=0.1 m=0.5
(loop ((n 0) (w 4.0) (v 0.0))
  (if (= n 8) w
      (let ((v (- (* m v) (* rate w)))) (recur (+ n 1) (+ w v) v))))
; => 0.55879744
; grad rate=-17.6255488 m=-3.7131008000000003

;; case: moving-average-of-a-list
;; set a=0.25
(define (smooth l y) (if (null? l) '() (let ((z (+ (* a (car l)) (* (- 1 a) y)))) (cons z (smooth (cdr l) z)))))
(apply + (smooth '(1 2 4 8) 0.0))
; => 5.58984375
; grad a=19.0625

;; case: kalman-scalar
;; set q=0.1 r=0.5
(define (filter-all ys x p nll)
  (if (null? ys) nll
      (let* ((pp (+ p q)) (s (+ pp r)) (k (/ pp s)) (e (- (car ys) x)))
        (filter-all (cdr ys) (+ x (* k e)) (* (- 1 k) pp) (+ nll (log s) (/ (* e e) s))))))
(filter-all '(0.5 0.9 1.4 1.1 1.8) 0.0 1.0 0.0)
; => 1.8824099743632674
; grad q=0.8178808496987218 r=5.150840452901384

;; case: markov-chain
;; set p=0.2 s=0.4
(define (advance v)
  (list (+ (* (- 1 p) (car v)) (* s (cadr v))) (+ (* p (car v)) (* (- 1 s) (cadr v)))))
(car (loop ((n 5) (v (list 1.0 0.0))) (if (= n 0) v (recur (- n 1) (advance v)))))
; => 0.6700800000000001
; grad p=-1.1424000000000003 s=0.5072000000000001

;; case: hidden-states-likelihood
;; set a=0.7 e=0.8
(define (emit state seen) (if (eq? state seen) e (- 1 e)))
(define (forward obs f g)
  (if (null? obs) (+ f g)
      (let ((o (car obs)))
        (forward (cdr obs)
                 (* (emit 'x o) (+ (* a f) (* (- 1 a) g)))
                 (* (emit 'y o) (+ (* (- 1 a) f) (* a g)))))))
(log (forward '(x x y x) 0.5 0.5))
; => -2.9253856521334436
; grad a=-0.6778018044888526 e=-1.2616508836030125

;; case: two-layer-network-loss
;; set w1=0.5 w2=-0.75 b1=0.1 b2=0.2 v1=1.5 v2=-1
(define hidden (list (cons w1 b1) (cons w2 b2)))
(define (net x) (apply + (map (lambda (v h) (* v (tanh (+ (* (car h) x) (cdr h))))) (list v1 v2) hidden)))
(define data '((-1 . -0.5) (0 . 0.25) (1 . 1.0)))
(/ (apply + (map (lambda (d) (square (- (net (car d)) (cdr d)))) data)) 3)
; => 0.2793490026296859
; grad w1=0.9106263655157827 w2=-0.3973218457195439 b1=-0.7699205401046256 b2=0.2822857542098435 v1=0.2948977712720806 v2=-0.5406709996471452

;; case: chemostat
;; set mu=0.9 ks=0.5 yield=0.4
(define dt 0.1)
(define (advance s b)
  (let ((rate (* mu (/ s (+ ks s)) b)))
    (cons (- s (* dt (/ rate yield))) (+ b (* dt (- rate (* 0.1 b)))))))
(define end (do ((n 0 (+ n 1)) (p (cons 5.0 0.2) (advance (car p) (cdr p)))) ((= n 12) p)))
(+ (car end) (* 10 (cdr end)))
; => 8.839674614758156
; grad mu=3.396819842487546 ks=-0.5875908720711935 yield=1.8818304738062779

;; case: gpp-canopy
;; set alpha=0.05 amax=20 topt=22 w=8 s=2 psi50=-1.5
(define (gpp q t psi)
  (* (/ (* alpha q amax) (+ (* alpha q) amax))
     (exp (- (/ (square (- t topt)) (* 2 (square w)))))
     (sigmoid (* s (- psi psi50)))))
(fold-left + 0 (map gpp '(200 800 1500) '(12 20 31) '(-0.5 -1.25 -2)))
; => 12.98776797699189
; grad alpha=98.96845291185012 amax=0.40196726656996923 topt=-0.3542919425867616 w=0.9447111283584697 s=0.2553415507262118 psi50=-10.012352767528828

;; case: black-box-dual-numbers
(define (dual v d) (cons v d))
(define (d+ a b) (dual (+ (car a) (car b)) (+ (cdr a) (cdr b))))
(define (d* a b) (dual (* (car a) (car b)) (+ (* (car a) (cdr b)) (* (cdr a) (car b)))))
(let ((x (dual 3 1))) (d+ (d* x (d* x x)) (d* (dual 2 0) x)))
; => (33 . 29)

;; case: derivative-of-own-derivative
;; set x=0.6
(define (d* a b) (cons (* (car a) (car b)) (+ (* (car a) (cdr b)) (* (cdr a) (car b)))))
(define (dsin a) (cons (sin (car a)) (* (cos (car a)) (cdr a))))
(let ((v (cons x 1))) (cdr (d* v (dsin (d* v v)))))
; => 1.026119946323203
; grad x=3.0648636276908876

;; case: richardson-table
(define (f h) (/ (- (exp (+ 1 h)) (exp (- 1 h))) (* 2 h)))
(define (improve a b k) (/ (- (* k b) a) (- k 1)))
(improve (f 1.0) (f 0.5) 4)
; => 2.71244771636214

;; case: monte-carlo-by-hand
(define (next s) (modulo (+ (* s 75) 74) 65537))
(loop ((n 0) (s 1) (hits 0))
  (if (= n 200) hits
      (let* ((a (next s)) (b (next a)) (u (/ a 65537.0)) (v (/ b 65537.0)))
        (recur (+ n 1) b (if (< (+ (* u u) (* v v)) 1) (+ hits 1) hits)))))
; => 151

;; case: chebyshev-recurrence
;; set x=0.6
(define (t n) (cond ((= n 0) 1) ((= n 1) x) (else (- (* 2 x (t (- n 1))) (t (- n 2))))))
(t 5)
; => -0.07583999999999991
; grad x=-6.231999999999999

;; case: lagrange-interpolation
;; set x=1.5 y1=2
(define pts (list (cons 0 1) (cons 1 y1) (cons 2 5)))
(define (term p) (* (cdr p) (apply * (map (lambda (q) (if (= (car q) (car p)) 1 (/ (- x (car q)) (- (car p) (car q))))) pts))))
(apply + (map term pts))
; => 3.25
; grad x=3 y1=0.75

;; case: pairwise-potential
;; set e=0.5 s=1.25
(define particles '(0.0 1.2 2.6))
(define (pair r) (let ((q (expt (/ s r) 6))) (* 4 e (- (* q q) q))))
(let outer ((l particles) (sum 0))
  (if (null? l) sum
      (outer (cdr l) (fold-left (lambda (acc y) (+ acc (pair (abs (- y (car l)))))) sum (cdr l)))))
; => 0.18481506726902264
; grad e=0.3696301345380453 s=19.020760788642086
