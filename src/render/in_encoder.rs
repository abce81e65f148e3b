//! The pictures in an encoder, and the frame that first shows a command.

use std::collections::VecDeque;

use crate::protocol::Timestamp;

/// No encoder looks ahead by so many pictures. Of more, the oldest count as left out.
const MOST_PICTURES: usize = 512;

/// The pictures that an encoder was given, and whose frames it has not returned.
///
/// An encoder may return frames later, and in another order (B frames). A frame is shown a fixed
/// time after the time of its picture: that tells which picture it is.
#[derive(Debug, Default)]
pub(crate) struct InEncoder {
    /// The commands that the next picture is the first to show.
    next: Vec<u64>,
    /// In the order of their times.
    pictures: VecDeque<Picture>,
    /// The time of the first picture of this encoder. Its frame comes first.
    first: Option<Timestamp>,
    /// From the time of a picture to that of its presentation, in milliseconds.
    delay: Option<i32>,
}

#[derive(Debug)]
struct Picture {
    time: Timestamp,
    /// The commands that it is the first to show.
    commands: Vec<u64>,
}

impl InEncoder {
    /// Notes which commands the next picture is the first to show, beside those noted before.
    pub(crate) fn note(&mut self, mut commands: Vec<u64>) {
        self.next.append(&mut commands);
    }

    /// Notes that the encoder was given a picture.
    pub(crate) fn put(&mut self, time: Timestamp) {
        self.first.get_or_insert(time);
        self.pictures.push_back(Picture { time, commands: std::mem::take(&mut self.next) });
        if self.pictures.len() > MOST_PICTURES
            && let Some(mut oldest) = self.pictures.pop_front()
            && let Some(second) = self.pictures.front_mut()
        {
            oldest.commands.append(&mut second.commands);
            second.commands = oldest.commands;
        }
    }

    /// Takes the picture of a frame that the encoder returned at `now`. Returns the commands that
    /// the frame is the first to show.
    pub(crate) fn take(&mut self, now: Timestamp, composition_time: i32) -> Vec<u64> {
        let shown = now.plus(composition_time.cast_unsigned());
        let is_first = self.delay.is_none();
        let first = self.first.unwrap_or(now);
        let delay = *self.delay.get_or_insert_with(|| shown.since(first));
        let own = Timestamp(shown.0.wrapping_sub(delay.cast_unsigned()));
        // An encoder that counts pictures instead of reading their times is not exact.
        let times = self.pictures.iter().map(|picture| picture.time);
        let Some(time) = times.min_by_key(|time| time.since(own).unsigned_abs()) else {
            return Vec::new();
        };
        let mut commands = Vec::new();
        self.pictures.retain_mut(|picture| {
            // No frame is shown before it is decoded, so one that would be was left out. What a
            // former encoder left out does not come either.
            let is_left_out = is_first || now.since(picture.time) > delay;
            let is_over = picture.time == time || is_left_out && picture.time.since(time) < 0;
            if is_over {
                commands.append(&mut picture.commands);
            }
            !is_over
        });
        commands
    }

    /// Notes that further pictures are given to another encoder.
    pub(crate) const fn change_encoder(&mut self) {
        self.first = None;
        self.delay = None;
    }

    /// Returns whether a command waits for its frame.
    pub(crate) fn has_commands(&self) -> bool {
        let mut pictures = self.pictures.iter();
        !self.next.is_empty() || pictures.any(|picture| !picture.commands.is_empty())
    }

    /// Forgets all commands: nobody waits for their frames.
    pub(crate) fn forget_commands(&mut self) {
        self.next.clear();
        self.pictures.iter_mut().for_each(|picture| picture.commands.clear());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives an encoder a picture every 40 ms, with the time as its command. A frame of `frames` is
    /// returned at a time, and its composition time is the second number. Returns the commands of
    /// each.
    fn shown(origin: u32, frames: &[(u32, i32)]) -> Vec<Vec<u64>> {
        let mut encoder = InEncoder::default();
        let mut all = Vec::new();
        for time in (0..=400).step_by(40) {
            encoder.note(vec![u64::from(time)]);
            encoder.put(Timestamp(origin).plus(time));
            for (_, composition_time) in frames.iter().filter(|(returned, _)| *returned == time) {
                all.push(encoder.take(Timestamp(origin).plus(time), *composition_time));
            }
        }
        all
    }

    #[test]
    fn each_frame_shows_the_commands_of_its_own_picture() {
        type Case<'a> = (&'a str, &'a [(u32, i32)], &'a [&'a [u64]]);
        let cases: [Case<'_>; 7] = [
            ("at once", &[(0, 0), (40, 0), (80, 0)], &[&[0], &[40], &[80]]),
            ("some left out", &[(0, 0), (120, 0), (160, 0)], &[&[0], &[40, 80, 120], &[160]]),
            ("a picture later", &[(40, 0), (80, 0), (120, 0)], &[&[0], &[40], &[80]]),
            // Of 0, then 160, 80, 40, 120: the order in which they are decoded.
            (
                "B frames",
                &[(160, 80), (200, 200), (240, 80), (280, 0), (320, 40)],
                &[&[0], &[160], &[80], &[40], &[120]],
            ),
            // That of 40 was left out, which is known only when its time has passed.
            (
                "B frames, one left out",
                &[(160, 80), (200, 200), (240, 80), (320, 40)],
                &[&[0], &[160], &[80], &[40, 120]],
            ),
            ("not exact", &[(40, 0), (80, 7), (120, -7)], &[&[0], &[40], &[80]]),
            ("nothing", &[], &[]),
        ];
        for (name, frames, expected) in cases {
            for origin in [0, 7, u32::MAX - 100] {
                assert_eq!(shown(origin, frames), expected, "{name}");
            }
        }
    }

    #[test]
    fn the_first_frame_of_another_encoder_shows_what_the_former_left() {
        let mut encoder = InEncoder::default();
        encoder.put(Timestamp(0));
        encoder.note(vec![1]);
        encoder.put(Timestamp(40));
        assert_eq!(encoder.take(Timestamp(40), 100), [0; 0]);
        encoder.change_encoder();
        encoder.note(vec![2]);
        encoder.put(Timestamp(80));
        assert!(encoder.has_commands());
        encoder.put(Timestamp(120));
        assert_eq!(encoder.take(Timestamp(120), 300), [1, 2]);
        assert!(!encoder.has_commands());
    }

    #[test]
    fn commands_without_a_viewer_are_forgotten() {
        let mut encoder = InEncoder::default();
        encoder.note(vec![1]);
        encoder.put(Timestamp(0));
        encoder.note(vec![2]);
        encoder.forget_commands();
        assert!(!encoder.has_commands());
        encoder.put(Timestamp(40));
        assert_eq!(encoder.take(Timestamp(40), 0), [0; 0]);
    }

    #[test]
    fn an_encoder_that_returns_nothing_takes_no_more_than_a_bound() {
        let mut encoder = InEncoder::default();
        for time in 0..1000 {
            encoder.note(vec![time.into()]);
            encoder.put(Timestamp(time));
        }
        assert_eq!(encoder.pictures.len(), MOST_PICTURES);
        let all: Vec<u64> = (0..=488).collect();
        assert_eq!(encoder.take(Timestamp(1000), 0), all);
    }
}
