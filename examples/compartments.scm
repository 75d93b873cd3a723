; Two compartments that exchange a drug, x' = A x, solved by the exponential of a matrix: x(t) = exp(A t) x(0).
;
;   evalgrad fit examples/compartments.scm examples/compartments.csv --target c \
;     --param 'k12=1 in [0,5]' --param 'k21=1 in [0,5]' --param 'ke=1 in [0,5]'
;
; True: k12 = 0.8, k21 = 0.3 (rates from blood to tissue and back), ke = 0.4 (elimination); a dose of 10 in the blood at t = 0. The data
; are the exact concentrations in the blood at t = 0.25, 0.5, ..., 10 with normal noise of deviation 0.05 (Python's random.Random(3).gauss).
; The exponential is that of A t / 2^5 by twelve terms of its series, squared five times.

(define rates [[(- (+ k12 ke)) k21] [k12 (- k21)]])
(define small (scale (/ t 32) rates))

(define (series n)
  (loop ((i n) (sum (eye 2)))
    (if (= i 0) sum (recur (- i 1) (+ (eye 2) (/ (matmul small sum) i))))))

(define whole
  (loop ((i 5) (power (series 12)))
    (if (= i 0) power (recur (- i 1) (matmul power power)))))

(ref (matvec whole [10 0]) 0)
