//! Peers that send many requests, connect again and again, or do not read.

use std::time::Duration;

use rendercast::amf::Limits;
use rendercast::config::Queues;
use rendercast::protocol::chunk::{Message, MessageType};
use rendercast::protocol::message::{Command, UserControl};

use super::peer::Peer;
use super::script::{Script, handshake};
use super::server::{
    SERVER_PATIENCE, has_not_grown_since, settings, soon, withstands, withstands_with,
};
use super::usage::{Usage, resident_kib};

/// Returns what `say` adds to a script, so many times.
fn repeated(times: usize, say: impl Fn(Script) -> Script) -> Vec<u8> {
    (0..times).fold(Script::new(), |script, _| say(script)).bytes
}

fn is_result(message: &Message) -> bool {
    message.message_type == MessageType::COMMAND_AMF0
        && Command::decode(message.message_type, &message.payload, Limits::default())
            .is_ok_and(|command| command.name == "_result")
}

#[test]
fn a_flood_of_create_stream_gets_as_many_streams_as_the_limit_allows() {
    withstands(|server| {
        let before = Usage::now();
        let mut peer = Peer::connected(server);
        let streams = peer.count_answers(&repeated(10_000, Script::create_stream), is_result);
        assert_eq!(streams, 16);
        // The connection has one descriptor at either end, and a thread. Nothing plays.
        let (threads, descriptors) = (before.threads + 1, before.descriptors + 2);
        soon(|| Usage::now() == Usage { threads, descriptors });
    });
}

#[test]
fn a_flood_of_play_leaves_one_playing() {
    withstands(|server| {
        let before = Usage::now();
        let mut peer = Peer::playing(server, "film");
        peer.flood(&repeated(1_000, |script| script.play("film")));
        // A connection, frames, and perhaps a sender.
        soon(|| Usage::now().threads <= before.threads + 3);
        while peer.hear().expect("frames of the last play").message_type != MessageType::VIDEO {}
    });
}

#[test]
fn a_flood_of_plays_of_what_there_is_not_is_refused() {
    withstands_with(settings(), |server| {
        let mut peer = Peer::connected(server);
        peer.flood(&repeated(5_000, |script| script.play("film")));
        peer.flood(&repeated(5_000, |script| script.command("pause", 0.0, 1, vec![true.into()])));
    });
}

#[test]
fn a_flood_of_pings_is_answered() {
    withstands(|server| {
        let mut peer = Peer::connected(server);
        let pings = repeated(50_000, |script| script.user_control(&UserControl::PingRequest(0)));
        let answers = peer.count_answers(&pings, |it| it.message_type == MessageType::USER_CONTROL);
        assert!(answers >= 50_000, "{answers}");
    });
}

#[test]
fn a_flood_of_buffer_lengths_is_borne() {
    withstands(|server| {
        let mut peer = Peer::playing(server, "film");
        peer.flood(&(0..50_000).fold(Script::new(), Script::buffer_length).bytes);
    });
}

#[test]
fn a_flood_of_seeks_and_pauses_is_borne() {
    withstands(|server| {
        let mut peer = Peer::playing(server, "film");
        peer.flood(&repeated(500, |script| {
            script
                .command("seek", 0.0, 1, vec![700.into()])
                .command("pause", 0.0, 1, vec![true.into()])
                .command("pause", 0.0, 1, vec![false.into()])
                .command("receiveVideo", 0.0, 1, vec![false.into()])
                .command("receiveVideo", 0.0, 1, vec![true.into()])
        }));
    });
}

#[test]
fn streams_that_are_made_played_and_deleted_leave_nothing() {
    withstands(|server| {
        let before = Usage::now();
        let mut peer = Peer::connected(server);
        peer.flood(&repeated(500, |script| {
            script.create_stream().play("film").command("deleteStream", 0.0, 0, vec![1.into()])
        }));
        // A connection, and perhaps a sender.
        soon(|| Usage::now().threads <= before.threads + 2);
    });
}

#[test]
fn who_asks_and_does_not_read_is_not_answered_from_memory() {
    withstands(|server| {
        let before = resident_kib();
        let mut peer = Peer::connected(server);
        let pings = repeated(10_000, |script| script.user_control(&UserControl::PingRequest(0)));
        peer.socket().set_write_timeout(Some(Duration::from_secs(2))).expect("a timeout");
        // The server stops reading in between: the sockets hold some megabytes each way.
        let is_stopped = (0..200).any(|_| !peer.say(&pings));
        assert!(is_stopped, "the server reads on, though nobody takes its answers");
        has_not_grown_since(before);
    });
}

#[test]
fn long_answers_to_short_questions_wait_for_whoever_reads_them() {
    withstands(|server| {
        let (usage, resident) = (Usage::now(), resident_kib());
        let mut peer = Peer::shaken(server);
        peer.say(&Script::new().connect_to("talkative").bytes);
        peer.wait_for("_result");
        // They come in one piece, so that the server reads a hundred of them at once.
        peer.say(&repeated(1_000, |script| script.command("recite", 7.0, 0, vec![])));
        // There are a connection, and a sender that waits for the socket.
        soon(|| Usage::now().threads == usage.threads + 2);
        has_not_grown_since(resident);
        for _ in 0..3 {
            peer.wait_for("_result");
        }
        has_not_grown_since(resident);
    });
}

#[test]
fn a_viewer_that_does_not_read_is_not_buffered_for() {
    withstands(|server| {
        let (usage, resident) = (Usage::now(), resident_kib());
        let mut peers: Vec<Peer> = (0..3).map(|_| Peer::playing(server, "big")).collect();
        let ten_hours = Script::new().buffer_length(36_000_000).bytes;
        let seeks = repeated(300, |script| script.command("seek", 0.0, 1, vec![100.into()]));
        for peer in &mut peers {
            peer.say(&ten_hours);
            peer.say(&seeks);
        }
        // Each has a connection, frames, and a sender that waits for the socket.
        soon(|| Usage::now().threads == usage.threads + 9);
        has_not_grown_since(resident);
        // A peer that reads again is served.
        for peer in &mut peers {
            peer.is_served_on();
        }
    });
}

#[test]
fn a_viewer_that_never_reads_is_given_up() {
    withstands_with(
        settings().queues(Queues::default().write_timeout(SERVER_PATIENCE)),
        |server| {
            let before = Usage::now().threads;
            let peers: Vec<Peer> = (0..3).map(|_| Peer::playing(server, "big")).collect();
            soon(|| Usage::now().threads > before + 3);
            soon(|| Usage::now().threads == before);
            drop(peers);
        },
    );
}

#[test]
fn a_viewer_that_does_not_read_may_hang_up_all_the_same() {
    withstands(|server| {
        let before = Usage::now().threads;
        let peers: Vec<Peer> = (0..3).map(|_| Peer::playing(server, "big")).collect();
        // Each has a connection, frames, and a sender that waits for the socket.
        soon(|| Usage::now().threads == before + 9);
        peers.iter().for_each(Peer::falls_silent);
        soon(|| Usage::now().threads == before);
    });
}

#[test]
fn five_hundred_resets_at_once_leave_nothing() {
    withstands(|server| {
        let mut peers: Vec<Peer> = (0..500).map(|_| Peer::new(server)).collect();
        let (session, handshake) = (Script::session(), handshake());
        for (index, peer) in peers.iter_mut().enumerate() {
            // Some leave in the middle of the handshake, and some while they play.
            peer.say(if index % 2 == 0 { &session } else { &handshake[..2_000] });
        }
        peers.into_iter().for_each(Peer::resets);
    });
}
