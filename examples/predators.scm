; Prey and predators after Lotka and Volterra, x' = a x - b x y and y' = d x y - g y, by n explicit Euler steps of 0.05 from
; x = 10, y = 5. Each row counts the prey after another number of steps, so that each lane runs another number of rounds.
;
;   evalgrad fit examples/predators.scm examples/predators.csv --target prey --sigma s --const d=0.02 --const g=0.5 \
;     --param 'a=0.5 in [0,3]' --param 'b=0.05 in [0,1]'
;
; True: a = 1, b = 0.1. The data are this recurrence for n = 3, 6, ..., 120 (six units of time), with normal noise whose standard
; deviation s is 2 % of the true count.

(define dt 0.05)

(define (step x y)
  (cons (+ x (* dt (- (* a x) (* b x y))))
        (+ y (* dt (- (* d x y) (* g y))))))

(loop ((i 0) (state (cons 10.0 5.0)))
  (if (< i n)
      (recur (+ i 1) (step (car state) (cdr state)))
      (car state)))
