//! The digest form: proof that a peer knows the key of Flash Player or Flash Media Server.
//!
//! It is not in the specification. Flash Player 9.0.115 and later show H.264 and AAC only from a
//! server that has it. ffmpeg's client checks it if S1's version is 3 or more.
//!
//! A packet holds an HMAC-SHA256 of its other bytes, at a place that four of them give. The reply
//! ends in an HMAC of the reply's other bytes, with a key made from that digest.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::packet::PACKET_BYTES;

const DIGEST_BYTES: usize = 32;

/// An HMAC-SHA256.
pub(super) type Digest = [u8; DIGEST_BYTES];

/// The number of places for a digest.
const PLACES: usize = 728;

/// The public constant at the end of both keys.
const KEY_SUFFIX: Digest = [
    0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57,
    0x6e, 0xec, 0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
];

/// The side that made a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

impl Side {
    /// Returns the key of its digests.
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Client => b"Genuine Adobe Flash Player 001",
            Self::Server => b"Genuine Adobe Flash Media Server 001",
        }
    }

    /// Returns the key of its signatures on replies to a packet with `digest`.
    fn reply_key(self, digest: &Digest) -> Digest {
        hmac(&[self.name(), &KEY_SUFFIX].concat(), &[digest])
    }
}

/// The half of a packet that holds the digest. The other half holds a key that only RTMPE uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The first half: Flash Player before version 10, and ffmpeg.
    DigestFirst,
    /// The second half: Flash Player 10 and later.
    KeyFirst,
}

impl Scheme {
    /// Returns the offset of the four bytes that give the place of the digest.
    const fn base(self) -> usize {
        match self {
            Self::DigestFirst => 8,
            Self::KeyFirst => 772,
        }
    }

    /// Returns the place of the digest in `packet`.
    fn place(self, packet: &[u8]) -> usize {
        let start = self.base().saturating_add(4);
        let sum = packet.get(self.base()..start).map_or(0, |four| {
            four.iter().fold(0_usize, |sum, &byte| sum.saturating_add(usize::from(byte)))
        });
        start.saturating_add(sum % PLACES)
    }
}

/// Returns the digest of `packet` and its place, if it is valid.
pub(super) fn find(packet: &[u8], from: Side) -> Option<(Scheme, Digest)> {
    [Scheme::DigestFirst, Scheme::KeyFirst].into_iter().find_map(|scheme| {
        let place = scheme.place(packet);
        let digest = of_the_rest(packet, place, from)?;
        let written = packet.get(place..)?.first_chunk()?;
        (*written == digest).then_some((scheme, digest))
    })
}

/// Writes the digest of `packet` into it.
pub(super) fn imprint(packet: &mut [u8], scheme: Scheme, from: Side) -> Option<Digest> {
    let place = scheme.place(packet);
    let digest = of_the_rest(packet, place, from)?;
    *packet.get_mut(place..)?.first_chunk_mut()? = digest;
    Some(digest)
}

/// Returns the digest of all bytes of `packet` except those at `place`.
fn of_the_rest(packet: &[u8], place: usize, from: Side) -> Option<Digest> {
    let (before, rest) = packet.split_at_checked(place)?;
    let (_, after) = rest.split_at_checked(DIGEST_BYTES)?;
    Some(hmac(from.name(), &[before, after]))
}

/// Writes the signature at the end of `reply`, which answers a packet with `digest`.
pub(super) fn sign(reply: &mut [u8], digest: &Digest, from: Side) {
    if let Some((signed, signature)) = reply.split_last_chunk_mut() {
        *signature = hmac(&from.reply_key(digest), &[signed]);
    }
}

/// Returns whether `reply` ends in the signature of [`sign`].
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

#[cfg(test)]
mod tests {
    use super::{Scheme, Side, find, imprint, is_signed, sign};

    /// The digest and reply key of the packet below, calculated with Python's hmac.
    const KNOWN: [(Scheme, usize, &str, &str); 2] = [
        (
            Scheme::DigestFirst,
            290,
            "612af37c38c4a1b74e5737fc4021ded17ed92a9431c19bc665cf421131bad8a6",
            "b64b9cb0ff0d9abe14b38c4638d3af7b13e7e857b3c2af49eb5449fde909256e",
        ),
        (
            Scheme::KeyFirst,
            942,
            "e6a7fbdda4aab503b4e693e92d6f18d9d4b89f3ef0e95fffe767a4830aa37109",
            "62dd38a55a5a4ad037a152b653471347451f16b2d042e9f1d491ab3f920eb23e",
        ),
    ];

    fn packet() -> Vec<u8> {
        let mut packet: Vec<u8> = (0..1536_usize).map(|i| ((i * 7 + 3) % 256) as u8).collect();
        packet[..8].copy_from_slice(&[0, 0, 0, 0, 9, 0, 124, 2]);
        packet
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn digests_are_those_that_others_calculate() {
        for (scheme, place, digest, reply_key) in KNOWN {
            let mut packet = packet();
            assert_eq!(find(&packet, Side::Client), None);
            let ours = imprint(&mut packet, scheme, Side::Client).unwrap();
            assert_eq!(hex(&packet[place..place + 32]), digest);
            assert_eq!(find(&packet, Side::Client), Some((scheme, ours)));
            assert_eq!(find(&packet, Side::Server), None, "the sides have different keys");
            assert_eq!(hex(&Side::Server.reply_key(&ours)), reply_key);
        }
    }

    #[test]
    fn every_byte_counts() {
        let mut packet = packet();
        let digest = imprint(&mut packet, Scheme::KeyFirst, Side::Server).unwrap();
        let mut reply = self::packet();
        sign(&mut reply, &digest, Side::Client);
        for at in (0..1536).step_by(31) {
            packet[at] ^= 0x10;
            reply[at] ^= 0x10;
            assert_eq!(find(&packet, Side::Server), None, "at {at}");
            assert!(!is_signed(&reply, &digest, Side::Client), "at {at}");
            packet[at] ^= 0x10;
            reply[at] ^= 0x10;
        }
        assert!(find(&packet, Side::Server).is_some());
        assert!(is_signed(&reply, &digest, Side::Client));
        assert!(!is_signed(&reply, &digest, Side::Server));
        assert!(!is_signed(&reply[1..], &digest, Side::Client));
    }

    #[test]
    fn the_last_place_for_a_digest_is_inside_the_packet() {
        for scheme in [Scheme::DigestFirst, Scheme::KeyFirst] {
            let mut packet = packet();
            // 255 + 255 + 217 + 0 = 727
            packet[scheme.base()..scheme.base() + 4].copy_from_slice(&[255, 255, 217, 0]);
            imprint(&mut packet, scheme, Side::Client).unwrap();
            assert_eq!(scheme.place(&packet), scheme.base() + 4 + 727);
            assert!(find(&packet, Side::Client).is_some());
        }
    }
}
