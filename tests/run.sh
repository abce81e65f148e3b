#!/usr/bin/env bash
# Runs every test. On Debian it first installs the programs that the tests drive, where absent.
# Arguments go to the cargo calls (`tests/run.sh --quiet`).
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/packages.sh

# build-essential compiles the plugins in C that the tests load.
# libavcodec-dev and libswscale-dev are the headers of the plugin for FFmpeg's encoders.
# vlc-bin is the player without a screen; vlc-plugin-base has what reads RTMP and decodes.
# g++ builds OpenH264, for the feature h264.
# chromium shows the page.
# mesa-vulkan-drivers draw in software, for the example that renders on a graphics card.
players=(
    build-essential
    chromium
    ffmpeg
    g++
    gstreamer1.0-plugins-bad
    gstreamer1.0-plugins-base
    gstreamer1.0-plugins-good
    gstreamer1.0-tools
    haproxy
    libavcodec-dev
    libnginx-mod-rtmp
    libnginx-mod-stream
    libswscale-dev
    libvulkan1
    mesa-vulkan-drivers
    mpv
    nginx
    openssl
    python3-pip
    rtmpdump
    util-linux
    vlc-bin
    vlc-plugin-base
)

# Node.js runs the tests of the page. Packages other than Debian's bring npm themselves.
command -v npm >/dev/null || players+=(nodejs npm)

# The FFmpeg of this package is newer than that of the system: it publishes the codecs of Enhanced
# RTMP. Its executable is in the target folder.
install_new_ffmpeg() {
    local folder=target/imageio-ffmpeg
    [ -d "$folder/imageio_ffmpeg" ] && return
    echo "tests/run.sh: installing imageio-ffmpeg"
    python3 -m pip install --quiet --no-deps --target "$folder" imageio-ffmpeg
    chmod +x "$folder"/imageio_ffmpeg/binaries/ffmpeg-*
}

# Debian's package of Prometheus would start a server and bring its pages. The tests need one
# program of it, which is in the target folder then.
install_promtool() {
    local folder=target/promtool
    [ -x "$folder/usr/bin/promtool" ] && return
    command -v apt-get >/dev/null || return 0
    echo "tests/run.sh: installing promtool"
    mkdir -p "$folder"
    (
        cd "$folder"
        download_promtool || { as_root apt-get update --quiet && download_promtool; }
        dpkg-deb --fsys-tarfile prometheus_*.deb | tar --extract ./usr/bin/promtool
        rm prometheus_*.deb
    )
}

download_promtool() {
    apt-get download --quiet prometheus
}

run() {
    echo "tests/run.sh: $*"
    "$@"
}

install_packages "${players[@]}"
install_new_ffmpeg
install_promtool

# A player that is still absent is a failure from here on, not a test left out.
export RENDERCAST_REQUIRE_CLIENTS=1

# The place of a failure is in its message. Backtraces of panics that tests provoke would hide it.
export RUST_BACKTRACE=0

# Most tests wait for another thread or process, so more of them than there are cores run at once.
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-8}"

# First with overflow checks and debug assertions, then as users build it. --all-targets leaves out
# the documentation's examples.
run cargo test --workspace --all-features --all-targets "$@"
run cargo test --all-features --doc "$@"
run cargo test --all-features --release --tests "$@"
run cargo test --manifest-path examples/wgpu_scene/Cargo.toml --target-dir target/wgpu_scene "$@"
run npm ci --prefix tests/browser --ignore-scripts --no-audit --no-fund
run npm run --prefix tests/browser units
run npm run --prefix tests/browser chromium
echo "tests/run.sh: all passed"
