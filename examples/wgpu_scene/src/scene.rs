//! What is drawn: a cube that turns, and where the camera looks from.

/// The colours of the faces, and of what is behind the cube: red, green, blue.
pub(crate) const FACES: [[u8; 3]; 6] = [
    [231, 76, 60],
    [155, 89, 182],
    [241, 196, 15],
    [46, 204, 113],
    [236, 240, 241],
    [52, 152, 219],
];
pub(crate) const BACKGROUND: [u8; 3] = [32, 40, 56];

/// How far the cube turns in a picture, in radians.
const STEP: f32 = 0.04;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    turn: f32,
    yaw: f32,
    pitch: f32,
}

impl Default for Scene {
    fn default() -> Self {
        Self { turn: 0.0, yaw: 0.0, pitch: 0.5 }
    }
}

impl Scene {
    pub(crate) fn turn(&mut self) {
        self.turn = (self.turn + STEP).rem_euclid(std::f32::consts::TAU);
    }

    /// Moves the camera by degrees. Returns its new place: yaw and pitch in degrees.
    pub(crate) fn move_camera(&mut self, right: f32, up: f32) -> [f32; 2] {
        self.yaw = (self.yaw + right.to_radians()).rem_euclid(std::f32::consts::TAU);
        self.pitch = (self.pitch + up.to_radians()).clamp(-1.5, 1.5);
        [self.yaw.to_degrees(), self.pitch.to_degrees()]
    }

    /// Returns the bytes of the shader's `Scene`.
    pub(crate) fn uniform(&self, aspect: f32) -> Vec<u8> {
        let part = |byte: u8| f32::from(byte) / 255.0;
        let faces = FACES
            .iter()
            .flat_map(|[red, green, blue]| [part(*red), part(*green), part(*blue), 1.0]);
        let floats = [self.turn, self.yaw, self.pitch, aspect].into_iter().chain(faces);
        floats.flat_map(f32::to_ne_bytes).collect()
    }
}
