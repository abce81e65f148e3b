//! Sessions that are cut off or damaged.

use std::net::SocketAddr;
use std::thread;

use super::numbers::Numbers;
use super::peer::Peer;
use super::script::{HANDSHAKE_BYTES, Script};
use super::server::withstands_prepared;

/// The number of peers that attack at a time.
const ATTACKERS: usize = 4;

/// Sends each of `sessions` by a peer of its own, which then sends no more.
fn hold(server: SocketAddr, sessions: &[Vec<u8>]) {
    thread::scope(|scope| {
        for sessions in sessions.chunks(sessions.len().div_ceil(ATTACKERS)) {
            scope.spawn(move || {
                for (index, session) in sessions.iter().enumerate() {
                    let mut peer = Peer::new(server);
                    peer.say(session);
                    if index % 4 == 0 {
                        peer.resets();
                        continue;
                    }
                    peer.falls_silent();
                    peer.is_hung_up_on();
                }
            });
        }
    });
}

#[test]
fn a_session_may_be_cut_off_anywhere() {
    let sessions = || -> Vec<Vec<u8>> {
        let session = Script::session();
        let cuts = (0..HANDSHAKE_BYTES).step_by(97).chain(HANDSHAKE_BYTES..=session.len());
        cuts.map(|cut| session[..cut].to_vec()).collect()
    };
    withstands_prepared(sessions, |server, sessions| hold(server, sessions));
}

#[test]
fn a_session_may_be_damaged_anyhow() {
    let sessions = || -> Vec<Vec<u8>> {
        let session = Script::session();
        let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
        let damaged = |_| {
            let mut damaged = session.clone();
            for _ in 0..=numbers.below(6) {
                damage(&mut damaged, &mut numbers);
            }
            damaged
        };
        (0..2_000).map(damaged).collect()
    };
    withstands_prepared(sessions, |server, sessions| hold(server, sessions));
}

/// Changes, removes, adds or repeats something after the handshake.
fn damage(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let at = HANDSHAKE_BYTES + numbers.below(bytes.len() - HANDSHAKE_BYTES - 16);
    match numbers.below(5) {
        0 => bytes[at] ^= 1 << numbers.below(8),
        1 => bytes[at] = numbers.below(256) as u8,
        2 => {
            bytes.remove(at);
        }
        3 => bytes.insert(at, numbers.below(256) as u8),
        _ => {
            let again = bytes[at..at + 16].to_vec();
            bytes.splice(at..at, again);
        }
    }
}
