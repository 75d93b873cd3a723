;;; Iteration: tail calls, loop and recur, named let, do

;; case: loop-recur-sum
(loop ((i 0) (s 0)) (if (= i 10) s (recur (+ i 1) (+ s i))))
; => 45

;; case: loop-recur-parallel
(loop ((a 1) (b 2) (n 3)) (if (= n 0) (list a b) (recur b a (- n 1))))
; => (2 1)

;; case: loop-no-variables
(loop () 5)
; => 5

;; case: loop-body-of-several
(loop ((i 0)) (+ i 1) (if (< i 3) (recur (+ i 1)) (* i 10)))
; => 30

;; case: loop-in-loop
(loop ((i 0) (s 0))
  (if (= i 4) s
      (recur (+ i 1) (+ s (loop ((j 0) (t 0)) (if (> j i) t (recur (+ j 1) (+ t j))))))))
; => 10

;; case: recur-in-cond-and-let
(loop ((n 27) (steps 0))
  (cond ((= n 1) steps)
        ((even? n) (recur (quotient n 2) (+ steps 1)))
        (else (let ((m (+ 1 (* 3 n)))) (recur m (+ steps 1))))))
; => 111

;; case: recur-in-when-case-and
(loop ((i 0)) (case i ((5) 'five) (else (and #t (or #f (begin (recur (+ i 1))))))))
; => five

;; case: loop-as-value
(+ 1 (loop ((i 0)) (if (< i 7) (recur (+ i 2)) i)))
; => 9

;; case: loop-captured-by-closures
(map (lambda (f) (f)) (loop ((i 0) (fs '())) (if (= i 3) fs (recur (+ i 1) (cons (lambda () i) fs)))))
; => (2 1 0)

;; case: ten-thousand-iterations
(loop ((i 0) (s 0)) (if (< i 10000) (recur (+ i 1) (+ s i)) s))
; => 49995000

;; case: named-let-tail-calls
(let go ((i 10000) (s 0)) (if (= i 0) s (go (- i 1) (+ s 1))))
; => 10000

;; case: named-let-not-tail
(let go ((i 5)) (if (= i 0) '() (cons i (go (- i 1)))))
; => (5 4 3 2 1)

;; case: named-let-inits-outside
(let ((f (lambda (x) 42))) (let f ((x (f 1))) (if (> x 100) x (f (* x 2)))))
; => 168

;; case: mutual-tail-calls
(define (ping n) (if (= n 0) 'ping (pong (- n 1))))
(define (pong n) (if (= n 0) 'pong (ping (- n 1))))
(list (ping 5000) (pong 5001))
; => (ping ping)

;; case: tail-call-through-apply
(define (down n) (if (= n 0) 'end (apply down (list (- n 1)))))
(down 3000)
; => end

;; case: tail-call-through-cond-arrow
(define (down n) (cond ((- n 1) => (lambda (m) (if (= m 0) 'end (down m))))))
(down 1000)
; => end

;; case: tail-call-in-and-or
(define (down n) (and #t (or (= n 0) (down (- n 1)))))
(down 3000)
; => #t

;; case: do-loop
(do ((i 0 (+ i 1)) (s 0 (+ s i))) ((= i 5) s))
; => 10

;; case: do-with-constant-variable
(do ((l '(a b c) (cdr l)) (n 0 (+ n 1)) (k 10)) ((null? l) (* n k)))
; => 30

;; case: do-with-body
(do ((i 0 (+ i 1)) (l '() (cons i l))) ((= i 3) 'ignored (reverse l)) (* i i) 'unused)
; => (0 1 2)

;; case: do-without-result
(do ((i 0 (+ i 1))) ((= i 3)))
; => #<unspecified>

;; case: do-fresh-bindings
(map (lambda (f) (f)) (do ((i 0 (+ i 1)) (fs '() (cons (lambda () (* i i)) fs))) ((= i 4) fs)))
; => (9 4 1 0)

;; case: loop-gradient
;; set r=3.2 x=0.3
(loop ((i 0) (v x)) (if (= i 5) v (recur (+ i 1) (* r v (- 1 v)))))
; => 0.6551052003867945
; grad r=0.22075318419581846 x=2.664235331718513

;; case: named-let-gradient
;; set k=0.2
(let go ((i 0) (y 1.0)) (if (= i 20) y (go (+ i 1) (- y (* 0.1 k y)))))
; => 0.6676079717550945
; grad k=-1.362465248479785

;; case: do-gradient
;; set a=0.3 b=1.1
(do ((i 0 (+ i 1)) (s 0.0 (+ (* a s) b))) ((= i 12) s))
; => 1.5714277363070002
; grad a=2.24486336129 b=1.42857066937

;; case: two-state-gradient
;; set w=1.3
(loop ((i 0) (x 1.0) (v 0.0))
  (if (= i 25) x (recur (+ i 1) (+ x (* 0.05 v)) (- v (* 0.05 w w x)))))
; => -0.0547060121914377
; grad w=-1.3147577193008912

;; case: while-loop-gradient
;; set x=10
(loop ((g 1.0) (n 0)) (if (or (> n 20) (< (abs (- (* g g) x)) 1e-5)) g (recur (/ (+ g (/ x g)) 2) (+ n 1))))
; => 3.162277665175675
; grad x=0.1581138888888135

;; case: branch-in-loop-gradient
;; set x=0.4
(loop ((i 0) (v x)) (if (= i 10) v (recur (+ i 1) (if (< v 0.5) (* 1.9 v) (* 1.9 (- 1 v))))))
; => 0.8100264330400121
; grad x=613.1066257800996

;; case: accumulate-list-gradient
;; set a=1.5
(apply + (loop ((i 1) (l '())) (if (> i 4) l (recur (+ i 1) (cons (expt a i) l)))))
; => 12.1875
; grad a=24.25

;; case: long-loop-gradient
;; set a=0.9990234375
(loop ((i 0) (p 1.0)) (if (= i 1000) p (recur (+ i 1) (* p a))))
; => 0.37642379805672405
; grad a=376.7917587586363

;; case: unrolled-time-is-data
;; const n=6
;; set x=1.1
(loop ((i 0) (p 1.0)) (if (= i n) p (recur (+ i 1) (* p x))))
; => 1.771561000000001
; grad x=9.663060000000005
