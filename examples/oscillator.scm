; A damped oscillator, q'' = -k q - c q', released at rest from q0 and integrated to time t by the classical fourth-order
; Runge-Kutta method in 60 steps.
;
;   evalgrad fit examples/oscillator.scm examples/oscillator.csv --target q --param k=3 --param c=0.1 --param q0=1
;
; True: k = 4, c = 0.3, q0 = 1.2. The data are the exact solution
;   q0 e^(-ct/2) (cos wt + c/(2w) sin wt),  w = sqrt(k - c^2/4),
; at t = 0.1, 0.2, ..., 6, with normal noise of standard deviation 0.01.

(define steps 60)
(define h (/ t steps))
(define (acceleration q v) (- (+ (* k q) (* c v))))

(loop ((i 0) (q q0) (v 0.0))
  (if (= i steps)
      q
      (let* ((half (/ h 2))
             (a1 (acceleration q v))
             (v2 (+ v (* half a1)))
             (a2 (acceleration (+ q (* half v)) v2))
             (v3 (+ v (* half a2)))
             (a3 (acceleration (+ q (* half v2)) v3))
             (v4 (+ v (* h a3)))
             (a4 (acceleration (+ q (* h v3)) v4)))
        (recur (+ i 1)
               (+ q (* (/ h 6) (+ v (* 2 v2) (* 2 v3) v4)))
               (+ v (* (/ h 6) (+ a1 (* 2 a2) (* 2 a3) a4)))))))
