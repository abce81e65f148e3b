#!/bin/sh
# Makes the small FLV files that the tests read anew. Needs FFmpeg with libx264 and libmp3lame.
set -eu
cd "$(dirname "$0")"
exact="-fflags +bitexact -flags:v +bitexact -flags:a +bitexact"
picture="testsrc2=s=160x120:r=10:d=2"
sound="sine=frequency=440:sample_rate=44100:duration=2"

# Flash screen video, a key frame every second, without sound.
ffmpeg -v error -y -f lavfi -i "color=c=navy:s=160x120:r=10:d=2,drawbox=x=60*t:w=20:h=20:c=orange:t=fill" \
  -c:v flashsv -g 10 $exact screen.flv

# Sorenson H.263 and MP3: neither has a sequence header.
ffmpeg -v error -y -f lavfi -i "$picture" -f lavfi -i "$sound" \
  -c:v flv -g 10 -b:v 50k -qmin 8 -c:a libmp3lame -b:a 32k -ac 1 $exact sorenson_mp3.flv

# AAC without a picture.
ffmpeg -v error -y -f lavfi -i "$sound" -c:a aac -b:a 32k -ac 1 $exact aac_only.flv

# H.264 and AAC, with B-frames and a table of key frames in the metadata.
ffmpeg -v error -y -f lavfi -i "$picture" -f lavfi -i "$sound" \
  -c:v libx264 -bf 2 -g 10 -crf 32 -threads 1 -c:a aac -b:a 32k -ac 1 $exact \
  -flvflags add_keyframe_index h264_aac.flv

# Screen video 2 of our own encoder, with blocks that refer to the key frame: the example
# `render_scene --codec "screen video 2" --size 176x104 --rate 10`, of which this keeps 24 frames.
if [ -n "${SCENE_URL:-}" ]; then
  ffmpeg -v error -y -analyzeduration 100000 -i "$SCENE_URL" -frames:v 24 -c copy screen2.flv
fi
ls -l ./*.flv
