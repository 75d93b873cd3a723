;;; Linear algebra: determinants, inverses, systems, factors, and programs that are made of them

;; case: trace-value
(list (trace [[1 2] [3 4]]) (trace [[5]]))
; => (5.0 5.0)

;; case: trace-gradient
;; set a=3 b=4
(trace [[a b] [1 (* a b)]])
; => 15.0
; grad a=5 b=3

;; case: lower-value
(lower [[1 2 3] [4 5 6] [7 8 9]])
; => [[1.0 0.0 0.0] [4.0 5.0 0.0] [7.0 8.0 9.0]]

;; case: lower-gradient
;; set a=3 b=4
(vsum (lower [[a b] [(* a b) 1]]))
; => 16.0
; grad a=5 b=3

;; case: det-value
(list (det [[2]]) (det [[1 2] [3 4]]) (det [[0 1] [1 0]]) (det [[2 0 1] [1 3 2] [1 1 4]]) (det (* 2 (eye 4))))
; => (2.0 -2.0 -1.0 18.0 16.0)

;; case: det-gradient-two
;; set a=3 b=4
(det [[a b] [b 2]])
; => -10.0
; grad a=2 b=-8

;; case: det-gradient-three
;; set a=2 b=3
(det [[a 0 1] [1 b 2] [1 1 4]])
; => 18.0
; grad a=10 b=7

;; case: det-gradient-four
;; set a=2 b=3
(det [[a 1 0 0] [1 b 1 0] [0 1 a 1] [0 0 1 b]])
; => 19.0
; grad a=27 b=18

;; case: det-of-singular-is-zero
(list (det [[1 2] [2 4]]) (det (zeros 3 3)) (det [[1 2 3] [4 5 6] [1 2 3]]) (det [[1 2 3 4] [0 1 1 1] [1 2 3 4] [0 0 1 1]]))
; => (0.0 0.0 0.0 0.0)

;; case: det-gradient-where-a-pivot-is-zero
;; set a=0 b=0
(det [[a 1] [b 2]])
; => 0.0
; grad a=2 b=-1

;; case: det-gradient-where-the-first-column-is-zero-three
;; set a=0 b=0
(det [[a 1 0] [b 2 0] [0 0 3]])
; => 0.0
; grad a=6 b=-3

;; case: logdet-gradient
;; set a=3 b=1
(logdet [[a b] [b 2]])
; => 1.6094379124341003
; grad a=0.4 b=-0.4

;; case: logdet-of-negative-determinant
;; set a=3
(logdet [[0 a] [2 0]])
; => 1.791759469228055
; grad a=0.3333333333333333

;; case: logdet-four-gradient
;; set a=2 b=3
(logdet [[a 1 0 0] [1 b 1 0] [0 1 a 1] [0 0 1 b]])
; => 2.9444389791664403
; grad a=1.4210526315789473 b=0.9473684210526315

;; case: inv-value
(list (inv [[4]]) (inv [[0 2] [4 0]]) (inv [[2 0 0] [0 0 4] [0 8 0]]) (inv [[0 1 0 0] [1 0 0 0] [0 0 0 2] [0 0 4 0]]))
; => ([[0.25]] [[0.0 0.25] [0.5 0.0]] [[0.5 0.0 0.0] [0.0 0.0 0.125] [0.0 0.25 0.0]] [[0.0 1.0 0.0 0.0] [1.0 0.0 0.0 0.0] [0.0 0.0 0.0 0.25] [0.0 0.0 0.5 0.0]])

;; case: inv-gradient-one
;; set a=4
(ref (inv [[a]]) 0 0)
; => 0.25
; grad a=-0.0625

;; case: inv-gradient-two
;; set a=2 b=3
(vsum (* [[1 2] [3 4]] (inv [[a 1] [b 4]])))
; => 0.2
; grad a=0.64 b=-0.56

;; case: inv-gradient-three
;; set a=2 b=3
(vsum (* [[1 2 3] [4 5 6] [7 8 10]] (inv [[a 1 0] [1 b 1] [0 1 a]])))
; => 5.625
; grad a=-2.90625 b=-0.0625

;; case: inv-gradient-four
;; set a=2 b=3
(vsum (* [[1 2 3 4] [5 6 7 8] [9 10 11 12] [13 14 15 16]] (inv [[a 1 0 0] [1 b 1 0] [0 1 a 1] [0 0 1 b]])))
; => 8.210526315789473
; grad a=-0.9833795013850413 b=-0.9889196675900275

;; case: inv-gradient-needs-a-swap
;; set a=0 b=2
(ref (inv [[a 1] [b 3]]) 0 0)
; => -1.5
; grad a=-2.25 b=0.75

;; case: solve-vector-gradient
;; set a=2 b=3
(dot [1 2] (solve [[a 1] [b 4]] [b 5]))
; => 1.8
; grad a=0.56 b=-1.24

;; case: solve-matrix-gradient
;; set a=2 b=3
(vsum (* [[1 2] [3 4]] (solve [[a 1] [b 4]] [[b 5] [1 a]])))
; => -3.6000000000000014
; grad a=6.280000000000002 b=-7.5200000000000005

;; case: solve-values
(list (solve [[2]] [3]) (solve [[0 1] [1 0]] [1 2]) (solve [[2 0] [0 4]] [[1 2 3] [4 5 6]]) (solve (eye 4) [1 2 3 4]))
; => ([1.5] [2.0 1.0] [[0.5 1.0 1.5] [1.0 1.25 1.5]] [1.0 2.0 3.0 4.0])

;; case: solve-gradient-four
;; set a=2 b=3
(dot [1 2 3 4] (solve [[a 1 0 0] [1 b 1 0] [0 1 a 1] [0 0 1 b]] [b 1 a 1]))
; => 4.105263157894737
; grad a=-1.0969529085872578 b=0.7423822714681441

;; case: cholesky-value
(list (cholesky [[9]]) (cholesky [[4 99] [2 5]]) (cholesky [[4 0 0] [2 5 0] [0 2 10]]))
; => ([[3.0]] [[2.0 0.0] [1.0 2.0]] [[2.0 0.0 0.0] [1.0 2.0 0.0] [0.0 1.0 3.0]])

;; case: cholesky-gradient
;; set a=4 b=2
(vsum (* [[1 0] [2 3]] (cholesky [[a b] [b 5]])))
; => 10.0
; grad a=0.1875 b=0.25

;; case: cholesky-reads-the-lower-triangle
;; set a=4 b=7
(vsum (cholesky [[a b] [2 5]]))
; => 5.0
; grad a=0.1875 b=0

;; case: cholesky-gradient-three
;; set a=4 b=2
(vsum (* [[1 0 0] [2 3 0] [4 5 6]] (cholesky [[a 0 0] [b 5 0] [1 b 6]])))
; => 29.41565036871645
; grad a=0.13795769968701677 b=1.667614056336988

;; case: inverse-times-matrix
;; set a=2 b=3
(trace (matmul [[a 1] [b 4]] (inv [[a 1] [b 4]])))
; => 2.0

;; case: gaussian-log-density
;; set a=2 b=0.5
(let* ((s [[a b] [b 1]]) (e [1 -1]) (l (cholesky s)))
  (* -0.5 (+ (dot e (solve s e)) (* 2 (+ (log (ref l 0 0)) (log (ref l 1 1)))))))
; => -1.4226650368248541
; grad a=0.08163265306122452 b=-0.9387755102040815

;; case: ridge-regression-by-solve
;; set k=0.5
(let* ((x [[1 0] [1 1] [1 2] [1 3]]) (y [1 3 2 5]) (t (transpose x)))
  (ref (solve (+ (matmul t x) (* k (eye 2))) (matvec t y)) 1))
; => 1.1282051282051282
; grad k=0.0192855577470962

;; case: kalman-step
;; set q=0.05 r=0.1
(let* ((p (+ (eye 2) (* q (eye 2)))) (s (+ p (* r (eye 2)))) (k (matmul p (inv s))) (e [0.5 -1]))
  (+ (log (det s)) (dot e (matvec (inv s) e)) (vsum (matvec k e)) (trace (matmul (- (eye 2) k) p))))
; => 1.0925673630111872
; grad q=0.7712665406427222 r=2.8582230623818523

;; case: matrix-exponential-by-series
;; set a=0.5 b=0.25
(let ((m [[(- a) b] [a (- b)]]))
  (loop ((k 1) (term (eye 2)) (sum (eye 2)))
    (if (> k 12)
        (ref (matvec sum [1 0]) 0)
        (let ((next (/ (matmul term m) k))) (recur (+ k 1) next (+ sum next))))))
; => 0.6482443684964236
; grad a=-0.5494147894547212 b=0.15409647355243175

;; case: scaled-rows
(list (* 1e-20 (ref (inv [[1e20 0 0] [0 1e-20 0] [0 0 1e20]]) 1 1)) (solve [[1e20 0] [0 1]] [1e20 1e10]))
; => (1.0 [1.0 10000000000.0])

;; case: a-determinant-far-from-its-factors
(det [[1e-10 0 0] [0 1e20 0] [0 0 1e20]])
; => 1e30

;; case: determinants-of-singular-matrices
(list (det (ones 3 3)) (det (ones 4 4)) (det (zeros 5 5)))
; => (0.0 0.0 0.0)
