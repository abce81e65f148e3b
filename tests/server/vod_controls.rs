//! What the server sends for each command of a viewer, message by message.
//!
//! No test waits for a film to pass. A viewer that pauses, and then announces a longer buffer, gets
//! all of that at once.

use std::sync::Arc;
use std::time::Duration;

use rendercast::amf::{Object, Value};
use rendercast::vod::{FileHandler, Library};
use rendercast::{Server, ServerConfig};

use crate::film;
use crate::support::SharedTurn;
use crate::viewer::{Seen, Viewer};

/// The first buffer length of a viewer, in milliseconds.
const LITTLE: u32 = 500;
/// A buffer longer than the films.
const MUCH: u32 = 10_000;

/// Makes three films of three seconds, `first` to `third`, and `long` of six.
fn server(repeats: bool) -> (Server, String) {
    let films = [("first", 3, 1), ("second", 3, 2), ("third", 3, 3), ("long", 6, 4)];
    let library = Library::memory(films.map(|(name, seconds, mark)| {
        (name.to_owned(), Arc::new(film::film(seconds, mark)).into())
    }));
    let server = Server::new(ServerConfig::default());
    server.install(FileHandler::new(library).repeat(repeats));
    server.start("127.0.0.1:0").expect("a free port");
    let address = server.listen_addresses()[0].socket_address().expect("TCP").to_string();
    (server, address)
}

/// Returns a viewer that has paused as soon as `name` played, and what it got until then.
fn paused(address: &str, name: &str) -> (Viewer, Vec<Seen>) {
    /// A busy machine may pause later, and more of the film has passed.
    const SOON: u32 = LITTLE + 200;
    for _ in 0..20 {
        let mut viewer = Viewer::connect(address);
        viewer.buffer(LITTLE);
        // The server gets both at once.
        viewer.commands(&[("play", playing(name, true)), ("pause", pausing(true))]);
        let mut seen = viewer.until(|seen| seen.says("Pause.Notify"));
        // What comes before the pause fills the buffer.
        seen.extend(viewer.until_silence());
        if last_video(&seen) < SOON {
            return (viewer, seen);
        }
    }
    panic!("more than {SOON} ms of {name} come before a pause");
}

/// Returns the statuses, and the first and last time of each film that is shown between them.
fn story(seen: &[Seen]) -> Vec<String> {
    let mut story: Vec<String> = Vec::new();
    let mut shown: Option<(u8, u32, u32)> = None;
    for seen in seen {
        match seen {
            Seen::Video { mark, time, is_header: false, .. } => match &mut shown {
                Some((last, _, end)) if last == mark => *end = *time,
                _ => {
                    story.extend(tell(shown));
                    shown = Some((*mark, *time, *time));
                }
            },
            Seen::Said(what) => {
                story.extend(tell(shown.take()));
                story.push(what.clone());
            }
            _ => {}
        }
    }
    story.extend(tell(shown));
    story
}

fn tell(shown: Option<(u8, u32, u32)>) -> Option<String> {
    shown.map(|(mark, from, to)| format!("film {mark} from {from} to {to}"))
}

fn last_video(seen: &[Seen]) -> u32 {
    let times = seen.iter().filter_map(|seen| match seen {
        Seen::Video { time, .. } => Some(*time),
        _ => None,
    });
    times.max().expect("video was sent")
}

#[test]
fn appended_plays_follow_each_other_on_one_time_line() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let (mut viewer, before) = paused(&address, "first");
    viewer.play("second", false);
    viewer.play("third", false);
    viewer.buffer(MUCH);
    let seen = viewer.until(|seen| matches!(seen, Seen::Eof));
    let next = last_video(&before) + 40;
    assert_eq!(
        story(&seen),
        [
            &format!("film 1 from {next} to 2960"),
            "onPlayStatus Play.Switch",
            "Play.Start",
            "film 2 from 3000 to 5960",
            "onPlayStatus Play.Switch",
            "Play.Start",
            "film 3 from 6000 to 8960",
            "onPlayStatus Play.Complete",
            "Play.Stop",
        ]
    );
}

#[test]
fn what_is_appended_to_a_film_that_repeats_follows_its_pass() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(true);
    let (mut viewer, _) = paused(&address, "first");
    viewer.play("second", false);
    viewer.buffer(MUCH);
    let story = story(&viewer.until_silence());
    let expected = ["onPlayStatus Play.Switch", "Play.Start"];
    assert_eq!(story.get(1..3), Some(&expected.map(str::to_owned)[..]), "{story:?}");
    // To the end of the buffer, and a little more: the film had run before the pause.
    let end = story[3].strip_prefix("film 2 from 3000 to ").and_then(|end| end.parse().ok());
    assert!(end.is_some_and(|end| (9_960..10_500).contains(&end)), "{story:?}");
}

#[test]
fn what_cannot_be_appended_is_refused_and_the_film_goes_on() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let (mut viewer, _) = paused(&address, "first");
    viewer.play("nosuch", false);
    assert_eq!(story(&viewer.until_silence()), ["Play.StreamNotFound"]);
    for _ in 0..16 {
        viewer.play("second", false);
    }
    assert_eq!(story(&viewer.until_silence()), [""; 0]);
    viewer.play("second", false);
    assert_eq!(story(&viewer.until_silence()), ["Play.Failed"]);
    viewer.buffer(1000);
    assert!(story(&viewer.until_silence())[0].starts_with("film 1 from"));
}

#[test]
fn an_append_with_nothing_to_append_to_plays() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let mut viewer = Viewer::connect(&address);
    viewer.buffer(MUCH);
    viewer.play("first", false);
    let seen = viewer.until(|seen| matches!(seen, Seen::Eof));
    assert_eq!(story(&seen)[..2], ["Play.Start", "film 1 from 0 to 2960"]);
    viewer.play("second", false);
    let seen = viewer.until(|seen| matches!(seen, Seen::Eof));
    assert_eq!(story(&seen)[..2], ["Play.Start", "film 2 from 0 to 2960"]);
}

#[test]
fn another_play_replaces_what_plays_and_what_waits() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let (mut viewer, _) = paused(&address, "first");
    viewer.play("second", false);
    viewer.play("third", true);
    viewer.buffer(MUCH);
    let story = story(&viewer.until(|seen| matches!(seen, Seen::Eof)));
    let third = [
        "Play.Reset",
        "Play.Start",
        "film 3 from 0 to 2960",
        "onPlayStatus Play.Complete",
        "Play.Stop",
    ];
    assert_eq!(story, third);
}

#[test]
fn play2_switches_at_the_next_key_frame() {
    let _turn = SharedTurn::wait();
    for transition in ["switch", "swap", ""] {
        let (_server, address) = server(false);
        let (mut viewer, before) = paused(&address, "first");
        viewer.play2("second", transition);
        viewer.buffer(MUCH);
        let seen = viewer.until(|seen| matches!(seen, Seen::Eof));
        let next = last_video(&before) + 40;
        assert_eq!(
            story(&seen)[..4],
            [
                "Play.Transition",
                &format!("film 1 from {next} to 960"),
                "onPlayStatus Play.TransitionComplete",
                "film 2 from 1000 to 2960",
            ],
            "{transition:?}"
        );
        let headers = |mark| {
            let is_header = |seen: &&Seen| match seen {
                Seen::Video { is_header, mark: of, .. } => *is_header && *of == mark,
                _ => false,
            };
            seen.iter().filter(is_header).count()
        };
        assert_eq!(headers(2), 1, "the decoder needs the other one's configuration");
    }
}

#[test]
fn play2_appends_resets_and_stops() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let (mut viewer, _) = paused(&address, "first");
    viewer.play2("second", "append");
    viewer.play2("nosuch", "switch");
    assert_eq!(story(&viewer.until_silence()), ["Play.StreamNotFound"]);
    viewer.buffer(4000);
    let told = story(&viewer.until_silence());
    assert_eq!(told[1..3], ["onPlayStatus Play.Switch", "Play.Start"]);
    viewer.play2("third", "reset");
    let told = story(&viewer.until_silence());
    assert_eq!(told[..2], ["Play.Reset", "Play.Start"]);
    assert!(told[2].starts_with("film 3 from 0 to"), "{told:?}");
    viewer.play("first", true);
    viewer.until(|seen| seen.says("Play.Start"));
    viewer.play2("", "stop");
    let seen = viewer.until(|seen| matches!(seen, Seen::Eof));
    assert_eq!(story(&seen).last().map(String::as_str), Some("Play.Stop"));
}

#[test]
fn a_seek_while_paused_is_told_and_shown() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let (mut viewer, _) = paused(&address, "first");
    for (target, reached) in [(2500.0, 2000), (-73.0, 0), (1000.0, 1000), (99_000.0, 2000)] {
        viewer.command("seek", vec![Value::from(target)]);
        let seen = viewer.until_silence();
        let end = (reached + LITTLE) / 40 * 40;
        let expected = ["Seek.Notify", "Play.Start", &format!("film 1 from {reached} to {end}")]
            .map(str::to_owned);
        assert_eq!(story(&seen), expected, "{target}");
        let media: Vec<_> =
            seen.iter().skip_while(|seen| !seen.says("Play.Start")).skip(1).collect();
        // FFmpeg would take repeated metadata for subtitles.
        assert!(!media.iter().any(|seen| matches!(seen, Seen::Metadata)), "{target}: {media:?}");
        assert!(matches!(media[0], Seen::Video { is_header: true, .. }), "{target}: {media:?}");
        assert!(matches!(media[1], Seen::Audio { is_header: true, .. }), "{target}: {media:?}");
        assert!(matches!(media[2], Seen::Video { is_key: true, .. }), "{target}: {media:?}");
    }
    // The end was sent, but a paused play has not ended.
    viewer.pause(false);
    let story = story(&viewer.until(|seen| matches!(seen, Seen::Eof)));
    assert_eq!(story[0], "Unpause.Notify");
}

#[test]
fn a_seek_behind_the_end_plays_again() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let mut viewer = Viewer::connect(&address);
    viewer.buffer(MUCH);
    viewer.play("first", true);
    viewer.until(|seen| matches!(seen, Seen::Eof));
    for position in [1000, 2000] {
        viewer.command("seek", vec![position.into()]);
        let seen = viewer.until(|seen| matches!(seen, Seen::Eof));
        let shown = format!("film 1 from {position} to 2960");
        let expected =
            ["Seek.Notify", "Play.Start", &shown, "onPlayStatus Play.Complete", "Play.Stop"];
        assert_eq!(story(&seen), expected);
    }
    viewer.command("closeStream", vec![]);
    viewer.command("seek", vec![1000.into()]);
    assert_eq!(story(&viewer.until_silence()), ["Seek.Notify", "Play.Start"]);
}

#[test]
fn a_pause_lasts_beyond_the_end() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let (mut viewer, _) = paused(&address, "first");
    viewer.buffer(MUCH);
    viewer.until(|seen| matches!(seen, Seen::Eof));
    viewer.buffer(LITTLE);
    viewer.command("seek", vec![1000.into()]);
    assert_eq!(story(&viewer.until_silence())[2..], ["film 1 from 1000 to 1480"]);
    viewer.buffer(MUCH);
    viewer.until(|seen| matches!(seen, Seen::Eof));
    viewer.pause(false);
    viewer.buffer(LITTLE);
    viewer.command("seek", vec![1000.into()]);
    let seen = viewer.until(|seen| matches!(seen, Seen::Eof));
    assert_eq!(story(&seen)[..2], ["Unpause.Notify", "Seek.Notify"]);
}

#[test]
fn a_seek_is_answered_also_where_nothing_plays() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let mut viewer = Viewer::connect(&address);
    viewer.command("seek", vec![Value::from(5)]);
    assert_eq!(story(&viewer.until(|seen| seen.says("Play.Start"))), ["Seek.Notify", "Play.Start"]);
}

#[test]
fn a_pause_fills_the_buffer_and_a_resume_goes_on_from_there() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let (mut viewer, before) = paused(&address, "first");
    let filled = last_video(&before);
    assert!(filled >= LITTLE - 40, "{filled} ms were sent");
    viewer.buffer(2000);
    let more = viewer.until_silence();
    assert_eq!(story(&more), [format!("film 1 from {} to {}", filled + 40, last_video(&more))]);
    assert!((filled + 1460..=filled + 1540).contains(&last_video(&more)));
    viewer.buffer(LITTLE);
    viewer.pause(false);
    let story = story(&viewer.until(|seen| matches!(seen, Seen::Eof)));
    let rest = format!("film 1 from {} to 2960", last_video(&more) + 40);
    assert_eq!(story[..2], ["Unpause.Notify", &rest]);
}

#[test]
fn a_buffer_of_ten_hours_is_ten_seconds() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(true);
    let (mut viewer, before) = paused(&address, "first");
    viewer.buffer(36_000_000);
    let sent = last_video(&viewer.until_silence()) - last_video(&before);
    assert!((9_460..=9_540).contains(&sent), "{sent} ms more than with half a second");
}

#[test]
fn video_that_is_wanted_again_comes_back_at_a_key_frame() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let (mut viewer, _) = paused(&address, "long");
    viewer.command("receiveVideo", vec![Value::from(false)]);
    viewer.buffer(2500);
    let seen = viewer.until_silence();
    assert_eq!(story(&seen), [""; 0]);
    assert!(seen.iter().any(|seen| matches!(seen, Seen::Audio { time: 2400.., .. })), "{seen:?}");
    viewer.command("receiveVideo", vec![Value::from(true)]);
    assert_eq!(story(&viewer.until_silence()), ["Seek.Notify", "Play.Start"]);
    viewer.buffer(MUCH);
    let story = story(&viewer.until(|seen| matches!(seen, Seen::Eof)));
    assert_eq!(story[0], "film 4 from 3000 to 5960");
}

#[test]
fn what_is_not_wanted_may_be_said_before_the_play() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(false);
    let mut viewer = Viewer::connect(&address);
    viewer.command("receiveAudio", vec![Value::from(false)]);
    viewer.buffer(MUCH);
    viewer.play("first", true);
    let seen = viewer.until(|seen| matches!(seen, Seen::Eof));
    assert_eq!(story(&seen)[2], "film 1 from 0 to 2960");
    let sounds = seen.iter().filter(|seen| matches!(seen, Seen::Audio { is_header: false, .. }));
    assert_eq!(sounds.count(), 0);
    // Without the header, sound could not be decoded once it is wanted again.
    assert!(seen.iter().any(|seen| matches!(seen, Seen::Audio { is_header: true, .. })));
}

#[test]
fn the_length_of_a_stream_is_that_of_a_pass() {
    let _turn = SharedTurn::wait();
    for repeats in [false, true] {
        let (_server, address) = server(repeats);
        let mut viewer = Viewer::connect(&address);
        for (name, length) in [("first", 3.0), ("long", 6.0), ("nosuch", 0.0)] {
            viewer.call("getStreamLength", vec![Value::from(name)]);
            let seen = viewer.until(|seen| matches!(seen, Seen::Result(_)));
            let result = seen.last().expect("an answer");
            assert_eq!(*result, Seen::Result(vec![Value::Number(length)]), "{name}");
        }
    }
}

#[test]
fn start_and_duration_cut_a_piece_out() {
    let _turn = SharedTurn::wait();
    let (_server, address) = server(true);
    let mut viewer = Viewer::connect(&address);
    viewer.buffer(MUCH);
    let arguments = ["long".into(), 2_300.into(), 2_000.into()];
    viewer.command("play", arguments.into());
    let seen = viewer.until(|seen| matches!(seen, Seen::Eof));
    // From the key frame at 2 s to 4.3 s.
    assert_eq!(story(&seen)[2], "film 4 from 0 to 2280");
}

fn playing(name: &str, reset: bool) -> Vec<Value> {
    vec![name.into(), (-2000).into(), (-1).into(), reset.into()]
}

fn pausing(pauses: bool) -> Vec<Value> {
    vec![pauses.into(), 0.into()]
}

impl Viewer {
    fn play2(&mut self, name: &str, transition: &str) {
        let options = Object::new().with("streamName", name).with("transition", transition);
        self.command("play2", vec![Value::from(options)]);
    }

    fn play(&mut self, name: &str, reset: bool) {
        self.command("play", playing(name, reset));
    }

    fn pause(&mut self, pauses: bool) {
        self.command("pause", pausing(pauses));
    }

    fn until_silence(&mut self) -> Vec<Seen> {
        self.until_silent_for(Duration::from_millis(250))
    }
}
