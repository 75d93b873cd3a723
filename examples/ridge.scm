; Ridge regression whose penalty the data choose: the evidence of a linear model with normal weights and noise.
;
;   evalgrad fit examples/ridge.scm examples/ridge.csv --minimize --matrix X=x1,x2,x3,x4,x5,x6,x7,x8 --matrix Y=y \
;     --param 'noise=1 in [0.01,10]' --param 'size=0.5 in [0.01,10]'
;
; True: noise = 0.5; size = 1 (deviation of the weights, of which there are eight: their root mean square is 0.77). The data are 80 rows of
; eight standard normal columns and y = X w + noise, all from Python's random.Random(4).gauss. With the penalty (noise/size)^2 the weights are
; those of ridge regression; the value is -ln of the density of y with the weights integrated out.

(define penalty (square (/ noise size)))
(define Xt (transpose X))
(define normal (+ (matmul Xt X) (scale penalty (eye (cols X)))))
(define weights (solve normal (matmul Xt Y)))
(define (square-of M) (ref (matmul (transpose M) M) 0 0))

(let ((misfit (+ (square-of (- Y (matmul X weights))) (* penalty (square-of weights)))))
  (* 0.5 (+ (* (rows X) (log (* 6.283185307179586 (square noise))))
            (- (logdet normal) (* (cols X) (log penalty)))
            (/ misfit (square noise)))))
