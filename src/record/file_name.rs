//! Safe file names from the names of streams, which clients choose.

use std::fmt::Write as _;

/// The longest name, in bytes. File systems take 255, and numbers and endings follow.
const MAX_BYTES: usize = 180;

/// The end of a name that is cut, in bytes: a mark, and a hash of the whole name.
const HASH_BYTES: usize = 17;

/// Names that Windows keeps for devices, whatever ending follows.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Returns a file name, without an ending, for the stream of that name.
///
/// The name has no separator, no control character and no leading dot, so it stays in its folder.
/// `/` becomes `+`. All other characters that a file system or a shell could take amiss are
/// escaped as in a URL, so two streams have two names. A name that is too long is cut, and gets a
/// hash of the whole.
pub(super) fn file_name(stream: &str) -> String {
    let mut name = String::new();
    for (place, character) in stream.chars().enumerate() {
        match character {
            '/' => name.push('+'),
            '.' if place > 0 => name.push('.'),
            '-' if place > 0 => name.push('-'),
            '_' => name.push('_'),
            _ if character.is_alphanumeric() => name.push(character),
            _ => escape(character, &mut name),
        }
    }
    if name.is_empty() || is_device(&name) {
        name.insert(0, '+');
    }
    if name.len() > MAX_BYTES {
        let hash = hash(stream);
        let mut end = MAX_BYTES.saturating_sub(HASH_BYTES);
        while !name.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        name.truncate(end);
        // A hash is 16 digits, so this fits. Writing to a text cannot fail.
        let _ = write!(name, "~{hash:016x}");
    }
    name
}

fn escape(character: char, name: &mut String) {
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(name, "%{byte:02X}");
    }
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let stem = stem.trim_end_matches(|end: char| end.is_ascii_digit());
    DEVICES.contains(&stem)
}

/// FNV-1a: short, and the same in every version of this crate.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::file_name;

    #[test]
    fn names_are_safe() {
        for (stream, expected) in [
            ("live/key", "live+key"),
            ("../../etc/passwd", "%2E.+..+etc+passwd"),
            ("/etc/passwd", "+etc+passwd"),
            ("..", "%2E."),
            ("a\\b:c", "a%5Cb%3Ac"),
            ("a\0b\n", "a%00b%0A"),
            ("-rf", "%2Drf"),
            ("$(reboot) ~%+", "%24%28reboot%29%20%7E%25%2B"),
            ("Kamera 1 ä", "Kamera%201%20ä"),
            ("\u{202e}gpj", "%E2%80%AEgpj"),
            ("nul.flv", "+nul.flv"),
            ("COM1", "+COM1"),
            ("console", "console"),
            ("", "+"),
        ] {
            assert_eq!(file_name(stream), expected, "{stream:?}");
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let names: BTreeSet<String> =
            (0..100).map(|number| file_name(&format!("{}{number}", "ä/".repeat(600)))).collect();
        assert_eq!(names.len(), 100);
        assert!(names.iter().all(|name| name.len() <= super::MAX_BYTES), "{names:?}");
    }
}
