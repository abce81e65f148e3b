//! A plugin in Rust that encodes sound, and panics on request. It is built as the example
//! `audible_plugin`.

use rendercast::media::codec::CodecError;
use rendercast::media::codec::sound::{
    AudioData, AudioDataKind, AudioEncoder, AudioFormat, AudioPlugin,
};

rendercast::export_audio_plugin!("ac-3", Audible);

struct Audible;

impl AudioPlugin for Audible {
    fn name(&self) -> &str {
        "ac-3"
    }

    fn create_audio_encoder(&self) -> Option<Box<dyn AudioEncoder>> {
        log::info!("a new encoder");
        Some(Box::new(Encoder { bitrate: None }))
    }
}

struct Encoder {
    bitrate: Option<String>,
}

impl AudioEncoder for Encoder {
    fn supported_format(&self, wanted: AudioFormat) -> AudioFormat {
        AudioFormat { sample_rate: 48_000, channels: wanted.channels.min(6) }
    }

    fn init(&mut self, format: AudioFormat) -> Result<Option<AudioData>, CodecError> {
        if format.channels == 5 {
            return Err(CodecError::NoDevice("five of what?".to_owned()));
        }
        Ok(None)
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        let is_known = name == "bitrate";
        if is_known {
            self.bitrate = Some(value.to_owned());
        }
        is_known
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.bitrate.clone().filter(|_| name == "bitrate")
    }

    fn delay(&self) -> u32 {
        256
    }

    /// Makes a frame of each sample.
    fn encode(&mut self, samples: &[f32]) -> Result<Vec<AudioData>, CodecError> {
        let frame = |sample: &f32| {
            assert!(*sample < 2.0, "too loud");
            let bytes = sample.to_be_bytes().to_vec().into();
            AudioData { kind: AudioDataKind::Frame, bytes, samples: 1 }
        };
        Ok(samples.iter().map(frame).collect())
    }

    fn close(&mut self) -> Result<Vec<AudioData>, CodecError> {
        let bytes = (&b"rest"[..]).into();
        Ok(vec![AudioData { kind: AudioDataKind::Frame, bytes, samples: 7 }])
    }

    fn identifier(&self) -> &str {
        "audible 1"
    }
}
