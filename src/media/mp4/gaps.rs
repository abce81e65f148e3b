//! Closes gaps in a file's clock that nobody wants to wait for.

use super::sample::Sample;

/// The longest gap that is kept while sound plays, in milliseconds: that of FLV files.
const MAX_GAP: i32 = 10_000;
/// The longest gap that is kept where there is no sound, in milliseconds: slides may change rarely.
const MAX_SILENT_GAP: i32 = 600_000;
/// What is left of a gap, in milliseconds.
const JOINT: i32 = 40;

/// Closes the gaps in which neither track has a frame, and the one before `end`. Returns the new
/// end, in milliseconds.
pub(super) fn close(video: &mut [Sample], audio: &mut [Sample], end: i32) -> i32 {
    let (mut video, mut audio) = (video.iter_mut().peekable(), audio.iter_mut().peekable());
    let (mut last, mut last_sound, mut taken) = (None, None, 0_i32);
    loop {
        let is_video = match (video.peek(), audio.peek()) {
            (Some(video), Some(audio)) => video.time <= audio.time,
            (video, _) => video.is_some(),
        };
        let next = if is_video { video.next() } else { audio.next() };
        let Some(sample) = next else { break };
        let time = sample.time;
        taken = taken.saturating_add(excess(last, last_sound, time));
        sample.time = time.saturating_sub(taken);
        last = Some(time);
        if !is_video {
            last_sound = last;
        }
    }
    let taken = taken.saturating_add(excess(last, last_sound, end));
    end.saturating_sub(taken)
}

/// Returns how much of the gap between two frames is too long.
fn excess(last: Option<i32>, last_sound: Option<i32>, time: i32) -> i32 {
    let Some(last) = last else { return 0 };
    let gap = time.saturating_sub(last);
    let plays_sound = last_sound.is_some_and(|it| last.saturating_sub(it) <= MAX_GAP);
    let longest = if plays_sound { MAX_GAP } else { MAX_SILENT_GAP };
    if gap > longest { gap.saturating_sub(JOINT) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(video: &[i32], audio: &[i32], end: i32) -> (Vec<i32>, Vec<i32>, i32) {
        let samples = |times: &[i32]| -> Vec<Sample> {
            times.iter().map(|time| Sample::new(false, *time, 0)).collect()
        };
        let times = |samples: &[Sample]| samples.iter().map(|sample| sample.time).collect();
        let (mut video, mut audio) = (samples(video), samples(audio));
        let end = close(&mut video, &mut audio, end);
        (times(&video), times(&audio), end)
    }

    #[test]
    fn gaps_of_both_tracks_are_closed() {
        const HOUR: i32 = 3_600_000;
        type Row<'a> = (&'a [i32], &'a [i32], i32, &'a [i32], &'a [i32], i32);
        let table: [Row<'_>; 6] = [
            (&[-80, 0, 40], &[0, 23], 80, &[-80, 0, 40], &[0, 23], 80),
            // Both jump.
            (&[0, 40, HOUR], &[5, 45, HOUR + 5], HOUR + 40, &[0, 40, 85], &[5, 45, 90], 125),
            // Sound goes on for a while.
            (&[0, HOUR], &[0, 9_000, 18_000], HOUR + 1, &[0, 18_040], &[0, 9_000, 18_000], 18_041),
            // Slides without sound.
            (&[0, 500_000, 1_000_000], &[], 1_000_040, &[0, 500_000, 1_000_000], &[], 1_000_040),
            (&[0, 700_000], &[], 700_000, &[0, 40], &[], 40),
            // The last frame lasts for days.
            (&[0, 40], &[0], i32::MAX, &[0, 40], &[0], 80),
        ];
        for (video, audio, end, new_video, new_audio, new_end) in table {
            let expected = (new_video.to_vec(), new_audio.to_vec(), new_end);
            assert_eq!(closed(video, audio, end), expected, "{video:?} {audio:?}");
        }
        assert_eq!(closed(&[], &[], i32::MIN), (Vec::new(), Vec::new(), i32::MIN));
        let extremes = closed(&[i32::MIN, i32::MAX], &[i32::MAX], i32::MAX);
        assert_eq!(extremes.0.len(), 2);
    }
}
