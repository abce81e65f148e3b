//! A viewer of a live stream that does not keep up: what it misses, and that the others miss
//! nothing.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rendercast::media::{Tag, TagKind};
use rendercast::protocol::Timestamp;
use rendercast::{LiveStream, LiveStreamConfig, ServerConfig};

use crate::support::{
    Host, frame_number, inter_frame, is_key_frame, key_frame, on_streams, wait_until,
};

/// Between two pairs of video and sound.
const TICK: Duration = Duration::from_millis(2);
const VIDEO_BYTES: usize = 50_000;
const KEY_DISTANCE: u32 = 20;

fn sound(number: u32) -> Bytes {
    [&[0xaf, 1][..], &number.to_be_bytes()].concat().into()
}

fn sound_number(payload: &[u8]) -> u32 {
    u32::from_be_bytes(payload[2..6].try_into().expect("four bytes"))
}

fn pair(number: u32) -> Vec<Tag> {
    let is_key = number.is_multiple_of(KEY_DISTANCE);
    let video = if is_key { key_frame } else { inter_frame };
    let timestamp = Timestamp(number * 20);
    let tag = |kind, payload| Tag { kind, timestamp, payload };
    vec![tag(TagKind::Video, video(number, VIDEO_BYTES)), tag(TagKind::Audio, sound(number))]
}

#[test]
fn it_skips_to_a_key_frame_while_its_sound_goes_on_and_the_others_miss_nothing() {
    let live = LiveStream::new(LiveStreamConfig::default().cached_frames(0));
    let shown = live.clone();
    let handler = on_streams(move |stream| stream.watch(&shown));
    let host = Host::start_with(ServerConfig::default(), handler);
    let (mut late, mut steady) = (host.narrow_client(), host.client());
    late.play_new("live");
    steady.play_new("live");
    wait_until("the viewers are there", || live.subscribers() == 2);
    // One reads all. The other begins after it has missed much.
    const SENT: u32 = 500;
    for number in 0..SENT {
        live.send(pair(number), Instant::now());
        for expected in [TagKind::Video, TagKind::Audio] {
            let tag = steady.next_media().tag;
            assert_eq!(tag.kind, expected);
            let found = match tag.kind {
                TagKind::Video => frame_number(&tag.payload),
                _ => sound_number(&tag.payload),
            };
            assert_eq!(found, number);
        }
    }
    let (end, ends) = channel::<()>();
    std::thread::scope(|scope| {
        let live = &live;
        scope.spawn(move || {
            for number in SENT.. {
                live.send(pair(number), Instant::now());
                if ends.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
        });
        let (mut last_video, mut sounds) = (None, 0);
        loop {
            let tag = late.next_media().tag;
            if tag.kind == TagKind::Audio {
                assert_eq!(sound_number(&tag.payload), sounds, "a gap in the sound");
                sounds += 1;
                continue;
            }
            let number = frame_number(&tag.payload);
            if last_video.is_some_and(|last| number != last + 1) {
                assert!(is_key_frame(&tag.payload), "{number} after {last_video:?}");
                break;
            }
            last_video = Some(number);
        }
        assert!(sounds > 100, "{sounds} sounds before the video goes on");
        drop(end);
    });
}
