;;; Int and Float arithmetic: kinds, contagion, overflow, rounding, exactness

;; case: add-ints
(+ 1 2 3 4)
; => 10

;; case: add-nothing
(+)
; => 0

;; case: multiply-nothing
(*)
; => 1

;; case: add-one-float
(+ 2.5)
; => 2.5

;; case: int-plus-float
(+ 1 2.5)
; => 3.5

;; case: float-result-keeps-kind
(+ 1.5 1.5)
; => 3.0

;; case: int-times-zero-float
(* 0 2.0)
; => 0.0

;; case: subtract-chain
(- 20 1 2 3)
; => 14

;; case: negate-int
(- 7)
; => -7

;; case: negate-float
(- 7.25)
; => -7.25

;; case: left-to-right-contagion
(list (+ 1 2 0.5) (+ 0.5 1 2) (* 2 3 1.0))
; => (3.5 3.5 6.0)

;; case: exact-quotient-is-int
(/ 12 4)
; => 3

;; case: inexact-quotient-is-float
(/ 1 4)
; => 0.25

;; case: negative-exact-quotient
(/ -9 3)
; => -3

;; case: reciprocal
(list (/ 2) (/ 1) (/ 0.25) (/ -1))
; => (0.5 1 4.0 -1)

;; case: divide-chain
(list (/ 24 2 3) (/ 1 2 2) (/ 24 2.0 3))
; => (4 0.25 4.0)

;; case: add-overflow
(+ 2147483647 1)
; => 2147483648.0

;; case: subtract-overflow
(- -2147483648 1)
; => -2147483649.0

;; case: multiply-overflow
(* 65536 65536)
; => 4294967296.0

;; case: greatest-int-fits
(+ 2147483646 1)
; => 2147483647

;; case: least-int-fits
(- -2147483647 1)
; => -2147483648

;; case: negate-least-int
(- -2147483648)
; => 2147483648.0

;; case: abs-least-int
(abs -2147483648)
; => 2147483648.0

;; case: product-just-fits
(* 46340 46340)
; => 2147395600

;; case: product-just-overflows
(* 46341 46341)
; => 2147488281.0

;; case: negative-product-just-fits
(* -65536 32768)
; => -2147483648

;; case: overflowed-literal-is-float
2147483648
; => 2147483648.0

;; case: overflow-stays-float
(- (+ 2147483647 1) 2147483648)
; => 0.0

;; case: abs-both-kinds
(list (abs -3) (abs 3) (abs -3.5) (abs 0))
; => (3 3 3.5 0)

;; case: min-max-ints
(list (min 3 1 2) (max 3 1 2) (min -4) (max -4))
; => (1 3 -4 -4)

;; case: min-max-contagion
(list (max 1 2.0) (max 3 2.0) (min 1 2.0) (min 3 2.0))
; => (2.0 3.0 1.0 2.0)

;; case: rounding-floats
(list (floor 2.7) (ceiling 2.2) (round 2.7) (truncate 2.7))
; => (2.0 3.0 3.0 2.0)

;; case: rounding-negative-floats
(list (floor -2.7) (ceiling -2.2) (round -2.7) (truncate -2.7))
; => (-3.0 -2.0 -3.0 -2.0)

;; case: round-half-to-even
(list (round 0.5) (round 1.5) (round 2.5) (round 3.5) (round -1.5) (round -2.5))
; => (0.0 2.0 2.0 4.0 -2.0 -2.0)

;; case: rounding-ints-keeps-int
(list (floor 3) (ceiling -3) (round 4) (truncate 0))
; => (3 -3 4 0)

;; case: exact-and-inexact
(list (exact 2.0) (exact -7.0) (inexact 3) (exact 5) (inexact 0.5))
; => (2 -7 3.0 5 0.5)

;; case: exact-of-rounded
(exact (floor 7.9))
; => 7

;; case: square-kinds
(list (square 5) (square -3) (square 1.5))
; => (25 9 2.25)

;; case: square-overflow
(square 50000)
; => 2500000000.0

;; case: expt-ints
(list (expt 2 10) (expt -3 3) (expt 5 0) (expt 0 0) (expt 7 1))
; => (1024 -27 1 1 7)

;; case: expt-least-int
(expt -2 31)
; => -2147483648

;; case: expt-overflow
(expt 2 31)
; => 2147483648.0

;; case: expt-negative-exponent
(expt 2 -2)
; => 0.25

;; case: expt-float-base
(list (expt 1.5 2) (expt 2.0 3) (expt 2 3.0))
; => (2.25 8.0 8.0)

;; case: pow-is-always-float
(list (pow 2 3) (pow 2.0 0.5) (pow 4 -1))
; => (8.0 1.4142135623730951 0.25)

;; case: literal-forms
(list .5 +5 -.25 1e-3 2.5e2 1. +1.5)
; => (0.5 5 -0.25 0.001 250.0 1.0 1.5)

;; case: number-tests
(list (number? 1) (number? 1.5) (number? 'a) (number? "1") (number? '()))
; => (#t #t #f #f #f)

;; case: integer-tests
(list (integer? 3) (integer? 3.0) (integer? 3.5) (integer? -0.5))
; => (#t #t #f #f)

;; case: even-odd
(list (even? 0) (even? -2) (odd? 7) (odd? -7) (even? 7) (even? 4.0) (odd? 3.0))
; => (#t #t #t #t #f #t #t)

;; case: sign-tests
(list (zero? 0) (zero? 0.0) (positive? 2) (positive? -2.5) (negative? -1) (negative? 0) (zero? -1))
; => (#t #t #t #f #t #f #f)

;; case: negative-zero-is-zero
(list (zero? -0.0) (= 0.0 -0.0) (negative? -0.0) (< -0.0 0.0))
; => (#t #t #f #f)

;; case: negative-zero-has-a-sign
(/ 1.0 -0.0)
; => -inf.0
; status non-finite 1:1

;; case: negated-zero-has-a-sign
(atan (- 0.0) -1.0)
; => -3.141592653589793

;; case: int-zero-has-no-sign
(atan (inexact (- 0)) -1.0)
; => 3.141592653589793
