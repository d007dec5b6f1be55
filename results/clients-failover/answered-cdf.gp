# Draws answered-cdf.svg and answered-cdf.png from answered-cdf.csv, in this folder:
#   gnuplot answered-cdf.gp
do for [format in 'svg png'] {
if (format eq 'svg') {
  set terminal svg enhanced size 800,450 font 'sans-serif,13' background '#ffffff'
} else {
  if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {
    set terminal pngcairo enhanced size 1200,675 font 'sans-serif,13' fontscale 1.13 \
      linewidth 1.5 dashlength 1.5 pointscale 1.5 background '#ffffff'
  } else {
    set terminal png enhanced size 1200,675 font 'DejaVuSans,13' fontscale 1.5 \
      linewidth 1.5 pointscale 1.5 background '#ffffff'
  }
}
set output 'answered-cdf.'.format
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
set label '{/:Bold 99 % of announces answered in 1.9 ms with transmission, in 17 s with aria2}' at screen 0.0175,0.9433 left font 'sans-serif,16'
set label 'n = 12145, seeds 1–200 · scenario “the master dies, as unmodified clients see it” · swarm-sim 0.1.0' at screen 0.0175,0.1167 left font 'sans-serif,12' textcolor rgb '#666666'
set label 'time to the answer: from when a client wants to announce until a tracker has answered it; of those wanted or waiting' at screen 0.0175,0.0789 left font 'sans-serif,12' textcolor rgb '#666666'
set label 'while something was broken' at screen 0.0175,0.0411 left font 'sans-serif,12' textcolor rgb '#666666'
plot NaN
reset
set encoding utf8
set datafile separator comma
set datafile columnheaders
set key noautotitle
set border 3 linecolor rgb '#888888'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set lmargin at screen 0.0775
set rmargin at screen 0.6560
set bmargin at screen 0.2689
set tmargin at screen 0.8644
set logscale x
set xrange [0.4995:20020]
set xtics nomirror ('1' 1, '10' 10, '100' 100, '1,000' 1000, '10,000' 10000)
set yrange [0:100]
set ytics 0,25,100
set mxtics 1
set label 'time to the answer (ms, logarithmic)' at screen 0.3667,0.1733 center
set label '% of announces answered' at screen 0.0175,0.5667 center rotate by 90
set grid xtics ytics linetype 1 linewidth 0.6 linecolor rgb '#e4e4e4'
set label 'clients' at screen 0.6760,0.8556 left font 'sans-serif,12'
set label 'median' at screen 0.9000,0.8556 right font 'sans-serif,12'
set label 'slowest' at screen 0.9750,0.8556 right font 'sans-serif,12'
set arrow from screen 0.6760,0.8133 to screen 0.7035,0.8133 nohead linewidth 2 dashtype solid linecolor rgb '#0072B2'
set label 'aria2' at screen 0.7135,0.8133 left font 'sans-serif,12'
set label '2.2 ms' at screen 0.9000,0.8133 right font 'sans-serif,12'
set label '17 s' at screen 0.9750,0.8133 right font 'sans-serif,12'
set arrow from screen 0.6760,0.7711 to screen 0.7035,0.7711 nohead linewidth 2 dashtype (8,2) linecolor rgb '#D55E00'
set label 'lftp' at screen 0.7135,0.7711 left font 'sans-serif,12'
set label '1.4 ms' at screen 0.9000,0.7711 right font 'sans-serif,12'
set label '48 ms' at screen 0.9750,0.7711 right font 'sans-serif,12'
set arrow from screen 0.6760,0.7289 to screen 0.7035,0.7289 nohead linewidth 2 dashtype (8,2,2,2) linecolor rgb '#009E73'
set label 'libtorrent' at screen 0.7135,0.7289 left font 'sans-serif,12'
set label '2.2 ms' at screen 0.9000,0.7289 right font 'sans-serif,12'
set label '10 s' at screen 0.9750,0.7289 right font 'sans-serif,12'
set arrow from screen 0.6760,0.6867 to screen 0.7035,0.6867 nohead linewidth 2 dashtype (2,2) linecolor rgb '#CC79A7'
set label 'qbittorrent' at screen 0.7135,0.6867 left font 'sans-serif,12'
set label '1.4 ms' at screen 0.9000,0.6867 right font 'sans-serif,12'
set label '49 ms' at screen 0.9750,0.6867 right font 'sans-serif,12'
set arrow from screen 0.6760,0.6444 to screen 0.7035,0.6444 nohead linewidth 2 dashtype (14,2,2,2,2,2) linecolor rgb '#E69F00'
set label 'rtorrent' at screen 0.7135,0.6444 left font 'sans-serif,12'
set label '2.3 ms' at screen 0.9000,0.6444 right font 'sans-serif,12'
set label '2.5 s' at screen 0.9750,0.6444 right font 'sans-serif,12'
set arrow from screen 0.6760,0.6022 to screen 0.7035,0.6022 nohead linewidth 2 dashtype solid linecolor rgb '#56B4E9'
set label 'transmission' at screen 0.7135,0.6022 left font 'sans-serif,12'
set label '1.4 ms' at screen 0.9000,0.6022 right font 'sans-serif,12'
set label '27 ms' at screen 0.9750,0.6022 right font 'sans-serif,12'
set arrow from screen 0.6760,0.5600 to screen 0.7035,0.5600 nohead linewidth 2 dashtype (8,2) linecolor rgb '#0072B2'
set label 'webtorrent' at screen 0.7135,0.5600 left font 'sans-serif,12'
set label '1.5 ms' at screen 0.9000,0.5600 right font 'sans-serif,12'
set label '41 ms' at screen 0.9750,0.5600 right font 'sans-serif,12'
plot 'answered-cdf.csv' using ($1==1 && $2==1 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype solid linecolor rgb '#0072B2', \
     'answered-cdf.csv' using ($1==1 && $2==2 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2) linecolor rgb '#D55E00', \
     'answered-cdf.csv' using ($1==1 && $2==3 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2,2,2) linecolor rgb '#009E73', \
     'answered-cdf.csv' using ($1==1 && $2==4 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype (2,2) linecolor rgb '#CC79A7', \
     'answered-cdf.csv' using ($1==1 && $2==5 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype (14,2,2,2,2,2) linecolor rgb '#E69F00', \
     'answered-cdf.csv' using ($1==1 && $2==6 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype solid linecolor rgb '#56B4E9', \
     'answered-cdf.csv' using ($1==1 && $2==7 ? ($4<0.5 ? 0.5 : $4) : NaN):5 with lines linewidth 2 dashtype (8,2) linecolor rgb '#0072B2'
unset multiplot
set output
}
