//! The sound of the scene: each ball rings when it touches the floor.

use std::f32::consts::TAU;
use std::time::Duration;

use crate::scene::Scene;

/// How fast the sound of a touch dies away, per second.
const DECAY: f32 = 25.0;

/// Writes the sound of the scene from `time` on. One channel.
pub(crate) fn ring(time: Duration, sample_rate: u32, samples: &mut [f32]) {
    for (number, sample) in (0u32..).zip(samples) {
        let time = time + Duration::from_secs(1) * number / sample_rate;
        let touches = Scene::since_touches(time).into_iter();
        *sample = touches.map(|touch| touch.loudness * note(touch.pitch, touch.since)).sum();
    }
}

fn note(hertz: f32, seconds: f32) -> f32 {
    (seconds * hertz * TAU).sin() * (-seconds * DECAY).exp()
}
