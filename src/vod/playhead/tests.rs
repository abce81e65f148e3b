//! Which tags are sent when.

use std::collections::BTreeMap;

use super::*;
use crate::media::flv;
use crate::vod::sample_film::{self as film, film};

/// Plays for `seconds`, asking every 40 ms, and returns what was sent at which clock.
fn play(playhead: &mut Playhead, seconds: u32, buffer: Duration) -> Vec<(u32, Tag)> {
    let mut sent = Vec::new();
    for tick in 0..seconds * 25 {
        let (tags, is_end) = all_due(playhead, Timestamp(tick * 40), buffer);
        sent.extend(tags.into_iter().map(|tag| (tick * 40, tag)));
        if is_end {
            break;
        }
    }
    sent
}

/// All that is due at `clock`, in as many goes as it takes, and whether that was all.
fn all_due(playhead: &mut Playhead, clock: Timestamp, buffer: Duration) -> (Vec<Tag>, bool) {
    let mut tags = Vec::new();
    loop {
        let due = playhead.due(clock, buffer, 1 << 20);
        assert!(due.tags.len() <= MAX_TAGS + 3, "{} tags in one go", due.tags.len());
        tags.extend(due.tags);
        if due.is_end || !due.rest.is_zero() {
            return (tags, due.is_end);
        }
    }
}

fn media(sent: &[(u32, Tag)]) -> Vec<&Tag> {
    sent.iter().map(|(_, tag)| tag).filter(|tag| tag.kind != TagKind::Script).collect()
}

#[test]
fn one_pass_sends_every_payload_once_and_in_order() {
    let file = film();
    let mut playhead = Playhead::new(file.clone(), false, PlayFrom::Any, None);
    let sent = play(&mut playhead, 60, Duration::from_secs(3));
    let expected: Vec<Tag> = file.tags_from(Place::START).collect();
    assert_eq!(sent[0].1.kind, TagKind::Script);
    assert_eq!(media(&sent), expected.iter().collect::<Vec<_>>());
    assert_eq!(sent.last().unwrap().0, 9960 - 3000);
}

#[test]
fn nothing_is_sent_further_ahead_than_the_buffer_and_nothing_late() {
    for (buffer, ahead) in [(0, 3000), (100, 500), (3000, 3000), (36_000_000, 10_000)] {
        let mut playhead = Playhead::new(film(), true, PlayFrom::Any, None);
        let sent = play(&mut playhead, 30, Duration::from_millis(buffer));
        for (clock, tag) in &sent {
            let early = tag.timestamp.since(Timestamp(*clock));
            assert!(early <= ahead, "{early} ms ahead of a buffer of {buffer} ms");
            assert!(early > ahead - 40 || *clock == 0, "{early} ms ahead: late");
        }
    }
}

#[test]
fn passes_follow_each_other_without_a_step_back_or_a_gap() {
    let file = film();
    let mut playhead = Playhead::new(file.clone(), true, PlayFrom::Any, None);
    let sent = play(&mut playhead, 35, Duration::from_secs(3));
    let mut times: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    for tag in media(&sent).iter().filter(|tag| tag.payload[1] == 1) {
        times.entry(tag.payload[0] & 0x0f).or_default().push(tag.timestamp.0);
    }
    for (kind, times) in times {
        let steps: Vec<u32> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps.iter().all(|step| *step == 40), "{kind}: {steps:?}");
        assert!(*times.last().unwrap() > 37_000);
    }
    assert_eq!(sent.iter().filter(|(_, tag)| tag.kind == TagKind::Script).count(), 1);
}

#[test]
fn a_seek_starts_at_the_key_frame_before_with_the_headers_sent_again() {
    let mut playhead = Playhead::new(film(), false, PlayFrom::Any, None);
    play(&mut playhead, 2, Duration::from_secs(3));
    assert_eq!(playhead.seek(Timestamp(7500)), Timestamp(7000));
    let (sent, _) = all_due(&mut playhead, Timestamp(2000), Duration::from_secs(1));
    let first: Vec<(u32, &[u8])> =
        sent.iter().map(|tag| (tag.timestamp.0, &tag.payload[..2])).collect();
    assert_eq!(
        first[..3],
        [(7000, &[0x17, 0][..]), (7000, &[0xaf, 0][..]), (7000, &[0x17, 1][..])]
    );
    assert_eq!(sent.last().unwrap().timestamp, Timestamp(8000));
    assert_eq!(playhead.seek(Timestamp(1_000_000)), Timestamp(9000));
}

#[test]
fn the_first_picture_comes_before_the_rest_of_the_buffer() {
    let mut playhead = Playhead::new(film(), false, PlayFrom::Any, None);
    let mut sizes = |clock| playhead.due(clock, Duration::from_secs(3), 1 << 20).tags.len();
    assert_eq!([sizes(Timestamp(0)), sizes(Timestamp(0))], [FIRST_TAGS, MAX_TAGS]);
    playhead.seek(Timestamp(5000));
    let mut sizes = |clock| playhead.due(clock, Duration::from_secs(3), 1 << 20).tags.len();
    assert_eq!([sizes(Timestamp(40)), sizes(Timestamp(40))], [FIRST_TAGS, MAX_TAGS]);
}

#[test]
fn a_seek_in_a_file_that_repeats_stays_on_the_viewers_time_line() {
    let mut playhead = Playhead::new(film(), true, PlayFrom::Any, None);
    assert_eq!(playhead.seek(Timestamp(25_300)), Timestamp(25_000));
    let sent = play(&mut playhead, 10, Duration::from_secs(1));
    assert_eq!(sent.last().unwrap().1.timestamp, Timestamp(25_000 + 9960 + 1000));
}

#[test]
fn start_and_length_are_kept() {
    let from = PlayFrom::At(Duration::from_millis(3200));
    let length = Some(Duration::from_secs(2));
    let mut playhead = Playhead::new(film(), true, from, length);
    let sent = play(&mut playhead, 30, Duration::from_secs(1));
    assert_eq!(sent[0].1.timestamp, Timestamp(0));
    // From the key frame at 3 s to 5.2 s.
    assert_eq!(sent.last().unwrap().1.timestamp, Timestamp(2160));
    assert_eq!(playhead.seek(Timestamp(1500)), Timestamp(1000));
}

#[test]
fn a_clock_that_stands_still_fills_the_buffer_and_no_more() {
    let mut playhead = Playhead::new(film(), true, PlayFrom::Any, None);
    let buffer = Duration::from_secs(3);
    assert!(!all_due(&mut playhead, Timestamp(0), buffer).0.is_empty());
    assert!(all_due(&mut playhead, Timestamp(0), buffer).0.is_empty());
    let (longer, _) = all_due(&mut playhead, Timestamp(0), Duration::from_secs(5));
    assert_eq!(longer.last().unwrap().timestamp, Timestamp(5000));
}

#[test]
fn what_exceeds_the_room_comes_with_the_next_call() {
    let mut playhead = Playhead::new(film(), true, PlayFrom::Any, None);
    let due = playhead.due(Timestamp(0), Duration::from_secs(3), 90);
    assert_eq!(due.rest, Duration::ZERO);
    assert!(media_bytes(&due.tags) > 90 && media_bytes(&due.tags) < 110);
    let (rest, _) = all_due(&mut playhead, Timestamp(0), Duration::from_secs(3));
    assert_eq!(rest.last().unwrap().timestamp, Timestamp(3000));
}

fn media_bytes(tags: &[Tag]) -> usize {
    tags.iter().filter(|tag| tag.kind != TagKind::Script).map(|tag| tag.payload.len()).sum()
}

#[test]
fn a_file_without_frames_ends_at_once_even_if_it_repeats() {
    let mut writer = flv::Writer::new(Vec::new(), false, true).unwrap();
    let header = vec![0x17, 0, 0, 0, 0, 1];
    let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload: header.into() };
    writer.write(&tag).unwrap();
    let file = Film::from_bytes(writer.into_inner().into()).unwrap();
    let mut playhead = Playhead::new(file, true, PlayFrom::Any, None);
    assert_eq!(playhead.due(Timestamp(0), Duration::ZERO, 1 << 20).tags.len(), 2);
    assert!(playhead.due(Timestamp(40), Duration::ZERO, 1 << 20).is_end);
}

#[test]
fn what_follows_goes_on_where_the_first_ended_without_a_burst_of_its_own() {
    let mut first = Playhead::new(film(), false, PlayFrom::Any, None);
    let buffer = Duration::from_secs(1);
    let sent = play(&mut first, 10, buffer);
    assert_eq!(sent.last().unwrap().1.timestamp, Timestamp(9960));
    let from = PlayFrom::At(Duration::from_millis(4500));
    let length = Some(Duration::from_secs(2));
    let mut second = first.followed_by(film::marked(2), false, from, length);
    let (due, _) = all_due(&mut second, Timestamp(9_040), buffer);
    let start = media_times(&due);
    // The headers, and then from the key frame at 4 s on what lies within the buffer.
    assert_eq!(start[..4], [10_000; 4]);
    assert_eq!(*start.last().unwrap(), 10_040);
    let (rest, _) = all_due(&mut second, Timestamp(20_000), buffer);
    // The two seconds begin where it was asked for, half a second behind that key frame.
    assert_eq!(*media_times(&rest).last().unwrap(), 12_480);
}

#[test]
fn another_rendition_takes_over_at_its_first_key_frame_behind_what_was_sent() {
    let mut first = Playhead::new(film(), true, PlayFrom::Any, None);
    let buffer = Duration::from_millis(2500);
    all_due(&mut first, Timestamp(0), buffer);
    let mut second = first.give_way_to(film::marked(2)).unwrap();
    let (rest, is_end) = all_due(&mut first, Timestamp(5000), buffer);
    assert_eq!(media_times(&rest).first(), Some(&2520));
    assert_eq!(media_times(&rest).last(), Some(&2960));
    assert!(is_end);
    second.go_on_from(&first);
    let (due, _) = all_due(&mut second, Timestamp(5040), buffer);
    assert_eq!(media_times(&due)[..3], [3000; 3]);
    assert_eq!(media_times(&due).last(), Some(&7520));
}

#[test]
fn behind_the_last_key_frame_another_rendition_takes_the_next_pass_or_none() {
    let buffer = Duration::from_millis(9500);
    let mut once = Playhead::new(film(), false, PlayFrom::Any, None);
    all_due(&mut once, Timestamp(0), buffer);
    assert!(once.give_way_to(film::marked(2)).is_none());
    let mut looped = Playhead::new(film(), true, PlayFrom::Any, None);
    all_due(&mut looped, Timestamp(0), buffer);
    let mut next_pass = looped.give_way_to(film::marked(2)).unwrap();
    next_pass.go_on_from(&looped);
    let due = next_pass.due(Timestamp(600), buffer, 1 << 20);
    assert_eq!(media_times(&due.tags).first(), Some(&10_000));
    assert_eq!(next_pass.seek(Timestamp(500)), Timestamp(0), "a pass of the former counts");
}

#[test]
fn a_seek_finds_the_pass_also_where_the_time_line_has_wrapped() {
    let mut playhead = Playhead::new(film(), true, PlayFrom::Any, None);
    for target in [1_500_000_000_u32, 3_000_000_000, 4_290_000_000, 12_345] {
        let sought = Timestamp(target);
        let found = playhead.seek(sought);
        assert!((0..1000).contains(&sought.since(found)), "{target}: {found}");
    }
}

fn media_times(tags: &[Tag]) -> Vec<u32> {
    tags.iter().filter(|tag| tag.kind != TagKind::Script).map(|tag| tag.timestamp.0).collect()
}

#[test]
fn metadata_are_sent_once() {
    let mut playhead = Playhead::new(film(), true, PlayFrom::Any, None);
    let sent = play(&mut playhead, 1, Duration::from_secs(1));
    assert_eq!(sent[0].1.kind, TagKind::Script);
    playhead.seek(Timestamp(7_500));
    let sent = play(&mut playhead, 15, Duration::from_secs(1));
    assert!(sent.iter().all(|(_, tag)| tag.kind != TagKind::Script), "they would be subtitles");
    let mut early = Playhead::new(film(), true, PlayFrom::Any, None);
    early.seek(Timestamp(7_500));
    let due = early.due(Timestamp(0), Duration::from_secs(1), 1 << 20);
    assert_eq!(due.tags[0].kind, TagKind::Script, "a seek before the first frame");
}

#[test]
fn a_loop_repeats_no_header_that_the_decoder_has() {
    let headers =
        |sent: &[(u32, Tag)]| sent.iter().filter(|(_, tag)| tag.is_sequence_header()).count();
    let mut playhead = Playhead::new(film(), true, PlayFrom::Any, None);
    assert_eq!(headers(&play(&mut playhead, 45, Duration::from_secs(1))), 2);
    playhead.seek(Timestamp(41_000));
    assert_eq!(headers(&play(&mut playhead, 45, Duration::from_secs(1))), 2, "after a seek");

    // Another header in the middle: the first one is needed again in the next pass.
    let mut writer = flv::Writer::new(Vec::new(), false, true).unwrap();
    for (time, payload) in [
        (0, &[0x17, 0, 0, 0, 0, 1][..]),
        (0, &[0x17, 1, 0, 0, 0]),
        (500, &[0x17, 0, 0, 0, 0, 2]),
        (500, &[0x17, 1, 0, 0, 0]),
        (700, &[0x17, 0, 0, 0, 0, 2]),
        (700, &[0x17, 1, 0, 0, 0]),
    ] {
        let payload = payload.to_vec().into();
        writer.write(&Tag { kind: TagKind::Video, timestamp: Timestamp(time), payload }).unwrap();
    }
    let file = Film::from_bytes(writer.into_inner().into()).unwrap();
    let mut playhead = Playhead::new(file, true, PlayFrom::Any, None);
    let sent = play(&mut playhead, 2, Duration::from_millis(500));
    let marks = sent.iter().map(|(_, tag)| tag).filter(|tag| tag.is_sequence_header());
    let marks: Vec<u8> = marks.map(|tag| tag.payload[5]).collect();
    assert_eq!(marks[..4], [1, 2, 1, 2]);
}

#[test]
fn a_loop_keeps_its_pace_beyond_24_days() {
    let mut playhead = Playhead::new(film(), true, PlayFrom::Any, None);
    let buffer = Duration::from_secs(10);
    // The clock moves by 8 s at each call, across 2^31 ms and 2^32 ms.
    for step in 0..540_000_u32 {
        let clock = Timestamp(step.wrapping_mul(8_000));
        let is_near_a_limit = [0_u32, 1 << 31]
            .iter()
            .any(|limit| clock.0.wrapping_sub(limit.wrapping_sub(20_000)) < 40_000);
        if !is_near_a_limit {
            // Far from the limits the tags themselves do not matter.
            playhead.clock = Some(clock);
            let skipped = clock.plus(10_000).since(playhead.passed).max(0).unsigned_abs() / 10_000;
            playhead.passed = playhead.passed.plus(skipped * 10_000);
            playhead.passes = playhead.passes.wrapping_add(skipped);
            playhead.position = clock;
            playhead.next = Place::START;
            playhead.last_sent = LastSent::default();
            continue;
        }
        let (tags, is_end) = all_due(&mut playhead, clock, buffer);
        assert!(!is_end && tags.len() < 1_200, "{clock}: {} tags", tags.len());
        let last = tags.last().unwrap_or_else(|| panic!("{clock}: nothing"));
        assert!(last.timestamp.since(clock) <= 10_000, "{clock}: {}", last.timestamp);
    }
}

#[test]
fn starts_and_lengths_at_their_edges_end_or_play() {
    let edges = [0, 1, 9_999, 10_000, 1 << 31, (1 << 32) - 1, 1 << 32, u64::MAX];
    for repeats in [false, true] {
        for start in edges.map(Duration::from_millis) {
            for length in edges.map(Duration::from_millis).map(Some).into_iter().chain([None]) {
                let from = PlayFrom::At(start);
                let mut playhead = Playhead::new(film(), repeats, from, length);
                let sent = play(&mut playhead, 2, Duration::from_secs(1));
                let ahead = media(&sent).iter().map(|tag| tag.timestamp.0).max().unwrap_or(0);
                assert!(ahead <= 3_000, "{repeats} {start:?} {length:?}: {ahead}");
                let is_short = length.is_some_and(|length| length.as_millis() < 2);
                assert!(!sent.is_empty() && (is_short || ahead > 0 || !repeats));
            }
        }
    }
}

#[test]
fn a_still_picture_is_sent_again_at_the_sound_that_was_sought() {
    let mut writer = flv::Writer::new(Vec::new(), true, true).unwrap();
    let mut put = |kind, time, payload: &[u8]| {
        let payload = payload.to_vec().into();
        writer.write(&Tag { kind, timestamp: Timestamp(time), payload }).unwrap();
    };
    put(TagKind::Video, 0, &[0x17, 0, 0, 0, 0, 1]);
    put(TagKind::Video, 20, &[0x17, 1, 0, 0, 0, 7]);
    for time in 0..3_000 {
        put(TagKind::Audio, time * 20, &[0x2f, 1]);
    }
    let file = Film::from_bytes(writer.into_inner().into()).unwrap();
    let mut playhead = Playhead::new(file, false, PlayFrom::Any, None);
    play(&mut playhead, 1, Duration::from_secs(1));
    let found = playhead.seek(Timestamp(30_000));
    assert!(found.since(Timestamp(30_000)).abs() <= 20, "{found}");
    let due = playhead.due(Timestamp(1_000), Duration::from_secs(1), 1 << 20);
    let first: Vec<(TagKind, Timestamp)> =
        due.tags.iter().map(|tag| (tag.kind, tag.timestamp)).take(3).collect();
    let [picture, sound] = [TagKind::Video, TagKind::Audio].map(|kind| (kind, found));
    assert_eq!(first, [picture, picture, sound], "its header, itself, and the sound");
}
