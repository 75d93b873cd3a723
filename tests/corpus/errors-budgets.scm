;;; Programs that never end: each meets the default budget it must meet

;; case: endless-tail-loop
(define (spin) (spin))
(spin)
; error steps 1:16

;; case: endless-mutual-tail-loop
(letrec ((a (lambda () (a)))) (a))
; error steps 1:24

;; case: endless-recursion
(define (grow n)
  (+ 1 (grow n)))
(grow 0)
; error stack 2:8

;; case: endless-consing
(let go ((l '()))
  (go (cons 1 l)))
; error heap 2:7
