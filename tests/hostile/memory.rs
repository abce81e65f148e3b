//! Peers that make the server hold as much as they can, all at once.

use std::net::SocketAddr;
use std::time::Duration;

use rendercast::amf::{Object, Value};
use rendercast::config::ConnectionLimits;
use rendercast::protocol::ChunkStreamId;
use rendercast::protocol::MessageStreamId;
use rendercast::protocol::chunk::{Control, MessageType};
use rendercast::protocol::message::{Command, ObjectEncoding};

use super::peer::{Peer, Script};
use super::server::{connections, session, settings, withstands_leaving};
use super::tries::{ensure, one_of_several};
use super::usage::resident_kib;
use rendercast::config::ChunkLimits;

/// The budget of the attacked servers.
const BUDGET: usize = 64 << 20;

/// What a connection may take besides its buffers: the pages of its stacks that are touched, and
/// what the allocator keeps for its threads.
const KIB_PER_CONNECTION: u64 = 96;

/// What a connection may take while a handler of it makes an answer of a megabyte. Some four are in
/// work for each processor, and more on a busy machine.
const KIB_PER_TALKER: u64 = 512;

fn limits() -> ConnectionLimits {
    connections().memory_bytes(BUDGET).per_address(2_000)
}

/// Checks that `peers` connections of `attack` leave the server within its budget and `kib_each`,
/// and that some had to be closed for that.
fn stays_within_budget(peers: usize, kib_each: u64, attack: impl Fn(&mut Peer)) {
    let settings = settings()
        .connections(limits())
        .session(session().chunk(ChunkLimits::default()).idle_timeout(Duration::from_secs(60)));
    // On a busy machine, more of them are in work at a time.
    one_of_several(|| {
        let mut outcome = Ok(());
        withstands_leaving(BUDGET as u64 >> 9, settings.clone(), |server| {
            outcome = bound_crowd(server, peers, kib_each, &attack);
        });
        outcome
    });
}

fn bound_crowd(
    server: SocketAddr,
    peers: usize,
    kib_each: u64,
    attack: impl Fn(&mut Peer),
) -> Result<(), String> {
    let before = resident_kib();
    let mut crowd: Vec<Peer> = Vec::with_capacity(peers);
    let mut most = 0;
    for _ in 0..peers {
        let mut peer = Peer::shaken(server);
        peer.set_write_patience(Duration::from_millis(20));
        attack(&mut peer);
        crowd.push(peer);
        if crowd.len().is_multiple_of(16) {
            most = most.max(resident_kib().saturating_sub(before));
        }
    }
    most = most.max(resident_kib().saturating_sub(before));
    let bound = (BUDGET as u64 >> 10) + peers as u64 * kib_each;
    let closed: usize = crowd.iter_mut().map(|peer| usize::from(peer.is_gone())).sum();
    assert!(closed > 0, "they would hold more than the budget");
    let told = format!("{most} KiB resident of {bound} for {peers} peers, {closed} closed");
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
    let object = (0..900).fold(Object::new().with("app", "live"), |object, index| {
        object.with(format!("member {index}"), Value::from("x".repeat(40)))
    });
    let command = Command {
        name: "connect".to_owned(),
        transaction_id: 1.0,
        command_object: object.into(),
        arguments: vec![],
    };
    let connect = command.message(ChunkStreamId(3), MessageStreamId(0), ObjectEncoding::Amf0);
    let connect = Script::new().send(&connect).bytes;
    stays_within_budget(1_024, KIB_PER_CONNECTION, |peer| {
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
