//! The digest form: proof that a peer is a Flash Player or a Flash Media Server, or knows the key.
//!
//! Not in the specification; this is what Flash Player 9.0.115 and later demand of a server before
//! they show H.264 or AAC, and what ffmpeg's client checks where S1's version is 3 or more. A packet
//! holds an HMAC-SHA256 of its other bytes, at a place that four of them tell; the reply to it ends
//! in an HMAC of its own other bytes, with a key made from that digest.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::packet::PACKET_BYTES;

const DIGEST_BYTES: usize = 32;

/// An HMAC-SHA256.
pub(super) type Digest = [u8; DIGEST_BYTES];

/// How many places there are for a digest.
const PLACES: usize = 728;

/// The public constant that both keys end in.
const KEY_SUFFIX: Digest = [
    0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57,
    0x6e, 0xec, 0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
];

/// Who made a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

impl Side {
    /// The key of its digests.
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Client => b"Genuine Adobe Flash Player 001",
            Self::Server => b"Genuine Adobe Flash Media Server 001",
        }
    }

    /// The key of its signatures on replies to a packet with such a digest.
    fn reply_key(self, digest: &Digest) -> Digest {
        hmac(&[self.name(), &KEY_SUFFIX].concat(), &[digest])
    }
}

/// Which half of a packet holds the digest; the other one holds a key that only RTMPE uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The first half: Flash Player before version 10, and ffmpeg.
    DigestFirst,
    /// The second half: Flash Player 10 and later.
    KeyFirst,
}

impl Scheme {
    /// Where the four bytes are that tell the place of the digest.
    const fn base(self) -> usize {
        match self {
            Self::DigestFirst => 8,
            Self::KeyFirst => 772,
        }
    }

    /// Where `packet` has, or is to have, its digest.
    fn place(self, packet: &[u8]) -> usize {
        let start = self.base().saturating_add(4);
        let sum = packet.get(self.base()..start).map_or(0, |four| {
            four.iter().fold(0_usize, |sum, &byte| sum.saturating_add(usize::from(byte)))
        });
        start.saturating_add(sum % PLACES)
    }
}

/// The digest of `packet`, and where it is, if it has a valid one.
pub(super) fn find(packet: &[u8], from: Side) -> Option<(Scheme, Digest)> {
    [Scheme::DigestFirst, Scheme::KeyFirst].into_iter().find_map(|scheme| {
        let place = scheme.place(packet);
        let digest = of_the_rest(packet, place, from)?;
        let written = packet.get(place..)?.first_chunk()?;
        (*written == digest).then_some((scheme, digest))
    })
}

/// Writes its digest into `packet`.
pub(super) fn imprint(packet: &mut [u8], scheme: Scheme, from: Side) -> Option<Digest> {
    let place = scheme.place(packet);
    let digest = of_the_rest(packet, place, from)?;
    *packet.get_mut(place..)?.first_chunk_mut()? = digest;
    Some(digest)
}

/// The digest of all bytes of `packet` but those at `place`.
fn of_the_rest(packet: &[u8], place: usize, from: Side) -> Option<Digest> {
    let (before, rest) = packet.split_at_checked(place)?;
    let (_, after) = rest.split_at_checked(DIGEST_BYTES)?;
    Some(hmac(from.name(), &[before, after]))
}

/// Ends `reply` in a signature: it answers a packet that had `digest`.
pub(super) fn sign(reply: &mut [u8], digest: &Digest, from: Side) {
    if let Some((signed, signature)) = reply.split_last_chunk_mut() {
        *signature = hmac(&from.reply_key(digest), &[signed]);
    }
}

/// Whether `reply` ends in such a signature.
pub(super) fn is_signed(reply: &[u8], digest: &Digest, from: Side) -> bool {
    reply.len() == PACKET_BYTES
        && reply.split_last_chunk().is_some_and(|(signed, signature)| {
            *signature == hmac(&from.reply_key(digest), &[signed])
        })
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Digest {
    #[allow(clippy::expect_used, reason = "an HMAC's key may have any length")]
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    for part in parts {
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}
