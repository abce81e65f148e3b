//! Smooth shades: nothing stays as it is, and hardly two neighbours are the same.

use rendercast::media::{Canvas, CanvasError, PixelType};

use super::{HEIGHT, WIDTH};

/// What a ball is drawn with: its place in its round, its size, its colour.
struct Ball {
    phase: f32,
    radius: f32,
    colour: [f32; 3],
}

const BALLS: [Ball; 3] = [
    Ball { phase: 0.0, radius: 0.09, colour: [0.9, 0.3, 0.2] },
    Ball { phase: 2.1, radius: 0.11, colour: [0.2, 0.8, 0.3] },
    Ball { phase: 4.2, radius: 0.13, colour: [0.2, 0.4, 1.0] },
];

pub(crate) fn draw(seconds: f32) -> Result<Canvas<'static>, CanvasError> {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8)?;
    for y in 0..HEIGHT {
        let v = y as f32 / HEIGHT as f32;
        for (x, pixel) in canvas.row_mut(y).chunks_exact_mut(3).enumerate() {
            let u = x as f32 / WIDTH as f32;
            let shade = |ball| shade_of(ball, u, v, seconds);
            let colour = BALLS.iter().rev().find_map(shade).unwrap_or_else(|| sky(u, v, seconds));
            pixel.copy_from_slice(&colour.map(|channel| (channel * 255.0).round() as u8));
        }
    }
    Ok(canvas)
}

fn sky(u: f32, v: f32, seconds: f32) -> [f32; 3] {
    let wave = (u * 3.0 + seconds * 0.7).sin() * (v * 2.0 - seconds * 0.4).cos();
    [0.45 + 0.25 * wave, 0.35 + 0.3 * v, 0.25 + 0.2 * (1.0 - v)]
}

/// None beside the ball.
fn shade_of(ball: &Ball, u: f32, v: f32, seconds: f32) -> Option<[f32; 3]> {
    let angle = seconds + ball.phase;
    let (centre_u, centre_v) = (0.5 + 0.28 * angle.cos(), 0.5 + 0.25 * angle.sin());
    let aspect = WIDTH as f32 / HEIGHT as f32;
    let (x, y) = ((u - centre_u) * aspect / ball.radius, (v - centre_v) / ball.radius);
    let height = 1.0 - x * x - y * y;
    (height > 0.0).then(|| {
        let light = (0.5 * height.sqrt() - 0.5 * y - 0.4 * x).clamp(0.05, 1.0);
        let gloss = light.powi(24) * 0.8;
        ball.colour.map(|channel| (channel * light + gloss).min(1.0))
    })
}
