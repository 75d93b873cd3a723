;;; Constants bound before the run

;; case: constant-int
;; const n=10
(* n 2)
; => 20

;; case: constant-float
;; const h=0.25
(* h 2)
; => 0.5

;; case: constant-list
;; const l=(1 2 3)
(apply + l)
; => 6

;; case: constant-nested
;; const t=((a 1) (b (2 3)))
(cadr (assq 'b t))
; => (2 3)

;; case: constant-symbol-and-boolean
;; const mode=fast
;; const on=#t
(if on (eq? mode 'fast) 'off)
; => #t

;; case: constant-string
;; const s="abc"
(string=? s "abc")
; => #t

;; case: constant-dotted-pair
;; const p=(1 . 2)
(+ (car p) (cdr p))
; => 3

;; case: constant-kind-matters
;; const n=7
;; const m=2
(list (quotient n m) (/ n m) (even? n))
; => (3 3.5 #f)

;; case: constant-shadowed
;; const n=7
(let ((n 1)) (+ n 1))
; => 2

;; case: constants-beside-inputs
;; const xs=(1 2 3 4)
;; const n=4
;; set a=0.5
(/ (apply + (map (lambda (x) (* a x x)) xs)) n)
; => 3.75
; grad a=7.5

;; case: constant-as-loop-bound
;; const steps=10
;; set k=0.5
(let go ((i 0) (y 1.)) (if (= i steps) y (go (+ i 1) (+ y (* 0.1 (- k y))))))
; => 0.67433922005
; grad k=0.6513215599000001

;; case: constant-program-as-data
;; const code=(+ (* x 3) 4)
;; set v=2
(define (run e) (cond ((number? e) e) ((symbol? e) v) ((eq? (car e) '+) (+ (run (cadr e)) (run (caddr e)))) (else (* (run (cadr e)) (run (caddr e))))))
(run code)
; => 10.0
; grad v=3

;; case: constant-list-of-floats
;; const ys=(0.5 -1.5 2e1)
(map (lambda (y) (* 2 y)) ys)
; => (1.0 -3.0 40.0)
