; A Kalman filter's likelihood: a body whose speed changes by a random acceleration, seen through noisy positions and speeds.
;
;   evalgrad fit examples/kalman.scm examples/kalman.csv --minimize --matrix seen=p,v \
;     --param 'q=1 in [0.001,10]' --param 'a=0.5 in [0.001,10]' --param 'b=1 in [0.001,10]'
;
; True: q = 0.3 (standard deviation of the acceleration), a = 1 and b = 0.5 (of the noise in position and speed). The data are 150 steps
; of p += v + e/2, v += e from rest, e of deviation q, with noise; all normal deviates come from Python's random.Random(1).gauss.
; The value is -ln of the density of all that was seen: one lane, since no column binds an input row by row.

(define step [[1 1] [0 1]])
(define back (transpose step))
(define drift (scale (square q) [[0.25 0.5] [0.5 1]]))
(define noise [[(square a) 0] [0 (square b)]])

(loop ((i 0) (state [0 0]) (spread [[1 0] [0 1]]) (loss 0.0))
  (if (= i (rows seen))
      loss
      (let* ((ahead (matvec step state))
             (wide (+ (matmul (matmul step spread) back) drift))
             (total (+ wide noise))
             (surprise (- (ref seen i) ahead))
             (gain (transpose (solve total wide))))
        (recur (+ i 1)
               (+ ahead (matvec gain surprise))
               (- wide (matmul gain wide))
               (+ loss (* 0.5 (+ (logdet total) (dot surprise (solve total surprise)) (* 2 (log 6.283185307179586)))))))))
