#!/usr/bin/env bash
# Tests pushes and pulls with SRS, in both directions. A command of its own, because no package has
# SRS: tests/run.sh does not run it.
#
#     tests/srs.sh            # builds SRS in target/srs, which takes about ten minutes
#     SRS=FILE tests/srs.sh   # takes this program of SRS
set -euo pipefail
[ -z "${SRS:-}" ] || SRS=$(realpath "$SRS")
cd "$(dirname "$0")/.."
. tests/packages.sh

# SRS 7.0.18: the branch had no release yet when this was tested.
commit=101382afd0feb63243b391e59c529376018d4020

packages=(ffmpeg g++)
[ -n "${SRS:-}" ] || packages+=(automake cmake git libssl-dev make patch pkg-config tcl unzip)
install_packages "${packages[@]}"

build_srs() {
    # A failure ends this, although `set -e` does not hold before `||`.
    git init --quiet "$folder" &&
        git -C "$folder" fetch --quiet --depth 1 https://github.com/ossrs/srs "$commit" &&
        git -C "$folder" checkout --quiet FETCH_HEAD &&
        cd "$folder/trunk" &&
        ./configure --rtc=off --srt=off --gb28181=off --sanitizer=off --sys-ssl=on \
            --jobs="$(nproc)" &&
        make
}

if [ -z "${SRS:-}" ]; then
    folder=target/srs-$commit
    SRS=$folder/trunk/objs/srs
    if [ ! -x "$SRS" ]; then
        mkdir -p target
        echo "tests/srs.sh: building SRS, with its messages in target/srs.log"
        (build_srs) >target/srs.log 2>&1 || { tail -n 20 target/srs.log >&2; exit 1; }
    fi
fi
if [ ! -x "$SRS" ]; then
    echo "tests/srs.sh: $SRS is no program (named by the variable SRS)" >&2
    exit 1
fi
SRS=$(realpath "$SRS")
export SRS

# A test that lacks a program is a failure.
export RENDERCAST_REQUIRE_CLIENTS=1
version=$("$SRS" -v 2>&1)
echo "tests/srs.sh: SRS $version"
# Built as tests/run.sh builds it, so that neither compiles again what the other has.
cargo test --workspace --all-features --test clients srs::
echo "tests/srs.sh: passed"
