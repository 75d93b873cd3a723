;;; Middle-sized programs: interpreters, searches, sorting, state machines, streams

;; case: n-queens-count
(define (safe? row dist placed)
  (or (null? placed)
      (and (not (= (car placed) row))
           (not (= (car placed) (+ row dist)))
           (not (= (car placed) (- row dist)))
           (safe? row (+ dist 1) (cdr placed)))))
(define (place k n placed)
  (if (= k 0) 1
      (let try ((row 1) (count 0))
        (if (> row n) count
            (try (+ row 1)
                 (if (safe? row 1 placed) (+ count (place (- k 1) n (cons row placed))) count))))))
(map (lambda (n) (place n n '())) '(1 2 3 4 5))
; => (1 0 0 2 10)

;; case: quicksort
(define (quicksort l)
  (if (null? l) '()
      (let ((pivot (car l)) (rest (cdr l)))
        (append (quicksort (filter (lambda (x) (< x pivot)) rest))
                (list pivot)
                (quicksort (filter (lambda (x) (>= x pivot)) rest))))))
(quicksort '(3 1 4 1 5 9 2 6 5 3 5))
; => (1 1 2 3 3 4 5 5 5 6 9)

;; case: merge-sort
(define (merge a b before?)
  (cond ((null? a) b)
        ((null? b) a)
        ((before? (car b) (car a)) (cons (car b) (merge a (cdr b) before?)))
        (else (cons (car a) (merge (cdr a) b before?)))))
(define (take l n) (if (= n 0) '() (cons (car l) (take (cdr l) (- n 1)))))
(define (sort l before?)
  (let ((n (length l)))
    (if (< n 2) l
        (let ((h (quotient n 2)))
          (merge (sort (take l h) before?) (sort (list-tail l h) before?) before?)))))
(list (sort '(5 2 8 1 9 3) <)
      (sort '((b 2) (a 1) (c 2) (d 0)) (lambda (p q) (< (cadr p) (cadr q)))))
; => ((1 2 3 5 8 9) ((d 0) (a 1) (b 2) (c 2)))

;; case: sort-inputs-median
;; set a=3 b=1 c=2
(define (insert x l) (if (or (null? l) (< x (car l))) (cons x l) (cons (car l) (insert x (cdr l)))))
(list-ref (fold-left (lambda (acc x) (insert x acc)) '() (list a b c)) 1)
; => 2.0
; grad c=1 a=0 b=0
; warning branch-only a
; warning branch-only b

;; case: primes
(define (prime? n) (let test ((d 2)) (cond ((> (* d d) n) #t) ((= 0 (remainder n d)) #f) (else (test (+ d 1))))))
(do ((n 2 (+ n 1)) (ps '() (if (prime? n) (cons n ps) ps))) ((> n 50) (reverse ps)))
; => (2 3 5 7 11 13 17 19 23 29 31 37 41 43 47)

;; case: tiny-interpreter
(define (look name env)
  (cond ((assq name env) => cdr) (else (error "no such name" name))))
(define (bind names values env)
  (if (null? names) env (cons (cons (car names) (car values)) (bind (cdr names) (cdr values) env))))
(define (evaluate e env)
  (cond ((number? e) e)
        ((symbol? e) (look e env))
        (else
         (case (car e)
           ((if) (evaluate (if (evaluate (cadr e) env) (caddr e) (cadddr e)) env))
           ((let) (evaluate (caddr e) (bind (map car (cadr e)) (map (lambda (b) (evaluate (cadr b) env)) (cadr e)) env)))
           ((lambda) (lambda args (evaluate (caddr e) (bind (cadr e) args env))))
           (else (apply (evaluate (car e) env) (map (lambda (x) (evaluate x env)) (cdr e))))))))
(define base (list (cons '+ +) (cons '* *) (cons '- -) (cons '< <)))
(define power '(lambda (self x n) (if (< n 1) 1 (* x (self self x (- n 1))))))
(evaluate `(let ((pow ,power) (two 2)) (+ (pow pow two 10) ((lambda (y) (* y y)) 3))) base)
; => 1033

;; case: tiny-interpreter-gradient
;; set a=1.5 x=2
(define (evaluate e env)
  (cond ((number? e) e)
        ((symbol? e) (cdr (assq e env)))
        (else (let ((f (cdr (assq (car e) env))) (args (map (lambda (s) (evaluate s env)) (cdr e)))) (apply f args)))))
(evaluate '(plus (times a (times x x)) (minus x) 0.5 (sine (times a x)))
          (list (cons 'a a) (cons 'x x) (cons 'plus +) (cons 'minus -) (cons 'times *) (cons 'sine sin)))
; => 4.641120008059867
; grad a=2.020015006799109 x=3.5150112550993318

;; case: tiny-interpreter-error-place
(define (evaluate e env)
  (cond ((number? e) e)
        ((symbol? e) (cdr (assq e env)))
        (else (+ (evaluate (cadr e) env)
                 (evaluate (caddr e) env)))))
(evaluate '(plus 1 (plus x y)) '((x . 2)))
; error wrong-type 3:27

;; case: symbolic-derivative
(define (d e)
  (cond ((number? e) 0)
        ((eq? e 'x) 1)
        ((eq? (car e) '+) (list '+ (d (cadr e)) (d (caddr e))))
        ((eq? (car e) '*) `(+ (* ,(d (cadr e)) ,(caddr e)) (* ,(cadr e) ,(d (caddr e)))))
        (else (error "unknown" e))))
(define (simplify e)
  (if (not (pair? e)) e
      (let ((op (car e)) (a (simplify (cadr e))) (b (simplify (caddr e))))
        (cond ((and (number? a) (number? b)) (if (eq? op '+) (+ a b) (* a b)))
              ((and (eq? op '+) (equal? a 0)) b)
              ((and (eq? op '+) (equal? b 0)) a)
              ((and (eq? op '*) (or (equal? a 0) (equal? b 0))) 0)
              ((and (eq? op '*) (equal? a 1)) b)
              ((and (eq? op '*) (equal? b 1)) a)
              (else (list op a b))))))
(simplify (d '(+ (* 3 (* x x)) (+ (* 5 x) 7))))
; => (+ (* 3 (+ x x)) 5)

;; case: stack-machine
;; set x=2 k=3
(define (run code stack)
  (if (null? code) (car stack)
      (let ((i (car code)))
        (run (cdr code)
             (cond ((number? i) (cons i stack))
                   ((eq? i 'x) (cons x stack))
                   ((eq? i 'k) (cons k stack))
                   ((eq? i 'dup) (cons (car stack) stack))
                   ((eq? i 'mul) (cons (* (cadr stack) (car stack)) (cddr stack)))
                   (else (cons (+ (cadr stack) (car stack)) (cddr stack))))))))
(run '(x dup mul k mul x 5 add add) '())
; => 19.0
; grad x=13 k=4

;; case: association-list-state-machine
(define rules
  '((idle (coin . ready) (push . idle))
    (ready (coin . ready) (push . moving))
    (moving (stop . idle))))
(define (next state event)
  (let ((r (assq event (cdr (assq state rules))))) (if r (cdr r) 'jammed)))
(define (run state events) (fold-left next state events))
(list (run 'idle '(coin push stop coin)) (run 'idle '(push push)) (next 'moving 'coin))
; => (ready idle jammed)

;; case: count-words-by-state
(define (count l in n)
  (cond ((null? l) n)
        ((eqv? (car l) #\space) (count (cdr l) #f n))
        (in (count (cdr l) #t n))
        (else (count (cdr l) #t (+ n 1)))))
(count (list #\a #\b #\space #\space #\c #\space #\d #\e) #f 0)
; => 3

;; case: run-lengths
(define (runs l)
  (if (null? l) '()
      (let scan ((x (car l)) (n 1) (r (cdr l)))
        (if (and (pair? r) (equal? (car r) x))
            (scan x (+ n 1) (cdr r))
            (cons (list x n) (runs r))))))
(runs '(a a b c c c a))
; => ((a 2) (b 1) (c 3) (a 1))

;; case: church-arithmetic
(define zero (lambda (f) (lambda (x) x)))
(define (succ n) (lambda (f) (lambda (x) (f ((n f) x)))))
(define (plus m n) (lambda (f) (lambda (x) ((m f) ((n f) x)))))
(define (times m n) (lambda (f) (m (n f))))
(define (power m n) (n m))
(define (int n) ((n (lambda (k) (+ k 1))) 0))
(define two (succ (succ zero)))
(define three (succ two))
(map int (list zero two (plus two three) (times three three) (power two three)))
; => (0 2 5 9 8)

;; case: streams-as-closures
(define (from n) (cons n (lambda () (from (+ n 1)))))
(define (rest s) ((cdr s)))
(define (keep p s) (if (p (car s)) (cons (car s) (lambda () (keep p (rest s)))) (keep p (rest s))))
(define (take n s) (if (= n 0) '() (cons (car s) (if (= n 1) '() (take (- n 1) (rest s))))))
(define (sieve s)
  (cons (car s) (lambda () (sieve (keep (lambda (x) (not (= 0 (remainder x (car s))))) (rest s))))))
(list (take 5 (from 3)) (take 4 (keep even? (from 1))) (take 8 (sieve (from 2))))
; => ((3 4 5 6 7) (2 4 6 8) (2 3 5 7 11 13 17 19))

;; case: stream-of-partial-sums-gradient
;; set r=0.5 a=2
(define (geometric t) (cons t (lambda () (geometric (* r t)))))
(define (total s n) (if (= n 0) 0 (+ (car s) (total ((cdr s)) (- n 1)))))
(total (geometric a) 6)
; => 3.9375
; grad r=7.125 a=1.96875

;; case: tree-insert-and-walk
(define (insert t x)
  (cond ((null? t) (list x '() '()))
        ((< x (car t)) (list (car t) (insert (cadr t) x) (caddr t)))
        (else (list (car t) (cadr t) (insert (caddr t) x)))))
(define (walk t) (if (null? t) '() (append (walk (cadr t)) (list (car t)) (walk (caddr t)))))
(define (height t) (if (null? t) 0 (+ 1 (max (height (cadr t)) (height (caddr t))))))
(let ((t (fold-left insert '() '(5 2 8 1 9 3)))) (list (walk t) (height t)))
; => ((1 2 3 5 8 9) 3)

;; case: graph-reachability
(define edges '((a b c) (b d) (c d e) (d f) (e) (f a) (g a)))
(define (visit node seen)
  (if (memq node seen) seen
      (fold-left (lambda (acc n) (visit n acc)) (cons node seen) (cdr (assq node edges)))))
(list (reverse (visit 'a '())) (length (visit 'g '())))
; => ((a b d f c e) 7)

;; case: matrix-power-of-lists
(define (dot u v) (apply + (map * u v)))
(define (columns m) (apply map list m))
(define (product a b) (map (lambda (row) (map (lambda (col) (dot row col)) (columns b))) a))
(define (power m n) (if (= n 1) m (product m (power m (- n 1)))))
(power '((1 1) (1 0)) 10)
; => ((89 55) (55 34))

;; case: binary-numerals
(define (bits n) (if (< n 2) (list n) (append (bits (quotient n 2)) (list (modulo n 2)))))
(define (value bs) (fold-left (lambda (acc b) (+ (* 2 acc) b)) 0 bs))
(list (bits 37) (value (bits 1000)))
; => ((1 0 0 1 0 1) 1000)

;; case: text-book-queue
(define (empty) (cons '() '()))
(define (enqueue q x) (cons (car q) (cons x (cdr q))))
(define (dequeue q k)
  (cond ((pair? (car q)) (k (caar q) (cons (cdar q) (cdr q))))
        ((pair? (cdr q)) (dequeue (cons (reverse (cdr q)) '()) k))
        (else (error "empty queue"))))
(define (drain q n acc) (if (= n 0) (reverse acc) (dequeue q (lambda (x rest) (drain rest (- n 1) (cons x acc))))))
(drain (enqueue (enqueue (enqueue (empty) 'a) 'b) 'c) 3 '())
; => (a b c)

;; case: text-book-queue-empty
(define (take q k) (if (pair? q)
                       (k (car q) (cdr q))
                       (error "empty queue")))
(take '(1) (lambda (x q) (take q (lambda (y q) (+ x y)))))
; error user 3:24

;; case: knapsack
(define (best items room)
  (if (null? items) 0
      (let ((w (caar items)) (v (cdar items)) (rest (cdr items)))
        (if (> w room) (best rest room)
            (max (best rest room) (+ v (best rest (- room w))))))))
(best '((5 . 10) (4 . 40) (6 . 30) (3 . 50)) 10)
; => 90

;; case: edit-distance
(define (distance a b)
  (cond ((null? a) (length b))
        ((null? b) (length a))
        ((eq? (car a) (car b)) (distance (cdr a) (cdr b)))
        (else (+ 1 (min (distance (cdr a) b) (distance a (cdr b)) (distance (cdr a) (cdr b)))))))
(distance '(k i t t e n) '(s i t t i n g))
; => 3

;; case: game-of-life-row
(define (cell l i) (if (or (< i 0) (>= i (length l))) 0 (list-ref l i)))
(define (rule a b c) (let ((n (+ (* 4 a) (* 2 b) c))) (modulo (quotient 30 (expt 2 n)) 2)))
(define (advance l) (let go ((i 0)) (if (= i (length l)) '() (cons (rule (cell l (- i 1)) (cell l i) (cell l (+ i 1))) (go (+ i 1))))))
(advance (advance (advance '(0 0 0 1 0 0 0))))
; => (1 1 0 1 1 1 1)
