;;; Vectors and matrices: making, taking apart, element by element, products

;; case: vector-of-ints-is-floats
[1 2 3]
; => [1.0 2.0 3.0]

;; case: vector-brackets-are-vec
(vec 1 2.5)
; => [1.0 2.5]

;; case: vector-empty
(list [] (vec) (zeros 0) (vlen []))
; => ([] [] [] 0)

;; case: matrix-of-rows
(list [[1 2] [3 4]] (mat [1 2] [3 4]) (vec [1 2] [3 4]) (mat [5]))
; => ([[1.0 2.0] [3.0 4.0]] [[1.0 2.0] [3.0 4.0]] [[1.0 2.0] [3.0 4.0]] [[5.0]])

;; case: vector-quoted-is-a-list
'[1 (2 3)]
; => (vec 1 (2 3))

;; case: vec-shadowed
(let ((vec list)) [1 2])
; => (1 2)

;; case: vector-applied-constructors
(list (apply vec '(1 2)) (apply mat (list [1] [2])) (map vec '(1 2) '(3 4)))
; => ([1.0 2.0] [[1.0] [2.0]] ([1.0 3.0] [2.0 4.0]))

;; case: vector-in-data
(list (cons 1 [2]) `(a ,[1 2] ,@(list [3])))
; => ((1 . [2.0]) (a [1.0 2.0] [3.0]))

;; case: zeros-ones-eye
(list (zeros 2) (ones 2) (zeros 2 1) (ones 1 2) (eye 2))
; => ([0.0 0.0] [1.0 1.0] [[0.0] [0.0]] [[1.0 1.0]] [[1.0 0.0] [0.0 1.0]])

;; case: vlen-rows-cols
(let ((m [[1 2 3] [4 5 6]])) (list (vlen (ref m 0)) (rows m) (cols m)))
; => (3 2 3)

;; case: ref-of-vector-row-and-element
(list (ref [5 6 7] 2) (ref [[1 2] [3 4]] 1) (ref [[1 2] [3 4]] 1 0))
; => (7.0 [3.0 4.0] 3.0)

;; case: ref-gradient
;; set a=2 b=3
(ref [a (* a b) b] 1)
; => 6.0
; grad a=3 b=2

;; case: ref-row-gradient
;; set a=2 b=3
(vsum (ref [[a 1] [b (* a a)]] 1))
; => 7.0
; grad a=4 b=1

;; case: ref-element-gradient
;; set a=2 b=3
(ref [[a 1] [b a]] 1 0)
; => 3.0
; grad a=0 b=1

;; case: ref-computed-index
;; set a=2 b=3 i=1.75
(ref [a (* b b)] (exact (floor i)))
; => 9.0
; grad a=0 b=6 i=0
; warning branch-only i

;; case: ref-in-a-loop
;; set a=2
(let ((v [a 3 (* a a)]))
  (loop ((i 0) (s 0.)) (if (= i (vlen v)) s (recur (+ i 1) (+ (* s a) (ref v i))))))
; => 18.0
; grad a=19

;; case: vectors-element-by-element
(list (+ [1 2] [3 4]) (- [1 2] [3 5]) (* [1 2] [3 4]) (/ [1 2] [4 4]))
; => ([4.0 6.0] [-2.0 -3.0] [3.0 8.0] [0.25 0.5])

;; case: vectors-and-numbers
(list (+ [1 2] 1) (- 1 [1 2]) (* 2 [1 2]) (/ [1 2] 2) (/ 1 [2 4]) (/ [1] 0.5))
; => ([2.0 3.0] [0.0 -1.0] [2.0 4.0] [0.5 1.0] [0.5 0.25] [2.0])

;; case: vectors-unary-and-many
(list (+ [1]) (- [1 -2]) (/ [2 -4]) (* [3]) (+ 1 2 [1 2] 3.) (/ [8] 2 [2]) (- [[1 2]] [[1 1]] 1))
; => ([1.0] [-1.0 2.0] [0.5 -0.25] [3.0] [7.0 8.0] [2.0] [[-1.0 0.0]])

;; case: matrices-element-by-element
(list (+ [[1 2]] [[3 4]]) (* [[1] [2]] [[3] [4]]) (* 2 (eye 2)) (* [] []))
; => ([[4.0 6.0]] [[3.0] [8.0]] [[2.0 0.0] [0.0 2.0]] [])

;; case: vector-sum-gradient
;; set a=2 b=3
(vsum (* [a b] (+ [b 1] a)))
; => 19.0
; grad a=10 b=5

;; case: vector-quotient-gradient
;; set a=2 b=4
(vsum (/ [a 1] [b b]))
; => 0.75
; grad a=0.25 b=-0.1875

;; case: vector-negated-and-inverted-gradient
;; set a=2 b=4
(vsum (- (/ [a b])))
; => -0.75
; grad a=0.25 b=0.0625

;; case: vectors-first-class-addition
;; set a=2
(list (map + (list [a] [2]) (list [3] [4])) (fold-left + 0 (list [1 a] [3 4])) (reduce * 1 (list [2] [a])) (apply + [a] '(2 3)))
; => (([5.0] [6.0]) [4.0 6.0] [4.0] [7.0])

;; case: vectors-fold-gradient
;; set a=2 b=5
(vsum (fold-left (lambda (s v) (+ (* s a) v)) (zeros 2) (list [1 b] [b 2])))
; => 19.0
; grad a=6 b=3

;; case: vectors-equal
(list (equal? [1 2] [1 2]) (equal? [1 2] [1 3]) (equal? [1] [[1]]) (equal? [] []) (equal? [+nan.0] [+nan.0]) (equal? [0.] [-0.]))
; => (#t #f #f #t #t #f)

;; case: vectors-identity
(let ((v [1])) (list (eq? v v) (eqv? v [1]) (memq v (list 1 v)) (member [1] (list [2] v)) (assoc [1] (list (list v 5)))))
; => (#t #f ([1.0]) ([1.0]) ([1.0] 5))

;; case: vectors-are-no-other-type
(list (if [] 1 2) (number? [1]) (integer? [1]) (list? [1]) (pair? [1]) (procedure? [1]) (null? []) (boolean? []) (symbol? []))
; => (1 #f #f #f #f #f #f #f #f)

;; case: dot-value
(list (dot [1 2 3] [4 5 6]) (dot [] []) (vsum []) (vsum [[1 2] [3 4]]))
; => (32.0 0.0 0.0 10.0)

;; case: dot-gradient
;; set a=2 b=3
(dot [a b] [b 2])
; => 12.0
; grad a=3 b=4

;; case: dot-with-itself-gradient
;; set a=2 b=3
(let ((v [a b])) (dot v v))
; => 13.0
; grad a=4 b=6

;; case: vsum-of-matrix-gradient
;; set a=2 b=3
(vsum [[a b] [b (* a b)]])
; => 14.0
; grad a=4 b=4

;; case: norm-gradient
;; set a=3 b=4
(norm [a b])
; => 5.0
; grad a=0.6 b=0.8

;; case: norm-at-zero
(list (norm [0 0]) (norm []))
; => (0.0 0.0)

;; case: normalize-gradient
;; set a=3 b=4
(ref (normalize [a b]) 0)
; => 0.6
; grad a=0.128 b=-0.096

;; case: normalize-value
(list (normalize [3 4]) (normalize [-2]) (normalize []))
; => ([0.6 0.8] [-1.0] [])

;; case: cross-value
(list (cross [1 0 0] [0 1 0]) (cross [1 2 3] [4 5 6]))
; => ([0.0 0.0 1.0] [-3.0 6.0 -3.0])

;; case: cross-gradient
;; set a=3 b=4
(dot [1 2 4] (cross [a b 1] [2 a b]))
; => -3.0
; grad a=15 b=-6

;; case: scale-gradient
;; set a=3 b=4
(vsum (scale a [[a b] [1 2]]))
; => 30.0
; grad a=13 b=3

;; case: scale-value
(list (scale 2 [1 2]) (scale 0.5 [[1] [2]]))
; => ([2.0 4.0] [[0.5] [1.0]])

;; case: outer-gradient
;; set a=3 b=4
(vsum (* [[1 2] [3 4]] (outer [a 1] [b a])))
; => 54.0
; grad a=20 b=6

;; case: outer-value
(outer [1 2] [3 4 5])
; => [[3.0 4.0 5.0] [6.0 8.0 10.0]]

;; case: matvec-value
(matvec [[1 2] [3 4] [5 6]] [1 10])
; => [21.0 43.0 65.0]

;; case: matvec-gradient
;; set a=3 b=4
(dot [1 2] (matvec [[a b] [b a]] [a b]))
; => 73.0
; grad a=22 b=20

;; case: matmul-value
(list (matmul [[1 2] [3 4]] [[5 6] [7 8]]) (matmul [[1 2]] [[3] [4]]) (matmul [[1] [2]] [[3 4]]))
; => ([[19.0 22.0] [43.0 50.0]] [[11.0]] [[3.0 4.0] [6.0 8.0]])

;; case: matmul-gradient
;; set a=3 b=4
(vsum (* [[1 2] [3 4]] (matmul [[a 1] [2 b]] [[b a] [1 2]])))
; => 127.0
; grad a=24 b=20

;; case: transpose-value
(list (transpose [[1 2 3] [4 5 6]]) (transpose [[1]]))
; => ([[1.0 4.0] [2.0 5.0] [3.0 6.0]] [[1.0]])

;; case: transpose-gradient
;; set a=3 b=4
(ref (transpose [[a (* a b)]]) 1 0)
; => 12.0
; grad a=4 b=3

;; case: vmap-value
(list (vmap - [1 -2]) (vmap (lambda (a b) (if (< a b) a 7)) [1 2] [2 1]) (vmap + [[1 2]] [[3 4]] [[5 6]]) (vmap car []))
; => ([-1.0 2.0] [1.0 7.0] [[9.0 12.0]] [])

;; case: vmap-gradient
;; set a=2 b=3
(vsum (vmap (lambda (t u) (* t u a)) [a b] [b b]))
; => 30.0
; grad a=21 b=16

;; case: vmap-int-results-are-floats
(vmap (lambda (t) 3) [1 2])
; => [3.0 3.0]

;; case: vmap-kink
;; set a=0 b=-2
(vsum (vmap abs [a b 3]))
; => 5.0
; grad a=0 b=-1

;; case: vmap-max-tie
;; set a=2 b=2
(vsum (vmap max [a 1] [b 0]))
; => 3.0
; grad a=0.5 b=0.5

;; case: vector-branch-is-lazy
;; set a=2
(vsum (vmap (lambda (t) (if (> t 0) (log t) 0)) [(- a 2) (- a 1)]))
; => 0.0
; grad a=1

;; case: closure-over-a-matrix
;; set a=2 b=3
(define (linear m) (lambda (v) (matvec m v)))
(define f (linear [[a 1] [0 b]]))
(vsum (f (f [1 2])))
; => 32.0
; grad a=6 b=14

;; case: list-of-vectors
;; set a=2 b=3
(apply + (map dot (list [a b] [1 a]) (list [b 1] [a a])))
; => 15.0
; grad a=8 b=3

;; case: matrix-by-rows
;; set a=2
(let ((m [[a 1] [3 a]]))
  (let go ((i 0)) (if (= i (rows m)) 0. (+ (* (+ i 1) (vsum (ref m i))) (go (+ i 1))))))
; => 13.0
; grad a=3

;; case: norm-gradient-at-zero
;; set a=0
(norm [a 0])
; => 0.0
; grad a=+nan.0
; status non-finite 1:1

;; case: loop-carries-a-matrix
;; set a=0.5 b=2
(trace (loop ((i 0) (m (eye 2))) (if (= i 3) m (recur (+ i 1) (matmul m [[a 1] [0 b]])))))
; => 8.125
; grad a=0.75 b=12

;; case: vector-value-has-no-gradient
;; set a=2
[a (* a a)]
; => [2.0 4.0]
; grad a=0

;; case: vector-element-not-finite
;; set a=0
(vsum (* 0 [a (/ 1. 0.)]))
; => +nan.0
; grad a=0
; status non-finite 1:15
