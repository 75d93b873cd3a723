;;; if, cond, case, and, or, when, unless: truth, fall-through, arrows

;; case: only-false-is-false
(list (if 0 'yes 'no) (if '() 'yes 'no) (if "" 'yes 'no) (if 0.0 'yes 'no) (if #f 'yes 'no))
; => (yes yes yes yes no)

;; case: if-without-else-taken
(if #t 5)
; => 5

;; case: if-without-else-not-taken
(if #f 5)
; => #<unspecified>

;; case: nested-if
(define (sign x) (if (< x 0) -1 (if (> x 0) 1 0)))
(map sign '(-5 0 5))
; => (-1 0 1)

;; case: cond-first-true
(define (f x) (cond ((< x 0) 'negative) ((= x 0) 'zero) ((< x 10) 'small) (else 'large)))
(map f '(-1 0 5 50))
; => (negative zero small large)

;; case: cond-test-only
(cond (#f 1) ((memv 2 '(1 2 3))) (else 'no))
; => (2 3)

;; case: cond-arrow
(cond ((assv 'b '((a 1) (b 2))) => cadr) (else 'none))
; => 2

;; case: cond-arrow-lambda
(cond (#f => car) ((+ 1 2) => (lambda (n) (* n n))))
; => 9

;; case: cond-none
(cond (#f 1) (#f 2))
; => #<unspecified>

;; case: cond-body-of-several
(cond (#t 1 2 3) (else 4))
; => 3

;; case: cond-nested
(cond ((cond (#f #t) (else #f)) 'a) ((cond (#t 'x)) 'b))
; => b

;; case: case-symbols-and-ints
(define (f x) (case x ((1 3 5 7 9) 'odd) ((0 2 4 6 8) 'even) ((a b) 'letter) (else 'other)))
(map f '(1 4 b c 10))
; => (odd even letter other other)

;; case: case-respects-kind
(list (case 2.0 ((2) 'int) ((2.0) 'float) (else 'none)) (case 2 ((2.0) 'float) (else 'none)))
; => (float none)

;; case: case-characters-booleans-empty
(list (case #\a ((#\b) 1) ((#\a) 2)) (case #f ((#t) 1) ((#f) 2)) (case '() ((()) 'empty) (else 'no)))
; => (2 2 empty)

;; case: case-none
(case 5 ((1 2) 'low))
; => #<unspecified>

;; case: case-arrow
(list (case 5 ((1 2) 'low) ((5) => (lambda (x) (* x 2)))) (case 7 ((1) 1) (else => -)))
; => (10 -7)

;; case: case-key-once
(case (* 2 3) ((2 3 5 7) 'prime) ((1 4 6 8 9) 'composite))
; => composite

;; case: case-string-is-not-eqv
(case 'x (("x") 'string) ((x y) 'symbol))
; => symbol

;; case: and-values
(list (and) (and 1) (and 1 2 'c '(f g)) (and 1 #f 2) (and (= 2 2) (> 2 1)))
; => (#t 1 (f g) #f #t)

;; case: or-values
(list (or) (or 1) (or #f 2 3) (or #f #f) (or (memq 'b '(a b c)) (/ 3 0)))
; => (#f 1 2 #f (b c))

;; case: when-and-unless
(list (when (> 2 1) 'a 'b) (unless (> 2 1) 'c) (when #f 1) (unless #f 1 2))
; => (b #<unspecified> #<unspecified> 2)

;; case: begin-value
(begin 1 (+ 1 1) 3)
; => 3

;; case: not
(list (not #f) (not #t) (not 0) (not '()) (not 'nil))
; => (#t #f #f #f #f)

;; case: piecewise-gradient-left
;; set x=-2 a=3 b=5
(if (< x 0) (* a x x) (* b x))
; => 12.0
; grad x=-12 a=4 b=0

;; case: piecewise-gradient-right
;; set x=2 a=3 b=5
(cond ((< x 0) (* a x x)) (else (* b x)))
; => 10.0
; grad x=5 a=0 b=2

;; case: case-gradient
;; const mode=cubic
;; set x=2
(case mode ((linear) x) ((square) (* x x)) ((cubic) (* x x x)))
; => 8.0
; grad x=12

;; case: and-or-gradient
;; set x=3 y=4
(* (or #f x) (and #t y))
; => 12.0
; grad x=4 y=3

;; case: cond-arrow-gradient
;; set x=3
(cond ((* x x) => (lambda (v) (+ v x))))
; => 12.0
; grad x=7

;; case: when-gradient
;; set x=3
(when (> x 1) (exp 1) (* 2 x))
; => 6.0
; grad x=2

;; case: value-guard-both
;; set x=3 limit=2.5 slope=0.1
(if (> x limit) (+ limit (* slope (- x limit))) x)
; => 2.55
; grad x=0.1 limit=0.9 slope=0.5

;; case: chain-of-symbol-tests-whose-first-truth-is-kept
(define (f x)
  (let ((t (eq? x 'a)))
    (cond (t (list t 1)) ((eq? x 'b) (list t 2)) ((eq? x 'c) (list t 3)) ((eq? x 'd) (list t 4)) (else (list t 5)))))
(map f '(a b c d e))
; => ((#t 1) (#f 2) (#f 3) (#f 4) (#f 5))

;; case: chain-of-symbol-tests-whose-later-truth-is-kept
(define (f x)
  (if (eq? x 'a)
      1
      (let ((t (eq? x 'b)))
        (if t (list t 2) (if (eq? x 'c) (list t 3) (if (eq? x 'd) (list t 4) (if (eq? x 'e) (list t 5) t)))))))
(map f '(a b c d e f))
; => (1 (#t 2) (#f 3) (#f 4) (#f 5) #f)

;; case: chain-of-symbol-tests-with-a-gradient
;; set a=3
(define (f x)
  (let ((t (eq? x 'a)))
    (cond (t a) ((eq? x 'b) (if t a (* 2 a))) ((eq? x 'c) 3) ((eq? x 'd) 4) (else 5))))
(f 'b)
; => 6.0
; grad a=2
