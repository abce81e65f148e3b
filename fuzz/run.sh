#!/bin/sh
# Runs every fuzz target for SECONDS each (default: 600), from its seeds and from what earlier runs
# found: fuzz/run.sh [SECONDS [TARGET...]]
#
# What a target fails on is left in fuzz/artifacts: add it to fuzz/seeds, and tests/fuzz_seeds holds
# the repair ever after. Works on stable Rust too, without the address sanitizer, which safe Rust
# can do without.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-600}
[ $# -gt 0 ] && shift
if [ $# -eq 0 ]; then
    # Each file in fuzz_targets is a target.
    for path in fuzz/fuzz_targets/*.rs; do
        set -- "$@" "$(basename "$path" .rs)"
    done
fi

command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
export RUSTC_BOOTSTRAP=1

failed=
for target in "$@"; do
    case $target in
        amf0 | amf3) max_len=4096 ;;
        handshake) max_len=3200 ;;
        proxy) max_len=512 ;;
        mp4) max_len=16384 ;;
        *) max_len=8192 ;;
    esac
    mkdir -p "fuzz/corpus/$target"
    echo "== $target, $seconds s"
    nice -n 15 cargo fuzz run --sanitizer none "$target" \
        "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -max_len=$max_len -timeout=5 -rss_limit_mb=1024 \
        -print_final_stats=1 || failed="$failed $target"
done
[ -z "$failed" ] || { echo "findings:$failed" >&2; exit 1; }
