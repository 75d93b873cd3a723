; The evaluator: a Scheme program that runs Scheme programs.
;
; It is compiled once. A program reaches it as data: a tree of nodes, each a pair whose car names its kind, with
; every variable already resolved to its distance from the head of the environment. The encoder
; (src/machine/encode.rs) writes these nodes; the table below is the whole of what it may write.
;
;   (quote . value)                       a constant, a library procedure included
;   (local0) (local1) (local2) (local3)   a variable near the head of the environment
;   (local . i)                           a variable anywhere in it
;   (fixed0) (fixed1) (fixed2) (fixed3)   the first procedure of the group in a slot near the head
;   (fixed i . k)                         the k-th procedure of the group in slot i
;   (input . i)                           the i-th input of the program
;   (op1 id . a)  (op2 id a . b)          an operation of the table, by number
;   (if test then . else)
;   (let init . body)                     one more variable at the head
;   (lambda0 . body) … (lambda3 . body)   a procedure of so many parameters
;   (lambda n . body)                     … of n parameters, n > 3
;   (rest n . body)                       … of n parameters and a rest list
;   (fix lambdas . body)                  procedures that know each other, in one slot
;   (call0 . f) (call1 f . a) (call2 f a . b) (call3 f a b . c) (call f . operands)
;   (tail0 . f) …                         the same in tail position
;   (dynamic1 id . a) (dynamic2 id a . b) (apply f . l) (tail-apply f . l)
;                                         what only an evaluator says: this file is a program too
;
; An environment is a list of values, innermost first. A procedure of the program is a procedure here, so that
; `procedure?`, `eq?`, `apply` and the library work alike at every level.
;
; `(%place! e)` tells the machine which node an error belongs to; it stands right before the step that may fail.
; `(%pending …)` marks a call that the program waits for; `(%tick! …)` counts one application.

(define (evaluate e env)
  (case (car e)
    ((local0) (car env))
    ((local1) (car (cdr env)))
    ((local2) (car (cdr (cdr env))))
    ((local3) (car (cdr (cdr (cdr env)))))
    ((quote) (cdr e))
    ((input) (%input (cdr e)))
    ((op1)
     (let ((a (evaluate (cdr (cdr e)) env)))
       (%place! e)
       (%op1 (car (cdr e)) a)))
    ((op2)
     (let* ((fields (cdr (cdr e)))
            (a (evaluate (car fields) env))
            (b (evaluate (cdr fields) env)))
       (%place! e)
       (%op2 (car (cdr e)) a b)))
    ((if)
     (let ((fields (cdr e)))
       (if (evaluate (car fields) env)
           (evaluate (car (cdr fields)) env)
           (evaluate (cdr (cdr fields)) env))))
    ((let)
     (let* ((fields (cdr e))
            (value (evaluate (car fields) env)))
       (evaluate (cdr fields) (cons value env))))
    ((fixed0) (car (%unbox (car env))))
    ((fixed1) (car (%unbox (car (cdr env)))))
    ((fixed2) (car (%unbox (car (cdr (cdr env))))))
    ((fixed3) (car (%unbox (car (cdr (cdr (cdr env)))))))
    ((local) (slot (cdr e) env))
    ((fixed)
     (let* ((fields (cdr e))
            (group (%unbox (slot (car fields) env))))
       (slot (cdr fields) group)))

    ; Applications: operator first, then the operands, left to right.
    ((tail1)
     (let* ((fields (cdr e))
            (f (evaluate (car fields) env))
            (a (evaluate (cdr fields) env)))
       (%place! e)
       (f a)))
    ((call1)
     (let* ((fields (cdr e))
            (f (evaluate (car fields) env))
            (a (evaluate (cdr fields) env)))
       (%place! e)
       (%pending (f a))))
    ((tail2)
     (let* ((fields (cdr e))
            (f (evaluate (car fields) env))
            (a (evaluate (car (cdr fields)) env))
            (b (evaluate (cdr (cdr fields)) env)))
       (%place! e)
       (f a b)))
    ((call2)
     (let* ((fields (cdr e))
            (f (evaluate (car fields) env))
            (a (evaluate (car (cdr fields)) env))
            (b (evaluate (cdr (cdr fields)) env)))
       (%place! e)
       (%pending (f a b))))
    ((tail3)
     (let* ((fields (cdr e))
            (f (evaluate (car fields) env))
            (a (evaluate (car (cdr fields)) env))
            (more (cdr (cdr fields)))
            (b (evaluate (car more) env))
            (c (evaluate (cdr more) env)))
       (%place! e)
       (f a b c)))
    ((call3)
     (let* ((fields (cdr e))
            (f (evaluate (car fields) env))
            (a (evaluate (car (cdr fields)) env))
            (more (cdr (cdr fields)))
            (b (evaluate (car more) env))
            (c (evaluate (cdr more) env)))
       (%place! e)
       (%pending (f a b c))))
    ((tail0)
     (let ((f (evaluate (cdr e) env)))
       (%place! e)
       (f)))
    ((call0)
     (let ((f (evaluate (cdr e) env)))
       (%place! e)
       (%pending (f))))
    ((tail)
     (let* ((f (evaluate (car (cdr e)) env))
            (operands (evaluate-each (cdr (cdr e)) env)))
       (%place! e)
       (%apply f operands)))
    ((call)
     (let* ((f (evaluate (car (cdr e)) env))
            (operands (evaluate-each (cdr (cdr e)) env)))
       (%place! e)
       (%pending (%apply f operands))))

    ; Procedures.
    ((lambda0)
     (let ((body (cdr e)))
       (lambda () (%tick! #t) (evaluate body env))))
    ((lambda1)
     (let ((body (cdr e)))
       (lambda (a) (%tick! #t) (evaluate body (cons a env)))))
    ((lambda2)
     (let ((body (cdr e)))
       (lambda (a b) (%tick! #t) (evaluate body (cons b (cons a env))))))
    ((lambda3)
     (let ((body (cdr e)))
       (lambda (a b c) (%tick! #t) (evaluate body (cons c (cons b (cons a env)))))))
    ((lambda)
     (let ((count (car (cdr e)))
           (body (cdr (cdr e))))
       (lambda arguments
         (let ((inner (bind count arguments arguments env)))
           (%tick! #t)
           (evaluate body inner)))))
    ((rest)
     (let ((count (car (cdr e)))
           (body (cdr (cdr e))))
       (lambda arguments
         (let ((inner (bind-rest count arguments arguments env)))
           (%tick! #t)
           (evaluate body inner)))))
    ((fix)
     (let* ((group (%make-box #f))
            (inner (cons group env)))
       (%box-set! group (evaluate-each (car (cdr e)) inner))
       (evaluate (cdr (cdr e)) inner)))

    ; What only an evaluator says.
    ((dynamic1)
     (let* ((fields (cdr e))
            (id (evaluate (car fields) env))
            (a (evaluate (cdr fields) env)))
       (%place! e)
       (%op1 id a)))
    ((dynamic2)
     (let* ((fields (cdr e))
            (id (evaluate (car fields) env))
            (a (evaluate (car (cdr fields)) env))
            (b (evaluate (cdr (cdr fields)) env)))
       (%place! e)
       (%op2 id a b)))
    ((tail-apply)
     (let* ((f (evaluate (car (cdr e)) env))
            (l (evaluate (cdr (cdr e)) env)))
       (%place! e)
       (%apply f l)))
    ((apply)
     (let* ((f (evaluate (car (cdr e)) env))
            (l (evaluate (cdr (cdr e)) env)))
       (%place! e)
       (%pending (%apply f l))))
    (else (%fail 'wrong-type (cons 0 e)))))

; The i-th value of an environment, or of a group.
(define (slot i env)
  (if (eq? i 0)
      (car env)
      (slot (- i 1) (cdr env))))

; The values of some nodes, in order.
(define (evaluate-each nodes env)
  (if (null? nodes)
      '()
      (let ((value (evaluate (car nodes) env)))
        (cons value (evaluate-each (cdr nodes) env)))))

; The environment with `count` arguments at its head, the last one first; an error unless there are so many.
(define (bind count left arguments env)
  (if (eq? count 0)
      (if (null? left)
          env
          (%fail 'arity (cons 0 arguments)))
      (if (null? left)
          (%fail 'arity (cons 0 arguments))
          (bind (- count 1) (cdr left) arguments (cons (car left) env)))))

; The same, with what is left over as one list at the head.
(define (bind-rest count left arguments env)
  (if (eq? count 0)
      (cons left env)
      (if (null? left)
          (%fail 'arity (cons 0 arguments))
          (bind-rest (- count 1) (cdr left) arguments (cons (car left) env)))))
