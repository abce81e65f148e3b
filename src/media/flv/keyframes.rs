//! Finds a file's key frames: by its metadata if they are right, or else by a scan.

use std::io::{Read, Seek};

use super::reader::Found;
use super::{Error, Reader, metadata};
use crate::media::{TagKind, VideoHeader};
use crate::protocol::Timestamp;
use crate::protocol::amf::Value;

/// The number of tags at the start of a file that are searched for its metadata.
const METADATA_WITHIN_TAGS: usize = 8;
/// The bytes of a video tag that are read: more than the header of any known file.
const PEEKED: u32 = 64;
/// The most that a time in the table may differ from its tag's, in milliseconds: rounding.
const TOLERANCE: f64 = 1.0;

/// A key frame of a file on disk.
///
/// ```
/// # use rendercast::media::flv;
/// # let file = std::fs::File::open("tests/assets/h264_aac.flv")?;
/// let mut reader = flv::Reader::new(file)?;
/// if let Some(last) = reader.key_frames()?.last() {
///     reader.seek(last.offset)?;
///     assert!(reader.read_tag()?.is_some_and(|tag| tag.is_key_frame()));
/// }
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFrame {
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// The offset of its tag's header, in bytes, for [`Reader::seek`].
    pub offset: u64,
}

impl<R: Read + Seek> Reader<R> {
    /// Returns all key frames in the file's order: by its metadata, or else by a scan of the tags.
    ///
    /// The scan reads headers and seeks over the rest. The reader then is at the first tag.
    ///
    /// # Errors
    /// [`Error::Io`]. If a file is cut off or damaged, returns the key frames before that.
    pub fn key_frames(&mut self) -> Result<Vec<KeyFrame>, Error> {
        if let Some(key_frames) = self.key_frames_from_metadata()? {
            return Ok(key_frames);
        }
        let mut key_frames = Vec::new();
        let scanned = self.scan(&mut key_frames);
        self.rewind()?;
        match scanned {
            Err(error @ Error::Io(_)) => Err(error),
            _ => Ok(key_frames),
        }
    }

    /// Returns the key frames in the metadata's `keyframes` table, which tools such as flvmeta and
    /// FFmpeg (`-flvflags add_keyframe_index`) write. The reader then is at the first tag.
    ///
    /// Returns `None` if there is no table, or if any of its entries is wrong. Each must name a key
    /// frame's tag at that time, in ascending order.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn key_frames_from_metadata(&mut self) -> Result<Option<Vec<KeyFrame>>, Error> {
        let read = self.find_table().and_then(|table| match table {
            Some(table) => self.verify(&table),
            None => Ok(None),
        });
        self.rewind()?;
        match read {
            Err(error @ Error::Io(_)) => Err(error),
            Err(_) => Ok(None),
            Ok(key_frames) => Ok(key_frames),
        }
    }

    fn scan(&mut self, key_frames: &mut Vec<KeyFrame>) -> Result<(), Error> {
        self.rewind()?;
        while let Some(found) = self.find_tag()? {
            if self.peek_video(&found)?.is_some_and(|header| header.is_key_frame()) {
                let timestamp = found.header.timestamp;
                key_frames.push(KeyFrame { timestamp, offset: found.offset });
            }
            self.skip_body(found.header)?;
        }
        Ok(())
    }

    /// Finds the table, as pairs of seconds and bytes.
    fn find_table(&mut self) -> Result<Option<Vec<(f64, f64)>>, Error> {
        self.rewind()?;
        for _ in 0..METADATA_WITHIN_TAGS {
            let Some(found) = self.find_tag()? else {
                break;
            };
            if found.kind != TagKind::Script {
                self.skip_body(found.header)?;
                continue;
            }
            let body = self.peek_body(&found, u32::MAX)?;
            if let Some(value) = metadata::decode(&body) {
                return Ok(table(&value));
            }
            self.skip_body(found.header)?;
        }
        Ok(None)
    }

    fn verify(&mut self, table: &[(f64, f64)]) -> Result<Option<Vec<KeyFrame>>, Error> {
        let mut key_frames = Vec::with_capacity(table.len());
        let mut previous = 0;
        for &(seconds, position) in table {
            // The cast saturates, and makes 0 of a NaN. Neither is the offset of a tag.
            let offset = position as u64;
            if offset <= previous {
                return Ok(None);
            }
            previous = offset;
            // With ascending offsets and the buffer kept, this is one pass over the file.
            self.hop(offset)?;
            let Some(found) = self.find_tag()? else {
                return Ok(None);
            };
            let Some(header) = self.peek_video(&found)? else {
                return Ok(None);
            };
            if header.is_sequence_header() {
                // Some tools list the sequence header as the first key frame.
                continue;
            }
            let timestamp = found.header.timestamp;
            let is_at_that_time =
                (seconds.mul_add(1000.0, -f64::from(timestamp.0))).abs() <= TOLERANCE;
            if found.offset != offset || !header.is_key_frame() || !is_at_that_time {
                return Ok(None);
            }
            key_frames.push(KeyFrame { timestamp, offset });
        }
        Ok(Some(key_frames).filter(|key_frames| !key_frames.is_empty()))
    }

    fn peek_video(&mut self, found: &Found) -> Result<Option<VideoHeader>, Error> {
        if found.kind != TagKind::Video {
            return Ok(None);
        }
        Ok(VideoHeader::parse(&self.peek_body(found, PEEKED)?))
    }
}

fn table(metadata: &Value) -> Option<Vec<(f64, f64)>> {
    let table = metadata.get("keyframes")?;
    let numbers = |name| match table.get(name) {
        Some(Value::StrictArray(elements)) => elements.iter().map(Value::as_number).collect(),
        _ => None,
    };
    let times: Vec<f64> = numbers("times")?;
    let positions: Vec<f64> = numbers("filepositions")?;
    (times.len() == positions.len()).then(|| times.into_iter().zip(positions).collect())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{KeyFrame, Reader, TagKind, Timestamp, Value};
    use crate::media::flv::samples;
    use crate::protocol::amf::{Object, amf0};

    const METADATA: usize = 0;
    const HEADER: usize = 1;
    const KEY: [usize; 2] = [3, 7];

    /// The sample file with a table of these tags, each with its time in seconds.
    fn file_with_table(entries: &[(f64, usize)]) -> (Vec<u8>, Vec<usize>) {
        let mut tags = samples::tags();
        let mut offsets = vec![0; tags.len()];
        // The table's length does not depend on its values, so the second offsets are right.
        for _ in 0..2 {
            let table = Object::new()
                .with("times", entries.iter().map(|entry| entry.0.into()).collect::<Vec<Value>>())
                .with(
                    "filepositions",
                    entries
                        .iter()
                        .map(|entry| (offsets[entry.1] as f64).into())
                        .collect::<Vec<Value>>(),
                );
            let mut body = Vec::new();
            amf0::encode(&"onMetaData".into(), &mut body);
            let members = Object::new().with("keyframes", table);
            amf0::encode(&Value::EcmaArray(members), &mut body);
            tags[METADATA] = samples::tag(TagKind::Script, 0, &body);
            offsets = samples::offsets(&tags);
        }
        (samples::write(&tags), offsets)
    }

    fn expected(offsets: &[usize]) -> Vec<KeyFrame> {
        KEY.iter()
            .zip([0, 800])
            .map(|(&tag, time)| KeyFrame {
                timestamp: Timestamp(time),
                offset: offsets[tag] as u64,
            })
            .collect()
    }

    #[test]
    fn a_right_table_is_taken() {
        for entries in [
            vec![(0.0, KEY[0]), (0.8, KEY[1])],
            vec![(0.0, HEADER), (0.0, KEY[0]), (0.8004, KEY[1])],
        ] {
            let (bytes, offsets) = file_with_table(&entries);
            let mut reader = Reader::new(Cursor::new(bytes)).unwrap();
            assert_eq!(reader.key_frames_from_metadata().unwrap(), Some(expected(&offsets)));
            assert_eq!(reader.read_tag().unwrap().unwrap().kind, TagKind::Script);
        }
    }

    #[test]
    fn a_wrong_table_is_not_taken_and_the_file_is_scanned() {
        for entries in [
            vec![],
            vec![(0.0, KEY[0]), (0.9, KEY[1])],
            vec![(0.0, KEY[0]), (0.4, 5)],
            vec![(0.0, KEY[0]), (0.8, KEY[0])],
            vec![(f64::NAN, KEY[0])],
            vec![(0.01, 4)],
        ] {
            let (bytes, offsets) = file_with_table(&entries);
            let mut reader = Reader::new(Cursor::new(bytes)).unwrap();
            assert_eq!(reader.key_frames_from_metadata().unwrap(), None, "{entries:?}");
            assert_eq!(reader.key_frames().unwrap(), expected(&offsets));
            assert_eq!(reader.read_tag().unwrap().unwrap().kind, TagKind::Script);
        }
    }

    #[test]
    fn a_file_without_a_table_that_is_cut_off_is_scanned_up_to_there() {
        let tags = samples::tags();
        let offsets = samples::offsets(&tags);
        let bytes = samples::write(&tags);
        let mut reader = Reader::new(Cursor::new(&bytes[..offsets[KEY[1]] + 5])).unwrap();
        assert_eq!(reader.key_frames().unwrap(), expected(&offsets)[..1]);
    }
}
