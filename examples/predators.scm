; Prey and predators after Lotka and Volterra, x' = a x - b x y and y' = d x y - g y, by n explicit Euler steps of 0.05 from
; x = 10, y = 5. Each row counts the prey after another number of steps, so that each lane runs another number of rounds.
;
;   evalgrad fit examples/predators.scm examples/predators.csv --target prey --const d=0.02 --const g=0.5 \
;     --param 'a=0.5 in [0,3]' --param 'b=0.2 in [0,1]'
;
; True: a = 1, b = 0.1. The data are this recurrence for n = 4, 8, ..., 200 (ten units of time), with normal noise of standard
; deviation 2 % of the count.

(define dt 0.05)

(define (step x y)
  (cons (+ x (* dt (- (* a x) (* b x y))))
        (+ y (* dt (- (* d x y) (* g y))))))

(loop ((i 0) (state (cons 10.0 5.0)))
  (if (< i n)
      (recur (+ i 1) (step (car state) (cdr state)))
      (car state)))
