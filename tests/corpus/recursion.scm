;;; Recursion, mutual recursion and tree recursion, with values and gradients

;; case: factorial
(define (fact n) (if (= n 0) 1 (* n (fact (- n 1)))))
(fact 10)
; => 3628800

;; case: factorial-overflows-to-float
(define (fact n) (if (= n 0) 1 (* n (fact (- n 1)))))
(fact 13)
; => 6227020800.0

;; case: fibonacci
(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
(fib 15)
; => 610

;; case: ackermann
(define (ack m n)
  (cond ((= m 0) (+ n 1)) ((= n 0) (ack (- m 1) 1)) (else (ack (- m 1) (ack m (- n 1))))))
(ack 2 3)
; => 9

;; case: mutual
(define (ev? n) (if (= n 0) #t (od? (- n 1))))
(define (od? n) (if (= n 0) #f (ev? (- n 1))))
(list (ev? 100) (od? 100))
; => (#t #f)

;; case: hofstadter
(define (fe n) (if (= n 0) 1 (- n (ma (fe (- n 1))))))
(define (ma n) (if (= n 0) 0 (- n (fe (ma (- n 1))))))
(list (fe 9) (ma 9))
; => (6 6)

;; case: hanoi-moves
(define (hanoi n) (if (= n 0) 0 (+ 1 (* 2 (hanoi (- n 1))))))
(hanoi 10)
; => 1023

;; case: binomial
(define (choose n k) (if (or (= k 0) (= k n)) 1 (+ (choose (- n 1) (- k 1)) (choose (- n 1) k))))
(choose 10 4)
; => 210

;; case: change-counting
(define (ways amount coins)
  (cond ((= amount 0) 1)
        ((or (< amount 0) (null? coins)) 0)
        (else (+ (ways amount (cdr coins)) (ways (- amount (car coins)) coins)))))
(ways 30 '(10 5 2 1))
; => 98

;; case: power-set-size
(define (subsets l)
  (if (null? l) '(())
      (let ((r (subsets (cdr l)))) (append r (map (lambda (s) (cons (car l) s)) r)))))
(list (length (subsets '(1 2 3 4 5))) (subsets '(a b)))
; => (32 (() (b) (a) (a b)))

;; case: permutations
(define (remove-one x l) (cond ((null? l) '()) ((equal? x (car l)) (cdr l)) (else (cons (car l) (remove-one x (cdr l))))))
(define (perms l)
  (if (null? l) '(())
      (apply append (map (lambda (x) (map (lambda (p) (cons x p)) (perms (remove-one x l)))) l))))
(list (perms '(1 2 3)) (length (perms '(1 2 3 4))))
; => (((1 2 3) (1 3 2) (2 1 3) (2 3 1) (3 1 2) (3 2 1)) 24)

;; case: tree-depth
(define (depth t) (if (pair? t) (max (+ 1 (depth (car t))) (depth (cdr t))) 0))
(depth '(1 (2 (3 (4))) (5)))
; => 4

;; case: deep-but-finite
(define (count n) (if (= n 0) 0 (+ 1 (count (- n 1)))))
(count 2000)
; => 2000

;; case: power-gradient
;; set x=1.5
(define (power x n) (if (= n 0) 1 (* x (power x (- n 1)))))
(power x 5)
; => 7.59375
; grad x=25.3125

;; case: fast-power-gradient
;; set x=1.1
(define (power b n)
  (cond ((= n 0) 1.0) ((even? n) (power (* b b) (quotient n 2))) (else (* b (power b (- n 1))))))
(power x 13)
; => 3.4522712143931034
; grad x=40.799568897373035

;; case: fibonacci-like-gradient
;; set a=0.5 b=1.25
(define (f n) (cond ((= n 0) a) ((= n 1) b) (else (+ (f (- n 1)) (* 0.5 (f (- n 2)))))))
(f 6)
; => 5.375
; grad a=1.375 b=3.75

;; case: mutual-gradient
;; set x=0.8
(define (p n v) (if (= n 0) v (q (- n 1) (sin v))))
(define (q n v) (if (= n 0) v (p (- n 1) (* x v))))
(p 6 x)
; => 0.3366341200782142
; grad x=1.4363044490140862

;; case: tree-gradient
;; set x=2 y=3
(define (value t) (cond ((eq? t 'x) x) ((eq? t 'y) y) ((number? t) t)
  ((eq? (car t) 'plus) (+ (value (cadr t)) (value (caddr t))))
  (else (* (value (cadr t)) (value (caddr t))))))
(value '(plus (times x (times x y)) (times 4 y)))
; => 24.0
; grad x=12 y=8

;; case: continued-fraction-gradient
;; set a=1.5
(define (cf n) (if (= n 0) a (+ a (/ 1 (cf (- n 1))))))
(cf 8)
; => 1.9999904632932157
; grad a=0.8000663752172871

;; case: exponential-series-gradient
;; set x=0.5
(define (series n term) (if (> n 12) 0 (+ term (series (+ n 1) (* term (/ x n))))))
(series 1 1.0)
; => 1.6487212707001282
; grad x=1.6487212706873655

;; case: recursion-on-inputs-until
;; set x=100
(define (halve v) (if (< v 1) v (halve (/ v 2))))
(halve x)
; => 0.78125
; grad x=0.0078125
