#!/usr/bin/env bash
# Lets OBS itself publish to the example `live`, and ffmpeg watch and record it. A command of its
# own, because it installs OBS and a display: tests/run.sh does not run it.
#
#     tests/obs.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/packages.sh
seconds=${1:-10}

install_packages ffmpeg obs-studio xvfb

cargo build --quiet --example live
folder=$(mktemp -d)
pids=()
cleanup() {
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

target/debug/examples/live --listen 127.0.0.1:0 --grace 2 >"$folder/live" 2>"$folder/live.log" &
pids+=($!)
url=
for _ in $(seq 100); do
    url=$(sed -n 's/^  watch: ffplay //p' "$folder/live")
    [ -n "$url" ] && break
    sleep 0.1
done
[ -n "$url" ] || { cat "$folder/live.log" >&2; exit 1; }

# A scripted profile: x264 and AAC to our server, and a scene with a coloured picture.
config=$folder/config/obs-studio
mkdir -p "$config/basic/profiles/test" "$config/basic/scenes"
cat >"$config/global.ini" <<INI
[General]
FirstRun=true
LastVersion=486539266
EnableAutoUpdates=false
[Basic]
Profile=test
ProfileDir=test
SceneCollection=test
SceneCollectionFile=test
INI
cat >"$config/basic/profiles/test/basic.ini" <<INI
[General]
Name=test
[Video]
BaseCX=640
BaseCY=360
OutputCX=640
OutputCY=360
FPSCommon=25
[Output]
Mode=Simple
[SimpleOutput]
VBitrate=1000
StreamEncoder=x264
ABitrate=96
INI
cat >"$config/basic/profiles/test/service.json" <<JSON
{"type": "rtmp_custom", "settings": {"server": "${url%/key}", "key": "key", "use_auth": false}}
JSON
cat >"$config/basic/scenes/test.json" <<JSON
{"name": "test", "current_scene": "Scene", "current_program_scene": "Scene",
 "scene_order": [{"name": "Scene"}],
 "sources": [{"id": "scene", "name": "Scene", "settings": {"items": []}}]}
JSON

Xvfb :97 -screen 0 1024x768x24 >/dev/null 2>&1 &
pids+=($!)
DISPLAY=:97 XDG_CONFIG_HOME=$folder/config LIBGL_ALWAYS_SOFTWARE=1 QT_QPA_PLATFORM=xcb \
    obs --startstreaming --profile test --collection test --multi --minimize-to-tray \
    >"$folder/obs.log" 2>&1 &
obs=$!
pids+=($obs)

echo "tests/obs.sh: OBS publishes to $url"
if ! timeout $((seconds + 60)) ffmpeg -nostdin -hide_banner -loglevel error -i "$url" \
    -t "$seconds" -c copy -f flv "$folder/copy.flv"; then
    tail -n 20 "$folder/obs.log" "$folder/live.log" >&2
    exit 1
fi
kill "$obs"
frames=$(ffprobe -v error -select_streams v -count_packets -show_entries stream=nb_read_packets \
    -of csv=p=0 "$folder/copy.flv" | tr -d ',')
sounds=$(ffprobe -v error -select_streams a -count_packets -show_entries stream=nb_read_packets \
    -of csv=p=0 "$folder/copy.flv" | tr -d ',')
grep "publishes\|live stream" "$folder/live.log"
echo "tests/obs.sh: ffmpeg got $frames pictures and $sounds sounds in $seconds s"
[ "$frames" -ge $((seconds * 20)) ] && [ "$sounds" -ge $((seconds * 35)) ]
echo "tests/obs.sh: passed"
