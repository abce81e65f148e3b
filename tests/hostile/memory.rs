//! Peers that make the server hold as much as they can, all at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use rendercast::ServerConfig;
use rendercast::amf::{Object, Value};
use rendercast::config::ConnectionLimits;
use rendercast::protocol::ChunkStreamId;
use rendercast::protocol::MessageStreamId;
use rendercast::protocol::chunk::{Control, MessageType};
use rendercast::protocol::message::{Command, ObjectEncoding};

use super::peer::Peer;
use super::publishers::media;
use super::script::Script;
use super::server::{
    PATIENCE, connections, settings, within, withstands_leaving, withstands_publishers_leaving,
};
use super::tries::{ensure, one_of_several};
use super::usage::resident_kib;
#[cfg(feature = "web")]
use super::web_client::{Web, masked};

/// The budget of the attacked servers.
const BUDGET: usize = 64 << 20;

/// What a connection may take besides its buffers: the pages of its stacks that are touched, and
/// what the allocator keeps for its threads.
const KIB_PER_CONNECTION: u64 = 96;

/// What a connection may take while a handler of it makes an answer of a megabyte. Some four are in
/// work for each processor, and more on a busy machine.
const KIB_PER_TALKER: u64 = 512;

/// What a publisher may take besides its buffers: its recording has some frames in work, and is
/// completed when its connection is closed already.
const KIB_PER_PUBLISHER: u64 = 2 << 10;

fn limits() -> ConnectionLimits {
    connections().memory_bytes(BUDGET).per_address(2_000)
}

/// Settings with which no other limit closes a connection.
fn budgeted() -> ServerConfig {
    settings().connections(limits())
}

/// Checks that `peers` connections of `attack` leave the server within its budget and `kib_each`,
/// and that some had to be closed for that.
fn stays_within_budget(peers: usize, kib_each: u64, attack: impl Fn(&mut Peer)) {
    // On a busy machine, more of them are in work at a time.
    one_of_several(|| {
        let mut outcome = Ok(());
        withstands_leaving(BUDGET as u64 >> 9, budgeted(), |server| {
            let attacker = || {
                let mut peer = Peer::shaken(server);
                attack(&mut peer);
                peer
            };
            outcome = crowd_within_budget(peers, kib_each, attacker, Peer::is_gone);
        });
        outcome
    });
}

/// Adds one attacker after the other. Returns by what they leave the server beyond its budget.
fn crowd_within_budget<A>(
    attackers: usize,
    kib_each: u64,
    attacker: impl Fn() -> A,
    is_gone: impl Fn(&mut A) -> bool,
) -> Result<(), String> {
    let before = resident_kib();
    let mut crowd: Vec<A> = Vec::with_capacity(attackers);
    let mut most = 0;
    for _ in 0..attackers {
        crowd.push(attacker());
        if crowd.len().is_multiple_of(16) {
            most = most.max(resident_kib().saturating_sub(before));
        }
    }
    let mut closed = 0;
    // The server reads what the last ones have sent when they have sent it.
    within(PATIENCE, || {
        closed += crowd.extract_if(.., |peer| is_gone(peer)).count();
        most = most.max(resident_kib().saturating_sub(before));
        closed > 0
    });
    let bound = (BUDGET as u64 >> 10) + attackers as u64 * kib_each;
    let told = format!("{most} KiB resident of {bound} for {attackers} peers, {closed} closed");
    eprintln!("{told}");
    ensure(most <= bound, || told)
}

/// The first bytes of a message of 4 MB.
fn unfinished_message(bytes: usize) -> Vec<u8> {
    let mut script = Script::new().send(&Control::SetChunkSize(0x00ff_ffff).message()).payload(
        MessageType::DATA_AMF0,
        0,
        vec![5; 4 << 20],
    );
    script.bytes.truncate(bytes);
    script.bytes
}

#[test]
fn a_thousand_unfinished_messages_stay_within_the_budget() {
    let (connect, message) = (Script::new().connect().bytes, unfinished_message(400 << 10));
    stays_within_budget(1_024, KIB_PER_CONNECTION, |peer| {
        peer.say(&connect);
        peer.say(&message);
    });
}

#[test]
fn a_thousand_connect_commands_of_many_members_stay_within_the_budget() {
    // A longer command is refused.
    let object = (0..700).fold(Object::new().with("app", "live"), |object, index| {
        object.with(format!("member {index}"), Value::from("x".repeat(70)))
    });
    let command = Command {
        name: "connect".to_owned(),
        transaction_id: 1.0,
        command_object: object.into(),
        arguments: vec![],
    };
    let connect = command.message(ChunkStreamId(3), MessageStreamId(0), ObjectEncoding::Amf0);
    let connect = Script::new().send(&connect).bytes;
    stays_within_budget(1_600, KIB_PER_CONNECTION, |peer| {
        peer.say(&connect);
    });
}

#[test]
fn viewers_that_read_nothing_stay_within_the_budget() {
    let script = Script::new().connect().create_stream().buffer_length(36_000_000).play("big");
    stays_within_budget(400, KIB_PER_CONNECTION, |peer| {
        peer.say(&script.bytes);
    });
}

#[test]
fn unread_answers_stay_within_the_budget() {
    let talk = (0..40).fold(Script::new().connect_to("talkative"), |script, _| {
        script.command("recite", 7.0, 0, vec![])
    });
    stays_within_budget(400, KIB_PER_TALKER, |peer| {
        peer.say(&talk.bytes);
    });
}

#[cfg(feature = "web")]
#[test]
fn a_thousand_unfinished_texts_of_browsers_stay_within_the_budget() {
    // The longest that may be, but for its last byte.
    let mut text = masked(0x81, &[b' '; 64 << 10]);
    text.pop();
    one_of_several(|| {
        let mut outcome = Ok(());
        withstands_leaving(BUDGET as u64 >> 9, budgeted(), |server| {
            let attacker = || {
                let mut web = Web::websocket(server, "/live", "").expect("a WebSocket");
                // The server may close this one at once.
                web.try_send(&text);
                web
            };
            outcome = crowd_within_budget(1_024, KIB_PER_CONNECTION, attacker, Web::is_gone);
        });
        outcome
    });
}

/// Each stream would keep 4 MiB of frames and 1 MiB of headers.
#[test]
fn what_publishers_let_streams_keep_stays_within_the_budget() {
    const PUBLISHERS: usize = 64;
    let video = |payload: Vec<u8>| media(MessageType::VIDEO, 0, payload);
    let header = |track: u8| [&b"\x96\x00hvc1"[..], &[track], &vec![track; 100 << 10]].concat();
    let frame = |kind: u8| [&[kind, 1, 0, 0, 0][..], &vec![1; 100 << 10]].concat();
    let headers = (0..20).map(header);
    let frames = [frame(0x17)].into_iter().chain((0..39).map(|_| frame(0x27)));
    let script =
        headers.chain(frames).fold(Script::new(), |script, payload| script.send(&video(payload)));
    let number = AtomicUsize::new(0);
    one_of_several(|| {
        let mut outcome = Ok(());
        withstands_publishers_leaving(BUDGET as u64 >> 9, budgeted(), |server| {
            let attacker = || {
                let name = format!("large{}", number.fetch_add(1, Ordering::Relaxed));
                let mut peer = Peer::publishing(server, &name);
                peer.say(&script.bytes);
                peer
            };
            outcome = crowd_within_budget(PUBLISHERS, KIB_PER_PUBLISHER, attacker, Peer::is_gone);
        });
        outcome
    });
}
