; A sum of decays over a quoted list, by the library's map and fold-left.
(define rates '(1 2 0.5))

(fold-left + 0 (map (lambda (rate) (* a (exp (- (* rate t))))) rates))
