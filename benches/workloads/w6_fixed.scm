; W6 without divergence: Newton's iteration for a square root, eight times for every lane.
; bench W6-fixed: --lanes 1048576 --params a --set a=0.004..0.95
(loop ((i 0) (x 1.0))
  (if (< i 8)
      (recur (+ i 1) (* 0.5 (+ x (/ a x))))
      x))
