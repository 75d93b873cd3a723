; Misra1a: monomolecular adsorption in dental research. Misra, D., National Bureau of Standards, 1978; problem Misra1a of
; the NIST Statistical Reference Datasets (public domain), https://www.itl.nist.gov/div898/strd/nls/data/misra1a.shtml
;
;   evalgrad fit examples/misra1a.scm examples/misra1a.csv --target y --param b1=500 --param b2=0.0001
;
; Certified: b1 = 238.94212918 (standard error 2.7070075), b2 = 5.5015643181e-4 (7.2668688e-6).

(* b1 (- 1 (exp (- (* b2 x)))))
