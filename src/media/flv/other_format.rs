//! Recognises other formats than FLV, so that errors can name them.

use std::fmt;

/// The distance between two packets of an MPEG transport stream, in bytes.
const TS_PACKET: usize = 188;

/// The format that a file looks like.
///
/// ```
/// use rendercast::media::flv::OtherFormat;
///
/// assert_eq!(OtherFormat::sniff(b"\0\0\0\x18ftypmp42"), OtherFormat::Mp4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OtherFormat {
    /// Nothing at all.
    Empty,
    /// MP4, MOV or another of the ISO base media formats.
    Mp4,
    /// Matroska or WebM.
    Matroska,
    /// An MPEG transport stream.
    MpegTs,
    /// AVI or WAV.
    Riff,
    /// Ogg.
    Ogg,
    /// MP3.
    Mp3,
    /// A picture: PNG, JPEG or GIF.
    Picture,
    /// A Flash movie, not a Flash video.
    Swf,
    /// Text.
    Text,
    /// None of these.
    Unknown,
}

impl OtherFormat {
    /// The number of first bytes that are needed to recognise a file.
    pub(super) const SNIFFED: usize = 2 * TS_PACKET;

    /// Returns the format that a file with these first bytes looks like.
    #[must_use]
    pub fn sniff(head: &[u8]) -> Self {
        match head {
            [] => Self::Empty,
            [_, _, _, _, b'f', b't', b'y', b'p', ..]
            | [_, _, _, _, b'm', b'o', b'o', b'v', ..]
            | [_, _, _, _, b's', b't', b'y', b'p', ..] => Self::Mp4,
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Self::Matroska,
            [b'R', b'I', b'F', b'F', ..] => Self::Riff,
            [b'O', b'g', b'g', b'S', ..] => Self::Ogg,
            [b'I', b'D', b'3', ..] => Self::Mp3,
            [0x89, b'P', b'N', b'G', ..]
            | [0xff, 0xd8, 0xff, ..]
            | [b'G', b'I', b'F', b'8', ..] => Self::Picture,
            [b'F' | b'C' | b'Z', b'W', b'S', ..] => Self::Swf,
            _ if is_text(head) => Self::Text,
            [0x47, ..] if matches!(head.get(TS_PACKET), None | Some(0x47)) => Self::MpegTs,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty file",
            Self::Mp4 => {
                "an MP4 or MOV file; the feature mp4 plays it, or FFmpeg rewraps it with -c copy"
            }
            Self::Matroska => "a Matroska or WebM file; FFmpeg converts it",
            Self::MpegTs => "an MPEG transport stream; FFmpeg rewraps it with -c copy",
            Self::Riff => "an AVI or WAV file; FFmpeg converts it",
            Self::Ogg => "an Ogg file; FFmpeg converts it",
            Self::Mp3 => "an MP3 file; FFmpeg rewraps it with -c copy",
            Self::Picture => "a picture",
            Self::Swf => "a Flash movie (SWF), which is no video",
            Self::Text => "text",
            Self::Unknown => "something else",
        })
    }
}

fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The end of `head` may cut the last character in two.
        Err(error) if error.error_len().is_none() => {
            let (whole, _) = head.split_at_checked(error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|c| !c.is_control() || c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::OtherFormat;

    #[test]
    fn other_formats_are_recognised() {
        let mut ts = vec![0; 376];
        ts[0] = 0x47;
        ts[188] = 0x47;
        let cases: [(&[u8], OtherFormat); 16] = [
            (b"", OtherFormat::Empty),
            (b"\0\0\0\x20ftypisom", OtherFormat::Mp4),
            (b"\x1a\x45\xdf\xa3\x01", OtherFormat::Matroska),
            (&ts, OtherFormat::MpegTs),
            (&ts[..9], OtherFormat::MpegTs),
            (b"GET / HTTP/1.1\r\n", OtherFormat::Text),
            (b"RIFF\0\0\0\0AVI ", OtherFormat::Riff),
            (b"OggS\0", OtherFormat::Ogg),
            (b"ID3\x04", OtherFormat::Mp3),
            (b"\x89PNG\r\n\x1a\n", OtherFormat::Picture),
            (b"\xff\xd8\xff\xe0", OtherFormat::Picture),
            (b"CWS\x09", OtherFormat::Swf),
            (b"<!DOCTYPE html>\n", OtherFormat::Text),
            ("caf\u{e9}".as_bytes().split_last().unwrap().1, OtherFormat::Text),
            (b"\0\0\0\0", OtherFormat::Unknown),
            (b"\xc3\x28", OtherFormat::Unknown),
        ];
        for (head, expected) in cases {
            assert_eq!(OtherFormat::sniff(head), expected, "{head:?}");
        }
    }
}
