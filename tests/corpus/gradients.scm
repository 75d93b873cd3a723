;;; Gradients through every way a program can carry a number

;; case: identity
;; set x=3
x
; => 3.0
; grad x=1

;; case: constant-program
;; set x=3
(begin x 7)
; => 7
; grad x=0

;; case: unused-parameter
;; set x=3 y=4
(let ((z y)) (* x x))
; => 9.0
; grad x=6 y=0

;; case: shared-subexpression
;; set x=1.5
(let* ((a (* x x)) (b (* a a)) (c (+ a b))) (* c c))
; => 53.47265625
; grad x=241.3125

;; case: fan-out-many
;; set x=2
(+ x x x (* x x) (- x) (/ x x))
; => 9.0
; grad x=6

;; case: cancelling
;; set x=2
(- (* 3 x) (+ x x x))
; => 0.0
; grad x=0

;; case: through-closure-chain
;; set a=2 x=0.5
(define (stack f n) (if (= n 0) (lambda (v) v) (lambda (v) (f ((stack f (- n 1)) v)))))
((stack (lambda (v) (+ (* a v) 1)) 4) x)
; => 23.0
; grad a=33 x=16

;; case: through-rest-arguments
;; set a=2 b=3 c=4
(define (weighted w . xs) (* w (apply + xs)))
(weighted a b c)
; => 14.0
; grad a=7 b=2 c=2

;; case: through-apply-of-lambda
;; set x=2 y=5
(apply (lambda (u v w) (+ (* u v) w)) (list x y (* x 3)))
; => 16.0
; grad x=8 y=2

;; case: through-association-list-state
;; set v=3 t=0.5
(define (lookup k s) (cdr (assq k s)))
(define (move s dt) (list (cons 'x (+ (lookup 'x s) (* dt (lookup 'v s)))) (cons 'v (* 0.5 (lookup 'v s)))))
(lookup 'x (move (move (list (cons 'x 1.) (cons 'v v)) t) t))
; => 3.25
; grad v=0.75 t=4.5

;; case: through-selected-closure
;; set x=2 k=3
(define rules (list (lambda (v) (+ v k)) (lambda (v) (* v k)) (lambda (v) (expt v 2))))
(fold-left (lambda (acc r) (r acc)) x rules)
; => 225.0
; grad x=90 k=240

;; case: through-church-numeral
;; set x=1.1
(define (church n) (lambda (f) (lambda (v) (if (= n 0) v (f (((church (- n 1)) f) v))))))
(((church 3) (lambda (v) (* v v))) x)
; => 2.143588810000001
; grad x=15.58973680000001

;; case: through-continuation-passing
;; set x=3
(define (sq v k) (k (* v v)))
(define (add v w k) (k (+ v w)))
(sq x (lambda (a) (sq a (lambda (b) (add a b (lambda (c) (* 2 c)))))))
; => 180.0
; grad x=228

;; case: through-nested-map
;; set a=2 b=0.5
(define m (list (list a 1) (list b a)))
(define (times m v) (map (lambda (row) (apply + (map * row v))) m))
(apply + (times m (times m '(1 2))))
; => 23.5
; grad a=17 b=7

;; case: through-determinant
;; set a=2 b=3 c=5 d=7
(define (det m) (- (* (caar m) (cadadr m)) (* (cadar m) (caadr m))))
(det (list (list a b) (list c d)))
; => -1.0
; grad a=7 b=-5 c=-3 d=2

;; case: through-log-sum-exp
;; set a=1 b=2 c=0.5
(define (lse l) (let ((m (apply max l))) (+ m (log (apply + (map (lambda (v) (exp (- v m))) l))))))
(lse (list a b c))
; => 2.464368784107945
; grad a=0.23122389762214907 b=0.6285317192117625 c=0.14024438316608848

;; case: through-neural-unit
;; set w=0.5 v=-1.5 b=0.75 u=2
(define (unit x) (* u (tanh (+ (* w x) b))))
(+ (unit 1.0) (* v (unit -0.5)))
; => 0.3102158081349966
; grad w=1.7405013318097564 v=0.9242343145200195 u=0.1551079040674983 b=-1.798513466536917

;; case: through-bisection-result
;; set c=2
(define (newton x n) (if (= n 0) x (newton (- x (/ (- (* x x x) c) (* 3 x x))) (- n 1))))
(newton 1.0 8)
; => 1.2599210498948732
; grad c=0.20998684164914552

;; case: through-conditional-in-map
;; set t=2 a=1.5
(apply + (map (lambda (x) (if (< x t) (* a x) (+ a x))) '(1 2 3)))
; => 9.5
; grad a=3 t=0
; warning branch-only t

;; case: through-trapezoid
;; set k=1.5
(define (f x) (exp (* (- k) x)))
(define h 0.125)
(loop ((i 0) (s 0.0))
  (if (= i 8) (* h s)
      (recur (+ i 1) (+ s (* 0.5 (+ (f (* h i)) (f (* h (+ i 1)))))))))
; => 0.5194296621602322
; grad k=-0.19507672468986365

;; case: second-difference
;; set x=0.7
(define (f x) (* x x x))
(/ (+ (f (+ x 0.5)) (- (* 2 (f x))) (f (- x 0.5))) 0.25)
; => 4.2
; grad x=6

;; case: int-result-converts
;; set x=2
(if (> x 1) 1 0)
; => 1
; grad x=0
; warning branch-only x

;; case: int-times-parameter
;; set x=0.5
(* 3 (+ x (quotient 7 2)) 2)
; => 21.0
; grad x=6

;; case: min-over-candidates
;; set a=3 b=2 c=2.5
(fold-left min +inf.0 (list (* a a) (* b b) (* c c)))
; => 4.0
; grad a=0 b=4 c=0

;; case: distance
;; set x=3 y=4
(sqrt (+ (square x) (square y)))
; => 5.0
; grad x=0.6 y=0.8

;; case: polar-round-trip
;; set x=1 y=2
(let ((r (sqrt (+ (* x x) (* y y)))) (t (atan y x))) (* r (cos t) (sin t)))
; => 0.8944271909999161
; grad x=0.7155417527999326 y=0.08944271909999169

;; case: arrhenius
;; set a=2 e=3 t=1.5
(* a (exp (/ (- e) t)))
; => 0.2706705664732254
; grad a=0.1353352832366127 e=-0.18044704431548358 t=0.36089408863096717

;; case: hill-equation
;; set v=2 k=1.5 n=2.5 x=1.2
(/ (* v (expt x n)) (+ (expt k n) (expt x n)))
; => 0.7280860371250183
; grad v=0.36404301856250915 k=-0.7717189973280194 n=-0.10332247060824923 x=0.9646487466600239

;; case: student-likelihood
;; set m=0.5 s=1.5 nu=4
(define (logpdf x)
  (let ((z (/ (- x m) s)))
    (- (lgamma (/ (+ nu 1) 2)) (lgamma (/ nu 2)) (log s) (* 0.5 (log nu)) (* (/ (+ nu 1) 2) (log (+ 1 (/ (* z z) nu)))))))
(apply + (map logpdf '(-1.0 0.25 2.5)))
; => -3.936260190295822
; grad m=-0.03536693191865603 s=-0.2847038019451813 nu=0.06828210831339215

;; case: normal-cdf
;; set x=0.8 s=1.25
(* 0.5 (+ 1 (erf (/ x (* s (sqrt 2))))))
; => 0.7389137003071384
; grad x=0.2600498112672657 s=-0.16643187921105007

;; case: parameters-of-a-table
;; set a=1.5 b=-0.5 c=0.25
(define (poly cs x) (fold-right (lambda (c acc) (+ c (* x acc))) 0 cs))
(define cs (list a b c))
(apply + (map (lambda (x y) (square (- (poly cs x) y))) '(0 1 2) '(1.0 2.0 2.0)))
; => 1.0625
; grad a=-1.5 b=-3.5 c=-5.5
