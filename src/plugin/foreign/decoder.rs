//! A decoder that a library made.
#![allow(unsafe_code, reason = "calls the library's functions")]

use std::sync::Arc;

use super::descriptor::DecoderCalls;
use super::handle::Handle;
use super::{Resident, Stage};
use crate::media::Canvas;
use crate::media::codec::{CodecError, VideoDecoder, VideoFormat};
use crate::plugin::abi::{self, RawCanvas, RawDecoder, code, init};
use crate::plugin::raw;

pub(super) struct ForeignDecoder {
    handle: Handle<RawDecoder>,
    calls: DecoderCalls,
    identifier: String,
    stage: Stage<()>,
    /// The last picture's.
    format: Option<VideoFormat>,
}

impl ForeignDecoder {
    /// None: the plugin has none to give.
    pub(super) fn create(resident: &Arc<Resident>) -> Option<Self> {
        let calls = resident.decoder()?;
        // SAFETY: the calls are this resident's.
        let handle = unsafe { Handle::create(Arc::clone(resident), calls.common) }?;
        let identifier = handle.identifier();
        Some(Self { handle, calls, identifier, stage: Stage::New, format: None })
    }

    fn init_error(&self, number: i32) -> CodecError {
        let reason = self.handle.reason(number);
        match number {
            init::INVALID_PARAMETERS => CodecError::InvalidData(reason),
            init::ALREADY_INITIALISED => CodecError::AlreadyInitialised,
            init::NO_DEVICE => CodecError::NoDevice(reason),
            _ => CodecError::Failed(reason),
        }
    }

    fn error(&self, number: i32) -> CodecError {
        let reason = self.handle.reason(number);
        match number {
            code::INVALID_PARAMETERS => CodecError::InvalidData(reason),
            code::NOT_INITIALISED => CodecError::NotInitialised,
            code::NO_MEMORY => CodecError::Allocation,
            _ => CodecError::Failed(reason),
        }
    }
}

impl VideoDecoder for ForeignDecoder {
    fn init(&mut self, data: &[u8]) -> Result<(), CodecError> {
        if !matches!(self.stage, Stage::New) {
            return Err(CodecError::AlreadyInitialised);
        }
        let size = data.len() as u64;
        // SAFETY: the handle is this library's; the data outlives the call.
        let number = unsafe { (self.calls.init)(self.handle.pointer(), data.as_ptr(), size) };
        if number != abi::OK {
            return Err(self.init_error(number));
        }
        self.stage = Stage::Ready(());
        Ok(())
    }

    fn format(&self) -> Option<VideoFormat> {
        let Some(format) = self.calls.format else {
            return self.format;
        };
        let mut raw = RawCanvas::EMPTY;
        // SAFETY: the handle is this library's; the canvas outlives the call.
        let is_known = unsafe { format(self.handle.pointer(), &raw mut raw) } != 0;
        let pixel_type = abi::pixel_type(raw.pixel_type).filter(|_| is_known)?;
        Some(VideoFormat { width: raw.width, height: raw.height, pixel_type })
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        self.handle.set_parameter(name, value)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.handle.parameter(name)
    }

    fn decode_canvas(&mut self, data: &[u8]) -> Result<Option<Canvas<'_>>, CodecError> {
        let Stage::Ready(()) = self.stage else {
            return Err(CodecError::NotInitialised);
        };
        let size = data.len() as u64;
        let mut picture = RawCanvas::EMPTY;
        // SAFETY: the handle is this library's; data and canvas outlive the call.
        let number = unsafe {
            let pointer = self.handle.pointer();
            (self.calls.decode_canvas)(pointer, data.as_ptr(), size, &raw mut picture)
        };
        if number != abi::OK {
            return Err(self.error(number));
        }
        if picture.data.is_null() && picture.size == 0 {
            return Ok(None);
        }
        // SAFETY: the header grants the pixels until the next call for this decoder, which takes
        // `&mut self` or ends the canvas's borrow of it otherwise.
        let canvas: Canvas<'_> = unsafe { raw::canvas(&picture) }.map_err(|fault| {
            let name = self.handle.plugin_name();
            CodecError::Failed(format!("the plugin {name:?} decoded what is no picture: {fault}"))
        })?;
        let (width, height) = (canvas.width(), canvas.height());
        self.format = Some(VideoFormat { width, height, pixel_type: canvas.pixel_type() });
        Ok(Some(canvas))
    }

    fn close(&mut self) {
        let Stage::Ready(()) = self.stage else {
            return;
        };
        self.stage = Stage::Closed;
        if let Some(close) = self.calls.close {
            // SAFETY: the handle is this library's.
            unsafe { close(self.handle.pointer()) }
        }
    }

    fn identifier(&self) -> &str {
        &self.identifier
    }
}
