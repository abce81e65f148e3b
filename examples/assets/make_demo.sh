#!/bin/sh
# Makes demo.flv anew: 16 s of a moving picture that shows its own running time, with music.
# Needs FFmpeg with libx264 and drawtext, and the DejaVu fonts.
#
# It loops cleanly: every motion has a period that divides 16 s, and the melody ends where it began.
# No B-frames and a key frame every second, so that every client can seek and join at once.
set -eu
cd "$(dirname "$0")"

seconds=16
rate=25
mono=${DEMO_FONT_MONO:-/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf}
sans=${DEMO_FONT:-/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf}

# The sky is computed small and scaled up: it is smooth, and geq is slow.
w="2*PI*T/$seconds"
sky="nullsrc=s=160x90:r=$rate:d=$seconds,format=gbrp,geq=\
r='40+38*sin($w+X/52)+46*Y/H*(1+0.3*sin(2*($w)))':\
g='26+16*sin(2*($w)+X/61+Y/47)+34*Y/H':\
b='78+34*cos($w-X/70)+40*(1-Y/H)',\
scale=640x360:flags=bicubic,format=yuv420p"

# A ball that goes once around an ellipse in 4 s, and its slower, dimmer companion.
ball() { # colour, diameter
  echo "color=c=$1:s=$2x$2:r=$rate:d=$seconds,format=yuva420p,\
geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='255*clip($2/2-hypot(X-$2/2+0.5,Y-$2/2+0.5),0,1)'"
}

picture="$sky[sky];$(ball 0xffc14d 44)[sun];$(ball 0x8fd3ff 22)[moon];\
color=c=0xffc14d:s=640x6:r=$rate:d=$seconds[bar];\
[sky][moon]overlay=x='320-11+250*cos(-2*PI*t/8)':y='172-11+96*sin(-2*PI*t/8)'[a];\
[a][sun]overlay=x='320-22+250*cos(2*PI*t/4)':y='172-22+96*sin(2*PI*t/4)'[b];\
[b][bar]overlay=x='-640+640*(t+1/$rate)/$seconds':y=354[c];\
[c]drawtext=fontfile=$mono:fontsize=76:fontcolor=white:shadowcolor=black@0.45:shadowx=3:shadowy=3:\
x=(w-text_w)/2:y=128:text='%{eif\\:trunc(t+0.001)\\:d\\:2}.%{eif\\:mod(round(t*100)\\,100)\\:d\\:2}',\
drawtext=fontfile=$sans:fontsize=22:fontcolor=white@0.85:x=(w-text_w)/2:y=214:text='seconds',\
drawtext=fontfile=$sans:fontsize=20:fontcolor=white@0.7:x=18:y=16:text='rendercast demo',\
drawtext=fontfile=$mono:fontsize=18:fontcolor=white@0.7:x=w-text_w-18:y=18:text='frame %{eif\\:n\\:d\\:3}',\
format=yuv420p[v]"

# One note each half second, up and down a pentatonic scale; each fades out before the next begins.
note="mod(floor(2*t),8)"
pitch="261.63*pow(2,(if(eq($note,0),0,if(eq($note,1),4,if(eq($note,2),7,if(eq($note,3),9,\
if(eq($note,4),12,if(eq($note,5),9,if(eq($note,6),7,4))))))))/12)"
fade="exp(-6*mod(t,0.5))*min(1,200*mod(t,0.5))*min(1,50*(0.5-mod(t,0.5)))"
music="aevalsrc=exprs='0.30*$fade*(sin(2*PI*$pitch*mod(t,0.5))+0.35*sin(4*PI*$pitch*mod(t,0.5)))':\
s=48000:d=$seconds,aformat=channel_layouts=mono[s]"

# The sound goes through ADTS, which knows no priming: else FFmpeg would let the picture start 21 ms
# late. And then through MP4, so that the FLV file has its AAC sequence header once, and not also an
# empty one before it. 750 frames of 1024 samples are 16 s at 48 kHz.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ffmpeg -v error -y -filter_complex "$music" -map '[s]' -c:a aac -b:a 40k \
  -frames:a $((seconds * 48000 / 1024)) -flags:a +bitexact "$work/sound.aac"
ffmpeg -v error -y -i "$work/sound.aac" -c copy -bsf:a aac_adtstoasc "$work/sound.m4a"

ffmpeg -v error -y -i "$work/sound.m4a" -filter_complex "$picture" -map '[v]' -map 0:a -c:a copy \
  -c:v libx264 -profile:v main -preset veryslow -bf 0 -g $rate -keyint_min $rate -sc_threshold 0 \
  -crf "${DEMO_CRF:-27}" -threads 1 -fflags +bitexact -flags:v +bitexact \
  -map_metadata -1 -metadata title='rendercast demo' -flvflags add_keyframe_index demo.flv
ls -l demo.flv
