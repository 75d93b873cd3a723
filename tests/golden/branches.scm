; Newton's square root of a: rounds until an input-dependent test ends them, so that every round leaves a guard.
(loop ((y (if (< a 1.0) 1.0 a)) (rounds 0))
  (if (or (= rounds 20) (< (abs (- (* y y) a)) 1e-3))
      y
      (recur (/ (+ y (/ a y)) 2) (+ rounds 1))))
