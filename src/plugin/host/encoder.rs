//! An encoder of a loaded library.
#![allow(unsafe_code, reason = "calls the library's functions")]

use std::sync::Arc;

use super::codec_handle::CodecHandle;
use super::descriptor::EncoderCalls;
use super::loaded_library::LoadedLibrary;
use super::output::{Written, WrittenFrame};
use crate::media::codec::life::Life;
use crate::media::codec::{CodecError, VideoData, VideoDataKind, VideoEncoder};
use crate::media::{Canvas, PixelType};
use crate::peer_log::peer_log;
use crate::plugin::abi::{self, RawCanvas, RawEncoder, init};

/// Bounds the list of pixel types that an encoder reports. There are fewer types than this.
const MAX_TYPES: u32 = 64;

pub(super) struct PluginEncoder {
    handle: CodecHandle<RawEncoder>,
    calls: EncoderCalls,
    supported_types: Vec<PixelType>,
    identifier: String,
    /// While it runs: the width and height that `init` got.
    life: Life<(u32, u32)>,
}

impl PluginEncoder {
    /// Returns `None` if the plugin offers no encoder.
    pub(super) fn create(library: &Arc<LoadedLibrary>) -> Option<Self> {
        let calls = library.encoder()?;
        // SAFETY: the calls are those of this library.
        let handle = unsafe { CodecHandle::create(Arc::clone(library), calls.common) }?;
        let supported_types = (0..MAX_TYPES)
            // SAFETY: the handle is of this library.
            .map(|index| unsafe { (calls.supported_type)(handle.pointer(), index) })
            .take_while(|number| *number != 0)
            .filter_map(abi::pixel_type)
            .collect::<Vec<_>>();
        if supported_types.is_empty() {
            let name = handle.plugin_name();
            let who = format_args!("the plugin {name:?}");
            peer_log!(Warn, who, "its encoder takes no known pixel type");
            return None;
        }
        let identifier = handle.identifier();
        Some(Self { handle, calls, supported_types, identifier, life: Life::New })
    }

    fn call_init(&self, width: u32, height: u32) -> Result<Written, CodecError> {
        if width == 0 || height == 0 {
            let fault = format!("a picture cannot be {width}x{height}");
            return Err(CodecError::InvalidParameters(fault));
        }
        let (number, written) = Written::during(|output| {
            // SAFETY: the handle is of this library. The output outlives the call.
            unsafe { (self.calls.init)(self.handle.pointer(), width, height, output) }
        });
        if number != abi::OK {
            return Err(written.fault_or(|| self.init_error(number, width, height)));
        }
        Ok(written)
    }

    fn init_error(&self, number: i32, width: u32, height: u32) -> CodecError {
        if number == init::RESOLUTION_NOT_SUPPORTED {
            let reason = self.handle.reason(number);
            return CodecError::Resolution { width, height, reason };
        }
        self.handle.init_error(number)
    }

    /// Returns the frames that a call wrote. `kind` is that of a frame without one of its own.
    fn frames(&self, kind: u32, written: Written) -> Result<Vec<VideoData>, CodecError> {
        let frame = |WrittenFrame { kind, composition_time, bytes }| {
            let Some(kind) = abi::data_kind(kind) else {
                let name = self.handle.plugin_name();
                let fault =
                    format!("the plugin {name:?} wrote data of kind {kind}, which does not exist");
                return Err(CodecError::Failed(fault));
            };
            Ok(VideoData::new(kind, bytes).with_composition_time(composition_time))
        };
        written.frames(kind)?.into_iter().map(frame).collect()
    }

    /// Checks size and pixel type, so that a plugin never gets a canvas that it did not agree to.
    fn check(&self, canvas: &Canvas<'_>) -> Result<(), CodecError> {
        let &(width, height) = self.life.running()?;
        if (canvas.width(), canvas.height()) != (width, height) {
            let (found_width, found_height) = (canvas.width(), canvas.height());
            return Err(CodecError::InvalidParameters(format!(
                "the encoder takes pictures of {width}x{height}, not {found_width}x{found_height}"
            )));
        }
        if !self.supported_types.contains(&canvas.pixel_type()) {
            return Err(CodecError::InvalidParameters(format!(
                "the encoder takes {:?}, not {:?}",
                self.supported_types,
                canvas.pixel_type()
            )));
        }
        Ok(())
    }
}

impl VideoEncoder for PluginEncoder {
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        self.life.check_new()?;
        let header = self.call_init(width, height)?;
        self.life = Life::Running((width, height));
        let kind = abi::data_kind_number(VideoDataKind::SequenceHeader);
        Ok(self.frames(kind, header)?.into_iter().next())
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        self.handle.set_parameter(name, value)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.handle.parameter(name)
    }

    fn supported_types(&self) -> &[PixelType] {
        &self.supported_types
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        self.check(canvas)?;
        let raw = RawCanvas::of(canvas);
        let mut kind = abi::DATA_NONE;
        let (number, written) = Written::during(|output| {
            // SAFETY: the handle is of this library. Canvas, output and kind outlive the call.
            unsafe {
                (self.calls.encode_canvas)(self.handle.pointer(), &raw, output, &raw mut kind)
            }
        });
        if number != abi::OK {
            return Err(written.fault_or(|| self.handle.error(number)));
        }
        let mut frames = self.frames(kind, written)?;
        let frame = frames.pop();
        if frames.is_empty() {
            return Ok(frame);
        }
        let name = self.handle.plugin_name();
        let fault = format!("the plugin {name:?} wrote several frames for one canvas");
        Err(CodecError::Failed(fault))
    }

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        self.life.end()?;
        let Some(close) = self.calls.close else {
            return Ok(Vec::new());
        };
        let mut kind = abi::DATA_NONE;
        let (number, written) = Written::during(|output| {
            // SAFETY: the handle is of this library. Output and kind outlive the call.
            unsafe { close(self.handle.pointer(), output, &raw mut kind) }
        });
        if number != abi::OK {
            return Err(written.fault_or(|| self.handle.error(number)));
        }
        self.frames(kind, written)
    }

    fn identifier(&self) -> &str {
        &self.identifier
    }
}
