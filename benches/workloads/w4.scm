; W4: the angle of a damped pendulum after 10 s, by gravity over length g and damping b: theta'' = -g sin(theta) - b theta',
; from rest at theta0, by 1,000 steps of the classical Runge-Kutta method.
; bench W4: --lanes 4096 --params g,b --set g=5..15 --set b=0.05..0.5 --set theta0=0.2..1.5
(define dt 0.01)
(define half (/ dt 2))

(define (acceleration theta omega)
  (- (- (* g (sin theta))) (* b omega)))

(define (average k1 k2 k3 k4)
  (/ (+ k1 (* 2 (+ k2 k3)) k4) 6))

(loop ((step 0) (theta theta0) (omega 0.0))
  (if (< step 1000)
      (let* ((a1 (acceleration theta omega))
             (omega2 (+ omega (* half a1)))
             (a2 (acceleration (+ theta (* half omega)) omega2))
             (omega3 (+ omega (* half a2)))
             (a3 (acceleration (+ theta (* half omega2)) omega3))
             (omega4 (+ omega (* dt a3)))
             (a4 (acceleration (+ theta (* dt omega3)) omega4)))
        (recur (+ step 1)
               (+ theta (* dt (average omega omega2 omega3 omega4)))
               (+ omega (* dt (average a1 a2 a3 a4)))))
      theta))
