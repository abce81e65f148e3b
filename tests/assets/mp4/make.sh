#!/bin/sh
# Makes the small MP4 files that the tests remux, and what FFmpeg makes of each with `-c copy`.
# Needs FFmpeg 8 or later with libx264, libx265, libsvtav1, libmp3lame and libopus, as in the PyPI
# wheel imageio-ffmpeg. FFMPEG names it.
set -eu
cd "$(dirname "$0")"
ffmpeg="${FFMPEG:-ffmpeg} -v error -y"
exact="-fflags +bitexact -flags:v +bitexact -flags:a +bitexact"
picture="testsrc2=s=96x64:r=10:d=1.5"
sound="sine=frequency=440:sample_rate=44100:duration=1.5"
input="-f lavfi -i $picture -f lavfi -i $sound"
h264="-c:v libx264 -crf 36 -bf 2 -g 5 -threads 1"
aac="-c:a aac -b:a 24k -ac 1"

# The index behind the media, as FFmpeg writes it unless it is told otherwise.
$ffmpeg $input $h264 $aac $exact avc_aac.mp4
# The index before the media.
$ffmpeg $input $h264 -c:a libmp3lame -b:a 32k -ac 1 $exact -movflags faststart avc_mp3.mp4
$ffmpeg $input -c:v libx265 -crf 36 -x265-params log-level=error:keyint=5:bframes=2:pools=1 \
  -tag:v hvc1 -c:a libopus -b:a 16k -ac 1 $exact hevc_opus.mp4
SVT_LOG=0 $ffmpeg $input -c:v libsvtav1 -crf 50 -preset 8 -g 5 -c:a ac3 -b:a 32k -ac 1 $exact \
  av1_ac3.mp4
# Fragments, with an empty index first.
$ffmpeg $input $h264 $aac $exact -movflags frag_keyframe+empty_moov+default_base_moof \
  fragmented.mp4
# QuickTime, whose sample entries are other ones.
$ffmpeg -i avc_aac.mp4 -c copy $exact quicktime.mov
# An edit list that leaves the start out, and sound that starts later.
$ffmpeg -ss 0.7 -i avc_aac.mp4 -itsoffset 0.4 -i avc_aac.mp4 -map 0:v -map 1:a -c copy $exact \
  edited.mp4
# A variable frame rate, as phones record.
$ffmpeg -f lavfi -i "$picture,select='not(eq(n,3))*not(eq(n,7))*not(eq(n,8))'" \
  -f lavfi -i "$sound" -fps_mode vfr $h264 -video_track_timescale 600 $aac $exact variable.mp4

for film in *.mp4 *.mov; do
  $ffmpeg -i "$film" -map 0 -c copy $exact -f flv "${film%.*}.flv"
done
ls -l
