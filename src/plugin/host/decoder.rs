//! A decoder of a loaded library.
#![allow(unsafe_code, reason = "calls the library's functions")]

use std::sync::Arc;

use super::codec_handle::CodecHandle;
use super::descriptor::DecoderCalls;
use super::loaded_library::LoadedLibrary;
use crate::media::Canvas;
use crate::media::codec::life::Life;
use crate::media::codec::{CodecError, VideoDecoder, VideoFormat};
use crate::plugin::abi::{self, RawCanvas, RawDecoder, code, init};
use crate::plugin::raw;

pub(super) struct PluginDecoder {
    handle: CodecHandle<RawDecoder>,
    calls: DecoderCalls,
    identifier: String,
    life: Life<()>,
    /// The format of the last picture.
    format: Option<VideoFormat>,
}

impl PluginDecoder {
    /// Returns `None` if the plugin offers no decoder.
    pub(super) fn create(library: &Arc<LoadedLibrary>) -> Option<Self> {
        let calls = library.decoder()?;
        // SAFETY: the calls are those of this library.
        let handle = unsafe { CodecHandle::create(Arc::clone(library), calls.common) }?;
        let identifier = handle.identifier();
        Some(Self { handle, calls, identifier, life: Life::New, format: None })
    }

    fn call_init(&self, data: &[u8]) -> Result<(), CodecError> {
        let size = data.len() as u64;
        // SAFETY: the handle is of this library. The data outlives the call.
        let number = unsafe { (self.calls.init)(self.handle.pointer(), data.as_ptr(), size) };
        if number != abi::OK {
            return Err(self.init_error(number));
        }
        Ok(())
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

impl VideoDecoder for PluginDecoder {
    fn init(&mut self, data: &[u8]) -> Result<(), CodecError> {
        self.life.check_new()?;
        self.call_init(data)?;
        self.life = Life::Running(());
        Ok(())
    }

    fn format(&self) -> Option<VideoFormat> {
        let Some(format) = self.calls.format else {
            return self.format;
        };
        let mut raw = RawCanvas::EMPTY;
        // SAFETY: the handle is of this library. The canvas outlives the call.
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
        self.life.running()?;
        let size = data.len() as u64;
        let mut picture = RawCanvas::EMPTY;
        // SAFETY: the handle is of this library. Data and canvas outlive the call.
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
        // SAFETY: the header grants the pixels until the next call for this decoder. Every such
        // call takes `&mut self` or follows the end of the canvas's borrow.
        let canvas: Canvas<'_> = unsafe { raw::canvas(&picture) }.map_err(|fault| {
            let name = self.handle.plugin_name();
            CodecError::Failed(format!("the plugin {name:?} returned an invalid picture: {fault}"))
        })?;
        let (width, height) = (canvas.width(), canvas.height());
        self.format = Some(VideoFormat { width, height, pixel_type: canvas.pixel_type() });
        Ok(Some(canvas))
    }

    fn close(&mut self) {
        if self.life.end().is_ok()
            && let Some(close) = self.calls.close
        {
            // SAFETY: the handle is of this library.
            unsafe { close(self.handle.pointer()) }
        }
    }

    fn identifier(&self) -> &str {
        &self.identifier
    }
}
