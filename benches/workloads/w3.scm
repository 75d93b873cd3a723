; W3: negative log-likelihood (up to constants) of a two-dimensional local level model by a Kalman filter over 80 steps, by the
; variances q of the level and r of the measurements. The measurements are y_k = (sin 0.7k, cos 1.3k), k from 0 to 79.
; bench W3: --lanes 4096 --params q,r --set q=0.01..0.2 --set r=0.05..0.5
(define unit (mat (vec 1 0) (vec 0 1)))
(define level (* q unit))
(define noise (* r unit))

(loop ((k 0) (x (vec 0 0)) (P unit) (loss 0.0))
  (if (< k 80)
      (let* ((y (vec (sin (* 0.7 k)) (cos (* 1.3 k))))
             (ahead (+ P level))
             (S (+ ahead noise))
             (precision (inv S))
             (gain (matmul ahead precision))
             (e (- y x)))
        (recur (+ k 1)
               (+ x (matvec gain e))
               (matmul (- unit gain) ahead)
               (+ loss (+ (log (det S)) (dot e (matvec precision e))))))
      loss))
