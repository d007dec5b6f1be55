# Draws real-failover.svg and real-failover.png from real-failover.csv, in this folder:
#   gnuplot real-failover.gp
do for [format in 'svg png'] {
if (format eq 'svg') {
  set terminal svg enhanced size 800,1330 font 'sans-serif,13' background '#ffffff'
} else {
  if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {
    set terminal pngcairo enhanced size 1200,1995 font 'sans-serif,13' fontscale 1.13 \
      linewidth 1.5 dashlength 1.5 pointscale 1.5 background '#ffffff'
  } else {
    set terminal png enhanced size 1200,1995 font 'DejaVuSans,13' fontscale 1.5 \
      linewidth 1.5 pointscale 1.5 background '#ffffff'
  }
}
set output 'real-failover.'.format
set multiplot
reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set key noautotitle
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
unset border
unset tics
set xrange [0:1]
set yrange [0:1]
set lmargin at screen 0.0000
set rmargin at screen 1.0000
set bmargin at screen 0.0000
set tmargin at screen 1.0000
set label '{/:Bold Three real processes and three simulated}' at screen 0.0175,0.9808 left font 'sans-serif,16'
set label '{/:Bold ones: how long peers get no answer}' at screen 0.0175,0.9635 left font 'sans-serif,16'
set label 'n = 50 to 1000 a curve, seeds 1–1000 · swarm-sim 0.1.0' at screen 0.0175,0.0395 left font 'sans-serif,12' textcolor rgb '#666666'
set label 'service gap: fault until the first answered new registration' at screen 0.0175,0.0267 left font 'sans-serif,12' textcolor rgb '#666666'
set label 'keep-alive 10 ms, promise 50 ms; probe every 500 us; README.md says how it was measured' at screen 0.0175,0.0139 left font 'sans-serif,12' textcolor rgb '#666666'
plot NaN
reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set key noautotitle
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set lmargin at screen 0.0775
set rmargin at screen 0.6826
set bmargin at screen 0.7494
set tmargin at screen 0.9158
set logscale x
set xrange [0.4995:100.1]
set xtics nomirror ('0.5' 0.5, '1' 1, '2' 2, '5' 5, '10' 10, '20' 20, '50' 50, '100' 100)
set yrange [0:100]
set ytics 0,25,100
set mxtics 1
set label '% of failovers over' at screen 0.0175,0.8326 center rotate by 90
set grid xtics ytics linetype 1 linewidth 0.6 linecolor rgb '#e4e4e4'
set label '{/:Bold kill -9 of the master''s worker}' at screen 0.0775,0.9263 left
set label 'trackers' at screen 0.7026,0.9128 left font 'sans-serif,12'
set label 'median' at screen 0.9000,0.9128 right font 'sans-serif,12'
set label 'slowest' at screen 0.9750,0.9128 right font 'sans-serif,12'
set arrow from screen 0.7026,0.8985 to screen 0.7301,0.8985 nohead linewidth 2 dashtype solid linecolor rgb '#0072B2'
set label 'real' at screen 0.7401,0.8985 left font 'sans-serif,12'
set label '2.1 ms' at screen 0.9000,0.8985 right font 'sans-serif,12'
set label '3.1 ms' at screen 0.9750,0.8985 right font 'sans-serif,12'
set arrow from screen 0.7026,0.8842 to screen 0.7301,0.8842 nohead linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
set label 'simulated' at screen 0.7401,0.8842 left font 'sans-serif,12'
set label '2.3 ms' at screen 0.9000,0.8842 right font 'sans-serif,12'
set label '3.2 ms' at screen 0.9750,0.8842 right font 'sans-serif,12'
plot 'real-failover.csv' using ($1==1 && $2==1 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype solid linecolor rgb '#0072B2', \
     'real-failover.csv' using ($1==1 && $2==2 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set key noautotitle
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set lmargin at screen 0.0775
set rmargin at screen 0.6826
set bmargin at screen 0.5380
set tmargin at screen 0.7043
set logscale x
set xrange [0.4995:100.1]
set xtics nomirror ('0.5' 0.5, '1' 1, '2' 2, '5' 5, '10' 10, '20' 20, '50' 50, '100' 100)
set yrange [0:100]
set ytics 0,25,100
set mxtics 1
set label '% of failovers over' at screen 0.0175,0.6211 center rotate by 90
set grid xtics ytics linetype 1 linewidth 0.6 linecolor rgb '#e4e4e4'
set label '{/:Bold kill -9 of its supervisor too}' at screen 0.0775,0.7148 left
set label 'trackers' at screen 0.7026,0.7013 left font 'sans-serif,12'
set label 'median' at screen 0.9000,0.7013 right font 'sans-serif,12'
set label 'slowest' at screen 0.9750,0.7013 right font 'sans-serif,12'
set arrow from screen 0.7026,0.6870 to screen 0.7301,0.6870 nohead linewidth 2 dashtype solid linecolor rgb '#0072B2'
set label 'real' at screen 0.7401,0.6870 left font 'sans-serif,12'
set label '52 ms' at screen 0.9000,0.6870 right font 'sans-serif,12'
set label '53 ms' at screen 0.9750,0.6870 right font 'sans-serif,12'
set arrow from screen 0.7026,0.6727 to screen 0.7301,0.6727 nohead linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
set label 'simulated' at screen 0.7401,0.6727 left font 'sans-serif,12'
set label '51 ms' at screen 0.9000,0.6727 right font 'sans-serif,12'
set label '52 ms' at screen 0.9750,0.6727 right font 'sans-serif,12'
plot 'real-failover.csv' using ($1==2 && $2==1 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype solid linecolor rgb '#0072B2', \
     'real-failover.csv' using ($1==2 && $2==2 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set key noautotitle
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set lmargin at screen 0.0775
set rmargin at screen 0.6826
set bmargin at screen 0.3265
set tmargin at screen 0.4929
set logscale x
set xrange [0.4995:100.1]
set xtics nomirror ('0.5' 0.5, '1' 1, '2' 2, '5' 5, '10' 10, '20' 20, '50' 50, '100' 100)
set yrange [0:100]
set ytics 0,25,100
set mxtics 1
set label '% of failovers over' at screen 0.0175,0.4097 center rotate by 90
set grid xtics ytics linetype 1 linewidth 0.6 linecolor rgb '#e4e4e4'
set label '{/:Bold its cable is pulled}' at screen 0.0775,0.5034 left
set label 'trackers' at screen 0.7026,0.4898 left font 'sans-serif,12'
set label 'median' at screen 0.9000,0.4898 right font 'sans-serif,12'
set label 'slowest' at screen 0.9750,0.4898 right font 'sans-serif,12'
set arrow from screen 0.7026,0.4756 to screen 0.7301,0.4756 nohead linewidth 2 dashtype solid linecolor rgb '#0072B2'
set label 'real' at screen 0.7401,0.4756 left font 'sans-serif,12'
set label '52 ms' at screen 0.9000,0.4756 right font 'sans-serif,12'
set label '53 ms' at screen 0.9750,0.4756 right font 'sans-serif,12'
set arrow from screen 0.7026,0.4613 to screen 0.7301,0.4613 nohead linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
set label 'simulated' at screen 0.7401,0.4613 left font 'sans-serif,12'
set label '51 ms' at screen 0.9000,0.4613 right font 'sans-serif,12'
set label '52 ms' at screen 0.9750,0.4613 right font 'sans-serif,12'
plot 'real-failover.csv' using ($1==3 && $2==1 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype solid linecolor rgb '#0072B2', \
     'real-failover.csv' using ($1==3 && $2==2 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set key noautotitle
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set lmargin at screen 0.0775
set rmargin at screen 0.6826
set bmargin at screen 0.0910
set tmargin at screen 0.2814
set logscale x
set xrange [0.4995:100.1]
set xtics nomirror ('0.5' 0.5, '1' 1, '2' 2, '5' 5, '10' 10, '20' 20, '50' 50, '100' 100)
set yrange [0:100]
set ytics 0,25,100
set mxtics 1
set label 'service gap (ms, logarithmic)' at screen 0.3801,0.0586 center
set label '% of failovers over' at screen 0.0175,0.1862 center rotate by 90
set grid xtics ytics linetype 1 linewidth 0.6 linecolor rgb '#e4e4e4'
set label '{/:Bold it hands over}' at screen 0.0775,0.2919 left
set label 'real' at 1.979093,50 left offset character 0.8,0 textcolor rgb '#0072B2'
set label 'simulated' at 1.577826,20 left offset character 0.8,0 textcolor rgb '#D55E00'
plot 'real-failover.csv' using ($1==4 && $2==1 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype solid linecolor rgb '#0072B2', \
     'real-failover.csv' using ($1==4 && $2==2 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
unset multiplot
set output
}
