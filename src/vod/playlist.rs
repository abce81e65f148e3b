//! The files that one viewer plays, one after the other.

use std::collections::VecDeque;
use std::time::Duration;

use super::playhead::{DueTags, Playhead};
use crate::handler::{PlayRequest, Transition};
use crate::media::Film;
use crate::protocol::Timestamp;

/// The files that one viewer plays, one after the other, on one time line that never steps back.
///
/// If files repeat, the last one does. The others end with the pass in which another file was
/// appended, or after the duration that the client asked for.
#[derive(Debug)]
pub(super) struct Playlist {
    current: Playhead,
    /// The file that takes over at a point of the current one. Boxed, since few viewers have one.
    successor: Option<Box<(PlayRequest, Playhead)>>,
    /// A change that the viewer has yet to be told of.
    unreported: Option<Box<(PlayRequest, Transition)>>,
    waiting: VecDeque<(PlayRequest, Film)>,
    repeats: bool,
    /// Whether the viewer was told of the end. Nothing can be appended then.
    is_over: bool,
}

/// The tags of a playlist that are due.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) due: DueTags,
    /// The request that the tags belong to, if that has changed, and how.
    pub(super) begun: Option<(PlayRequest, Transition)>,
}

/// The limit of waiting plays is reached.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{max} plays are waiting; append the next one when one of them has begun")]
pub(super) struct Full {
    pub(super) max: usize,
}

impl Playlist {
    /// Starts with `file`, as `request` asks for it.
    pub(super) fn new(file: Film, repeats: bool, request: &PlayRequest) -> Self {
        Self {
            current: Playhead::new(file, repeats, request.from, request.duration),
            successor: None,
            unreported: None,
            waiting: VecDeque::new(),
            repeats,
            is_over: false,
        }
    }

    /// Plays `file` after all others, of which up to `max` may wait. Returns false if the last one
    /// has ended.
    pub(super) fn append(
        &mut self,
        request: PlayRequest,
        file: Film,
        max: usize,
    ) -> Result<bool, Full> {
        if self.is_over {
            return Ok(false);
        }
        if self.waiting.len() >= max {
            return Err(Full { max });
        }
        self.waiting.push_back((request, file));
        Ok(true)
    }

    /// Plays `file` in place of the current one, from its next key frame on. Waiting files stay.
    /// Returns false if there is no key frame left.
    pub(super) fn switch(&mut self, request: PlayRequest, file: Film) -> bool {
        if self.is_over {
            return false;
        }
        if let Some(former) = self.successor.take() {
            self.current.keep_from(&former.1);
        }
        self.successor =
            self.current.give_way_to(file).map(|playhead| Box::new((request, playhead)));
        self.successor.is_some()
    }

    /// Seeks as [`Playhead::seek`] does, within the current file or the one about to take over.
    pub(super) fn seek(&mut self, target: Timestamp) -> Timestamp {
        if self.successor.is_some() {
            self.unreported = self.move_on().map(Box::new);
        }
        self.is_over = false;
        self.current.seek(target)
    }

    /// Returns how many bytes of the current file are skipped, or `None` while another viewer reads
    /// it.
    pub(super) fn skipped_bytes(&self) -> Option<u64> {
        self.current.skipped_bytes()
    }

    /// Returns what is due as [`Playhead::due`] does, of the current file or, if that has ended, of
    /// the next.
    pub(super) fn due(&mut self, clock: Timestamp, buffer_length: Duration, room: usize) -> Step {
        self.current.set_last_pass(!self.waiting.is_empty());
        let due = self.current.due(clock, buffer_length, room);
        if !due.is_end {
            return Step { due, begun: self.unreported.take().map(|unreported| *unreported) };
        }
        let begun = self.move_on();
        self.is_over = begun.is_none();
        if self.is_over {
            return Step { due, begun };
        }
        let next = self.current.due(clock, buffer_length, room);
        Step { due: DueTags { failure: due.failure.or(next.failure), ..next }, begun }
    }

    fn move_on(&mut self) -> Option<(PlayRequest, Transition)> {
        if let Some(successor) = self.successor.take() {
            let (request, mut successor) = *successor;
            successor.go_on_from(&self.current);
            self.current = successor;
            return Some((request, Transition::Switch));
        }
        let (request, file) = self.waiting.pop_front()?;
        self.current = self.current.followed_by(file, self.repeats, request.from, request.duration);
        Some((request, Transition::Append))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Tag, TagKind};
    use crate::vod::sample_film as film;

    const BUFFER: Duration = Duration::from_secs(1);

    /// What was sent: a film by its mark, from its first time to its last, or a transition.
    #[derive(Debug, PartialEq)]
    enum Piece {
        Of(u8, u32, u32),
        Began(&'static str, Transition),
    }
    use Piece::{Began, Of};

    fn request(name: &str) -> PlayRequest {
        PlayRequest { stream_name: name.to_owned(), reset: false, ..PlayRequest::default() }
    }

    fn append(playlist: &mut Playlist, name: &str, mark: u8) {
        assert_eq!(playlist.append(request(name), film::marked(mark), 2), Ok(true));
    }

    /// Plays from one point of the clock to another, in milliseconds, or to the end.
    fn play(playlist: &mut Playlist, from: u32, to: u32) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for clock in (from..to).step_by(40) {
            let Step { due, begun } = playlist.due(Timestamp(clock), BUFFER, 1 << 20);
            if let Some((request, transition)) = begun {
                let name = if request.stream_name == "second" { "second" } else { "third" };
                pieces.push(Began(name, transition));
            }
            for tag in due.tags.iter().filter(|tag| tag.kind == TagKind::Video) {
                put(&mut pieces, tag);
            }
            if due.is_end {
                break;
            }
        }
        pieces
    }

    fn put(pieces: &mut Vec<Piece>, tag: &Tag) {
        let (mark, time) = (*tag.payload.last().unwrap(), tag.timestamp.0);
        match pieces.last_mut() {
            Some(Of(last, _, end)) if *last == mark => *end = time,
            _ => pieces.push(Of(mark, time, time)),
        }
    }

    #[test]
    fn what_was_appended_plays_in_order_once_the_file_before_has_ended() {
        for repeats in [false, true] {
            let mut playlist = Playlist::new(film::marked(1), repeats, &PlayRequest::default());
            append(&mut playlist, "second", 2);
            append(&mut playlist, "third", 3);
            let end = if repeats { 39_000 } else { 29_960 };
            let expected = [
                Of(1, 0, 9_960),
                Began("second", Transition::Append),
                Of(2, 10_000, 19_960),
                Began("third", Transition::Append),
                Of(3, 20_000, end),
            ];
            assert_eq!(play(&mut playlist, 0, 38_001), expected, "repeats: {repeats}");
        }
    }

    #[test]
    fn what_was_appended_waits_for_the_duration_that_was_asked_for() {
        let asked = PlayRequest { duration: Some(Duration::from_secs(12)), ..request("first") };
        let mut playlist = Playlist::new(film::marked(1), true, &asked);
        append(&mut playlist, "second", 2);
        let expected =
            [Of(1, 0, 11_960), Began("second", Transition::Append), Of(2, 12_000, 14_000)];
        assert_eq!(play(&mut playlist, 0, 13_001), expected);
    }

    #[test]
    fn no_more_wait_than_may_and_none_behind_the_end() {
        let mut playlist = Playlist::new(film::marked(1), false, &PlayRequest::default());
        let file = film::marked(2);
        for _ in 0..3 {
            assert_eq!(playlist.append(request("second"), file.clone(), 3), Ok(true));
        }
        assert_eq!(playlist.append(request("second"), file.clone(), 3), Err(Full { max: 3 }));
        let mut playlist = Playlist::new(film::marked(1), false, &PlayRequest::default());
        play(&mut playlist, 0, 60_000);
        assert_eq!(playlist.append(request("second"), file.clone(), 3), Ok(false));
        assert!(!playlist.switch(request("second"), file));
    }

    #[test]
    fn a_switch_keeps_the_time_line_and_what_waits() {
        let mut playlist = Playlist::new(film::marked(1), false, &PlayRequest::default());
        append(&mut playlist, "third", 3);
        play(&mut playlist, 0, 2_500);
        assert!(playlist.switch(request("third"), film::marked(9)));
        assert!(playlist.switch(request("second"), film::marked(2)), "the last one counts");
        let expected = [
            Of(1, 3_520, 3_960),
            Began("second", Transition::Switch),
            Of(2, 4_000, 9_960),
            Began("third", Transition::Append),
            Of(3, 10_000, 19_960),
        ];
        assert_eq!(play(&mut playlist, 2_520, 60_000), expected);
    }

    #[test]
    fn a_seek_is_within_the_file_that_is_about_to_play() {
        let mut playlist = Playlist::new(film::marked(1), false, &PlayRequest::default());
        play(&mut playlist, 0, 2_000);
        assert!(playlist.switch(request("second"), film::marked(2)));
        assert_eq!(playlist.seek(Timestamp(7_500)), Timestamp(7_000));
        let expected = [Began("second", Transition::Switch), Of(2, 7_000, 9_960)];
        assert_eq!(play(&mut playlist, 2_000, 60_000), expected);
    }

    #[test]
    fn a_seek_in_what_was_appended_stays_within_it() {
        let mut playlist = Playlist::new(film::marked(1), false, &PlayRequest::default());
        append(&mut playlist, "second", 2);
        play(&mut playlist, 0, 12_000);
        assert_eq!(playlist.seek(Timestamp(15_500)), Timestamp(15_000));
        assert_eq!(playlist.seek(Timestamp(3_000)), Timestamp(10_000));
        assert_eq!(play(&mut playlist, 12_000, 60_000), [Of(2, 10_000, 19_960)]);
    }
}
