;;; Strings, characters, symbols, comments, and the equality predicates

;; case: strings
(list "plain" "" (string? "a") (string? 'a) (string=? "ab" "ab") (string=? "ab" "abc"))
; => ("plain" "" #t #f #t #f)

;; case: string-escapes
"a\"b\\c"
; => "a\"b\\c"

;; case: string-hex-escape
(string=? "A\x42;C" "ABC")
; => #t

;; case: string-newline-escape
(list (string=? "a\nb" "a
b") (string=? "tab\there" "tab	here"))
; => (#t #t)

;; case: string-line-continuation
(string=? "one \
           two" "one two")
; => #t

;; case: characters
(list #\a #\A #\space #\newline (char? #\a) (char? "a") (eqv? #\x41 #\A) (eqv? #\( #\())
; => (#\a #\A #\space #\newline #t #f #t #t)

;; case: named-characters
(list (eqv? #\tab #\x9) (eqv? #\null #\x0) (eqv? #\x #\x78) (eqv? #\a #\A))
; => (#t #t #t #f)

;; case: symbols
(list 'abc (symbol? 'abc) (symbol? "abc") (symbol? 5) (eq? 'abc 'abc) (eq? 'abc 'ABC))
; => (abc #t #f #f #t #f)

;; case: booleans
(list #t #f #true #false (boolean? #f) (boolean? 0) (boolean? '()))
; => (#t #f #t #f #t #f #f)

;; case: type-tests-are-disjoint
(define things (list 1 1.5 #t 'a #\a "a" '() '(1) car (lambda () 1)))
(map (lambda (x) (length (filter (lambda (p) (p x)) (list number? boolean? symbol? char? string? null? pair? procedure?)))) things)
; => (1 1 1 1 1 1 1 1 1 1)

;; case: eq-by-kind-and-value
(list (eq? 2 2) (eq? 2 2.0) (eq? 2.5 2.5) (eqv? 2.5 2.5) (eqv? 2 2.0) (eqv? 100000 100000))
; => (#t #f #t #t #f #t)

;; case: eq-on-pairs
(let ((p (list 1 2))) (list (eq? p p) (eq? (list 1 2) (list 1 2)) (eqv? p (cons 1 (cdr p))) (eq? (cdr p) (cdr p))))
; => (#t #f #f #t)

;; case: eq-on-empty-and-booleans
(list (eq? '() '()) (eq? #t #t) (eq? #f '()) (eqv? "" 'a))
; => (#t #t #f #f)

;; case: eq-on-procedures
(let ((f (lambda (x) x))) (list (eq? f f) (eq? car car) (eq? car cdr) (eqv? (lambda (x) x) f)))
; => (#t #t #f #f)

;; case: equal-structural
(list (equal? '(1 (2 "x" #\c)) '(1 (2 "x" #\c))) (equal? '(1 2) '(1 2.0)) (equal? "ab" "ab") (equal? '(1 . 2) '(1 . 3)))
; => (#t #f #t #f)

;; case: equal-on-numbers-and-lengths
(list (equal? 3 3) (equal? 3 3.0) (equal? '(1 2) '(1 2 3)) (equal? '() '()) (equal? 'a "a"))
; => (#t #f #f #t #f)

;; case: equal-on-computed-floats
;; set x=1.5
(list (equal? (list x 2) (list 1.5 2)) (eqv? x 1.5) (memv 3.0 (list x (* 2 x))))
; => (#t #t (3.0))

;; case: line-comments
(+ 1 ; one
   2 ; two
   )
; => 3

;; case: block-comments-nest
(+ 1 #| outer #| inner |# still out |# 2)
; => 3

;; case: datum-comments
(+ 1 #;(this is (skipped)) 2 #;3 #;"four")
; => 3

;; case: stacked-datum-comments
(list 1 #; #; 2 3 4)
; => (1 4)

;; case: comment-marks-inside-strings
(string=? "a;b #| c |#" "a;b #| c |#")
; => #t

;; case: symbols-between-bars
(list (eq? '|abc| 'abc) (symbol? '|two words|))
; => (#t #t)

;; case: message-as-value
(define (describe n) (cond ((= n 0) "none") ((= n 1) "one") (else "many")))
(map describe '(0 1 5))
; => ("none" "one" "many")
