#!/usr/bin/env python3
"""Measures how fast a viewer gets a film over a line with delay, for several send buffers.

    cargo build --release -p rendercast-soak
    sudo unshare -n benches/delayed_line.py [RTT_MS] [MBIT]

The line is two TUN devices in two network namespaces. Needs Python, iproute2, util-linux and
rtmpdump. The film has MBIT megabits per second. The server sends ten seconds of it at once, and the
rest at the pace of the clock.
"""

import collections
import fcntl
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SECONDS = 15
SERVER, CLIENT = "10.9.0.1", "10.9.0.2"
SOAK = os.path.join(os.path.dirname(__file__), "..", "target", "release", "rendercast-soak")


def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def run(*command):
    subprocess.run(command, check=True)


def forward(source, target, delay):
    """Passes packets on after `delay` seconds."""
    waiting = collections.deque()
    arrived = threading.Semaphore(0)

    def deliver():
        while True:
            arrived.acquire()
            due, packet = waiting.popleft()
            time.sleep(max(0, due - time.monotonic()))
            os.write(target, packet)

    def receive():
        while True:
            packet = os.read(source, 65536)
            waiting.append((time.monotonic() + delay, packet))
            arrived.release()

    for work in (deliver, receive):
        threading.Thread(target=work, daemon=True).start()


def write_film(path, mbit):
    """25 pictures a second, all of them key frames of the same length."""
    length = int(mbit * 1e6 / 8 / 25)
    with open(path, "wb") as film:
        film.write(b"FLV\1\1\0\0\0\x09\0\0\0\0")
        for number in range((SECONDS + 20) * 25):
            payload = b"\x17\1\0\0\0" + bytes(length - 5)
            stamp = number * 40
            header = struct.pack(">I", len(payload) | 9 << 24)
            header += struct.pack(">I", stamp & 0xFFFFFF)[1:] + bytes([stamp >> 24]) + b"\0\0\0"
            film.write(header + payload + struct.pack(">I", 11 + len(payload)))


def main():
    rtt = float(sys.argv[1]) if len(sys.argv) > 1 else 100
    mbit = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    near, far = open_tun("near"), open_tun("far")
    other = subprocess.Popen(["unshare", "-n", "sleep", "1000"])
    time.sleep(0.3)
    inside = ["nsenter", "-t", str(other.pid), "-n"]
    run("ip", "link", "set", "far", "netns", str(other.pid))
    run("ip", "addr", "add", f"{SERVER}/30", "dev", "near")
    run("ip", "link", "set", "near", "up")
    run(*inside, "ip", "addr", "add", f"{CLIENT}/30", "dev", "far")
    run(*inside, "ip", "link", "set", "far", "up")
    forward(near, far, rtt / 2000)
    forward(far, near, rtt / 2000)
    with tempfile.TemporaryDirectory() as folder:
        film = os.path.join(folder, "film.flv")
        write_film(film, mbit)
        print(f"{SECONDS} s of {mbit:g} Mbit/s over a round trip of {rtt:g} ms")
        for socket_bytes in (0, 65536, 262144, 524288, 1048576):
            command = [SOAK, "--serve-only", f"{SERVER}:0", "--socket-bytes", str(socket_bytes)]
            server = subprocess.Popen(
                [*command, film], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            url = server.stdout.readline().strip()
            start = time.monotonic()
            player = ["rtmpdump", "-q", "-r", url, "-o", "/dev/null", "-B", str(SECONDS)]
            subprocess.run([*inside, *player], check=False)
            took = time.monotonic() - start
            server.stdin.close()
            server.wait()
            what = "the system's own" if socket_bytes == 0 else f"{socket_bytes // 1024} KiB"
            print(f"send buffer {what:>16}: {took:5.2f} s")
    other.kill()


main()
