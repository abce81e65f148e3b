#!/usr/bin/env bash
# Soaks rendercast and nginx-rtmp with the same viewers of the same file, in turn, and prints the
# figures of each round and their medians. Then both let 32 viewers at a time join and leave, for
# ten seconds a round.
#
#   benches/beside_nginx.sh [VIEWERS] [SECONDS] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."

viewers=${1:-500}
seconds=${2:-20}
rounds=${3:-3}
port=19357

if ! [ -e /usr/lib/nginx/modules/ngx_rtmp_module.so ]; then
    as_root=$([ "$(id -u)" -eq 0 ] || echo sudo)
    $as_root apt-get update --quiet
    $as_root apt-get install --quiet --yes --no-install-recommends nginx-light libnginx-mod-rtmp
fi

cargo build --quiet --release -p rendercast-soak
soak=target/release/rendercast-soak
folder=$(mktemp -d)
# nginx's worker runs as another user and opens the file itself.
chmod 755 "$folder"

cleanup() {
    [ -z "${nginx:-}" ] || kill "$nginx" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

"$soak" --synthetic $((seconds + 60)) --write-flv "$folder/film.flv"
cat >"$folder/nginx.conf" <<CONF
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
error_log $folder/error.log;
pid $folder/nginx.pid;
events { worker_connections 16384; }
rtmp { server { listen 127.0.0.1:$port; chunk_size 4096; application live { play $folder; } } }
CONF
nginx -c "$folder/nginx.conf" -p "$folder" &
nginx=$!
for _ in $(seq 50); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    sleep 0.1
done
worker=$(pgrep -P "$nginx" | head -n 1)

# figure NAME FILE: the number in the row of that name.
cpu() { sed -n "s/^server's processor *\([0-9.]*\) ms per viewer-second.*/\1/p" "$1"; }
memory() { sed -n 's/^growth per viewer *\([0-9.]*\) KiB.*/\1/p' "$1"; }
delivered() { sed -n 's/^delivered in time *\([0-9.]*\) %.*/\1/p' "$1"; }
p50() { sed -n 's/^first key frame *p50 \([0-9.]*\) ms.*/\1/p' "$1"; }
p99() { sed -n 's/^first key frame.*p99 \([0-9.]*\) ms.*/\1/p' "$1"; }
median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }

for round in $(seq "$rounds"); do
    "$soak" --clients "$viewers" --seconds "$seconds" "$folder/film.flv" \
        >"$folder/rendercast.$round" 2>/dev/null || true
    "$soak" --clients "$viewers" --seconds "$seconds" \
        --url "rtmp://127.0.0.1:$port/live/film.flv" --server-pid "$worker" \
        >"$folder/nginx-rtmp.$round" 2>/dev/null || true
done

printf '%-12s %-7s %10s %12s %12s %8s %8s\n' \
    server round delivered 'CPU ms/v·s' 'KiB/viewer' 'p50 ms' 'p99 ms'
for server in rendercast nginx-rtmp; do
    for round in $(seq "$rounds"); do
        f=$folder/$server.$round
        printf '%-12s %-7s %9s%% %12s %12s %8s %8s\n' "$server" "$round" \
            "$(delivered "$f")" "$(cpu "$f")" "$(memory "$f")" "$(p50 "$f")" "$(p99 "$f")"
    done
    row=()
    for figure in delivered cpu memory p50 p99; do
        row+=("$(for round in $(seq "$rounds"); do $figure "$folder/$server.$round"; done | median)")
    done
    printf '%-12s %-7s %9s%% %12s %12s %8s %8s\n' "$server" median "${row[@]}"
done

printf '\n%-12s %-7s %10s %8s %8s %8s\n' server round 'joins/s' failed 'p50 ms' 'p99 ms'
joins() { sed -n 's/^joins per second *\([0-9]*\) .*/\1/p' "$1"; }
failed() { sed -n 's/^joins that failed *\([0-9]*\).*/\1/p' "$1"; }
for round in $(seq "$rounds"); do
    "$soak" --joins 32 --seconds 10 "$folder/film.flv" >"$folder/rendercast.joins.$round" 2>/dev/null
    "$soak" --joins 32 --seconds 10 --url "rtmp://127.0.0.1:$port/live/film.flv" \
        >"$folder/nginx-rtmp.joins.$round" 2>/dev/null
    for server in rendercast nginx-rtmp; do
        f=$folder/$server.joins.$round
        printf '%-12s %-7s %10s %8s %8s %8s\n' "$server" "$round" \
            "$(joins "$f")" "$(failed "$f")" "$(p50 "$f")" "$(p99 "$f")"
    done
done
for server in rendercast nginx-rtmp; do
    printf '%-12s %-7s %10s\n' "$server" median \
        "$(for round in $(seq "$rounds"); do joins "$folder/$server.joins.$round"; done | median)"
done
