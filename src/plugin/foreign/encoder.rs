//! An encoder that a library made.
#![allow(unsafe_code, reason = "calls the library's functions")]

use std::sync::Arc;

use super::descriptor::EncoderCalls;
use super::handle::Handle;
use super::output::Written;
use super::{Resident, Stage};
use crate::media::codec::{CodecError, VideoData, VideoDataKind, VideoEncoder};
use crate::media::{Canvas, PixelType};
use crate::plugin::abi::{self, RawCanvas, RawEncoder, code, init};

/// How many pixel types an encoder is asked for; there are fewer.
const MAX_TYPES: u32 = 64;

pub(super) struct ForeignEncoder {
    handle: Handle<RawEncoder>,
    calls: EncoderCalls,
    supported_types: Vec<PixelType>,
    identifier: String,
    stage: Stage<(u32, u32)>,
}

impl ForeignEncoder {
    /// None: the plugin has none to give.
    pub(super) fn create(resident: &Arc<Resident>) -> Option<Self> {
        let calls = resident.encoder()?;
        // SAFETY: the calls are this resident's.
        let handle = unsafe { Handle::create(Arc::clone(resident), calls.common) }?;
        let supported_types = (0..MAX_TYPES)
            // SAFETY: the handle is this library's.
            .map(|index| unsafe { (calls.supported_type)(handle.pointer(), index) })
            .take_while(|number| *number != 0)
            .filter_map(abi::pixel_type)
            .collect::<Vec<_>>();
        if supported_types.is_empty() {
            let name = handle.plugin_name();
            log::warn!("the plugin {name:?} has an encoder that takes no pixels known here");
            return None;
        }
        let identifier = handle.identifier();
        Some(Self { handle, calls, supported_types, identifier, stage: Stage::New })
    }

    fn init_error(&self, number: i32, width: u32, height: u32) -> CodecError {
        let reason = self.handle.reason(number);
        match number {
            init::INVALID_PARAMETERS => CodecError::InvalidParameters(reason),
            init::RESOLUTION_NOT_SUPPORTED => CodecError::Resolution { width, height, reason },
            init::ALREADY_INITIALISED => CodecError::AlreadyInitialised,
            init::NO_DEVICE => CodecError::NoDevice(reason),
            _ => CodecError::Failed(reason),
        }
    }

    fn error(&self, number: i32) -> CodecError {
        let reason = self.handle.reason(number);
        match number {
            code::INVALID_PARAMETERS => CodecError::InvalidParameters(reason),
            code::NOT_INITIALISED => CodecError::NotInitialised,
            code::NO_MEMORY => CodecError::Allocation,
            _ => CodecError::Failed(reason),
        }
    }

    /// What a call wrote, of the kind that it said.
    fn data(&self, kind: u32, written: Written) -> Result<Option<VideoData>, CodecError> {
        let bytes = written.bytes()?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let Some(kind) = abi::data_kind(kind) else {
            let name = self.handle.plugin_name();
            let fault = format!("the plugin {name:?} wrote data of kind {kind}, which is none");
            return Err(CodecError::Failed(fault));
        };
        Ok(Some(VideoData { kind, bytes: bytes.into() }))
    }

    /// So that a plugin gets what it agreed to, whatever it checks itself.
    fn check(&self, canvas: &Canvas<'_>) -> Result<(), CodecError> {
        let Stage::Ready((width, height)) = self.stage else {
            return Err(CodecError::NotInitialised);
        };
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

impl VideoEncoder for ForeignEncoder {
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        if !matches!(self.stage, Stage::New) {
            return Err(CodecError::AlreadyInitialised);
        }
        if width == 0 || height == 0 {
            let fault = format!("a picture cannot be {width}x{height}");
            return Err(CodecError::InvalidParameters(fault));
        }
        let (number, written) = Written::during(|output| {
            // SAFETY: the handle is this library's; the output outlives the call.
            unsafe { (self.calls.init)(self.handle.pointer(), width, height, output) }
        });
        if number != abi::OK {
            return Err(written.fault_or(|| self.init_error(number, width, height)));
        }
        self.stage = Stage::Ready((width, height));
        self.data(abi::data_kind_number(VideoDataKind::SequenceHeader), written)
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
            // SAFETY: the handle is this library's; canvas, output and kind outlive the call.
            unsafe {
                (self.calls.encode_canvas)(self.handle.pointer(), &raw, output, &raw mut kind)
            }
        });
        if number != abi::OK {
            return Err(written.fault_or(|| self.error(number)));
        }
        self.data(kind, written)
    }

    fn close(&mut self) -> Result<Option<VideoData>, CodecError> {
        let Stage::Ready(_) = self.stage else {
            return Err(CodecError::NotInitialised);
        };
        self.stage = Stage::Closed;
        let Some(close) = self.calls.close else {
            return Ok(None);
        };
        let mut kind = abi::DATA_NONE;
        let (number, written) = Written::during(|output| {
            // SAFETY: the handle is this library's; output and kind outlive the call.
            unsafe { close(self.handle.pointer(), output, &raw mut kind) }
        });
        if number != abi::OK {
            return Err(written.fault_or(|| self.error(number)));
        }
        self.data(kind, written)
    }

    fn identifier(&self) -> &str {
        &self.identifier
    }
}
