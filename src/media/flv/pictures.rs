//! Which picture is shown, while the tags of a file go by.

/// A key frame that playing may start at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyFrameTag {
    /// The offset of its tag's header, or that of another track's key frame just before it.
    pub(super) offset: u64,
    /// The end of the time line at this tag, in milliseconds. These ascend with the tags.
    pub(super) reached: u32,
}

/// Which picture is shown, while the tags of a file go by.
///
/// The key frames are those of one track. If another track has one just before it, playing starts
/// at that.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pictures {
    /// The latest key frame.
    pub(super) key_frame: Option<KeyFrameTag>,
    /// The number of frames from that one on.
    pub(super) frames: u32,
    /// The latest position of them, in milliseconds.
    pub(super) last: u32,
    /// A key frame of another track since the last picture of the main track.
    early_key_frame: Option<u64>,
    /// The track of the first picture, whose key frames count.
    main_track: Option<u8>,
}

/// A frame of video.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture {
    /// The offset of its tag's header.
    pub(super) offset: u64,
    pub(super) track: u8,
    pub(super) is_key_frame: bool,
    /// In milliseconds.
    pub(super) position: u32,
    /// The end of the time line at this tag, in milliseconds.
    pub(super) reached: u32,
}

impl Pictures {
    /// Notes the next frame. Returns whether it is a key frame that counts.
    pub(super) fn note(&mut self, picture: Picture) -> bool {
        let is_main = *self.main_track.get_or_insert(picture.track) == picture.track;
        if is_main && picture.is_key_frame {
            let offset = self.early_key_frame.take().unwrap_or(picture.offset);
            self.key_frame = Some(KeyFrameTag { offset, reached: picture.reached });
            self.frames = 1;
            self.last = picture.position;
            return true;
        }
        if is_main {
            self.early_key_frame = None;
        } else if picture.is_key_frame && self.early_key_frame.is_none() {
            self.early_key_frame = Some(picture.offset);
        }
        self.frames = self.frames.saturating_add(1);
        self.last = self.last.max(picture.position);
        false
    }

    /// Corrects what a wrong timestamp had moved too far.
    pub(super) fn limit(&mut self, end: u32) {
        self.last = self.last.min(end);
        if let Some(key_frame) = &mut self.key_frame {
            key_frame.reached = key_frame.reached.min(end);
        }
    }
}
