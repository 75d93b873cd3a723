;;; Pairs and lists: constructors, selectors, searches

;; case: cons-car-cdr
(list (cons 1 2) (car '(1 2)) (cdr '(1 2)) (cons 1 '(2 3)))
; => ((1 . 2) 1 (2) (1 2 3))

;; case: improper-written-form
(cons 1 (cons 2 3))
; => (1 2 . 3)

;; case: quoted-dotted
(list '(a . b) '(a . (b c)) '(a b . (c . d)))
; => ((a . b) (a b c) (a b c . d))

;; case: empty-list
(list '() (null? '()) (pair? '()) (list? '()))
; => (() #t #f #t)

;; case: composed-selectors-two
(define l '((1 2) (3 4) 5))
(list (caar l) (cadr l) (cdar l) (cddr l))
; => (1 (3 4) (2) (5))

;; case: composed-selectors-three
(define l '(((1 2) 3) (4 5) 6))
(list (caaar l) (cdaar l) (cadar l) (cddar l) (caadr l) (cdadr l) (caddr l) (cdddr l))
; => (1 (2) 3 () 4 (5) 6 ())

;; case: composed-selectors-four
(define l '((((1) 2) 3 4) (5 6 7) (8) 9 10))
(list (caaaar l) (caddar l) (caddr l) (cadddr l) (cddddr l) (cddadr l) (caaddr l))
; => (1 4 (8) 9 (10) (7) 8)

;; case: length
(list (length '()) (length '(1)) (length '(1 (2 3) 4)))
; => (0 1 3)

;; case: list-predicate
(list (list? '(1 2)) (list? '(1 . 2)) (list? 5) (pair? '(1 . 2)) (pair? 5))
; => (#t #f #f #t #f)

;; case: append-many
(append '(1) '() '(2 3) '(4))
; => (1 2 3 4)

;; case: append-nothing-and-one
(list (append) (append '(1 2)) (append '() '()) (append 5))
; => (() (1 2) () 5)

;; case: append-improper-tail
(append '(1 2) 3)
; => (1 2 . 3)

;; case: append-shares-its-last
(define tail (list 3 4))
(eq? tail (cddr (append '(1 2) tail)))
; => #t

;; case: reverse
(list (reverse '(1 2 3)) (reverse '()) (reverse '((1 2) 3)))
; => ((3 2 1) () (3 (1 2)))

;; case: list-ref
(list (list-ref '(a b c) 0) (list-ref '(a b c) 2))
; => (a c)

;; case: list-tail
(list (list-tail '(1 2 3) 0) (list-tail '(1 2 3) 2) (list-tail '(1 2 3) 3))
; => ((1 2 3) (3) ())

;; case: memq-and-friends
(list (memq 'c '(a b c d)) (memq 'x '(a b)) (memv 2 '(1 2 3)) (member '(1) '((0) (1) (2))))
; => ((c d) #f (2 3) ((1) (2)))

;; case: memv-respects-kind
(list (memv 2.0 '(1 2 3)) (memv 2.0 '(1 2.0 3)) (member 2 '(2.0 2)))
; => (#f (2.0 3) (2))

;; case: assq-and-friends
(define t '((a 1) (b 2) (a 3)))
(list (assq 'a t) (assq 'z t) (assv 2 '((1 . x) (2 . y))) (assoc "b" '(("a" . 1) ("b" . 2))))
; => ((a 1) #f (2 . y) ("b" . 2))

;; case: assv-respects-kind
(list (assv 1.0 '((1 int) (1.0 float))) (assoc 1 '((1.0 float))))
; => ((1.0 float) #f)

;; case: member-with-procedure
(list (member 2.0 '(1 2 3) =) (member 3 '(1 2) =) (member 2 '(5 1 0) >))
; => ((2 3) #f (1 0))

;; case: assoc-with-procedure
(assoc 2.0 '((1 one) (2 two)) =)
; => (2 two)

;; case: list-of-inputs
;; set x=1.5 y=-2
(list x y (+ x y))
; => (1.5 -2.0 -0.5)

;; case: gradient-through-car-cdr
;; set x=3 y=5
(let ((p (cons (* x y) (* 2 y)))) (+ (car p) (* x (cdr p))))
; => 45.0
; grad x=15 y=9

;; case: gradient-through-list-ref
;; set a=1 b=2 c=3
(let ((l (list a b c))) (* (list-ref l 1) (list-ref l 2)))
; => 6.0
; grad a=0 b=3 c=2

;; case: gradient-through-append-reverse
;; set a=2 b=3
(define l (reverse (append (list a b) (list (* a b)))))
(+ (* 100 (car l)) (* 10 (cadr l)) (caddr l))
; => 632.0
; grad a=301 b=210

;; case: gradient-through-assq
;; set k=0.5 m=4
(define table (list (cons 'rate k) (cons 'mass m)))
(/ (cdr (assq 'rate table)) (cdr (assq 'mass table)))
; => 0.125
; grad k=0.25 m=-0.03125

;; case: nested-list-sum
;; set x=2
(define (total t)
  (cond ((null? t) 0) ((pair? t) (+ (total (car t)) (total (cdr t)))) (else t)))
(total (list 1 (list x (list (* x x) 3)) x))
; => 12.0
; grad x=6

;; case: flatten
(define (flatten t)
  (cond ((null? t) '()) ((pair? t) (append (flatten (car t)) (flatten (cdr t)))) (else (list t))))
(flatten '(1 (2 (3 4)) ((5)) 6))
; => (1 2 3 4 5 6)

;; case: list-copy-by-hand
(define (copy l) (if (pair? l) (cons (car l) (copy (cdr l))) l))
(let ((l '(1 2 . 3))) (list (copy l) (equal? l (copy l)) (eq? l (copy l))))
; => ((1 2 . 3) #t #f)

;; case: zip-and-unzip
(define pairs (map cons '(1 2 3) '(a b c)))
(list pairs (map car pairs) (map cdr pairs))
; => (((1 . a) (2 . b) (3 . c)) (1 2 3) (a b c))

;; case: long-list-length
(let build ((i 0) (l '())) (if (= i 2000) (length l) (build (+ i 1) (cons i l))))
; => 2000

;; case: member-takes-three-arguments-at-most
(member 1 '(1 2) = 5)
; error arity 1:1

;; case: assoc-takes-three-arguments-at-most
(assoc 1 '((1 2)) = 5)
; error arity 1:1
