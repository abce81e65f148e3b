//! The numbers that a file may choose, at their edges: whatever a file says, it is refused or
//! played, in little time and memory.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rendercast::media::flv::Place;
use rendercast::media::{Film, Tag, TagKind};
use rendercast::protocol::Timestamp;
use rendercast::protocol::amf::{Limits, Value, amf0};

/// The longest that one film may take, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The most resident memory that one film may add, in KiB. The films have some KiB.
const MEMORY_KIB: u64 = 96 << 10;

/// The most tags that are read of a film.
const MAX_TAGS: usize = 100_000;

/// The longest that a film of some tags may seem to play.
const LONGEST: Duration = Duration::from_secs(2 * 600 + 60);

/// Numbers of 32 bits at their edges.
pub(crate) const EDGES: [u32; 10] =
    [0, 1, 2, 0x7f, 0xffff, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, u32::MAX];

/// The same with 64 bits, which only MP4 has.
#[cfg(feature = "mp4")]
pub(crate) const LONG_EDGES: [u64; 8] =
    [0, 1, 0x7fff_ffff, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX];

/// What became of the films of a test.
#[derive(Debug, Default)]
pub(crate) struct Tried(BTreeMap<String, usize>);

impl Tried {
    /// Plays a film to its end, and from all over it.
    pub(crate) fn play(&mut self, name: &str, file: Vec<u8>) {
        let length = file.len();
        let (sender, receiver) = mpsc::channel();
        let before = peak_kib();
        let walk = thread::spawn(move || sender.send(walk(file)));
        let Ok(outcome) = receiver.recv_timeout(PATIENCE) else {
            // A panic has been printed. A film that goes on for ever has not.
            panic!("{name}: {}", if walk.is_finished() { "it panics" } else { "it never ends" });
        };
        walk.join().expect("it has ended").expect("it was received");
        let grown = peak_kib().saturating_sub(before);
        assert!(grown < MEMORY_KIB, "{name}: {grown} KiB");
        let Walked { what, tags, longest_payload, duration } = outcome;
        assert!(tags < MAX_TAGS, "{name}: {tags} tags in {length} bytes");
        assert!(longest_payload <= length + 64, "{name}: a payload of {longest_payload} bytes");
        assert!(duration <= LONGEST, "{name}: it plays {duration:?}");
        *self.0.entry(what).or_default() += 1;
    }

    /// Checks how many films there were, and that some of them were played.
    pub(crate) fn expect(&self, films: usize) {
        let (all, played) = (self.0.values().sum::<usize>(), self.0.get("played"));
        eprintln!("{self:#?}");
        assert!(all >= films && played.is_some(), "{self:?}");
    }
}

struct Walked {
    what: String,
    tags: usize,
    longest_payload: usize,
    duration: Duration,
}

fn walk(file: Vec<u8>) -> Walked {
    let nothing =
        |what: String| Walked { what, tags: 0, longest_payload: 0, duration: Duration::ZERO };
    let film = match Film::from_bytes(file.into()) {
        Ok(film) => film,
        Err(error) => return nothing(without_numbers(&error.to_string())),
    };
    check_metadata(&film.metadata_for_play());
    for position in EDGES {
        if let Ok(start) = film.seek(Timestamp(position)) {
            let _ = film.headers_at(start.place);
            film.tags_from(start.place).take(3).for_each(drop);
        }
    }
    let (mut tags, mut longest_payload) = (0, 0);
    for tag in film.tags_from(Place::START).take(MAX_TAGS) {
        tags += 1;
        longest_payload = longest_payload.max(tag.payload.len());
    }
    Walked { what: "played".to_owned(), tags, longest_payload, duration: film.duration() }
}

/// Checks that players are sent numbers that mean something.
fn check_metadata(tag: &Tag) {
    assert_eq!(tag.kind, TagKind::Script);
    assert!(tag.payload.len() < 64 << 10, "{} bytes", tag.payload.len());
    let mut decoder = amf0::Decoder::new(&tag.payload, Limits::default());
    decoder.decode().expect("a name");
    let members = decoder.decode().expect("values").expect("an object");
    for (name, value) in members.as_object().expect("an object").iter() {
        if let Value::Number(number) = value {
            assert!(number.is_finite(), "{name} is {number}");
        }
    }
}

/// Errors that differ in an offset are of one kind.
fn without_numbers(text: &str) -> String {
    text.chars().filter(|character| !character.is_ascii_digit()).collect()
}

/// Returns the most resident memory that this process has had.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_ascii_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default()
}
