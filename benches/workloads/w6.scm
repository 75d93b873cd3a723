; W6: a square root by Newton's iteration from 1, until a step changes it by no more than 1e-5 of itself.
; Over this range of a, lanes need 3 to 8 iterations (shares .129 .438 .297 .102 .028 .005, mean 4.48).
; It ends in f32: after one step the iterates fall towards the root and each error is at most half the one before, until rounding
; (a division, a sum: at most 2 ulp, 2.4e-7) is all that moves them, far below the tolerance; a NaN ends the loop at once.
; bench W6: --lanes 1048576 --params a --set a=0.004..0.95
(define tolerance 1e-5)

(loop ((x 1.0))
  (let ((next (* 0.5 (+ x (/ a x)))))
    (if (> (abs (- next x)) (* tolerance next))
        (recur next)
        next)))
