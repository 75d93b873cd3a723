;;; quote and quasiquote

;; case: quoted-data
(list 'a '1 '"s" '#\c '#t '(1 (2 . 3)))
; => (a 1 "s" #\c #t (1 (2 . 3)))

;; case: plain-template
`(a (b 1) "s")
; => (a (b 1) "s")

;; case: unquote
`(1 ,(+ 1 1) (nested ,(* 3 3)))
; => (1 2 (nested 9))

;; case: splice-middle
`(0 ,@(list 1 2) 3)
; => (0 1 2 3)

;; case: splice-first-last-empty
(list `(,@'(1 2)) `(a ,@'()) `(,@'() b) `(,@'(1) ,@'(2 3)))
; => ((1 2) (a) (b) (1 2 3))

;; case: splice-computed
(let ((xs '(1 2 3))) `(sum ,@(map square xs) of ,(length xs)))
; => (sum 1 4 9 of 3)

;; case: unquote-in-tail
(let ((rest '(2 3))) `(1 . ,rest))
; => (1 2 3)

;; case: unquote-dotted-pair
`(x . ,(* 2 3))
; => (x . 6)

;; case: splice-of-no-list
`(1 ,@2 3)
; error wrong-type 1:7

;; case: unquote-alone
`,(+ 1 2)
; => 3

;; case: nested-levels
(equal? `(a `(b ,(c ,(+ 1 2)))) (list 'a (list 'quasiquote (list 'b (list 'unquote '(c 3))))))
; => #t

;; case: nested-levels-balanced
(equal? `(1 `,(+ 1 ,(+ 2 3))) (list 1 (list 'quasiquote (list 'unquote (list '+ 1 5)))))
; => #t

;; case: abbreviations-are-lists
(list (equal? ''a (list 'quote 'a)) (car ''a) (car '`a) (car ',a) (car ',@a))
; => (#t quote quasiquote unquote unquote-splicing)

;; case: long-spellings
(quasiquote (1 (unquote (+ 1 1)) (unquote-splicing (list 3 4))))
; => (1 2 3 4)

;; case: template-with-inputs
;; set x=2
(let ((l `(,x ,(* x x) 1))) (+ (car l) (cadr l) (caddr l)))
; => 7.0
; grad x=5

;; case: splice-with-inputs
;; set x=2 y=3
(apply * `(2 ,@(list x y) ,x))
; => 24.0
; grad x=24 y=8
