//! The scene: balls on a chequered floor, and a camera that clients move.

use std::f32::consts::TAU;
use std::time::Duration;

use crate::vector::{Vector, vector};

/// The number of small balls that circle the large one.
const SATELLITES: usize = 5;

/// How fast the large ball and the small ones bounce, in radians per second.
const BOUNCE: f32 = 1.7;
const HOP: f32 = 2.1;

/// How far the last of the small balls is behind the first, in radians.
const LAG: f32 = 9.0;

/// The steepest and the flattest angle at which the camera looks down, in radians.
const PITCH: std::ops::RangeInclusive<f32> = 0.06..=1.3;

/// The distance from the camera to the point that it looks at.
const DISTANCE: f32 = 7.5;

/// The parts of the scene that clients change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Around the scene, in radians.
    yaw: f32,
    /// Down on the scene, in radians.
    pitch: f32,
    /// The colour of the large ball, each part from 0 to 1.
    colour: Vector,
}

impl Default for View {
    fn default() -> Self {
        Self { yaw: 0.6, pitch: 0.35, colour: vector(0.93, 0.36, 0.16) }
    }
}

impl View {
    /// Moves the camera around the scene and up, in degrees.
    pub(crate) fn move_camera(&mut self, right: f32, up: f32) {
        self.yaw = (self.yaw + right.to_radians()).rem_euclid(TAU);
        self.pitch = (self.pitch + up.to_radians()).clamp(*PITCH.start(), *PITCH.end());
    }

    pub(crate) const fn set_colour(&mut self, colour: Vector) {
        self.colour = colour;
    }

    /// Returns the camera's position: degrees around the scene, and above its floor.
    pub(crate) const fn camera_degrees(&self) -> (f32, f32) {
        (self.yaw.to_degrees(), self.pitch.to_degrees())
    }
}

/// The scene at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) balls: Vec<Ball>,
    pub(crate) camera: Camera,
    /// The direction to the light.
    pub(crate) light: Vector,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Ball {
    pub(crate) centre: Vector,
    pub(crate) radius: f32,
    pub(crate) colour: Vector,
}

/// The last time that a ball touched the floor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touch {
    /// How long ago that was, in seconds.
    pub(crate) since: f32,
    /// The note of the ball, in hertz.
    pub(crate) pitch: f32,
    /// From 0 to 1.
    pub(crate) loudness: f32,
}

/// The camera's position and axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Camera {
    pub(crate) position: Vector,
    pub(crate) forward: Vector,
    pub(crate) right: Vector,
    pub(crate) up: Vector,
}

impl Scene {
    pub(crate) fn at(time: Duration, view: &View) -> Self {
        let seconds = time.as_secs_f32();
        let mut balls = Vec::with_capacity(SATELLITES + 1);
        let bounce = (seconds * BOUNCE).sin().abs() * 0.9;
        balls.push(Ball {
            centre: vector(0.0, 1.0 + bounce, 0.0),
            radius: 1.0,
            colour: view.colour,
        });
        balls.extend((0..SATELLITES).map(|index| satellite(index, seconds)));
        Self { balls, camera: Camera::of(view), light: vector(0.5, 0.8, -0.35).normalized() }
    }

    /// Returns the last touch of each ball.
    pub(crate) fn since_touches(time: Duration) -> [Touch; SATELLITES + 1] {
        // In doubles, since the scene may run for days.
        let seconds = time.as_secs_f64();
        let since = |speed: f32, lag: f32| {
            let half_turns = (seconds * f64::from(speed) + f64::from(lag)) / std::f64::consts::PI;
            (half_turns.fract() * std::f64::consts::PI / f64::from(speed)) as f32
        };
        std::array::from_fn(|index| {
            if index == SATELLITES {
                return Touch { since: since(BOUNCE, 0.0), pitch: 110.0, loudness: 0.4 };
            }
            let share = index as f32 / SATELLITES as f32;
            let pitch = 330.0 * (1.0 + share);
            Touch { since: since(HOP, share * LAG), pitch, loudness: 0.08 }
        })
    }
}

fn satellite(index: usize, seconds: f32) -> Ball {
    let share = index as f32 / SATELLITES as f32;
    let angle = share * TAU + seconds * 0.7;
    let height = 0.45 + 0.35 * (seconds * HOP + share * LAG).sin().abs();
    Ball {
        centre: vector(angle.cos() * 2.5, height, angle.sin() * 2.5),
        radius: 0.42,
        colour: hue(share),
    }
}

/// Returns a soft colour of the rainbow.
fn hue(share: f32) -> Vector {
    let part = |offset: f32| 0.6 + 0.35 * ((share + offset) * TAU).cos();
    vector(part(0.0), part(2.0 / 3.0), part(1.0 / 3.0))
}

impl Camera {
    fn of(view: &View) -> Self {
        let target = vector(0.0, 0.9, 0.0);
        let (sin_yaw, cos_yaw) = view.yaw.sin_cos();
        let (sin_pitch, cos_pitch) = view.pitch.sin_cos();
        let offset = vector(cos_yaw * cos_pitch, sin_pitch, sin_yaw * cos_pitch) * DISTANCE;
        let position = target + offset;
        let forward = (target - position).normalized();
        let right = vector(0.0, 1.0, 0.0).cross(forward).normalized();
        Self { position, forward, right, up: forward.cross(right) }
    }
}
