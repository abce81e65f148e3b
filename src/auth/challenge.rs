//! Challenges that need no memory, and the answers to them.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest as _, Md5};
use sha2::Sha256;

/// How long a challenge can be answered. A client reconnects at once.
const LIFETIME: Duration = Duration::from_secs(60);

/// The digits of the part of a challenge that tells its time.
const TIME_DIGITS: usize = 16;

/// Makes challenges, and knows its own again. It keeps none of them, so a flood of clients costs no
/// memory.
pub(super) struct Challenges {
    secret: [u8; 32],
}

/// What a client sends to prove that it knows a password.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    pub(super) user: &'a str,
    /// The challenge of the server, which the client calls `opaque`.
    pub(super) opaque: &'a str,
    /// The client's own challenge.
    pub(super) challenge: &'a str,
    pub(super) response: &'a str,
}

impl Challenges {
    pub(super) const fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// Returns a challenge for a user. `age` is the time since a fixed instant.
    pub(super) fn challenge(&self, user: &str, age: Duration) -> String {
        let time = format!("{:0TIME_DIGITS$x}", age.as_secs());
        let mark = self.mark(&["challenge", &time, user]);
        time + &mark
    }

    /// Returns the salt of a user. It is no secret, and is the same until the server starts again.
    pub(super) fn salt(&self, user: &str) -> String {
        self.mark(&["salt", user]).chars().take(8).collect()
    }

    /// Returns whether an answer is that of a client that knows the password, to a challenge of
    /// this server that is not too old.
    pub(super) fn is_right(&self, answer: Answer<'_>, password: &str, age: Duration) -> bool {
        let Some(time) = answer.opaque.get(..TIME_DIGITS) else { return false };
        let Ok(seconds) = u64::from_str_radix(time, 16) else { return false };
        let made = Duration::from_secs(seconds);
        let is_young = age.checked_sub(made).is_some_and(|passed| passed <= LIFETIME);
        let is_own = is_same(answer.opaque, &self.challenge(answer.user, made));
        let expected = response(answer, &self.salt(answer.user), password);
        is_young && is_own && is_same(answer.response, &expected)
    }

    /// Returns 32 digits that only this server can make of these words.
    fn mark(&self, words: &[&str]) -> String {
        #[expect(clippy::expect_used, reason = "a key of any length will do")]
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length");
        for word in words {
            // The length keeps two lists of words apart that read the same.
            hmac.update(&(word.len() as u64).to_be_bytes());
            hmac.update(word.as_bytes());
        }
        let bytes = hmac.finalize().into_bytes();
        bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Returns the response that a client makes of a password, as FFmpeg and librtmp do.
pub(super) fn response(answer: Answer<'_>, salt: &str, password: &str) -> String {
    let hashed = md5(&[answer.user, salt, password]);
    md5(&[&hashed, answer.opaque, answer.challenge])
}

fn md5(parts: &[&str]) -> String {
    let mut md5 = Md5::new();
    parts.iter().for_each(|part| md5.update(part.as_bytes()));
    STANDARD.encode(md5.finalize())
}

/// Compares in a time that does not tell how much is right.
fn is_same(given: &str, expected: &str) -> bool {
    let pairs = given.bytes().zip(expected.bytes());
    given.len() == expected.len() && pairs.fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenges").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Answer, Challenges, md5, response};

    const NOW: Duration = Duration::from_secs(1_000);

    #[test]
    fn md5_is_that_of_the_standard() {
        // RFC 1321, A.5: d41d8cd98f00b204e9800998ecf8427e and 900150983cd24fb0d6963f7d28e17f72.
        assert_eq!(md5(&[""]), "1B2M2Y8AsgTpgAmY7PhCfg==");
        assert_eq!(md5(&["a", "bc"]), "kAFQmDzST7DWlj99KOF/cg==");
    }

    #[test]
    fn the_right_password_alone_is_let_in_for_a_minute() {
        let challenges = Challenges::new([7; 32]);
        let opaque = challenges.challenge("ann", NOW);
        let asked = Answer { user: "ann", opaque: &opaque, challenge: "1234", response: "" };
        let response = response(asked, &challenges.salt("ann"), "secret");
        let answer = Answer { response: &response, ..asked };
        let is_right = |answer, password, age| challenges.is_right(answer, password, age);
        assert!(is_right(answer, "secret", NOW));
        assert!(is_right(answer, "secret", NOW + Duration::from_secs(60)));
        assert!(!is_right(answer, "other", NOW));
        assert!(!is_right(answer, "secret", NOW + Duration::from_secs(61)));
        assert!(!is_right(answer, "secret", NOW - Duration::from_secs(1)), "of the future");
        assert!(!is_right(Answer { user: "bob", ..answer }, "secret", NOW));
        assert!(!is_right(Answer { challenge: "1235", ..answer }, "secret", NOW));
        assert!(!Challenges::new([8; 32]).is_right(answer, "secret", NOW), "another server");
        for opaque in ["", "ä", "zzzzzzzzzzzzzzzz", &opaque[1..], &"f".repeat(100)] {
            assert!(!is_right(Answer { opaque, ..answer }, "secret", NOW), "{opaque:?}");
        }
    }
}
