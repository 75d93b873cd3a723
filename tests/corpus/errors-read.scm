;;; Texts that cannot be read

;; case: missing-close
(+ 1 2
; error read 1:1

;; case: missing-close-second-form
(+ 1 2)
(* 3 4
; error read 2:1

;; case: extra-close
(+ 1 2))
; error read 1:8

;; case: extra-close-alone
1
)
; error read 2:1

;; case: mismatched-close
(+ 1 2]
; error read 1:7

;; case: unterminated-string
(string=? "a" "b)
; error read 1:15

;; case: unterminated-block-comment
(+ 1 2) #| open #| inner |#
; error read 1:9

;; case: unknown-hash
(list #q 1)
; error read 1:7

;; case: unknown-character-name
(list #\a #\bogus)
; error read 1:11

;; case: dot-first
( . 1)
; error read 1:3

;; case: dot-alone
(+ 1 2) .
; error read 1:9

;; case: vector-literal-syntax
(car #(1 2))
; error read 1:6

;; case: two-read-errors-first-counts
(list #q
  #z)
; error read 1:7
