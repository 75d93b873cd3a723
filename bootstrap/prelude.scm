; The library: what is no single operation, in the language itself.
;
; Its procedures are compiled with the evaluator and shared by both roads. An error inside one belongs to the
; application that called it; `(%fail kind (cons k x))` names the k-th operand of that application as the one at
; fault (0: none). Procedures whose names start with `%` are this file's own and keep that numbering, as does a
; procedure that calls itself; any other call inside the library hides the operands of the application outside.

; --- Lists ---

(define (list . elements) elements)

(define (list? x)
  (if (pair? x) (list? (cdr x)) (null? x)))

(define (length l)
  (%length l 0 l))

(define (%length left n l)
  (if (pair? left)
      (%length (cdr left) (+ n 1) l)
      (if (null? left) n (%fail 'wrong-type (cons 1 l)))))

(define (reverse l)
  (%reverse l '() l))

(define (%reverse left done l)
  (if (pair? left)
      (%reverse (cdr left) (cons (car left) done) l)
      (if (null? left) done (%fail 'wrong-type (cons 1 l)))))

; `done` reversed onto `tail`; `done` is a list.
(define (%onto done tail)
  (if (null? done) tail (%onto (cdr done) (cons (car done) tail))))

(define (append . lists)
  (%append lists 1))

(define (%append lists k)
  (if (null? lists)
      '()
      (if (null? (cdr lists))
          (car lists)
          (%prepend (car lists) '() (cdr lists) k))))

; The elements of `l` go in front of what the other lists make.
(define (%prepend l done lists k)
  (if (pair? l)
      (%prepend (cdr l) (cons (car l) done) lists k)
      (if (null? l)
          (let ((tail (%append lists (+ k 1))))
            (%onto done tail))
          (%fail 'wrong-type (cons k l)))))

(define (list-ref l k)
  (if (%int? k) (car (%list-tail l k l k #t)) (%fail 'wrong-type (cons 2 k))))

(define (list-tail l k)
  (if (%int? k) (%list-tail l k l k #f) (%fail 'wrong-type (cons 2 k))))

; What is left of `left` after `k` elements; `whole`: there must be one more.
(define (%list-tail left k l index whole)
  (if (< k 0)
      (%fail 'index (cons 2 index))
      (if (eq? k 0)
          (if (pair? left)
              left
              (if whole
                  (%short left l index)
                  left))
          (if (pair? left)
              (%list-tail (cdr left) (- k 1) l index whole)
              (%short left l index)))))

(define (%short left l index)
  (if (null? left) (%fail 'index (cons 2 index)) (%fail 'wrong-type (cons 1 l))))

(define (memq x l) (%memv x l))

(define (memv x l) (%memv x l))

(define (%memv x l)
  (if (pair? l)
      (if (eqv? x (car l)) l (%memv x (cdr l)))
      (if (null? l) #f (%fail 'wrong-type (cons 2 l)))))

(define (member x l . same)
  (if (null? same)
      (%member x l)
      (if (null? (cdr same))
          (%member-by x l (car same))
          (%fail 'arity (cons 0 same)))))

(define (%member x l)
  (if (pair? l)
      (if (equal? x (car l)) l (%member x (cdr l)))
      (if (null? l) #f (%fail 'wrong-type (cons 2 l)))))

(define (%member-by x l same)
  (if (pair? l)
      (if (same x (car l)) l (%member-by x (cdr l) same))
      (if (null? l) #f (%fail 'wrong-type (cons 2 l)))))

(define (assq x l) (%assv x l))

(define (assv x l) (%assv x l))

(define (%assv x l)
  (if (pair? l)
      (if (pair? (car l))
          (if (eqv? x (car (car l))) (car l) (%assv x (cdr l)))
          (%fail 'wrong-type (cons 2 (car l))))
      (if (null? l) #f (%fail 'wrong-type (cons 2 l)))))

(define (assoc x l . same)
  (if (null? same)
      (%assoc x l equal?)
      (if (null? (cdr same))
          (%assoc x l (car same))
          (%fail 'arity (cons 0 same)))))

(define (%assoc x l same)
  (if (pair? l)
      (if (pair? (car l))
          (if (same x (car (car l))) (car l) (%assoc x (cdr l) same))
          (%fail 'wrong-type (cons 2 (car l))))
      (if (null? l) #f (%fail 'wrong-type (cons 2 l)))))

(define (equal? a b)
  (if (pair? a)
      (if (pair? b)
          (if (equal? (car a) (car b)) (equal? (cdr a) (cdr b)) #f)
          #f)
      (if (string? a)
          (if (string? b) (string=? a b) #f)
          (if (%vector? a)
              (if (%vector? b) (%same-elements? a b) #f)
              (eqv? a b)))))

(define (%same-elements? a b)
  (if (%same-shape? a b) (%%equal-from? a b 0 (%%size a)) #f))

(define (%%equal-from? a b i n)
  (if (eq? i n)
      #t
      (if (eqv? (%element a i) (%element b i)) (%%equal-from? a b (+ i 1) n) #f)))

; --- Procedures that take procedures ---

(define (apply f first . more)
  (let ((arguments (%arguments first more)))
    (if (list? arguments)
        (%apply f arguments)
        (%fail 'wrong-type (cons (+ 2 (length more)) arguments)))))

(define (%arguments first more)
  (if (null? more)
      first
      (cons first (%arguments (car more) (cdr more)))))

(define (map f l . more)
  (if (null? more)
      (%map f l '())
      (%map-each f (cons l more) '())))

(define (%map f l done)
  (if (pair? l)
      (let ((value (f (car l))))
        (%map f (cdr l) (cons value done)))
      (if (null? l) (%onto done '()) (%fail 'wrong-type (cons 2 l)))))

(define (%map-each f lists done)
  (if (%all-pairs? lists 2)
      (let ((value (%apply f (%cars lists))))
        (%map-each f (%cdrs lists) (cons value done)))
      (%onto done '())))

; Has every list an element? The first that is no list is an error of operand `k` and on.
(define (%all-pairs? lists k)
  (if (null? lists)
      #t
      (if (pair? (car lists))
          (%all-pairs? (cdr lists) (+ k 1))
          (if (null? (car lists)) #f (%fail 'wrong-type (cons k (car lists)))))))

(define (%cars lists)
  (if (null? lists) '() (cons (car (car lists)) (%cars (cdr lists)))))

(define (%cdrs lists)
  (if (null? lists) '() (cons (cdr (car lists)) (%cdrs (cdr lists)))))

(define (for-each f l . more)
  (if (null? more)
      (%for-each f l)
      (%for-each-of f (cons l more))))

(define (%for-each f l)
  (if (pair? l)
      (let ((ignored (f (car l))))
        (%for-each f (cdr l)))
      (if (null? l) (if #f #f) (%fail 'wrong-type (cons 2 l)))))

(define (%for-each-of f lists)
  (if (%all-pairs? lists 2)
      (let ((ignored (%apply f (%cars lists))))
        (%for-each-of f (%cdrs lists)))
      (if #f #f)))

(define (filter keep? l)
  (%filter keep? l '()))

(define (%filter keep? l done)
  (if (pair? l)
      (if (keep? (car l))
          (%filter keep? (cdr l) (cons (car l) done))
          (%filter keep? (cdr l) done))
      (if (null? l) (%onto done '()) (%fail 'wrong-type (cons 2 l)))))

(define (fold-left f acc l)
  (if (pair? l)
      (let ((next (f acc (car l))))
        (fold-left f next (cdr l)))
      (if (null? l) acc (%fail 'wrong-type (cons 3 l)))))

(define (fold-right f acc l)
  (%fold-right f acc (%reversed l '() 3)))

(define (%fold-right f acc backwards)
  (if (null? backwards)
      acc
      (let ((next (f (car backwards) acc)))
        (%fold-right f next (cdr backwards)))))

; `l` reversed; an error of operand `k` if it is no list.
(define (%reversed l done k)
  (if (pair? l)
      (%reversed (cdr l) (cons (car l) done) k)
      (if (null? l) done (%fail 'wrong-type (cons k l)))))

(define (reduce f identity l)
  (if (pair? l)
      (%reduce f (car l) (cdr l))
      (if (null? l) identity (%fail 'wrong-type (cons 3 l)))))

(define (%reduce f acc l)
  (if (pair? l)
      (let ((next (f (car l) acc)))
        (%reduce f next (cdr l)))
      (if (null? l) acc (%fail 'wrong-type (cons 3 l)))))

; --- Faces with any number of operands ---

; An error of the first element, counted from `k`, that is no number.
(define (%numbers l k)
  (if (pair? l)
      (if (number? (car l))
          (%numbers (cdr l) (+ k 1))
          (%fail 'wrong-type (cons k (car l))))
      #t))

; Is there a vector or matrix among them? An error of the first element, counted from `k`, that is none and no number.
(define (%vectors? l k)
  (if (pair? l)
      (if (number? (car l))
          (%vectors? (cdr l) (+ k 1))
          (if (%vector? (car l))
              (begin (%vectors? (cdr l) (+ k 1)) #t)
              (%fail 'wrong-type (cons k (car l)))))
      #f))

(define (+ . l)
  (let ((vectors (%vectors? l 1)))
    (if (null? l) 0 (if vectors (%folded %plus (car l) (cdr l)) (%sum (car l) (cdr l))))))

(define (%sum acc l)
  (if (null? l) acc (%sum (+ acc (car l)) (cdr l))))

; The same with vectors or matrices among them, by a procedure of two operands.
(define (%folded f acc l)
  (if (null? l) acc (%folded f (f acc (car l)) (cdr l))))

(define (* . l)
  (let ((vectors (%vectors? l 1)))
    (if (null? l) 1 (if vectors (%folded %times (car l) (cdr l)) (%product (car l) (cdr l))))))

(define (%product acc l)
  (if (null? l) acc (%product (* acc (car l)) (cdr l))))

(define (- first . l)
  (let ((vectors (%vectors? (cons first l) 1)))
    (if (null? l)
        (if vectors (%negative first) (%neg first))
        (if vectors (%folded %minus first l) (%difference first l)))))

(define (%difference acc l)
  (if (null? l) acc (%difference (- acc (car l)) (cdr l))))

(define (/ first . l)
  (let ((vectors (%vectors? (cons first l) 1)))
    (if (null? l)
        (if vectors (%over 1 first) (/ 1 first))
        (if vectors (%folded %over first l) (%ratio first l)))))

(define (%ratio acc l)
  (if (null? l) acc (%ratio (/ acc (car l)) (cdr l))))

(define (min first . l)
  (%numbers (cons first l) 1)
  (%least first l))

(define (%least acc l)
  (if (null? l) acc (%least (min acc (car l)) (cdr l))))

(define (max first . l)
  (%numbers (cons first l) 1)
  (%greatest first l))

(define (%greatest acc l)
  (if (null? l) acc (%greatest (max acc (car l)) (cdr l))))

(define (= first . l)
  (%numbers (cons first l) 1)
  (%equal first l #t))

(define (%equal a l truth)
  (if (null? l)
      truth
      (let ((step (= a (car l))))
        (%equal (car l) (cdr l) (if step truth #f)))))

(define (< first . l)
  (%numbers (cons first l) 1)
  (%less first l #t))

(define (%less a l truth)
  (if (null? l)
      truth
      (let ((step (< a (car l))))
        (%less (car l) (cdr l) (if step truth #f)))))

(define (> first . l)
  (%numbers (cons first l) 1)
  (%greater first l #t))

(define (%greater a l truth)
  (if (null? l)
      truth
      (let ((step (> a (car l))))
        (%greater (car l) (cdr l) (if step truth #f)))))

(define (<= first . l)
  (%numbers (cons first l) 1)
  (%at-most first l #t))

(define (%at-most a l truth)
  (if (null? l)
      truth
      (let ((step (<= a (car l))))
        (%at-most (car l) (cdr l) (if step truth #f)))))

(define (>= first . l)
  (%numbers (cons first l) 1)
  (%at-least first l #t))

(define (%at-least a l truth)
  (if (null? l)
      truth
      (let ((step (>= a (car l))))
        (%at-least (car l) (cdr l) (if step truth #f)))))

(define (string=? first second . more)
  (let ((l (cons second more)))
    (%strings (cons first l) 1)
    (%same-strings first l)))

(define (%strings l k)
  (if (pair? l)
      (if (string? (car l))
          (%strings (cdr l) (+ k 1))
          (%fail 'wrong-type (cons k (car l))))
      #t))

(define (%same-strings a l)
  (if (null? l)
      #t
      (if (string=? a (car l)) (%same-strings (car l) (cdr l)) #f)))

(define (log x . base)
  (if (null? base)
      (log x)
      (if (null? (cdr base))
          (%log x (car base))
          (%fail 'arity (cons 0 (cons x base))))))

(define (atan y . x)
  (if (null? x)
      (atan y)
      (if (null? (cdr x))
          (%atan y (car x))
          (%fail 'arity (cons 0 (cons y x))))))

(define (error message . irritants)
  (%fail 'user (cons message irritants)))
