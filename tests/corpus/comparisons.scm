;;; Comparisons of numbers, chains, mixed kinds, NaN and infinities

;; case: equal-numbers-of-both-kinds
(list (= 1 1.0) (= 2 3) (= 0.5 0.5) (= 1))
; => (#t #f #t #t)

;; case: less-chain
(list (< 1 2 3) (< 1 3 2) (< 1 1 2) (< 1))
; => (#t #f #f #t)

;; case: greater-chain
(list (> 3 2 1) (> 3 3) (> 2.5 2) (> 1.0 2 0))
; => (#t #f #t #f)

;; case: less-or-equal-chain
(list (<= 1 1 2) (<= 2 1) (<= 1 1.0 1) (>= 3 3 2.5) (>= 1 2))
; => (#t #f #t #t #f)

;; case: equal-chain
(list (= 1 1 1.0) (= 1 1 2) (= 2 1 1))
; => (#t #f #f)

;; case: nan-makes-each-false
(define n +nan.0)
(list (= n n) (< n 1) (> n 1) (<= n n) (>= n 1) (= 1 n))
; => (#f #f #f #f #f #f)

;; case: nan-alone
(list (nan? +nan.0) (nan? 0.0) (nan? 3) (nan? +inf.0))
; => (#t #f #f #f)

;; case: not-less-than-nan-is-true
(if (not (< +nan.0 1)) 'else-side 'then-side)
; => else-side

;; case: nan-in-a-chain
(list (< 1 2 +nan.0) (< +nan.0 1 2) (= 1 1 +nan.0))
; => (#f #f #f)

;; case: infinities
(list (< 5 +inf.0) (> -1e30 -inf.0) (= +inf.0 +inf.0) (< +inf.0 +inf.0) (< -inf.0 +inf.0))
; => (#t #t #t #f #t)

;; case: max-with-nan
(max 1. (/ 0. 0.))
; => +nan.0
; status non-finite 1:9

;; case: min-with-nan-first
(list (nan? (min +nan.0 1.)) (nan? (min 1. +nan.0)) (nan? (max +nan.0 1)))
; => (#t #t #t)

;; case: max-with-infinity
(list (= (max 1 +inf.0) +inf.0) (min 3. +inf.0) (max -inf.0 2))
; => (#t 3.0 2.0)

;; case: nan-is-not-zero
(list (zero? +nan.0) (positive? +nan.0) (negative? +nan.0))
; => (#f #f #f)

;; case: infinity-sign
(list (positive? +inf.0) (negative? -inf.0) (zero? -inf.0) (integer? +inf.0) (integer? +nan.0))
; => (#t #t #f #f #f)

;; case: comparison-is-lazy-only-in-values
(< (- 2 3) (* 2 2) (+ 2 3))
; => #t

;; case: sort-with-comparison-argument
(define (insert before? x l)
  (cond ((null? l) (list x))
        ((before? x (car l)) (cons x l))
        (else (cons (car l) (insert before? x (cdr l))))))
(define (order before? l)
  (fold-left (lambda (acc x) (insert before? x acc)) '() l))
(list (order < '(3 1 2)) (order > '(3 1 2)))
; => ((1 2 3) (3 2 1))

;; case: input-compared-with-int
;; set x=2
(if (= x 2) (* x 10) x)
; => 20.0
; grad x=10

;; case: clamp
;; set x=1.75 lo=0 hi=1.5
(cond ((< x lo) lo) ((> x hi) hi) (else x))
; => 1.5
; grad hi=1 x=0 lo=0
; warning branch-only x
; warning branch-only lo

;; case: clamp-inside
;; set x=1.25
(max 0.0 (min x 1.5))
; => 1.25
; grad x=1

;; case: branch-only-parameter
;; set x=2 c=3 a=5
(if (< x c) (* a x) (+ a x))
; => 10.0
; grad a=2 c=0
; warning branch-only c

;; case: branch-only-in-a-chain
;; set x=2 lo=1 hi=3
(if (< lo x hi) (* x x) 0.)
; => 4.0
; grad x=4 lo=0 hi=0
; warning branch-only lo
; warning branch-only hi
