; A closure that calls a closure, made by recursion: x to the third.
(define (power n)
  (if (= n 0)
      (lambda (base) 1)
      (let ((rest (power (- n 1))))
        (lambda (base) (* base (rest base))))))

((power 3) x)
