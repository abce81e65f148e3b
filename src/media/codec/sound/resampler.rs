//! Converts sound to the rate and the channels that an encoder takes.

use std::f64::consts::PI;

use super::AudioFormat;

/// Half the number of input samples that make an output sample, if the rate does not fall.
const HALF_WIDTH: usize = 16;

/// The most positions between two input samples that have filters of their own.
const MAX_PHASES: u64 = 1024;

/// Converts sound to another rate and number of channels: a windowed sinc, its filters made ahead.
/// An output sample needs some 16 input samples after it, which come with the next call.
#[derive(Debug)]
pub(crate) struct Resampler {
    from_channels: usize,
    channels: usize,
    /// How far it is from one output sample to the next: so many parts of an input sample,
    step: u64,
    /// of which there are so many.
    parts: u64,
    /// Where the next output sample is behind the middle of the window, in those parts.
    position: u64,
    /// The length of a filter.
    width: usize,
    /// The filters of all positions, one behind the other. Empty if the rates are the same.
    filters: Vec<f32>,
    phases: u64,
    /// The input from the window of the next output sample on, in the channels of the output.
    input: Vec<f32>,
}

impl Resampler {
    pub(crate) fn new(from: AudioFormat, to: AudioFormat) -> Self {
        let (from_rate, to_rate) = (u64::from(from.sample_rate.max(1)), u64::from(to.sample_rate));
        let divisor = greatest_common_divisor(from_rate, to_rate);
        let step = from_rate.checked_div(divisor).unwrap_or(1);
        let parts = to_rate.checked_div(divisor).unwrap_or(1).max(1);
        let channels = usize::from(to.channels.max(1));
        let mut this = Self {
            from_channels: usize::from(from.channels.max(1)),
            channels,
            step,
            parts,
            position: 0,
            width: 0,
            filters: Vec::new(),
            phases: parts.min(MAX_PHASES),
            input: Vec::new(),
        };
        if step != parts {
            this.make_filters();
            let before = this.width.div_euclid(2).saturating_sub(1);
            this.input = vec![0.0; before.saturating_mul(channels)];
        }
        this
    }

    /// Converts samples, which follow those of the call before.
    pub(crate) fn convert(&mut self, samples: &[f32]) -> Vec<f32> {
        let mixed = samples
            .chunks_exact(self.from_channels)
            .flat_map(|frame| (0..self.channels).map(|channel| mix(frame, channel, self.channels)));
        if self.filters.is_empty() {
            return mixed.collect();
        }
        let mut input = std::mem::take(&mut self.input);
        input.extend(mixed);
        let mut output = Vec::new();
        let mut rest = &input[..];
        while let Some(window) = rest.get(..self.width.saturating_mul(self.channels)) {
            let filter = self.filter();
            output.extend((0..self.channels).map(|channel| {
                let of_channel = window.iter().skip(channel).step_by(self.channels);
                filter.iter().zip(of_channel).map(|(weight, sample)| weight * sample).sum::<f32>()
            }));
            let position = self.position.saturating_add(self.step);
            self.position = position.checked_rem(self.parts).unwrap_or(0);
            let passed = position.checked_div(self.parts).unwrap_or(0);
            let passed = usize::try_from(passed).unwrap_or(usize::MAX);
            match rest.get(passed.saturating_mul(self.channels)..) {
                Some(next) => rest = next,
                None => break,
            }
        }
        self.input = rest.to_vec();
        output
    }

    /// Returns the filter of the next output sample.
    fn filter(&self) -> &[f32] {
        let phase = self.position.saturating_mul(self.phases).checked_div(self.parts).unwrap_or(0);
        let phase = usize::try_from(phase).unwrap_or(0);
        self.filters.chunks_exact(self.width.max(1)).nth(phase).unwrap_or_default()
    }

    #[allow(clippy::cast_possible_truncation, reason = "weights of a filter")]
    fn make_filters(&mut self) {
        // If the rate falls, what is too high for it must go, for which the filter is longer.
        let cutoff = (self.parts as f64 / self.step as f64).min(1.0);
        let half = (HALF_WIDTH as f64 / cutoff).ceil();
        let taps = (0u32..).take_while(|tap| f64::from(*tap) < 2.0 * half);
        let weight = |distance: f64| {
            let angle = PI * cutoff * distance;
            let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
            let place = (distance / half).clamp(-1.0, 1.0);
            sinc * (0.42 + 0.5 * (PI * place).cos() + 0.08 * (2.0 * PI * place).cos())
        };
        for phase in 0..self.phases {
            let fraction = phase as f64 / self.phases as f64;
            let weights = taps.clone().map(|tap| weight(f64::from(tap) - (half - 1.0) - fraction));
            let weights: Vec<f64> = weights.collect();
            let sum: f64 = weights.iter().sum();
            self.width = weights.len();
            self.filters.extend(weights.iter().map(|weight| (weight / sum) as f32));
        }
    }
}

/// Returns the sample of one of `channels` output channels: the mean of the input channels that go
/// to it.
fn mix(frame: &[f32], channel: usize, channels: usize) -> f32 {
    if let [only] = frame {
        return *only;
    }
    let parts = frame.iter().skip(channel).step_by(channels);
    let count = parts.len().max(1);
    parts.sum::<f32>() / count as f32
}

fn greatest_common_divisor(mut one: u64, mut other: u64) -> u64 {
    while let Some(rest) = one.checked_rem(other) {
        (one, other) = (other, rest);
    }
    one.max(1)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::{AudioFormat, Resampler};

    const fn format(sample_rate: u32, channels: u16) -> AudioFormat {
        AudioFormat { sample_rate, channels }
    }

    fn tone(hertz: f64, rate: u32) -> Vec<f32> {
        let angle = |n: u32| TAU * hertz * f64::from(n) / f64::from(rate);
        (0..rate).map(|n| angle(n).sin() as f32 * 0.5).collect()
    }

    #[test]
    fn a_tone_stays_the_same_tone_at_the_same_time() {
        for (from, to) in [(48_000, 44_100), (8_000, 44_100), (96_000, 44_100), (44_101, 44_100)] {
            let mut resampler = Resampler::new(format(from, 1), format(to, 1));
            let tone_before = tone(440.0, from);
            // In pieces of any length.
            let mut output = Vec::new();
            for piece in tone_before.chunks(1_777) {
                output.extend(resampler.convert(piece));
            }
            let expected = tone(440.0, to);
            assert!(output.len() > expected.len() - 200 && output.len() <= expected.len());
            let pairs = output.iter().zip(&expected).skip(300);
            let error = pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
            assert!(error < 0.002, "{from} to {to}: {error}");
        }
    }

    #[test]
    fn what_is_too_high_for_the_new_rate_is_gone() {
        let mut resampler = Resampler::new(format(96_000, 1), format(44_100, 1));
        let output = resampler.convert(&tone(30_000.0, 96_000));
        let loudest = output.iter().skip(300).map(|sample| sample.abs()).fold(0.0, f32::max);
        assert!(loudest < 0.001, "{loudest}");
    }

    #[test]
    fn channels_are_mixed() {
        let convert = |from, to, samples: &[f32]| {
            Resampler::new(format(44_100, from), format(44_100, to)).convert(samples)
        };
        assert_eq!(convert(1, 2, &[0.5, 0.25]), [0.5, 0.5, 0.25, 0.25]);
        assert_eq!(convert(2, 1, &[0.5, 0.25]), [0.375]);
        assert_eq!(convert(2, 2, &[0.5, 0.25]), [0.5, 0.25]);
        assert_eq!(convert(4, 2, &[0.5, 0.25, 0.25, 0.75]), [0.375, 0.5]);
    }
}
