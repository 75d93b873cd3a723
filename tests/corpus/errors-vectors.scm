;;; Vectors and matrices that do not fit, indices out of range, singular matrices, and their places

;; case: vec-second-a-symbol
[1 'a]
; error wrong-type 1:4

;; case: vec-first-a-symbol
['a 1]
; error wrong-type 1:2

;; case: vec-number-then-vector
[1 [2]]
; error wrong-type 1:4

;; case: vec-vector-then-number
[[1 2] 3]
; error wrong-type 1:8

;; case: matrix-ragged
[[1 2] [3]]
; error wrong-type 1:8

;; case: matrix-of-a-matrix
[[1 2] [[1 2]]]
; error wrong-type 1:8

;; case: matrix-of-empty-rows
[[] []]
; error wrong-type 1:2

;; case: mat-of-numbers
(mat 1 2)
; error wrong-type 1:6

;; case: mat-of-nothing
(mat)
; error arity 1:1

;; case: ref-of-a-list
(ref '(1) 0)
; error wrong-type 1:6

;; case: ref-float-index
(ref [1] 0.)
; error wrong-type 1:10

;; case: ref-index-too-large
(ref [1] 1)
; error index 1:10

;; case: ref-index-negative
(ref [1] -1)
; error index 1:10

;; case: ref-two-indices-of-a-vector
(ref [1] 0 0)
; error wrong-type 1:6

;; case: ref-row-too-large
(ref [[1 2]] 1)
; error index 1:14

;; case: ref-column-too-large
(ref [[1 2]] 0 2)
; error index 1:16

;; case: ref-column-no-int
(ref [[1 2]] 0 #f)
; error wrong-type 1:16

;; case: vlen-of-a-matrix
(vlen [[1]])
; error wrong-type 1:7

;; case: rows-of-a-vector
(rows [1])
; error wrong-type 1:7

;; case: cols-of-a-number
(cols 1)
; error wrong-type 1:7

;; case: eye-of-zero
(eye 0)
; error wrong-type 1:6

;; case: eye-of-a-float
(eye 2.)
; error wrong-type 1:6

;; case: zeros-negative
(zeros -1)
; error wrong-type 1:8

;; case: ones-without-columns
(ones 2 0)
; error wrong-type 1:9

;; case: vsum-of-a-number
(vsum 1)
; error wrong-type 1:7

;; case: vmap-lengths
(vmap + [1 2] [1])
; error wrong-type 1:15

;; case: vmap-vector-and-matrix
(vmap + [1] [[1]])
; error wrong-type 1:13

;; case: vmap-over-a-number
(vmap + 1 [1])
; error wrong-type 1:9

;; case: vmap-gives-a-symbol
(vmap (lambda (t) 'a) [1])
; error wrong-type 1:7

;; case: vmap-gives-a-vector
(vmap (lambda (t) [t]) [1])
; error wrong-type 1:7

;; case: vmap-of-car
(vmap car [1])
; error wrong-type 1:1

;; case: vmap-of-a-number
(vmap 5 [1])
; error not-procedure 1:1

;; case: add-lengths
(+ [1 2] [1 2 3])
; error wrong-type 1:10

;; case: add-lengths-after-numbers
(+ 1 [1 2] 3 [1])
; error wrong-type 1:14

;; case: multiply-vector-and-matrix
(* [1] [[1]])
; error wrong-type 1:8

;; case: subtract-a-symbol-from-a-vector
(- [1] 'a)
; error wrong-type 1:8

;; case: divide-a-symbol-by-a-vector
(/ 'a [1])
; error wrong-type 1:4

;; case: divide-by-zero-before-a-vector
(/ 1 0 [1])
; error divide-by-zero 1:6

;; case: add-lengths-applied
(apply + (list [1] [1 2]))
; error wrong-type 1:1

;; case: sin-of-a-vector
(sin [1])
; error wrong-type 1:6

;; case: max-with-a-vector
(max 1 [1])
; error wrong-type 1:8

;; case: less-with-a-vector
(< [1] 1)
; error wrong-type 1:4

;; case: square-of-a-vector
(square [1])
; error wrong-type 1:9

;; case: length-of-a-vector
(length [1])
; error wrong-type 1:9

;; case: car-of-a-vector
(car [1])
; error wrong-type 1:6

;; case: vector-called
([1] 0)
; error not-procedure 1:1

;; case: soft-if-gate-a-vector
(soft-if [1] 1 2)
; error wrong-type 1:10

;; case: dot-lengths
(dot [1 2] [1 2 3])
; error wrong-type 1:12

;; case: dot-of-a-number
(dot 1 [1])
; error wrong-type 1:6

;; case: dot-of-a-matrix
(dot [1] [[1]])
; error wrong-type 1:10

;; case: norm-of-a-number
(norm 3)
; error wrong-type 1:7

;; case: norm-of-a-matrix
(norm [[3]])
; error wrong-type 1:7

;; case: normalize-a-matrix
(normalize [[1]])
; error wrong-type 1:12

;; case: cross-length-two
(cross [1 2] [1 2])
; error wrong-type 1:8

;; case: cross-second-length-two
(cross [1 2 3] [1 2])
; error wrong-type 1:16

;; case: scale-by-a-vector
(scale [1] [1])
; error wrong-type 1:8

;; case: scale-a-number
(scale 1 1)
; error wrong-type 1:10

;; case: matvec-lengths
(matvec [[1 2]] [1])
; error wrong-type 1:17

;; case: matvec-of-vectors
(matvec [1] [1])
; error wrong-type 1:9

;; case: matmul-shapes
(matmul [[1 2]] [[1 2]])
; error wrong-type 1:17

;; case: matmul-by-a-vector
(matmul [[1]] [1])
; error wrong-type 1:15

;; case: transpose-a-vector
(transpose [1])
; error wrong-type 1:12

;; case: trace-not-square
(trace [[1 2]])
; error wrong-type 1:8

;; case: lower-not-square
(lower [[1 2]])
; error wrong-type 1:8

;; case: outer-of-a-number
(outer 1 [1])
; error wrong-type 1:8

;; case: outer-of-a-matrix
(outer [1] [[1]])
; error wrong-type 1:12

;; case: inv-singular
(inv [[1 2] [2 4]])
; error singular 1:6

;; case: logdet-singular
(logdet [[0]])
; error singular 1:9

;; case: solve-singular
(solve (zeros 2 2) [1 2])
; error singular 1:8

;; case: solve-lengths
(solve [[1 0] [0 1]] [1 2 3])
; error wrong-type 1:22

;; case: solve-for-a-number
(solve [[1 0] [0 1]] 1)
; error wrong-type 1:22

;; case: solve-not-square
(solve [[1 0]] [1])
; error wrong-type 1:8

;; case: inv-not-square
(inv [[1 2]])
; error wrong-type 1:6

;; case: det-of-a-vector
(det [1])
; error wrong-type 1:6

;; case: logdet-not-square
(logdet [[1 2]])
; error wrong-type 1:9

;; case: cholesky-not-definite
(cholesky [[1 2] [2 1]])
; error singular 1:11

;; case: cholesky-of-zero
(cholesky [[0]])
; error singular 1:11

;; case: cholesky-not-square
(cholesky [[1 2]])
; error wrong-type 1:11

;; case: inv-singular-applied
(apply inv (list (ones 2 2)))
; error singular 1:1

;; case: index-from-an-input-out-of-range
;; set i=2
(let ((v [1 2]))
  (ref v
       (exact i)))
; error index 3:8

;; case: shapes-across-lines
(define (f u v)
  (dot u
       v))
(f [1 2]
   [1 2 3])
; error wrong-type 3:8

;; case: shape-of-an-element-in-a-list
(map (lambda (v) (+ v [1 2]))
     (list [1 2] [3]))
; error wrong-type 1:23

;; case: singular-inside-a-loop
;; set a=0
(loop ((i 0) (m (eye 2)))
  (if (= i 3)
      (trace m)
      (recur (+ i 1) (inv (scale a m)))))
; error singular 4:27

;; case: inv-singular-three
;; set a=1.1
(let ((v [a 0.3 2])) (inv (mat v [0.7 0.1 0.9] v)))
; error singular 1:27

;; case: solve-singular-four
(solve (ones 4 4) [1 2 3 4])
; error singular 1:8

;; case: inv-zero-column-four
(inv [[1 0 2 3] [4 0 5 6] [7 0 8 9] [1 0 1 2]])
; error singular 1:6

;; case: cholesky-last-pivot-zero
(cholesky [[1 2 0] [2 5 0] [0 0 0]])
; error singular 1:11

;; case: vmap-body-fails
(vmap (lambda (t) (car t))
      [1])
; error wrong-type 1:24

;; case: vmap-two-operands-arity
(vmap (lambda (t) t) [1] [2])
; error arity 1:1

;; case: ref-arity
(ref [1])
; error arity 1:1

;; case: zeros-arity
(zeros 1 2 3)
; error arity 1:1

;; case: r7rs-vectors-do-not-exist
(vector 1 2)
; error expand 1:2

;; case: more-elements-than-can-be-counted
(rows (outer (zeros 65536) (zeros 65536)))
; error heap 1:7
