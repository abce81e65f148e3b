#!/usr/bin/env bash
# Pauses ffplay and VLC for ten minutes, and lets them play on. A command of its own, because of
# the time that it takes: tests/run.sh does not run it, but tests with shorter timeouts.
#
#     tests/pause.sh [SECONDS]
#
# Needs ffplay, VLC and a C compiler, which tests/run.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}

cargo build --quiet --example serve_flv
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
folder=$(mktemp -d)
pids=()
cleanup() {
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT
fail() {
    echo "tests/pause.sh: $1" >&2
    tail -c 600 "$folder/$2" >&2
    tail -n 20 "$folder/server.log" >&2
    exit 1
}
# Waits until COMMAND succeeds: for 30 s at most.
await() {
    local what=$1 log=$2
    shift 2
    for _ in $(seq 300); do
        if "$@"; then return; fi
        sleep 0.1
    done
    fail "$what" "$log"
}

RUST_LOG=rendercast=debug "$target/debug/examples/serve_flv" --listen 127.0.0.1:0 \
    >"$folder/server" 2>"$folder/server.log" &
server=$!
pids+=("$server")
url=
has_url() { url=$(grep -o 'rtmp://[^ ]*' "$folder/server" | head -n 1) && [ -n "$url" ]; }
await "no URL" server.log has_url

# The keys of ffplay come through a pipe, those of VLC are commands on its standard input.
cc -shared -fPIC -o "$folder/press_keys.so" tests/clients/press_keys.c -ldl -lpthread
mkfifo "$folder/keys" "$folder/commands"
exec 7<>"$folder/keys" 8<>"$folder/commands"
SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy LD_PRELOAD=$folder/press_keys.so \
    PRESS_KEYS=$folder/keys ffplay -hide_banner -stats "$url" 2>"$folder/ffplay" </dev/null &
ffplay=$!
as_nobody=()
if [ "$(id -u)" -eq 0 ]; then
    as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    chmod 777 "$folder"
fi
HOME=$folder "${as_nobody[@]}" cvlc -I rc --rc-fake-tty --vout dummy --aout dummy "$url" \
    <&8 >"$folder/vlc" 2>"$folder/vlc.log" &
vlc=$!
pids+=("$ffplay" "$vlc")

# The last time that each says, in whole seconds.
ffplay_time() { tr '\r' '\n' <"$folder/ffplay" | sed -n 's/^ *\([0-9]*\)\.[0-9]* A-V.*/\1/p' | tail -n 1; }
vlc_time() {
    echo get_time >&8
    sleep 0.5
    tr -d '> \r' <"$folder/vlc" | grep -x '[0-9][0-9]*' | tail -n 1
}
is_later() { local time; time=$("$1") && [ "${time:-0}" -gt "$2" ]; }
await "ffplay does not play" ffplay is_later ffplay_time 2
await "VLC does not play" vlc is_later vlc_time 2

paused() { [ "$(grep -c 'paused at' "$folder/server.log")" -ge "$1" ]; }
echo p >&7
await "ffplay does not pause" ffplay paused 1
echo pause >&8
sleep 2
ffplay_at=$(ffplay_time)
vlc_at=$(vlc_time)
echo "tests/pause.sh: ffplay stands at $ffplay_at s and VLC at $vlc_at s, for $seconds s"
for _ in $(seq "$seconds"); do
    sleep 1
    for pid in "$server" "$ffplay" "$vlc"; do
        kill -0 "$pid" 2>/dev/null || fail "a process has ended" server.log
    done
done
[ "$(ffplay_time)" = "$ffplay_at" ] || fail "ffplay did not stand still" ffplay
[ "$(vlc_time)" = "$vlc_at" ] || fail "VLC did not stand still" vlc

echo p >&7
echo pause >&8
# This lies beyond what was sent before the pause.
await "ffplay does not play on" ffplay is_later ffplay_time $((ffplay_at + 6))
await "VLC does not play on" vlc is_later vlc_time $((vlc_at + 6))
if grep -q 'silen\|timed out\|idle' "$folder/server.log"; then
    fail "the server gave up a client" server.log
fi
echo "tests/pause.sh: passed; ffplay plays at $(ffplay_time) s and VLC at $(vlc_time) s"
