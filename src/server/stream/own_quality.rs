//! The quality of a stream that has an encoder of its own.

use std::time::Instant;

use super::shared::StreamShared;
use crate::handler::{AdaptiveQuality, SteeredCodec};

/// Lets the encoder of a stream follow the line, and leaves out frames by telling the frame handler
/// that the outqueue is full.
#[derive(Debug, Default)]
pub(crate) struct OwnQuality {
    steered: Option<(AdaptiveQuality, SteeredCodec)>,
    /// The share of a frame that the line has had time for.
    credit: f64,
    last: Option<Last>,
}

/// What was so at the last tick.
#[derive(Clone, Copy, Debug)]
struct Last {
    at: Instant,
    bytes_sent: u64,
}

impl OwnQuality {
    /// Returns whether the next frame should be left out. Call it before each.
    pub(crate) fn leaves_out(&mut self, shared: &StreamShared, now: Instant) -> bool {
        let quality = shared.stream.adaptive_quality().filter(|_| !shared.is_recorded());
        let codec = shared.stream.running_codec();
        let Some((quality, codec)) = quality.zip(codec.clone()) else {
            if let Some((_, codec)) = self.steered.take().zip(codec) {
                codec.refine_at_rest(false);
            }
            *self = Self::default();
            return false;
        };
        codec.refine_at_rest(true);
        if shared.sender.misses_key_frame() {
            codec.force_key_frame();
        }
        if self.steered.as_ref().is_none_or(|(present, _)| *present != quality) {
            self.steered = Some((quality, SteeredCodec::new(quality)));
        }
        let Some((_, codec_of)) = &mut self.steered else { return false };
        let rate = shared.stream.render_rate();
        let steered = codec_of.steer(&codec, now, shared.sender.line(now), rate);
        let bytes_sent = shared.sender.bytes_sent();
        let last = self.last.replace(Last { at: now, bytes_sent });
        if steered.rate >= rate {
            self.credit = 0.0;
            return steered.leaves_out;
        }
        if let Some(last) = last {
            let passed = now.saturating_duration_since(last.at).as_secs_f64();
            let used = if bytes_sent > last.bytes_sent { 1.0 } else { 0.0 };
            self.credit = (self.credit - used + steered.rate * passed).clamp(-1.0, 2.0);
        }
        steered.leaves_out || self.credit < 1.0
    }
}
