//! What a publisher that returns must not send again, or not yet.

use bytes::Bytes;

use crate::media::{Tag, TagClass};

/// The most headers that are kept: metadata, and the headers of the tracks.
const MAX_HEADERS: usize = 33;

/// Lets the media of a publisher continue those of the one before.
///
/// Metadata and headers that have not changed are left out, since a decoder may begin anew at each.
/// Video is left out before the first key frame, since it cannot be decoded.
#[derive(Debug, Default)]
pub(super) struct Sequel {
    /// The metadata and headers that viewers have: the last of each class.
    headers: Vec<(TagClass, Bytes)>,
    /// Whether this publisher has sent a key frame.
    has_key_frame: bool,
}

impl Sequel {
    /// Begins with another publisher, or with the same again.
    pub(super) const fn begin(&mut self) {
        self.has_key_frame = false;
    }

    /// Returns whether viewers get the tag.
    pub(super) fn passes(&mut self, class: TagClass, tag: &Tag) -> bool {
        match class {
            TagClass::Metadata | TagClass::AudioHeader(_) | TagClass::VideoHeader(_) => {
                self.note_header(class, tag) || self.has_key_frame
            }
            TagClass::KeyFrame => {
                self.has_key_frame = true;
                true
            }
            TagClass::InterFrame | TagClass::DisposableFrame => self.has_key_frame,
            _ => true,
        }
    }

    /// Keeps a header. Returns whether it is another than the one before.
    fn note_header(&mut self, class: TagClass, tag: &Tag) -> bool {
        if let Some((_, kept)) = self.headers.iter_mut().find(|(kept, _)| *kept == class) {
            let changes = *kept != tag.payload;
            kept.clone_from(&tag.payload);
            return changes;
        }
        if self.headers.len() < MAX_HEADERS {
            self.headers.push((class, tag.payload.clone()));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Sequel;
    use crate::media::{Tag, TagClass, TagKind};
    use crate::protocol::Timestamp;

    const METADATA: &[u8] = b"\x02\x00\x0aonMetaData";
    const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1];
    const OTHER_HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 2];
    const KEY: &[u8] = &[0x17, 1, 0, 0, 0, 1];
    const INTER: &[u8] = &[0x27, 1, 0, 0, 0, 1];

    fn passed<'a>(sequel: &mut Sequel, payloads: &[&'a [u8]]) -> Vec<&'a [u8]> {
        let passes = |payload: &&&[u8]| {
            let kind = if **payload == METADATA { TagKind::Script } else { TagKind::Video };
            let payload = payload.to_vec().into();
            let tag = Tag { kind, timestamp: Timestamp(0), payload };
            sequel.passes(TagClass::of(&tag), &tag)
        };
        payloads.iter().filter(passes).copied().collect()
    }

    #[test]
    fn a_returned_publisher_begins_with_a_key_frame_behind_what_has_changed() {
        let mut sequel = Sequel::default();
        let all = [METADATA, HEADER, KEY, INTER, HEADER, INTER];
        assert_eq!(passed(&mut sequel, &all), all, "the first is passed on as it is");
        sequel.begin();
        assert_eq!(
            passed(&mut sequel, &[METADATA, HEADER, INTER, KEY, INTER, HEADER]),
            [KEY, INTER, HEADER]
        );
        sequel.begin();
        assert_eq!(passed(&mut sequel, &[METADATA, OTHER_HEADER, KEY]), [OTHER_HEADER, KEY]);
    }
}
