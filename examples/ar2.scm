; An autoregression of second order, y = c + f y[t-1] + g y[t-2] + s e, by its likelihood given the first two values.
;
;   evalgrad fit examples/ar2.scm examples/ar2.csv --minimize --list ys=y --param c=0 --param f=0 --param g=0 --param 's=1 in [0.001,10]'
;
; True: c = 0.5, f = 1.2, g = -0.5, s = 0.4. The data are 400 values of this recurrence after 100 that were left out, with normal
; deviates e of Python's random.Random(2).gauss. The value is -ln of the density of the others given the first two.

(define (surprise y before earlier)
  (/ (- y (+ c (* f before) (* g earlier))) s))

(loop ((ys (cddr ys)) (before (cadr ys)) (earlier (car ys)) (loss 0.0))
  (if (null? ys)
      loss
      (let ((z (surprise (car ys) before earlier)))
        (recur (cdr ys) (car ys) before (+ loss (log s) (* 0.5 z z) 0.9189385332046727)))))
