//! Server and client against each other, against bytes made elsewhere, and against noise.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Client, Error, Form, Scheme, Server};

const SERVER_SEED: [u8; 32] = [7; 32];
const CLIENT_SEED: [u8; 32] = [9; 32];
const FORMS: [Form; 3] =
    [Form::Simple, Form::Digest(Scheme::DigestFirst), Form::Digest(Scheme::KeyFirst)];

/// What a server says to `input`, given in pieces of `size` bytes; and whether it is done.
fn serve(input: &[u8], size: usize) -> Result<(Vec<u8>, bool), Error> {
    let mut server = Server::new(SERVER_SEED);
    let (mut out, mut done) = (Vec::new(), false);
    for mut piece in input.chunks(size) {
        done = server.read(&mut piece, &mut out)?;
        assert!(done || piece.is_empty());
    }
    Ok((out, done))
}

fn hello(form: Form) -> (Client, Vec<u8>) {
    let (mut client, mut out) = (Client::new(CLIENT_SEED, form), Vec::new());
    client.start(&mut out);
    (client, out)
}

/// The formula of the digest form, spelled out once more.
fn hmac(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key)
        .unwrap()
        .chain_update(bytes)
        .finalize()
        .into_bytes()
        .to_vec()
}

#[test]
fn client_and_server_agree_in_every_form() {
    for form in FORMS {
        for size in [1, 7, 1536, 1537, 5000] {
            let (mut client, hello) = hello(form);
            assert_eq!(hello.len(), 1537);
            let (answer, done) = serve(&hello, size).unwrap();
            assert_eq!((answer.len(), done), (3073, false), "{form:?}");
            let mut reply = Vec::new();
            let mut done = false;
            for mut piece in answer.chunks(size) {
                done = client.read(&mut piece, &mut reply).unwrap();
            }
            assert!(done);
            assert_eq!(reply.len(), 1536);
            assert!(serve(&[hello, reply].concat(), size).unwrap().1);
        }
    }
}

#[test]
fn every_split_gives_the_same_answer() {
    let bytes = [hello(FORMS[1]).1, vec![5; 1536], b"chunk".to_vec()].concat();
    let whole = serve(&bytes[..3073], usize::MAX).unwrap();
    // Around every boundary, and a sample of what lies between.
    for at in (0..bytes.len()).filter(|at| at % 61 == 0 || at % 1536 < 3) {
        let (mut server, mut out) = (Server::new(SERVER_SEED), Vec::new());
        let (mut first, mut second) = bytes.split_at(at);
        let done = server.read(&mut first, &mut out).unwrap();
        assert_eq!((done, first.len()), (at >= 3073, at.saturating_sub(3073)));
        assert!(server.read(&mut second, &mut out).unwrap());
        assert_eq!(first.len() + second.len(), 5, "what follows is left, at {at}");
        assert_eq!((&out, true), (&whole.0, whole.1));
    }
}

#[test]
fn without_a_digest_the_answer_repeats_c1_and_claims_no_version() {
    let (_, mut c0c1) = hello(Form::Simple);
    c0c1[5..9].copy_from_slice(&[9, 0, 124, 2]);
    let (answer, _) = serve(&c0c1, usize::MAX).unwrap();
    assert_eq!(answer[..9], [3, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(answer[1537..], c0c1[1..]);
}

#[test]
fn a_digest_is_answered_in_the_same_place_and_with_a_signature() {
    for (form, base) in [(FORMS[1], 8), (FORMS[2], 772)] {
        let (_, c0c1) = hello(form);
        let (answer, _) = serve(&c0c1, usize::MAX).unwrap();
        let place = |packet: &[u8]| {
            base + 4
                + packet[base..base + 4].iter().map(|&byte| usize::from(byte)).sum::<usize>() % 728
        };
        let (c1, s1, s2) = (&c0c1[1..], &answer[1..1537], &answer[1537..]);
        let at = place(s1);
        let rest = [&s1[..at], &s1[at + 32..]].concat();
        assert!(s1[4] >= 3, "ffmpeg checks from version 3 on");
        assert_eq!(s1[at..at + 32], hmac(b"Genuine Adobe Flash Media Server 001", &rest));

        let mut key = b"Genuine Adobe Flash Media Server 001".to_vec();
        key.extend([0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1]);
        key.extend([0x02, 0x9e, 0x7e, 0x57, 0x6e, 0xec, 0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab]);
        key.extend([0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae]);
        let at = place(c1);
        let key = hmac(&key, &c1[at..at + 32]);
        assert_eq!(s2[1504..], hmac(&key, &s2[..1504]));
    }
}

#[test]
fn other_protocols_are_told_apart_by_the_first_byte() {
    let cases: [(&[u8], Error); 8] = [
        (b"GET / HTTP/1.1\r\n", Error::Http),
        (b"POST /open/1 HTTP/1.1\r\n", Error::Http),
        (&[0x16, 0x03, 0x01], Error::Tls),
        (&[6], Error::Rtmpe { version: 6 }),
        (&[8], Error::Rtmpe { version: 8 }),
        (b"\r\n\r\n", Error::Proxy),
        (&[0], Error::UnknownVersion { version: 0 }),
        (&[4, 3], Error::UnknownVersion { version: 4 }),
    ];
    for (bytes, error) in cases {
        for size in [1, bytes.len()] {
            assert_eq!(serve(bytes, size), Err(error.clone()));
            let mut client = hello(Form::Simple).0;
            assert_eq!(client.read(&mut &bytes[..size], &mut Vec::new()), Err(error.clone()));
        }
    }
}

#[test]
fn a_client_that_asks_for_signatures_takes_only_valid_or_none() {
    for form in [FORMS[1], FORMS[2]] {
        let (_, c0c1) = hello(form);
        let (answer, _) = serve(&c0c1, usize::MAX).unwrap();
        let outcome = |change: fn(&mut Vec<u8>)| {
            let (mut client, _) = hello(form);
            let (mut answer, mut reply) = (answer.clone(), Vec::new());
            change(&mut answer);
            client
                .read(&mut &answer[..], &mut reply)
                .map(|done| (done, reply[..] == answer[1..1537]))
        };
        assert_eq!(outcome(|_| ()), Ok((true, false)), "C2 is signed");
        assert_eq!(outcome(|answer| answer[1] ^= 1), Err(Error::NotSigned));
        assert_eq!(outcome(|answer| answer[3072] ^= 1), Err(Error::NotSigned));
        assert_eq!(outcome(|answer| answer[5] = 2), Ok((true, true)), "C2 repeats S1");
    }
}

#[test]
fn other_seeds_make_other_bytes_in_every_packet() {
    let (mut client, mut one) = (Client::new([1; 32], Form::Simple), Vec::new());
    client.start(&mut one);
    let other = hello(Form::Simple).1;
    assert_ne!(one[9..], other[9..]);
    let (answer, _) = serve(&hello(FORMS[1]).1, usize::MAX).unwrap();
    assert_ne!(answer[9..1537], answer[1545..]);
}

#[test]
fn no_bytes_make_it_panic_or_hold_more_than_c0_and_c1() {
    let mut state = 1_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..200 {
        let mut bytes = [hello(FORMS[2]).1, vec![0; 1600]].concat();
        for _ in 0..random() % 8 {
            let at = random() as usize % 1537;
            bytes[1 + at] = random() as u8;
        }
        bytes.truncate(random() as usize % bytes.len());
        let size = 1 + random() as usize % 2000;
        let (answer, done) = serve(&bytes, size).unwrap();
        assert_eq!(answer.len(), if bytes.len() < 1537 { 0 } else { 3073 });
        assert_eq!(done, bytes.len() >= 3073);
    }
}
