;;; Texts that read but are no program

;; case: empty-application
(+ 1 ())
; error expand 1:6

;; case: if-without-branches
(if)
; error expand 1:1

;; case: if-without-consequent
(+ 1 (if #t))
; error expand 1:6

;; case: if-too-many
(if #t 1 2 3)
; error expand 1:1

;; case: lambda-without-body
(lambda (x))
; error expand 1:1

;; case: lambda-alone
(lambda)
; error expand 1:1

;; case: let-without-body
(+ 1
   (let ((x 1))))
; error expand 2:4

;; case: let-alone
(let)
; error expand 1:1

;; case: quote-nothing
(list (quote))
; error expand 1:7

;; case: quote-two
(quote a b)
; error expand 1:1

;; case: dotted-application
(+ 1 . 2)
; error expand 1:1

;; case: dotted-form
(list (if #t . 1))
; error expand 1:7

;; case: unquote-outside
(list 1 ,x)
; error expand 1:9

;; case: splice-outside
,@(list 1)
; error expand 1:1

;; case: recur-outside
(+ 1 (recur 2))
; error expand 1:6

;; case: recur-not-in-tail-position
(loop ((i 0)) (if (= i 3) i (+ 1 (recur (+ i 1)))))
; error expand 1:34

;; case: recur-wrong-count
(loop ((i 0) (j 1)) (if (= i 3) j (recur (+ i 1))))
; error expand 1:35

;; case: recur-across-a-lambda
(loop ((i 0)) (if (> i 3) i ((lambda (k) (recur k)) (+ i 1))))
; error expand 1:42

;; case: recur-in-operand-of-list
(loop ((i 0)) (list i (recur 1)))
; error expand 1:23

;; case: define-in-expression
(+ 1 (define x 2))
; error expand 1:6

;; case: define-after-expression
(let ()
  1
  (define x 2)
  x)
; error expand 3:3

;; case: define-alone
(define)
; error expand 1:1

;; case: define-without-value
(define x)
; error expand 1:1

;; case: only-definitions
(define x 1)
; error expand 1:1

;; case: set-is-not-here
(define x 1)
(set! x 2)
; error expand 2:2

;; case: continuation-is-not-here
(call/cc (lambda (k) (k 1)))
; error expand 1:2

;; case: vector-is-not-here
(car (vector 1 2))
; error expand 1:7

;; case: known-name-as-value-is-not-here
(map gcd '(4 6) '(6 9))
; error expand 1:6

;; case: display-is-not-here
(begin (display 1) 2)
; error expand 1:9

;; case: quoted-name-is-data
(car '(set! x 2))
; => set!

;; case: shadowed-absent-name-is-fine
(define (gcd a b) (if (= b 0) a (gcd b (modulo a b))))
(gcd 12 18)
; => 6

;; case: duplicate-formals
(lambda (x y x) x)
; error expand 1:14

;; case: duplicate-rest-formal
(lambda (x . x) x)
; error expand 1:14

;; case: duplicate-let-names
(let ((a 1) (a 2)) a)
; error expand 1:14

;; case: duplicate-parameters
(+ (param 'k 1.0) (param 'k 2.0))
; error expand 1:19

;; case: parameter-equal-to-an-input
(+ k (param 'k 1.0))
; error expand 1:6

;; case: param-too-many
(* 2 (param 'k 1.0 2.0))
; error expand 1:6

;; case: param-nothing
(param)
; error expand 1:1

;; case: soft-if-missing-side
(soft-if 1 2)
; error expand 1:1

;; case: soft-choice-lengths-differ
(soft-choice (1 2) (0))
; error expand 1:1

;; case: errors-in-source-order
(list (if) (lambda))
; error expand 1:7

;; case: cond-empty-clause
(cond ())
; error expand 1:7

;; case: named-let-duplicate-variable
(let go ((i 0) (i 1)) i)
; error expand 1:17

;; case: untaken-side-is-checked
(if #f (if) 1)
; error expand 1:8
