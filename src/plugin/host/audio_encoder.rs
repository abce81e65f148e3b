//! An audio encoder of a loaded library.
#![allow(unsafe_code, reason = "calls the library's functions")]

use std::sync::Arc;

use bytes::Bytes;

use super::audio_output::WrittenFrames;
use super::codec_handle::CodecHandle;
use super::descriptor::AudioEncoderCalls;
use super::loaded_library::LoadedLibrary;
use super::output::Written;
use crate::media::codec::CodecError;
use crate::media::codec::life::Life;
use crate::media::codec::sound::{AudioData, AudioDataKind, AudioEncoder, AudioFormat};
use crate::plugin::abi::{self, RawAudioEncoder, RawAudioFormat};

pub(super) struct PluginAudioEncoder {
    handle: CodecHandle<RawAudioEncoder>,
    calls: AudioEncoderCalls,
    identifier: String,
    /// While it runs: the format that `init` got.
    life: Life<AudioFormat>,
    delay: u32,
}

impl PluginAudioEncoder {
    /// Returns `None` if the plugin offers no audio encoder.
    pub(super) fn create(library: &Arc<LoadedLibrary>) -> Option<Self> {
        let calls = library.audio_encoder()?;
        // SAFETY: the calls are those of this library.
        let handle = unsafe { CodecHandle::create(Arc::clone(library), calls.common) }?;
        let identifier = handle.identifier();
        Some(Self { handle, calls, identifier, life: Life::New, delay: 0 })
    }
}

impl AudioEncoder for PluginAudioEncoder {
    fn supported_format(&self, wanted: AudioFormat) -> AudioFormat {
        let AudioFormat { sample_rate, channels } = wanted;
        let mut format = RawAudioFormat { sample_rate, channels: channels.into() };
        // SAFETY: the handle is of this library. The format outlives the call.
        unsafe { (self.calls.supported_format)(self.handle.pointer(), &raw mut format) };
        let channels = u16::try_from(format.channels).unwrap_or(u16::MAX);
        AudioFormat { sample_rate: format.sample_rate, channels }
    }

    fn init(&mut self, format: AudioFormat) -> Result<Option<AudioData>, CodecError> {
        self.life.check_new()?;
        let AudioFormat { sample_rate, channels } = format;
        if sample_rate == 0 || channels == 0 {
            let fault = format!("sound cannot have {channels} channels at {sample_rate} Hz");
            return Err(CodecError::InvalidParameters(fault));
        }
        let raw = RawAudioFormat { sample_rate, channels: channels.into() };
        let (number, written) = Written::during(|output| {
            // SAFETY: the handle is of this library. Format and output outlive the call.
            unsafe { (self.calls.init)(self.handle.pointer(), &raw const raw, output) }
        });
        if number != abi::OK {
            return Err(written.fault_or(|| self.handle.init_error(number)));
        }
        self.life = Life::Running(format);
        // SAFETY: the handle is of this library.
        let delay = self.calls.delay.map(|delay| unsafe { delay(self.handle.pointer()) });
        self.delay = delay.unwrap_or(0);
        let bytes = Bytes::from(written.bytes()?);
        let header = AudioData { kind: AudioDataKind::SequenceHeader, bytes, samples: 0 };
        Ok((!header.bytes.is_empty()).then_some(header))
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        self.handle.set_parameter(name, value)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.handle.parameter(name)
    }

    fn delay(&self) -> u32 {
        self.delay
    }

    /// Checks the number of samples, so that a plugin never gets a part of a sample.
    fn encode(&mut self, samples: &[f32]) -> Result<Vec<AudioData>, CodecError> {
        let channels = usize::from(self.life.running()?.channels);
        if !samples.len().is_multiple_of(channels) {
            let fault = format!("{} samples are not those of {channels} channels", samples.len());
            return Err(CodecError::InvalidParameters(fault));
        }
        let count = samples.len() as u64;
        let (number, written) = WrittenFrames::during(|output| {
            // SAFETY: the handle is of this library. Samples and output outlive the call.
            unsafe { (self.calls.encode)(self.handle.pointer(), samples.as_ptr(), count, output) }
        });
        written.frames(number, || self.handle.error(number))
    }

    fn close(&mut self) -> Result<Vec<AudioData>, CodecError> {
        self.life.end()?;
        let Some(close) = self.calls.close else { return Ok(Vec::new()) };
        let (number, written) = WrittenFrames::during(|output| {
            // SAFETY: the handle is of this library. The output outlives the call.
            unsafe { close(self.handle.pointer(), output) }
        });
        written.frames(number, || self.handle.error(number))
    }

    fn identifier(&self) -> &str {
        &self.identifier
    }
}
