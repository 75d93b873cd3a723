; Determinants, inverses, solutions and factors of matrices: the library's third part, by the rules of vectors.scm.
;
; Elimination makes numbers only: it works on what is held, and adjoints do not go back through it, nor through its choice of pivots.
; What it makes is attached to its own first-order change with its operands, a few products that are 0. where nothing
; changes, and adjoints go through those. (An inverse b of m changes by b·(held m − m)·b.)

; --- Determinants and inverses of up to three rows ---

(define (%%det1-3 m n)
  (case n
    ((1) (%element m 0))
    ((2) (%%det2 m 0 1 2 3))
    (else (+ (- (* (%element m 0) (%%det2 m 4 5 7 8))
                (* (%element m 1) (%%det2 m 3 5 6 8)))
             (* (%element m 2) (%%det2 m 3 4 6 7))))))

; Is a determinant as exact as elimination's would be? A 2x2 matrix is its own adjugate, so only the determinant may leave the
; range; with three rows it must not be small beside the products that it is made of, nor these be large or small.
(define (%%exact? d m n)
  (if (%regular? d)
      (if (eq? n 3)
          (let ((size (%%size-of m 1 (abs (%element m 0)))))
            (< (* size (* size (* size 0.000244140625))) (abs d)))
          #t)
      #f))

; The sum of the sizes of nine elements.
(define (%%size-of m i sum)
  (if (eq? i 9) sum (%%size-of m (+ i 1) (+ sum (abs (%element m i))))))

; ad − bc
(define (%%det2 m a b c d)
  (- (* (%element m a) (%element m d)) (* (%element m b) (%element m c))))

; The transposed matrix of the cofactors, put into `out`.
(define (%%adjugate out m n)
  (case n
    ((1) (%put! out 0 1.))
    ((2)
     (let* ((out (%put! out 0 (%element m 3)))
            (out (%put! out 1 (- (%element m 1))))
            (out (%put! out 2 (- (%element m 2)))))
       (%put! out 3 (%element m 0))))
    (else
     (let* ((out (%put! out 0 (%%det2 m 4 5 7 8)))
            (out (%put! out 1 (%%det2 m 2 1 8 7)))
            (out (%put! out 2 (%%det2 m 1 2 4 5)))
            (out (%put! out 3 (%%det2 m 5 3 8 6)))
            (out (%put! out 4 (%%det2 m 0 2 6 8)))
            (out (%put! out 5 (%%det2 m 2 0 5 3)))
            (out (%put! out 6 (%%det2 m 3 4 6 7)))
            (out (%put! out 7 (%%det2 m 1 0 7 6))))
       (%put! out 8 (%%det2 m 0 1 3 4))))))

; --- Elimination ---

; The row from the k-th on with the largest number in column k, the first of equals.
(define (%%pivot m n k i best)
  (if (eq? i n)
      best
      (%%pivot m n k (+ i 1)
               (if (< (abs (%element m (+ (* best n) k))) (abs (%element m (+ (* i n) k)))) i best))))

(define (%%swap m i j)
  (let ((x (%element m i)))
    (%put! (%put! m i (%element m j)) j x)))

; Rows i and k of `m`, which has `c` columns, change places.
(define (%%swap-rows m i k j c)
  (if (eq? i k)
      m
      (if (eq? j c)
          m
          (%%swap-rows (%%swap m (+ (* i c) j) (+ (* k c) j)) i k (+ j 1) c))))

; From `x`'s row i, columns j to c, `f` times its row k is taken.
(define (%%reduce-row x f i k j c)
  (if (eq? j c)
      x
      (%%reduce-row (%put! x (+ (* i c) j) (- (%element x (+ (* i c) j)) (* f (%element x (+ (* k c) j)))))
                    f i k (+ j 1) c)))

; Rows i to n of `m` lose their column k to the pivot `p` in row k; the same is done to the rows of `x`.
(define (%%reduce-rows m x p i k n c)
  (if (eq? i n)
      m
      (let* ((f (/ (%element m (+ (* i n) k)) p))
             (m (%%reduce-row m f i k (+ k 1) n))
             (ignored (if c (%%reduce-row x f i k 0 c) x)))
        (%%reduce-rows m x p (+ i 1) k n c))))

; The sum from the right of a row: `x[k][q]` less the products with what is solved already.
(define (%%solved m x k q j n c sum)
  (if (eq? j n)
      sum
      (%%solved m x k q (+ j 1) n c (- sum (* (%element m (+ (* k n) j)) (%element x (+ (* j c) q)))))))

(define (%%substitute m x k q n c)
  (if (< k 0)
      x
      (if (eq? q c)
          (%%substitute m x (- k 1) 0 n c)
          (%%substitute m
                        (%put! x (+ (* k c) q)
                               (/ (%%solved m x k q (+ k 1) n c (%element x (+ (* k c) q)))
                                  (%element m (+ (* k n) k))))
                        k (+ q 1) n c))))

; `x` becomes the solution of m·y = x; both are changed.
(define (%%eliminate m x k n c a)
  (if (eq? k n)
      (%%substitute m x (- n 1) 0 n c)
      (let* ((r (%%pivot m n k (+ k 1) k))
             (m (%%swap-rows m r k 0 n))
             (x (%%swap-rows x r k 0 c))
             (p (%element m (+ (* k n) k))))
        (if (zero? p) (%fail 'singular (cons 1 a)) #t)
        (%%eliminate (%%reduce-rows m x p (+ k 1) k n c) x (+ k 1) n c a))))

; The product of the pivots, `odd` after an odd number of row swaps; #f where there is none to divide by.
(define (%%product-of-pivots m k n odd product)
  (let* ((r (%%pivot m n k (+ k 1) k))
         (odd (if (eq? r k) odd (not odd)))
         (m (%%swap-rows m r k 0 n))
         (p (%element m (+ (* k n) k)))
         (product (if (eq? k 0) p (* product p))))
    (if (eq? (+ k 1) n)
        (if odd (- product) product)
        (if (zero? p)
            #f
            (%%product-of-pivots (%%reduce-rows m #f p (+ k 1) k n #f) (+ k 1) n odd product)))))

; Bird's way, which divides by nothing: n − 1 times `f` becomes μ(f)·a, where μ keeps what is above the diagonal and puts on
; it the negative sum of the diagonal below. It costs n times as much as elimination, and is there for a matrix that has
; no pivot somewhere and up to 16 rows: its determinant is 0, and has a gradient all the same.
; (R. S. Bird, A simple division-free algorithm for computing determinants, 2011.)
(define (%%det-by-products f a left n)
  (if (eq? left 1)
      (if (even? n) (- 0. (%element f 0)) (%element f 0))
      (let ((upper (%%upper (%%like a) f (- n 1) n 0.)))
        (%%det-by-products (%%matmul (%%like a) upper a 0 0 n n n) a (- left 1) n))))

; Rows of μ(f) from the i-th up; `below` is the sum of the diagonal below.
(define (%%upper out f i n below)
  (if (< i 0)
      out
      (let* ((out (%put! (%%upper-row out f i 0 n) (+ (* i n) i) (- below)))
             (d (%element f (+ (* i n) i))))
        (%%upper out f (- i 1) n (+ below d)))))

(define (%%upper-row out f i j n)
  (if (eq? j n)
      out
      (%%upper-row (%put! out (+ (* i n) j) (if (< i j) (%element f (+ (* i n) j)) 0.)) f i (+ j 1) n)))

(define (%%sum-of-logs m k n sum a)
  (let* ((r (%%pivot m n k (+ k 1) k))
         (m (%%swap-rows m r k 0 n))
         (p (%element m (+ (* k n) k))))
    (if (zero? p) (%fail 'singular (cons 1 a)) #t)
    (let* ((term (log (abs p)))
           (sum (if (eq? k 0) term (+ sum term))))
      (if (eq? (+ k 1) n)
          sum
          (%%sum-of-logs (%%reduce-rows m #f p (+ k 1) k n #f) (+ k 1) n sum a)))))

; Gauss and Jordan, in place.
(define (%%invert m k n swaps a)
  (if (eq? k n)
      (%%unswap-columns m (- n 1) n swaps)
      (let* ((r (%%pivot m n k (+ k 1) k))
             (m (%%swap-rows m r k 0 n))
             (p (%element m (+ (* k n) k))))
        (if (zero? p) (%fail 'singular (cons 1 a)) #t)
        (let* ((m (%%divide-row m p k 0 n))
               (m (%put! m (+ (* k n) k) (/ 1. p)))
               (m (%%clear-column m 0 k n)))
          (%%invert m (+ k 1) n (cons r swaps) a)))))

(define (%%divide-row m p k j n)
  (if (eq? j n)
      m
      (%%divide-row (if (eq? j k) m (%put! m (+ (* k n) j) (/ (%element m (+ (* k n) j)) p))) p k (+ j 1) n)))

(define (%%clear-column m i k n)
  (if (eq? i n)
      m
      (if (eq? i k)
          (%%clear-column m (+ i 1) k n)
          (let* ((f (%element m (+ (* i n) k)))
                 (m (%%reduce-row-but m f i k 0 n))
                 (m (%put! m (+ (* i n) k) (- (* f (%element m (+ (* k n) k)))))))
            (%%clear-column m (+ i 1) k n)))))

(define (%%reduce-row-but m f i k j n)
  (if (eq? j n)
      m
      (if (eq? j k)
          (%%reduce-row-but m f i k (+ j 1) n)
          (%%reduce-row-but
           (%put! m (+ (* i n) j) (- (%element m (+ (* i n) j)) (* f (%element m (+ (* k n) j)))))
           f i k (+ j 1) n))))

; The last swap of rows is the first of columns.
(define (%%unswap-columns m k n swaps)
  (if (null? swaps)
      m
      (%%unswap-columns (%%swap-columns m (car swaps) k 0 n) (- k 1) n (cdr swaps))))

(define (%%swap-columns m j k i n)
  (if (eq? j k)
      m
      (if (eq? i n)
          m
          (%%swap-columns (%%swap m (+ (* i n) j) (+ (* i n) k)) j k (+ i 1) n))))

; --- What adjoints go through ---

; The same numbers, which nothing is sent back to.
(define (%%held x)
  (%%attached (%%like x) x 0. 0 (%%size x)))

; The elements of `x`, whose adjoints those of `y` get, or the number that stands for each.
(define (%%attached out x y i n)
  (if (eq? i n)
      out
      (%%attached (%put! out i (%attach (%element x i) (%%pick y i))) x y (+ i 1) n)))

; The trace of b·(m − held), from row i and column j of m on.
(define (%%trace-change b m held i j n sum)
  (if (eq? i n)
      sum
      (if (eq? j n)
          (%%trace-change b m held (+ i 1) 0 n sum)
          (let ((k (+ (* i n) j)))
            (%%trace-change b m held i (+ j 1) n
                      (+ sum (* (%element b (+ (* j n) i)) (- (%element m k) (%element held k)))))))))

(define (%%inverse m n)
  (let* ((held (%%held m))
         (b (%%invert (%%copied held) 0 n '() m))
         (change (%%minus (%%like m) held m 0 (* n n)))
         (change (%%matmul (%%like m) b change 0 0 n n n))
         (change (%%matmul (%%like m) change b 0 0 n n n)))
    (%%attached (%%like m) b change 0 (* n n))))

; The solution x changes by that for b less its held numbers and (held a − a)·x.
(define (%%solution a b n c)
  (let* ((held-a (%%held a))
         (held-b (%%held b))
         (x (%%copied held-b))
         (x (%%eliminate (%%copied held-a) x 0 n c a))
         (change-b (%%minus (%%like b) b held-b 0 (* n c)))
         (change (%%minus (%%like a) held-a a 0 (* n n)))
         (change (%%matmul (%%like b) change x 0 0 n n c))
         (change (%%plus (%%like b) change-b change 0 (* n c)))
         (change (%%eliminate (%%copied held-a) change 0 n c a)))
    (%%attached (%%like b) x change 0 (* n c))))

; The inverse by the elimination that a determinant is made by, so that both have the same last pivot: where it is hardly more
; than rounding, their product is right all the same.
(define (%%inverse-of-factors held n m)
  (%%eliminate (%%copied held) (%%diagonal (%%fill (%vector n n) 0. 0 (* n n)) 0 n) 0 n n m))

; A determinant d changes by the trace of d·b·(m − held), b the inverse; where d could leave the range, or there is no inverse, adjoints
; go back through the factors themselves.
(define (%%determinant m n)
  (let* ((held (%%held m))
         (d (%%product-of-pivots (%%copied held) 0 n #f #f)))
    (if d
        (if (%regular? d)
            (let* ((b (%%inverse-of-factors held n m))
                   (cofactors (%%times (%%like m) d b 0 (* n n))))
              (%attach d (%%trace-change cofactors m held 0 0 n 0.)))
            (%%product-of-pivots (%%copied m) 0 n #f #f))
        (if (< n 17) (%%det-by-products m m n n) (%fail 'singular (cons 1 m))))))

(define (%%log-determinant m n)
  (let* ((held (%%held m))
         (sum (%%sum-of-logs (%%copied held) 0 n #f m)))
    (%attach sum (%%trace-change (%%inverse-of-factors held n m) m held 0 0 n 0.))))

; --- Determinants, inverses, factors ---

(define (det m)
  (%check-square m)
  (let ((n (%rows m)))
    (if (< n 3)
        (%%det1-3 m n)
        (if (eq? n 3)
            (let ((d (%%det1-3 m n)))
              (if (%%exact? d m n) d (%%determinant m n)))
            (let ((whole (%determinant m)))
              (if whole whole (%%determinant m n)))))))

(define (logdet m)
  (%check-square m)
  (let ((n (%rows m)))
    (if (< n 4)
        (let ((d (%%det1-3 m n)))
          (if (%%exact? d m n) (log (abs d)) (%%log-determinant m n)))
        (let ((whole (%log-determinant m)))
          (if whole whole (%%log-determinant m n))))))

(define (inv m)
  (%check-square m)
  (let ((n (%rows m)))
    (if (< n 4)
        (let ((d (%%det1-3 m n)))
          (if (%%exact? d m n) (%%inverse1-3 m n d) (%%inverse m n)))
        (let ((whole (%inverse m)))
          (if whole whole (%%inverse m n))))))

(define (%%inverse1-3 m n d)
  (let ((adjugate (%%adjugate (%%like m) m n)))
    (%%over (%%like m) adjugate d 0 (* n n))))

(define (solve a b)
  (%check-square a)
  (if (%vector? b) #t (%fail 'vector (cons 2 b)))
  (let ((n (%rows a))
        (c (if (%flat? b) 1 (%columns b))))
    (if (eq? n (%rows b)) #t (%fail 'shape (cons 2 (cons b a))))
    (if (< n 4)
        (let ((d (%%det1-3 a n)))
          (if (%%exact? d a n)
              (%%by-inverse (%%like b) (%%inverse1-3 a n d) b 0 0 n c)
              (%%solution a b n c)))
        (let ((whole (%solution a b)))
          (if whole whole (%%solution a b n c))))))

; The product with the inverse, whose numbers stay in range where those of the adjugate would not.
(define (%%by-inverse out inverse b i q n c)
  (if (eq? i n)
      out
      (if (eq? q c)
          (%%by-inverse out inverse b (+ i 1) 0 n c)
          (%%by-inverse (%put! out (+ (* i c) q) (%%dot inverse (* i n) b q c n)) inverse b i (+ q 1) n c))))

(define (cholesky m)
  (%check-square m)
  (%%cholesky (%filled-matrix 0. (%rows m) (%rows m)) m 0 (%rows m)))

; Columns from the j-th on.
(define (%%cholesky out m j n)
  (if (eq? j n)
      out
      (let ((s (%%less-products out j j 0 j n (%element m (+ (* j n) j)))))
        (if (<= s 0.) (%fail 'indefinite (cons 1 m)) #t)
        (let* ((d (sqrt s))
               (out (%put! out (+ (* j n) j) d))
               (out (%%cholesky-below out m d (+ j 1) j n)))
          (%%cholesky out m (+ j 1) n)))))

(define (%%cholesky-below out m d i j n)
  (if (eq? i n)
      out
      (%%cholesky-below
       (%put! out (+ (* i n) j) (/ (%%less-products out i j 0 j n (%element m (+ (* i n) j))) d))
       m d (+ i 1) j n)))

; `x` less the first products of rows i and j.
(define (%%less-products out i j k end n x)
  (if (eq? k end)
      x
      (%%less-products out i j (+ k 1) end n
                       (- x (* (%element out (+ (* i n) k)) (%element out (+ (* j n) k)))))))
