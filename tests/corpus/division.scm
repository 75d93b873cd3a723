;;; quotient, remainder and modulo of both kinds and signs; division by zero

;; case: quotient-truncates
(list (quotient 7 2) (quotient -7 2) (quotient 7 -2) (quotient -7 -2))
; => (3 -3 -3 3)

;; case: remainder-follows-dividend
(list (remainder 7 2) (remainder -7 2) (remainder 7 -2) (remainder -7 -2))
; => (1 -1 1 -1)

;; case: modulo-follows-divisor
(list (modulo 7 2) (modulo -7 2) (modulo 7 -2) (modulo -7 -2))
; => (1 1 -1 -1)

;; case: exact-multiples
(list (quotient 6 -3) (remainder 6 -3) (modulo -6 3) (modulo 0 5))
; => (-2 0 0 0)

;; case: quotient-of-least-int
(quotient -2147483648 -1)
; => 2147483648.0

;; case: remainder-of-least-int
(list (remainder -2147483648 -1) (modulo -2147483648 -1))
; => (0 0)

;; case: modulo-of-large-ints
(list (modulo 2147483647 -2147483648) (modulo -2147483648 2147483647) (remainder -2147483648 10))
; => (-1 2147483646 -8)

;; case: float-quotient
(list (quotient 7.0 2.0) (quotient -7.5 2.0) (quotient 7 2.0))
; => (3.0 -3.0 3.0)

;; case: float-remainder
(list (remainder 7.5 2.0) (remainder -7.5 2.0) (remainder 7.5 -2))
; => (1.5 -1.5 1.5)

;; case: float-modulo
(list (modulo 7.5 2.0) (modulo -7.5 2.0) (modulo 7.5 -2) (modulo -7.5 -2.0))
; => (1.5 0.5 -0.5 -1.5)

;; case: int-division-identity
(define (check a b) (= a (+ (* b (quotient a b)) (remainder a b))))
(and (check 17 5) (check -17 5) (check 17 -5) (check -17 -5))
; => #t

;; case: digits-of-a-number
(define (digits n)
  (if (< n 10) (list n) (append (digits (quotient n 10)) (list (remainder n 10)))))
(digits 90210)
; => (9 0 2 1 0)

;; case: greatest-common-divisor
(define (divisor a b) (if (= b 0) a (divisor b (remainder a b))))
(divisor 1071 462)
; => 21

;; case: divide-int-by-zero
(/ 5 0)
; error divide-by-zero 1:6

;; case: reciprocal-of-int-zero
(/ 0)
; error divide-by-zero 1:4

;; case: quotient-by-zero
(quotient 5 0)
; error divide-by-zero 1:13

;; case: remainder-by-zero
(remainder 5 (- 2 2))
; error divide-by-zero 1:14

;; case: modulo-by-zero
(+ 1 (modulo 5 0))
; error divide-by-zero 1:16

;; case: divide-chain-by-zero
(/ 24 2 0 3)
; error divide-by-zero 1:9

;; case: zero-by-zero
(/ 0 0)
; error divide-by-zero 1:6

;; case: float-over-float-zero
(/ 1. 0.)
; => +inf.0
; status non-finite 1:1

;; case: int-over-float-zero
(/ -1 0.)
; => -inf.0
; status non-finite 1:1

;; case: float-zero-over-float-zero
(/ 0. 0.)
; => +nan.0
; status non-finite 1:1

;; case: finite-again
(/ 1. (/ 1. 0.))
; => 0.0

;; case: modulo-wraps-an-angle
;; set x=7.5
(modulo x 2.0)
; => 1.5
; grad x=1

;; case: modulo-gradient-of-divisor
;; set x=-7.5 m=2
(modulo x m)
; => 0.5
; grad x=1 m=4

;; case: remainder-gradient-of-divisor
;; set x=-7.5 m=2
(remainder x m)
; => -1.5
; grad x=1 m=3

;; case: quotient-gradient-is-zero
;; set x=7.5 m=2
(quotient x m)
; => 3.0
; grad x=0 m=0

;; case: modulo-times-input
;; set x=5.25
(* x (modulo x 2))
; => 6.5625
; grad x=6.5
