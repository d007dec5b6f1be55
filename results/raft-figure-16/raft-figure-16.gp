# Draws raft-figure-16.svg and raft-figure-16.png from raft-figure-16.csv, in this folder:
#   gnuplot raft-figure-16.gp
do for [format in 'svg png'] {
if (format eq 'svg') {
  set terminal svg enhanced size 800,730 font 'sans-serif,13' background '#ffffff'
} else {
  if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {
    set terminal pngcairo enhanced size 1200,1095 font 'sans-serif,13' fontscale 1.13 \
      linewidth 1.5 dashlength 1.5 pointscale 1.5 background '#ffffff'
  } else {
    set terminal png enhanced size 1200,1095 font 'DejaVuSans,13' fontscale 1.5 \
      linewidth 1.5 pointscale 1.5 background '#ffffff'
  }
}
set output 'raft-figure-16.'.format
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
set label '{/:Bold Longest time without a master: 173 ms with ranked successors,}' at screen 0.0175,0.9651 left font 'sans-serif,16'
set label '{/:Bold 353 ms to 22 s or no end with a wait drawn from a range}' at screen 0.0175,0.9336 left font 'sans-serif,16'
set label 'n = 100 to 1000 a curve, seeds 1–1000 · swarm-sim 0.1.0' at screen 0.0175,0.0952 left font 'sans-serif,12' textcolor rgb '#666666'
set label 'time without a master: fault until a new master is elected' at screen 0.0175,0.0719 left font 'sans-serif,12' textcolor rgb '#666666'
set label 'five trackers, a broadcast and its answers take about 15 ms, keep-alives every half of the shortest wait; never: not' at screen 0.0175,0.0486 left font 'sans-serif,12' textcolor rgb '#666666'
set label 'within 65 s. Circles: as published by Ongaro and Ousterhout (2014), figure 16; their mean is drawn at 50 %' at screen 0.0175,0.0253 left font 'sans-serif,12' textcolor rgb '#666666'
plot NaN
reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set key noautotitle
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set lmargin at screen 0.0775
set rmargin at screen 0.5673
set bmargin at screen 0.5808
set tmargin at screen 0.8466
set logscale x
set xrange [49.95:50050]
set xtics nomirror ('100' 100, '1,000' 1000, '10,000' 10000)
set yrange [0:100]
set ytics 0,25,100
set mxtics 1
set label '% of elections over' at screen 0.0175,0.7137 center rotate by 90
set grid xtics ytics linetype 1 linewidth 0.6 linecolor rgb '#e4e4e4'
set label '{/:Bold Shortest wait 150 ms, range 0 to 150 ms wide}' at screen 0.0775,0.8658 left
set label 'wait drawn from' at screen 0.5873,0.8411 left font 'sans-serif,12'
set label 'median' at screen 0.9000,0.8411 right font 'sans-serif,12'
set label 'slowest' at screen 0.9750,0.8411 right font 'sans-serif,12'
set arrow from screen 0.5873,0.8151 to screen 0.6148,0.8151 nohead linewidth 2 dashtype solid linecolor rgb '#0072B2'
set label '150–150 ms' at screen 0.6248,0.8151 left font 'sans-serif,12'
set label 'never' at screen 0.9000,0.8151 right font 'sans-serif,12'
set label 'never' at screen 0.9750,0.8151 right font 'sans-serif,12'
set arrow from screen 0.5873,0.7890 to screen 0.6148,0.7890 nohead linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
set label '150–151 ms' at screen 0.6248,0.7890 left font 'sans-serif,12'
set label '3.4 s' at screen 0.9000,0.7890 right font 'sans-serif,12'
set label '22 s' at screen 0.9750,0.7890 right font 'sans-serif,12'
set arrow from screen 0.5873,0.7630 to screen 0.6148,0.7630 nohead linewidth 2 dashtype (8,2,2,2) linecolor rgb '#009E73'
set label '150–155 ms' at screen 0.6248,0.7630 left font 'sans-serif,12'
set label '296 ms' at screen 0.9000,0.7630 right font 'sans-serif,12'
set label '1.2 s' at screen 0.9750,0.7630 right font 'sans-serif,12'
set arrow from screen 0.5873,0.7370 to screen 0.6148,0.7370 nohead linewidth 2 dashtype (2,2) linecolor rgb '#CC79A7'
set label '150–175 ms' at screen 0.6248,0.7370 left font 'sans-serif,12'
set label '142 ms' at screen 0.9000,0.7370 right font 'sans-serif,12'
set label '586 ms' at screen 0.9750,0.7370 right font 'sans-serif,12'
set arrow from screen 0.5873,0.7110 to screen 0.6148,0.7110 nohead linewidth 2 dashtype (14,2,2,2,2,2) linecolor rgb '#E69F00'
set label '150–200 ms' at screen 0.6248,0.7110 left font 'sans-serif,12'
set label '146 ms' at screen 0.9000,0.7110 right font 'sans-serif,12'
set label '353 ms' at screen 0.9750,0.7110 right font 'sans-serif,12'
set arrow from screen 0.5873,0.6849 to screen 0.6148,0.6849 nohead linewidth 2 dashtype solid linecolor rgb '#56B4E9'
set label '150–300 ms' at screen 0.6248,0.6849 left font 'sans-serif,12'
set label '161 ms' at screen 0.9000,0.6849 right font 'sans-serif,12'
set label '572 ms' at screen 0.9750,0.6849 right font 'sans-serif,12'
set arrow from screen 0.5873,0.6589 to screen 0.6148,0.6589 nohead linewidth 2.6 dashtype solid linecolor rgb '#000000'
set label 'ranked successors' at screen 0.6248,0.6589 left font 'sans-serif,12'
set label '140 ms' at screen 0.9000,0.6589 right font 'sans-serif,12'
set label '173 ms' at screen 0.9750,0.6589 right font 'sans-serif,12'
set label '' at screen 0.6010,0.6329 left point pointtype 6 pointsize 1 linewidth 2.4 linecolor rgb '#009E73' front
set label 'paper: median 287 ms (150–155)' at screen 0.6248,0.6329 left font 'sans-serif,12'
set label '' at screen 0.6010,0.6068 left point pointtype 6 pointsize 1 linewidth 2.4 linecolor rgb '#E69F00' front
set label 'paper: slowest 513 ms (150–200)' at screen 0.6248,0.6068 left font 'sans-serif,12'
set label '' at 287,50 point pointtype 6 pointsize 1 linewidth 2.4 linecolor rgb '#009E73' front
set label '' at 513,100 point pointtype 6 pointsize 1 linewidth 2.4 linecolor rgb '#E69F00' front
plot 'raft-figure-16.csv' using ($1==1 && $2==2 ? ($4<50 ? 50 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2) linecolor rgb '#D55E00', \
     'raft-figure-16.csv' using ($1==1 && $2==3 ? ($4<50 ? 50 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2,2,2) linecolor rgb '#009E73', \
     'raft-figure-16.csv' using ($1==1 && $2==4 ? ($4<50 ? 50 : $4) : NaN):5 with lines linewidth 2 dashtype (2,2) linecolor rgb '#CC79A7', \
     'raft-figure-16.csv' using ($1==1 && $2==5 ? ($4<50 ? 50 : $4) : NaN):5 with lines linewidth 2 dashtype (14,2,2,2,2,2) linecolor rgb '#E69F00', \
     'raft-figure-16.csv' using ($1==1 && $2==6 ? ($4<50 ? 50 : $4) : NaN):5 with lines linewidth 2 dashtype solid linecolor rgb '#56B4E9', \
     'raft-figure-16.csv' using ($1==1 && $2==7 ? ($4<50 ? 50 : $4) : NaN):5 with lines linewidth 2.6 dashtype solid linecolor rgb '#000000'
reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set key noautotitle
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set lmargin at screen 0.0775
set rmargin at screen 0.5673
set bmargin at screen 0.1890
set tmargin at screen 0.4986
set logscale x
set xrange [9.99:1001]
set xtics nomirror ('10' 10, '20' 20, '50' 50, '100' 100, '200' 200, '500' 500, '1,000' 1000)
set yrange [0:100]
set ytics 0,25,100
set mxtics 1
set label 'time without a master (ms, logarithmic)' at screen 0.3224,0.1301 center
set label '% of elections over' at screen 0.0175,0.3438 center rotate by 90
set grid xtics ytics linetype 1 linewidth 0.6 linecolor rgb '#e4e4e4'
set label '{/:Bold Shortest wait 12 to 150 ms, range as wide}' at screen 0.0775,0.5178 left
set label 'wait drawn from' at screen 0.5873,0.4932 left font 'sans-serif,12'
set label 'median' at screen 0.9000,0.4932 right font 'sans-serif,12'
set label 'slowest' at screen 0.9750,0.4932 right font 'sans-serif,12'
set arrow from screen 0.5873,0.4671 to screen 0.6148,0.4671 nohead linewidth 2 dashtype solid linecolor rgb '#0072B2'
set label '12–24 ms' at screen 0.6248,0.4671 left font 'sans-serif,12'
set label '32 ms' at screen 0.9000,0.4671 right font 'sans-serif,12'
set label '157 ms' at screen 0.9750,0.4671 right font 'sans-serif,12'
set arrow from screen 0.5873,0.4411 to screen 0.6148,0.4411 nohead linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
set label '25–50 ms' at screen 0.6248,0.4411 left font 'sans-serif,12'
set label '42 ms' at screen 0.9000,0.4411 right font 'sans-serif,12'
set label '130 ms' at screen 0.9750,0.4411 right font 'sans-serif,12'
set arrow from screen 0.5873,0.4151 to screen 0.6148,0.4151 nohead linewidth 2 dashtype (8,2,2,2) linecolor rgb '#009E73'
set label '50–100 ms' at screen 0.6248,0.4151 left font 'sans-serif,12'
set label '66 ms' at screen 0.9000,0.4151 right font 'sans-serif,12'
set label '172 ms' at screen 0.9750,0.4151 right font 'sans-serif,12'
set arrow from screen 0.5873,0.3890 to screen 0.6148,0.3890 nohead linewidth 2 dashtype (2,2) linecolor rgb '#CC79A7'
set label '100–200 ms' at screen 0.6248,0.3890 left font 'sans-serif,12'
set label '114 ms' at screen 0.9000,0.3890 right font 'sans-serif,12'
set label '292 ms' at screen 0.9750,0.3890 right font 'sans-serif,12'
set arrow from screen 0.5873,0.3630 to screen 0.6148,0.3630 nohead linewidth 2 dashtype (14,2,2,2,2,2) linecolor rgb '#E69F00'
set label '150–300 ms' at screen 0.6248,0.3630 left font 'sans-serif,12'
set label '161 ms' at screen 0.9000,0.3630 right font 'sans-serif,12'
set label '572 ms' at screen 0.9750,0.3630 right font 'sans-serif,12'
set arrow from screen 0.5873,0.3370 to screen 0.6148,0.3370 nohead linewidth 2.6 dashtype solid linecolor rgb '#000000'
set label 'ranked, promise 30 ms' at screen 0.6248,0.3370 left font 'sans-serif,12'
set label '50 ms' at screen 0.9000,0.3370 right font 'sans-serif,12'
set label '61 ms' at screen 0.9750,0.3370 right font 'sans-serif,12'
set arrow from screen 0.5873,0.3110 to screen 0.6148,0.3110 nohead linewidth 2.62 dashtype (8,2) linecolor rgb '#000000'
set label 'ranked, promise 150 ms' at screen 0.6248,0.3110 left font 'sans-serif,12'
set label '140 ms' at screen 0.9000,0.3110 right font 'sans-serif,12'
set label '173 ms' at screen 0.9750,0.3110 right font 'sans-serif,12'
set label '' at screen 0.6010,0.2849 left point pointtype 6 pointsize 1 linewidth 2.4 linecolor rgb '#0072B2' front
set label 'paper: mean 35 ms (12–24)' at screen 0.6248,0.2849 left font 'sans-serif,12'
set label '' at screen 0.6010,0.2589 left point pointtype 6 pointsize 1 linewidth 2.4 linecolor rgb '#0072B2' front
set label 'paper: slowest 152 ms (12–24)' at screen 0.6248,0.2589 left font 'sans-serif,12'
set label '' at 35,50 point pointtype 6 pointsize 1 linewidth 2.4 linecolor rgb '#0072B2' front
set label '' at 152,100 point pointtype 6 pointsize 1 linewidth 2.4 linecolor rgb '#0072B2' front
plot 'raft-figure-16.csv' using ($1==2 && $2==1 ? ($4<10 ? 10 : $4) : NaN):5 with lines linewidth 2 dashtype solid linecolor rgb '#0072B2', \
     'raft-figure-16.csv' using ($1==2 && $2==2 ? ($4<10 ? 10 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2) linecolor rgb '#D55E00', \
     'raft-figure-16.csv' using ($1==2 && $2==3 ? ($4<10 ? 10 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2,2,2) linecolor rgb '#009E73', \
     'raft-figure-16.csv' using ($1==2 && $2==4 ? ($4<10 ? 10 : $4) : NaN):5 with lines linewidth 2 dashtype (2,2) linecolor rgb '#CC79A7', \
     'raft-figure-16.csv' using ($1==2 && $2==5 ? ($4<10 ? 10 : $4) : NaN):5 with lines linewidth 2 dashtype (14,2,2,2,2,2) linecolor rgb '#E69F00', \
     'raft-figure-16.csv' using ($1==2 && $2==6 ? ($4<10 ? 10 : $4) : NaN):5 with lines linewidth 2.6 dashtype solid linecolor rgb '#000000', \
     'raft-figure-16.csv' using ($1==2 && $2==7 ? ($4<10 ? 10 : $4) : NaN):5 with lines linewidth 2.62 dashtype (8,2) linecolor rgb '#000000'
unset multiplot
set output
}
