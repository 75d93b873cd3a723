; A small neural ordinary differential equation: a pendulum's force learnt by a network of three units, from one swing.
;
;   evalgrad fit examples/neural-ode.scm examples/neural-ode.csv --minimize --matrix seen=angle,speed \
;     --param 'W[3,2]=[[0.5 0.2] [-0.3 0.6] [0.7 -0.5]]' --param 'v[3]=[-0.6 0.1 0.4]' --iterations 2000
;
; angle' = speed, speed' = v . tanh(W (angle, speed)). True: speed' = -sin(angle) - 0.3 speed, which no weights are exactly. The data are
; the true solution from (1.5, 0) at t = 0, 0.2, ..., 11.8 by Runge and Kutta's method, with normal noise of deviation 0.02 behind the first
; row (Python's random.Random(5).gauss). The value is -ln of what was seen given the weights, and of the weights' own density, normal of
; deviation 1, both without constant terms. Each interval is two steps of the midpoint method.

(define h 0.1)
(define deviation 0.02)
(define (slope x) (vec (ref x 1) (dot v (vmap tanh (matvec W x)))))
(define (step x) (+ x (scale h (slope (+ x (scale (/ h 2) (slope x)))))))

(loop ((i 1) (x (ref seen 0)) (loss (* 0.5 (+ (vsum (* W W)) (dot v v)))))
  (if (= i (rows seen))
      loss
      (let* ((next (step (step x)))
             (off (/ (- (ref seen i) next) deviation)))
        (recur (+ i 1) next (+ loss (* 0.5 (dot off off)))))))
