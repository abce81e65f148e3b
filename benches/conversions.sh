#!/usr/bin/env bash
# Measures the conversions of pictures, beside the crate yuv and FFmpeg's swscale. The latter runs
# before and after, so that a machine that others use shows.
#
# Needs Debian's libswscale-dev.
set -euo pipefail
cd "$(dirname "$0")/.."

swscale=$(mktemp)
trap 'rm -f "$swscale"' EXIT
# shellcheck disable=SC2046 # flags, each a word
cc -std=gnu99 -O2 -Wall -o "$swscale" benches/conversions/swscale.c \
    $(pkg-config --cflags --libs libswscale libavutil)
cargo bench -p rendercast-benches --bench conversions --no-run
"$swscale"
cargo bench -p rendercast-benches --bench conversions
"$swscale"
