#!/usr/bin/env bash
# Measures a live stream beside nginx-rtmp and the crate librtmp2, after it has installed the first
# and built the second. Without one of them, the others are measured.
#
#   benches/live_beside.sh [VIEWERS [SECONDS [ROUNDS]]] [--only NAME] [--one-thread]
set -euo pipefail
cd "$(dirname "$0")/.."

if ! [ -e /usr/lib/nginx/modules/ngx_rtmp_module.so ]; then
    as_root=$([ "$(id -u)" -eq 0 ] || echo sudo)
    $as_root apt-get update --quiet
    $as_root apt-get install --quiet --yes --no-install-recommends nginx-light libnginx-mod-rtmp ||
        echo "nginx-rtmp cannot be installed and takes no part"
fi

others=()
if cargo build --quiet --release --manifest-path benches/librtmp2_server/Cargo.toml \
    --target-dir target/librtmp2_server; then
    others+=(--librtmp2 "$PWD/target/librtmp2_server/release/librtmp2-server")
else
    echo "librtmp2 cannot be built and takes no part"
fi

exec cargo bench --quiet -p rendercast-benches --bench live -- "$@" "${others[@]}"
