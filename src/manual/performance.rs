//! What the server costs, measured: each table has the command that repeats it.
//!
//! Unless a table says otherwise, the machine is virtual and has two cores of an AMD EPYC. The
//! viewers share it with the server.
//!
//! # A thousand viewers of a file
//!
//! 1,000 viewers of one stream of 1.6 Mbit/s on loopback for ten minutes, and 8 real players beside
//! them. Server and viewers run in two processes.
//!
//! ```sh
//! cargo run --release -p rendercast-soak -- --clients 1000 --ffplay 8 --seconds 600
//! ```
//!
//! | | |
//! |---|---|
//! | delivered in real time | 100 %, to every viewer; 122 GB in 41.6 million messages |
//! | timestamps | none goes back, no hole over 1 s |
//! | stalls and drops | no stall over 3 s, nothing dropped |
//! | server CPU | 0.058 ms per viewer-second |
//! | server threads | 2018: two per viewer; 2 before and after |
//! | server descriptors | 1014; 6 before and after |
//! | resident memory | 24 KiB per viewer |
//! | first key frame after the TCP connect | p50 0.7 ms, p99 16 ms; 100 viewers a second come |
//! | ffplay | 8 to the end |
//!
//! One viewer at a time (`-- --one-by-one 200`) gets its first key frame after 0.7 ms (p99 1.2 ms).
//! With 200 viewers that play, `serve_flv` ends 50 ms after Ctrl-C.
//!
//! Further options: `--slow` adds viewers that hardly read, `--churn` viewers that come and go.
//! `--url` tests another server.
//!
//! # Beside nginx-rtmp
//!
//! The same 500 viewers of the same file, on each server in turn, two rounds of 10 s, medians. Then
//! 32 at a time join, see the first key frame, and leave:
//!
//! ```sh
//! benches/beside_nginx.sh 500 10 2 # installs nginx on Debian
//! ```
//!
//! | | delivered | CPU per viewer-second | memory per viewer | first key frame | joins a second |
//! |---|---|---|---|---|---|
//! | rendercast | 100 % | 0.120 ms | 32 KiB | p50 0.9 ms, p99 2.2 ms | 7,255 |
//! | nginx-rtmp | 100 % | 0.324 ms | 13 KiB (first round) | p50 44 ms, p99 50 ms | 5,748 |
//!
//! The memory has the blocks of the file that the server keeps. Threads cost memory; nginx has one
//! process for all viewers. Three things save time. A file is sent ahead into the buffer that the
//! client announced, which saves wake-ups. Small answers leave at once, which saves the wait for
//! delayed acknowledgements. A thread that has served a viewer takes the next one.
//!
//! # RTMP, RTMPS and RTMPT
//!
//! 200 viewers of each at the same time, each protocol served by a process of its own:
//!
//! ```sh
//! cargo run --release -p rendercast-soak -- \
//!     --clients 200 --rtmps 200 --rtmpt 200 --apart --seconds 60
//! ```
//!
//! | | delivered | CPU per viewer-second | |
//! |---|---|---|---|
//! | RTMP | 100 % | 0.076 ms | |
//! | RTMPS | 100 % | 0.110 ms | 1.4 times as much |
//! | RTMPT | 100 % | 0.162 ms | 2.1 times as much |
//!
//! # Live streams
//!
//! One publisher sends 25 video and 43 audio messages a second, 1.6 Mbit/s. The machine has 16
//! cores. Each server has two of them; publisher and viewers have others. Medians of three rounds
//! of 4 s up to 1,000 viewers, one round beyond.
//!
//! ```sh
//! benches/live_beside.sh 500 4 3 --server-cores 0,1 --client-cores 2-15
//! ```
//!
//! The first figure is the server's CPU for each second of media that a viewer received, in ms. The
//! second compares it to the floor: a bare loop of sends of the same bytes, merged over the same
//! time. The floor reads from no publisher, which cost the server about 3 ms a second in all. The
//! [latency](crate::LiveStreamConfig::latency) is a setting, and librtmp2 merges over 100 ms.
//!
//! | viewers | latency 0 | 40 ms | 100 ms | 350 ms | librtmp2 0.16.1 |
//! |---|---|---|---|---|---|
//! | 100 | 0.55, 1.13 | 0.24, 1.16 | 0.14, 1.39 | 0.095, 1.88 | 0.13 |
//! | 500 | 0.50, 1.09 | 0.20, 1.02 | 0.091, 0.98 | 0.054, 1.19 | 0.11 |
//! | 1,000 | 0.51, 1.04 | 0.18, 0.91 | 0.093, 1.03 | 0.052, 1.06 | 0.19, 47 % arrived |
//! | 2,000 | 0.53, 1.03 | 0.18, 1.00 | 0.086, 1.07 | 0.048, 1.03 | nothing arrived |
//! | 5,000 | 0.40, 0.80 | 0.18 | 0.090, 1.00 | 0.047 | |
//! | 10,000 | 0.20 | 0.18 | | | |
//!
//! All media arrived. From the publisher to the viewers at a latency of 0, and the memory:
//!
//! | viewers | p50 | p99 | resident memory per viewer |
//! |---|---|---|---|
//! | 100 | 0.5 ms | 1.1 ms | 43 KiB |
//! | 500 | 2.4 ms | 6.2 ms | 23 KiB |
//! | 1,000 | 2.5 ms | 6.1 ms | 21 KiB |
//! | 2,000 | 5.6 ms | 15 ms | 21 KiB |
//! | 5,000 | 17 ms | 38 ms | 19 KiB |
//! | 10,000 | 52 ms | 102 ms | 19 KiB |
//!
//! nginx-rtmp in a run of its own on that machine, at a latency of 0, medians of two rounds:
//!
//! | viewers | rendercast, × floor | nginx-rtmp, × floor | p50 of both | p99 of both |
//! |---|---|---|---|---|
//! | 100 | 0.51 ms, 1.20 | 0.51 ms, 1.19 | 0.5, 1.0 ms | 1.2, 2.3 ms |
//! | 500 | 0.45 ms, 1.14 | 0.50 ms, 1.26 | 2.1, 3.8 ms | 5.6, 9.5 ms |
//! | 1,000 | 0.44 ms, 1.09 | 0.47 ms, 1.17 | 3.1, 7.8 ms | 8.8, 19 ms |
//!
//! So two cores carry 10,000 viewers. Where they cannot send each message by itself, what comes
//! meanwhile leaves together. [Below](#the-memory-of-a-viewer) is why few viewers take more memory
//! each.
//!
//! The tables above are of a version in which sound did not wait for pictures, and the server read
//! each message of a publisher by itself. The next one is of the present version, on two cores that
//! the viewers and the publisher share. Medians of rounds of 4 s, seven with 100 viewers and three
//! with the others (`benches/live_beside.sh 500 4 3`):
//!
//! | viewers | latency 0 | 40 ms | 100 ms | 350 ms | nginx-rtmp | librtmp2 |
//! |---|---|---|---|---|---|---|
//! | 100 | 0.29, 0.86 | 0.16, 1.12 | 0.078, 1.11 | 0.039, 1.08 | 0.41 | 0.095 |
//! | 500 | 0.28, 0.86 | 0.14, 0.95 | 0.074, 1.01 | 0.032, 1.10 | 0.38 | 0.082 |
//! | 1,000 | 0.18, 0.54 | 0.13, 0.88 | 0.060, 1.00 | 0.032, 1.09 | 0.45 | 0.13, late by 3.4 s |
//! | 2,000 | 0.15, 0.50 | 0.13, 0.99 | 0.057, 0.95 | 0.031, 1.12 | 0.25 | 0.23, late by 20 s |
//!
//! | viewers | p50, latency 0 | p99 | p50, nginx-rtmp | p99 | memory per viewer |
//! |---|---|---|---|---|---|
//! | 100 | 0.9 ms | 1.4 ms | 1.7 ms | 2.7 ms | 18.2 KiB |
//! | 500 | 3.6 ms | 6.7 ms | 8.8 ms | 14 ms | 14.0 KiB |
//! | 1,000 | 5.3 ms | 8.5 ms | 9.1 ms | 20 ms | 13.9 KiB |
//! | 2,000 | 8.8 ms | 18 ms | 31 ms | 49 ms | 13.5 KiB |
//!
//! All media arrived. On this machine a figure changes by a tenth from run to run, and more with
//! few viewers. At a latency of 0 rendercast sends less often than the floor, since sound leaves
//! with pictures. At 350 ms most of what is more than the floor is for the acknowledgements of the
//! viewers. Each sends one in 12 s, which wakes its thread for some 20 µs.
//!
//! **Joins.** Linux enlarges a process's table of descriptors at 256 of them, 512, 1,024, and so
//! on. If the process has several threads, it waits for every processor then: 8 ms on two cores,
//! some 30 ms on 16. All who connected meanwhile waited too. Now the server makes room before
//! clients come. Each newcomer is sent the last group of pictures by its own thread, beside the
//! others. The answer to its play leaves in the same packet. On two cores, which 500 viewers share,
//! the p95 of 100 that join at once is 4 to 8 ms from the connect to the key frame: the median of
//! eight bursts, at all times between two key frames. The p50 is 2 to 4 ms. With 2,000 viewers the
//! p95 is 4 to 6 ms. In the worst of eight bursts it is 10 to 19 ms. The viewers of the bench take
//! as much of the processors as the server, 6 ms for each burst.
//!
//! A soak of ten minutes kills and restarts the publisher every 20 s:
//!
//! ```sh
//! cargo run --release -p rendercast-soak -- --publish --clients 1000 --seconds 600
//! ```
//!
//! 100.00 % arrived in time, 99.96 % at the worst viewer. No timestamp went back, no viewer stalled
//! for 3 s, and nothing was dropped. A viewer took 0.166 ms of CPU a second and 15.7 KiB. Threads
//! and descriptors were as few as before.
//!
//! **io_uring** was tried, and dropped. A loop gave the system 500 sends with one call, in place of
//! one call for each. It took 15 % less CPU for sends of 2.9 KB, and 3 to 9 % less for larger ones.
//! That counts what Linux moves to its own threads, on a machine that others used too. Sends
//! without a copy took 20 to 45 % more: on loopback they are copied all the same. For that gain,
//! the sends would need `unsafe`. The locks of all viewers of a batch would be held until the last
//! send.
//!
//! # The memory of a viewer
//!
//! The growth of the server's resident memory for each viewer, with glibc:
//!
//! | viewers | KiB each | machine | command |
//! |---|---|---|---|
//! | 1,000 of a file | 24 | two cores | (1) |
//! | 500 by RTMP, of a shared render loop | 14.8 | two cores | (2) |
//! | 500 by WebSocket, of the same | 14.6 | two cores | (2) |
//! | 500 of a published stream | 23 | 16 cores | (3) |
//! | 1,000 and 2,000 of a published stream | 21 | 16 cores | (3) |
//! | 5,000 and 10,000 of a published stream | 19 | 16 cores | (3) |
//! | 500 of a published stream, in an earlier version | 19.2 to 20.1 | two cores | (3) |
//!
//! 1. `cargo run --release -p rendercast-soak -- --clients 1000 --ffplay 8 --seconds 600`
//! 2. `cargo run --release -p rendercast-soak -- --clients 500 --websocket 500 --shared --apart
//!    --seconds 20`
//! 3. `benches/live_beside.sh`, which runs `cargo bench --bench live`
//!
//! A viewer of a file has two threads, one of a live stream has one. Each figure has a share of
//! what the server takes once, whatever the number of viewers: so those of (3) are larger with few
//! viewers. (2) and (3) also differ in the stream, in the server's program and in the machine.
//!
//! # A shared render loop
//!
//! 500 viewers of frames of 8 KB on loopback. The first figure is the loop's CPU for each frame of
//! each viewer; the second is that of bare writes to as many sockets. Medians, on a machine that
//! others used too.
//!
//! ```sh
//! cargo bench --bench fan_out
//! ```
//!
//! | | CPU per frame and viewer |
//! |---|---|
//! | a shared render loop | 9.5 µs |
//! | bare writes | 10.2 µs |
//!
//! Live to 500 viewers at 1.6 Mbit/s, the whole server takes 0.17 ms of CPU per viewer-second:
//!
//! ```sh
//! cargo run --release -p rendercast-soak -- --shared
//! ```
//!
//! # From canvas to player
//!
//! The delay from the renderer's canvas to a player on the same machine, beyond what the encoding
//! takes. The picture is that of `render_scene` at 640x360, 25 times a second. It takes 6.7 KB as
//! screen video, and 1.1 ms to encode.
//!
//! ```sh
//! cargo bench --bench latency
//! ```
//!
//! | | p50 | p99 |
//! |---|---|---|
//! | a stream with loops of its own | 0.05 ms | 0.37 ms |
//! | a shared render loop | 0.07 ms | 0.15 ms |
//! | as many bytes over a bare socket | 0.05 ms | 0.12 ms |
//!
//! # Screen video beside FFmpeg
//!
//! 100 pictures of 1280x720, default settings, the same interval of key frames, one thread each.
//! Each cell has the processor time and the bytes of a frame, medians of five rounds. FFmpeg is
//! 5.1, and its encoder is `flashsv`.
//!
//! ```sh
//! cargo bench --bench beside_flashsv
//! ```
//!
//! | | `flashsv` | `"screen video"` | `"screen video 2"` |
//! |---|---|---|---|
//! | `render_scene`'s scene | 8.5 ms, 13380 | 2.4 ms, 13450 | 2.7 ms, 11132 |
//! | gradients, all of which move | 16.0 ms, 102268 | 6.2 ms, 91853 | 8.8 ms, 106627 |
//! | a desktop: typing, scrolling, a window | 11.2 ms, 9763 | 2.2 ms, 9884 | 2.2 ms, 8309 |
//! | FFmpeg's testsrc2 | 10.5 ms, 88138 | 3.5 ms, 90248 | 4.0 ms, 88003 |
//!
//! `"screen video"` is 2.6 to 5.1 times as fast. Its frames are between a tenth smaller and 2.4 %
//! larger. A picture that stands still takes 0.3 ms and 94 bytes.
//! The rest of a frame's time is zlib's.
//!
//! # Conversions of pictures
//!
//! A picture of 1280x720, then of 1920x1080, in milliseconds, on one thread of a quiet machine.
//! Criterion's medians. swscale is FFmpeg's, with the fast bilinear filter.
//!
//! ```sh
//! benches/conversions.sh # needs Debian's libswscale-dev
//! ```
//!
//! | from | to | rendercast | crate `yuv` | swscale |
//! |---|---|---|---|---|
//! | RGBA | I420, for H.264 | 0.14, 0.30, by `yuv` | 0.14, 0.30 | 1.58, 3.54 |
//! | BGRA | I420, for H.264 | 0.14, 0.29, by `yuv` | 0.14, 0.29 | 1.59, 3.59 |
//! | NV12 | I420, for H.264 | 0.056, 0.13; Y is not copied | | 0.023, 0.060 |
//! | I420 | I420, for H.264 | nothing is copied | | |
//! | RGBA | blue, green, red | 0.34, 0.76 | 0.09, 0.21 | 0.35, 0.78 |
//! | I420 | blue, green, red | 0.62, 1.44 | 0.09, 0.21 | 0.25, 0.56 |
//! | NV12 | blue, green, red | 0.74, 1.69 | 0.08, 0.20 | 0.86, 1.92 |
//! | 16-bit floats | the same, by the curve of sRGB | 0.80, 2.02 | | |
//! | 32-bit floats | the same, by the curve of sRGB | 1.14, 3.18 | | |
//! | 32-bit floats | the same, as they are (`ToneMap::encoded`) | 0.57, 1.45 | | |
//! | 32-bit floats | the same, by Reinhard's operator in a hook | 2.04, 5.26 | | |
//! | a copy of RGBA | | 0.06, 0.13 | | |
