;;; map, for-each, filter, folds, reduce, apply: argument orders and n lists

;; case: map-one-list
(map (lambda (x) (* x x)) '(1 2 3))
; => (1 4 9)

;; case: map-empty
(map car '())
; => ()

;; case: map-two-lists
(map + '(1 2 3) '(10 20 30))
; => (11 22 33)

;; case: map-three-lists
(map (lambda (a b c) (+ a (* b c))) '(1 2) '(3 4) '(5 6))
; => (16 26)

;; case: map-stops-at-shortest
(map list '(1 2 3) '(a b))
; => ((1 a) (2 b))

;; case: map-keeps-order
(map (lambda (x) (- x)) '(3 1 2))
; => (-3 -1 -2)

;; case: map-of-map
(map (lambda (row) (map (lambda (x) (+ x 1)) row)) '((1 2) (3) ()))
; => ((2 3) (4) ())

;; case: for-each-value
(for-each (lambda (x) (* x 2)) '(1 2 3))
; => #<unspecified>

;; case: for-each-two-lists
(for-each + '(1 2) '(3 4))
; => #<unspecified>

;; case: filter-keeps-order
(list (filter odd? '(1 2 3 4 5)) (filter null? '(1 2)) (filter (lambda (x) x) '(1 #f 0 ())))
; => ((1 3 5) () (1 0 ()))

;; case: fold-left-order
(fold-left (lambda (acc x) (list acc x)) '() '(1 2 3))
; => (((() 1) 2) 3)

;; case: fold-right-order
(fold-right (lambda (x acc) (list x acc)) '() '(1 2 3))
; => (1 (2 (3 ())))

;; case: folds-of-subtraction
(list (fold-left - 0 '(1 2 3)) (fold-right - 0 '(1 2 3)))
; => (-6 2)

;; case: fold-right-cons-copies
(fold-right cons '() '(1 2 3))
; => (1 2 3)

;; case: fold-left-reverses
(fold-left (lambda (acc x) (cons x acc)) '() '(1 2 3))
; => (3 2 1)

;; case: folds-of-empty
(list (fold-left + 7 '()) (fold-right + 8 '()))
; => (7 8)

;; case: reduce-order
(reduce (lambda (x acc) (list x acc)) 'none '(1 2 3 4))
; => (4 (3 (2 1)))

;; case: reduce-subtraction
(reduce - 0 '(1 2 3 4))
; => 2

;; case: reduce-empty-and-one
(list (reduce + 0 '()) (reduce + 100 '(5)) (reduce max 0 '(3 9 2)))
; => (0 5 9)

;; case: apply-list
(list (apply + '(1 2 3)) (apply max '(3 9 2)) (apply list '()))
; => (6 9 ())

;; case: apply-leading-arguments
(apply list 1 2 '(3 4))
; => (1 2 3 4)

;; case: apply-lambda-rest
(apply (lambda (a . rest) (list a rest)) '(1 2 3))
; => (1 (2 3))

;; case: apply-apply
(apply apply (list + (list 1 2 3)))
; => 6

;; case: transpose-by-apply-map
(apply map list '((1 2 3) (4 5 6)))
; => ((1 4) (2 5) (3 6))

;; case: compose-and-partial
(define (compose f g) (lambda (x) (f (g x))))
(define (partial f . fixed) (lambda rest (apply f (append fixed rest))))
((compose (partial * 3) (partial + 1 2)) 4)
; => 21

;; case: map-over-procedures
(map (lambda (f) (f 16)) (list sqrt square (lambda (x) (- x 1)) list))
; => (4.0 256 15 (16))

;; case: any-and-every
(define (any p l) (and (pair? l) (or (p (car l)) (any p (cdr l)))))
(define (every p l) (or (null? l) (and (p (car l)) (every p (cdr l)))))
(list (any even? '(1 3 4)) (every odd? '(1 3 4)) (every odd? '()) (any odd? '()))
; => (#t #f #t #f)

;; case: iota-by-fold
(define (iota n) (let loop ((i (- n 1)) (l '())) (if (< i 0) l (loop (- i 1) (cons i l)))))
(fold-left + 0 (map square (iota 10)))
; => 285

;; case: map-gradient
;; set a=2 b=-1
(apply + (map (lambda (x) (* a (expt x 2) b)) '(1 2 3)))
; => -28.0
; grad a=-14 b=28

;; case: map-two-lists-gradient
;; set w1=0.5 w2=-2
(apply + (map * (list w1 w2) (list 3 4)))
; => -6.5
; grad w1=3 w2=4

;; case: fold-left-gradient
;; set x=2
(fold-left (lambda (acc c) (+ (* acc x) c)) 0 '(1 -3 2 5))
; => 5.0
; grad x=2

;; case: fold-right-gradient
;; set x=0.5
(fold-right (lambda (c acc) (+ c (* x acc))) 0.0 '(1 2 4))
; => 3.0
; grad x=6

;; case: reduce-gradient
;; set a=2 b=3 c=6
(reduce / 1 (list a b c))
; => 4.0
; grad a=2 b=-1.3333333333333333 c=0.6666666666666666

;; case: filter-gradient
;; set a=2 b=-3 c=4
(apply * (filter positive? (list a b c)))
; => 8.0
; grad a=4 b=0 c=2
; warning branch-only b

;; case: apply-primitive-gradient
;; set a=2 b=5 c=3
(apply max (list a b c))
; => 5.0
; grad a=0 b=1 c=0

;; case: sum-of-squared-errors
;; set k=1.5
(define xs '(1 2 3))
(define ys '(2.0 4.0 6.5))
(apply + (map (lambda (x y) (square (- y (* k x)))) xs ys))
; => 5.25
; grad k=-17

;; case: loss-written-with-folds
;; set m=0.5 b=1
(define data '((0 . 1.0) (1 . 2.0) (2 . 2.5)))
(/ (fold-left (lambda (s p) (+ s (square (- (cdr p) (+ b (* m (car p))))))) 0 data) (length data))
; => 0.16666666666666666
; grad m=-1 b=-0.6666666666666666
