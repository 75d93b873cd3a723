;;; The unspecified value, non-finite answers and where they arose

;; case: unspecified-in-a-list
(list 1 (if #f #f) 2)
; => (1 #<unspecified> 2)

;; case: unspecified-is-true
(if (when #f 1) 'true 'false)
; => true

;; case: unspecified-is-no-number
(+ 1 (for-each car '()))
; error wrong-type 1:6

;; case: unspecified-is-equal-to-itself
(equal? (if #f #f) (for-each car '()))
; => #t

;; case: unspecified-has-no-other-type
(map (lambda (p) (p (if #f #f))) (list null? pair? boolean? symbol? number? procedure? string? char?))
; => (#f #f #f #f #f #f #f #f)

;; case: nan-literal
+nan.0
; => +nan.0
; status non-finite 1:1

;; case: infinity-literal
-inf.0
; => -inf.0
; status non-finite 1:1

;; case: infinity-inside
(+ 1 (* 2 (/ 1. 0.)))
; => +inf.0
; status non-finite 1:11

;; case: nan-from-difference
(define big (exp 1000))
(- big big)
; => +nan.0
; status non-finite 1:13

;; case: nan-in-a-function
(define (f x)
  (sqrt (- x 3)))
(* 2 (f 1))
; => +nan.0
; status non-finite 2:3

;; case: nan-through-map
(apply + (map (lambda (x) (log (- x 2))) '(4 3 1)))
; => +nan.0
; status non-finite 1:27

;; case: overflow-in-a-loop
(loop ((i 0) (p 10.0))
  (if (= i 12) p (recur (+ i 1) (* p p))))
; => +inf.0
; status non-finite 2:33

;; case: first-of-two
;; set x=0
(+ (/ 1 x)
   (/ -1 x))
; => +nan.0
; status non-finite 1:4

;; case: gradient-only-non-finite
;; set x=0 a=2
(+ a (expt x 0.5))
; => 2.0
; grad a=1 x=+inf.0
; status non-finite 1:6

;; case: infinite-comparison-is-finite
(if (< 1 (/ 1. 0.)) 'finite 'not)
; => finite

;; case: inputs-stay-finite
;; set x=1e-3
(/ 1 (exp (/ 1 x)))
; => 0.0
