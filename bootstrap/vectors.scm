; Numeric vectors and matrices: the library's second part, compiled with the prelude and by its rules.
;
; A vector or matrix is an object of rows, columns (0 for a vector) and elements, row by row, all Floats. `(%vector
; rows columns)` makes one; every element is put before anything else is made, and nothing changes it afterwards.
; Procedures whose names start with `%%` are the inside of an operation: they count nothing, and what they are given
; has been checked. Sums run from the left, starting with the first term. Matrices of up to three rows are inverted by
; cofactors, which need no pivot, if the determinant is neither so small nor so large that digits are lost; else, and from
; four rows on, by elimination with row pivots.
;
; Where a lane is recorded, `(%matmul a b)` and its like do large shapes as one operation of the tape, and on a host those of numbers that
; nobody tapes; else they are #f, and the loops here run, which say what such an operation does, step by step.
;
; `(%fail kind (cons k x))` knows kinds beside those of a status: `vector`, `flat`, `matrix`, `square`, `number`, `row`,
; `count` say what operand k is not; `(%fail 'shape (cons k (cons x y)))` that x, operand k, does not fit y.

; --- What a value is ---

(define (%flat? x)
  (if (%vector? x) (eq? (%columns x) 0) #f))

(define (%matrix? x)
  (if (%vector? x) (not (eq? (%columns x) 0)) #f))

(define (%check-flat x k)
  (if (%flat? x) x (%fail 'flat (cons k x))))

(define (%check-matrix x k)
  (if (%matrix? x) x (%fail 'matrix (cons k x))))

(define (%check-square x)
  (%check-matrix x 1)
  (if (eq? (%rows x) (%columns x)) x (%fail 'square (cons 1 x))))

(define (%same-shape? x y)
  (if (eq? (%rows x) (%rows y)) (eq? (%columns x) (%columns y)) #f))

(define (%check-same x y)
  (if (%same-shape? x y) x (%fail 'shape (cons 2 (cons y x)))))

; `i` if it is an index below `n`, of operand `x`.
(define (%check-index i n k x)
  (if (%int? i)
      (if (< i 0)
          (%fail 'outside (cons k (cons i x)))
          (if (< i n) i (%fail 'outside (cons k (cons i x)))))
      (%fail 'wrong-type (cons k i))))

; `n` if it is a number of elements, rows or columns of at least `least`.
(define (%check-count n k least)
  (if (%int? n)
      (if (< n least) (%fail 'count (cons k n)) n)
      (%fail 'count (cons k n))))

(define (%%size x)
  (if (eq? (%columns x) 0) (%rows x) (* (%rows x) (%columns x))))

(define (%%like x)
  (%vector (%rows x) (%columns x)))

; The i-th element, or the number that stands for each.
(define (%%pick x i)
  (if (%vector? x) (%element x i) x))

; --- Making ---

(define (vec . l) (%vec l))

(define (%vec l)
  (if (if (pair? l) (%vector? (car l)) #f)
      (%stack l)
      (let ((n (%check-numbers l 1 l)))
        (%%put-list (%vector n 0) l 0))))

(define (mat first . l)
  (%check-flat first 1)
  (%stack (cons first l)))

; How many numbers there are; the first other element is an error of operand k.
(define (%check-numbers l k all)
  (if (pair? l)
      (if (number? (car l))
          (%check-numbers (cdr l) (+ k 1) all)
          (if (%vector? (car l))
              (%fail 'shape (cons k (cons (car l) (car all))))
              (%fail 'number (cons k (car l)))))
      (- k 1)))

(define (%%put-list out l i)
  (if (null? l)
      out
      (%%put-list (%put! out i (inexact (car l))) (cdr l) (+ i 1))))

; The rows of a matrix, one under the other.
(define (%stack l)
  (if (%flat? (car l))
      (if (eq? (%rows (car l)) 0) (%fail 'row (cons 1 (car l))) #t)
      (%fail 'row (cons 1 (car l))))
  (let ((n (%check-rows (cdr l) 2 (car l))))
    (%%put-rows (%vector n (%rows (car l))) l 0)))

(define (%check-rows l k first)
  (if (pair? l)
      (if (%vector? (car l))
          (if (%same-shape? (car l) first)
              (%check-rows (cdr l) (+ k 1) first)
              (%fail 'shape (cons k (cons (car l) first))))
          (%fail 'shape (cons k (cons (car l) first))))
      (- k 1)))

(define (%%put-rows out l i)
  (if (null? l)
      out
      (let ((n (%rows (car l))))
        (%%put-rows (%%copy out i (car l) 0 n) (cdr l) (+ i n)))))

; `n` elements of `x` from the j-th on go to `out` from the i-th on.
(define (%%copy out i x j n)
  (if (eq? n 0)
      out
      (%%copy (%put! out i (%element x j)) (+ i 1) x (+ j 1) (- n 1))))

(define (%%copied x)
  (%%copy (%%like x) 0 x 0 (%%size x)))

(define (zeros n . m) (%filled 0. n m))

(define (ones n . m) (%filled 1. n m))

(define (%filled x n m)
  (if (null? m)
      (%%fill (%vector (%check-count n 1 0) 0) x 0 n)
      (if (null? (cdr m))
          (%filled-matrix x (%check-count n 1 1) (%check-count (car m) 2 1))
          (%fail 'arity (cons 0 (cons n m))))))

(define (%filled-matrix x rows columns)
  (let ((n (* rows columns)))
    ; Too many elements to count are no Int.
    (if (%int? n)
        (%%fill (%vector rows columns) x 0 n)
        (%fail 'heap (cons 0 n)))))

(define (%%fill out x i n)
  (if (eq? i n) out (%%fill (%put! out i x) x (+ i 1) n)))

(define (eye n)
  (%%diagonal (%filled-matrix 0. (%check-count n 1 1) n) 0 n))

(define (%%diagonal out i n)
  (if (eq? i n) out (%%diagonal (%put! out (+ (* i n) i) 1.) (+ i 1) n)))

; --- Looking ---

(define (vlen v) (%rows (%check-flat v 1)))

(define (rows m) (%rows (%check-matrix m 1)))

(define (cols m) (%columns (%check-matrix m 1)))

(define (ref x i . more)
  (if (null? more)
      (%ref x i)
      (if (null? (cdr more))
          (%ref-element x i (car more))
          (%fail 'arity (cons 0 (cons x (cons i more)))))))

(define (%ref x i)
  (if (%vector? x)
      (let ((i (%check-index i (%rows x) 2 x))
            (n (%columns x)))
        (if (eq? n 0)
            (%element x i)
            (%%copy (%vector n 0) 0 x (* i n) n)))
      (%fail 'vector (cons 1 x))))

(define (%ref-element m i j)
  (%check-matrix m 1)
  (let ((i (%check-index i (%rows m) 2 m))
        (j (%check-index j (%columns m) 3 m)))
    (%element m (+ (* i (%columns m)) j))))

; --- Element by element ---

; A new object of the shape that an operation on `a` and `b` has, one of which is a vector or matrix.
(define (%shaped a b)
  (if (%vector? a)
      (if (%vector? b)
          (%%like (%check-same a b))
          (if (number? b) (%%like a) (%fail 'number (cons 2 b))))
      (if (number? a) (%%like b) (%fail 'number (cons 1 a)))))

(define (%plus a b)
  (if (%either-vector? a b)
      (let ((out (%shaped a b)))
        (%%plus out a b 0 (%%size out)))
      (+ a b)))

(define (%%plus out a b i n)
  (if (eq? i n)
      out
      (%%plus (%put! out i (+ (%%pick a i) (%%pick b i))) a b (+ i 1) n)))

(define (%minus a b)
  (if (%either-vector? a b)
      (let ((out (%shaped a b)))
        (%%minus out a b 0 (%%size out)))
      (- a b)))

(define (%%minus out a b i n)
  (if (eq? i n)
      out
      (%%minus (%put! out i (- (%%pick a i) (%%pick b i))) a b (+ i 1) n)))

(define (%times a b)
  (if (%either-vector? a b)
      (let ((out (%shaped a b)))
        (%%times out a b 0 (%%size out)))
      (* a b)))

(define (%%times out a b i n)
  (if (eq? i n)
      out
      (%%times (%put! out i (* (%%pick a i) (%%pick b i))) a b (+ i 1) n)))

(define (%over a b)
  (if (%either-vector? a b)
      (let ((out (%shaped a b)))
        (%%over out a b 0 (%%size out)))
      (/ a b)))

(define (%%over out a b i n)
  (if (eq? i n)
      out
      (%%over (%put! out i (/ (%%pick a i) (%%pick b i))) a b (+ i 1) n)))

(define (%negative a)
  (if (%vector? a)
      (%%negative (%%like a) a 0 (%%size a))
      (- a)))

(define (%%negative out a i n)
  (if (eq? i n)
      out
      (%%negative (%put! out i (- (%element a i))) a (+ i 1) n)))

(define (scale s x)
  (if (number? s) #t (%fail 'number (cons 1 s)))
  (if (%vector? x)
      (%%times (%%like x) s x 0 (%%size x))
      (%fail 'vector (cons 2 x))))

(define (vmap f x . more)
  (if (%vector? x) #t (%fail 'vector (cons 2 x)))
  (if (null? more)
      (%vmap f x 0 (%%size x) '())
      (%vmap-each f (cons x (%check-alike more 3 x)) 0 (%%size x) '())))

(define (%check-alike l k x)
  (if (pair? l)
      (if (%vector? (car l))
          (if (%same-shape? (car l) x)
              (cons (car l) (%check-alike (cdr l) (+ k 1) x))
              (%fail 'shape (cons k (cons (car l) x))))
          (%fail 'vector (cons k (car l))))
      '()))

(define (%vmap f x i n done)
  (if (eq? i n)
      (%%put-backwards (%%like x) done (- n 1))
      (let ((value (f (%element x i))))
        (%vmap f x (+ i 1) n (cons (%given value) done)))))

(define (%vmap-each f l i n done)
  (if (eq? i n)
      (%%put-backwards (%%like (car l)) done (- n 1))
      (let ((value (%apply f (%%elements l i))))
        (%vmap-each f l (+ i 1) n (cons (%given value) done)))))

(define (%given value)
  (if (number? value) (inexact value) (%fail 'given (cons 1 value))))

(define (%%elements l i)
  (if (null? l) '() (cons (%element (car l) i) (%%elements (cdr l) i))))

(define (%%put-backwards out l i)
  (if (null? l) out (%%put-backwards (%put! out i (car l)) (cdr l) (- i 1))))

; --- Sums and products ---

(define (vsum x)
  (if (%vector? x)
      (let ((n (%%size x)))
        (if (eq? n 0) 0. (%%sum x 1 n (%element x 0))))
      (%fail 'vector (cons 1 x))))

(define (%%sum x i n sum)
  (if (eq? i n) sum (%%sum x (+ i 1) n (+ sum (%element x i)))))

(define (dot u v)
  (%check-flat u 1)
  (%check-flat v 2)
  (%check-same u v)
  (%%dot u 0 v 0 1 (%rows u)))

; The sum of `n` products, of `u` from the i-th element on and every `step`-th element of `v` from the j-th on.
(define (%%dot u i v j step n)
  (if (eq? n 0)
      0.
      (%%dot-on u (+ i 1) v (+ j step) step (- n 1) (* (%element u i) (%element v j)))))

(define (%%dot-on u i v j step n sum)
  (if (eq? n 0)
      sum
      (%%dot-on u (+ i 1) v (+ j step) step (- n 1) (+ sum (* (%element u i) (%element v j))))))

(define (norm v)
  (%check-flat v 1)
  (sqrt (%%dot v 0 v 0 1 (%rows v))))

(define (normalize v)
  (%check-flat v 1)
  (let* ((n (%rows v))
         (size (sqrt (%%dot v 0 v 0 1 n))))
    (%%over (%%like v) v size 0 n)))

(define (cross u v)
  (%check-flat u 1)
  (%check-flat v 2)
  (if (eq? (%rows u) 3) #t (%fail 'three (cons 1 u)))
  (if (eq? (%rows v) 3) #t (%fail 'three (cons 2 v)))
  (let* ((out (%%like u))
         (out (%put! out 0 (%%minor u 1 v 2)))
         (out (%put! out 1 (%%minor u 2 v 0))))
    (%put! out 2 (%%minor u 0 v 1))))

(define (%%minor u i v j)
  (- (* (%element u i) (%element v j)) (* (%element u j) (%element v i))))

(define (outer u v)
  (%check-flat u 1)
  (%check-flat v 2)
  (if (eq? (%rows u) 0) (%fail 'row (cons 1 u)) #t)
  (if (eq? (%rows v) 0) (%fail 'row (cons 2 v)) #t)
  (let ((c (%rows v)))
    (%%outer (%vector (%rows u) c) u v 0 0 (%rows u) c)))

(define (%%outer out u v i j r c)
  (if (eq? i r)
      out
      (if (eq? j c)
          (%%outer out u v (+ i 1) 0 r c)
          (%%outer (%put! out (+ (* i c) j) (* (%element u i) (%element v j))) u v i (+ j 1) r c))))

(define (matvec m v)
  (%check-matrix m 1)
  (%check-flat v 2)
  (if (eq? (%columns m) (%rows v)) #t (%fail 'shape (cons 2 (cons v m))))
  (let ((whole (%matmul m v)))
    (if whole
        whole
        (%%matvec (%vector (%rows m) 0) m v 0 (%rows m) (%rows v)))))

(define (%%matvec out m v i r n)
  (if (eq? i r)
      out
      (%%matvec (%put! out i (%%dot m (* i n) v 0 1 n)) m v (+ i 1) r n)))

(define (matmul a b)
  (%check-matrix a 1)
  (%check-matrix b 2)
  (if (eq? (%columns a) (%rows b)) #t (%fail 'shape (cons 2 (cons b a))))
  (let ((c (%columns b))
        (whole (%matmul a b)))
    (if whole
        whole
        (%%matmul (%vector (%rows a) c) a b 0 0 (%rows a) (%rows b) c))))

(define (%%matmul out a b i j r n c)
  (if (eq? i r)
      out
      (if (eq? j c)
          (%%matmul out a b (+ i 1) 0 r n c)
          (%%matmul (%put! out (+ (* i c) j) (%%dot a (* i n) b j c n)) a b i (+ j 1) r n c))))

(define (transpose m)
  (%check-matrix m 1)
  (%%transpose (%vector (%columns m) (%rows m)) m 0 0 (%rows m) (%columns m)))

(define (%%transpose out m i j r c)
  (if (eq? i r)
      out
      (if (eq? j c)
          (%%transpose out m (+ i 1) 0 r c)
          (%%transpose (%put! out (+ (* j r) i) (%element m (+ (* i c) j))) m i (+ j 1) r c))))

(define (trace m)
  (%check-square m)
  (let ((n (%rows m)))
    (%%trace m (+ n 1) (+ n 1) (* n n) (%element m 0))))

(define (%%trace m i step end sum)
  (if (< i end) (%%trace m (+ i step) step end (+ sum (%element m i))) sum))

(define (lower m)
  (%check-square m)
  (%%lower (%filled-matrix 0. (%rows m) (%rows m)) m 0 0 (%rows m)))

(define (%%lower out m i j n)
  (if (eq? i n)
      out
      (if (eq? j i)
          (%%lower (%put! out (+ (* i n) j) (%element m (+ (* i n) j))) m (+ i 1) 0 n)
          (%%lower (%put! out (+ (* i n) j) (%element m (+ (* i n) j))) m i (+ j 1) n))))
