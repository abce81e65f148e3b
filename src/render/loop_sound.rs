//! Adds sound to a render loop.

use super::error::RenderLoopError;
use super::loop_sound_event::LoopSoundEventHandler;
use super::render_loop::RenderLoop;
use super::sound_track::SoundTrack;
use crate::media::codec::CodecError;
use crate::media::codec::sound::{AudioCodecFactory, AudioFormat, audio_carried_as};

impl RenderLoop {
    /// Registers the handler of the loop's sound, in place of the former one. `codec_name` is the
    /// name of the audio codec in `codecs`, such as
    /// [`Server::audio_codec_factory`](crate::Server::audio_codec_factory): `"pcm"`, which is
    /// always there, `"opus"`, `"aac"`. The encoder gets the
    /// [parameters](crate::RenderLoopConfig::sound_parameter) of the loop. `format` is what the
    /// handler writes; the loop converts it to what the codec takes. Players are told of the sound
    /// in another `onMetaData`; most take notice only if it is their first.
    ///
    /// # Errors
    /// [`RenderLoopError::Sound`], [`RenderLoopError::Parameter`].
    pub fn register_sound_event_handler(
        &self,
        codecs: &AudioCodecFactory,
        codec_name: &str,
        format: AudioFormat,
        handler: impl LoopSoundEventHandler + 'static,
    ) -> Result<(), RenderLoopError> {
        let error = |cause| RenderLoopError::Sound {
            name: self.name().to_owned(),
            codec: codec_name.to_owned(),
            cause,
        };
        let carried_as = audio_carried_as(codec_name);
        let encoder = codecs.create_audio_encoder(codec_name);
        let (Some(codec), Some(mut encoder)) = (carried_as, encoder) else {
            return Err(error(CodecError::Failed("there is no such audio codec".to_owned())));
        };
        for (parameter, value) in &self.config().sound_parameters {
            if !encoder.set_parameter(parameter, value) {
                return Err(RenderLoopError::Parameter {
                    name: self.name().to_owned(),
                    parameter: parameter.clone(),
                    value: value.clone(),
                });
            }
        }
        let track = SoundTrack::new(Box::new(handler), encoder, codec, format).map_err(error)?;
        self.shared.sound.set(Some(track));
        Ok(())
    }

    /// Removes the handler of the loop's sound. The loop goes on without sound.
    pub fn unregister_sound_event_handler(&self) {
        self.shared.sound.set(None);
    }
}
