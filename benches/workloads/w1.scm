; W1: a damped oscillator at time t, by its amplitude A, damping b and frequency w. In the first ranges w t is mostly below
; pi/4, where the peers' cosines are fastest; in the second it covers three periods.
; bench W1: --lanes 1048576 --params A,b,w --set A=0.5..2 --set b=0.1..1 --set w=0.5..1 --set t=0..1
; bench W1-wide: --lanes 1048576 --params A,b,w --set A=0.5..2 --set b=0.1..1 --set w=1..5 --set t=0..4
(* A (* (exp (- (* b t))) (cos (* w t))))
