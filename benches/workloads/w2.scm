; W2: sixteen steps of the logistic map, by its growth rate r and its start x0. Below r = 3.57 the map is not chaotic, so
; that f32 results can be compared.
; bench W2: --lanes 1048576 --params r,x0 --set r=2.5..3.5 --set x0=0.1..0.9
(loop ((i 0) (x x0))
  (if (< i 16)
      (recur (+ i 1) (* r (* x (- 1 x))))
      x))
