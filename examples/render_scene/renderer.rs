//! Draws a scene with one ray per pixel, in few shades: screen video compresses flat areas best.

use rendercast::media::{Canvas, CanvasError, PixelType};

use crate::scene::{Ball, Scene};
use crate::vector::{Vector, vector};

/// The number of shades from a ball's dark side to its bright one.
const SHADES: f32 = 5.0;

const SKY: (Vector, Vector) = (vector(0.78, 0.88, 0.97), vector(0.30, 0.52, 0.83));
const TILES: [Vector; 2] = [vector(0.90, 0.88, 0.82), vector(0.45, 0.50, 0.56)];
const OUTLINE: Vector = vector(0.10, 0.11, 0.16);
const WHITE: Vector = vector(1.0, 1.0, 1.0);

/// The distance at which haze hides the floor.
const HORIZON: f32 = 34.0;

/// The format of the pixels.
pub(crate) const PIXEL_TYPE: PixelType = PixelType::Bgra8;

/// Draws `scene` as a canvas of `width` by `height` pixels.
pub(crate) fn render(
    scene: &Scene,
    width: u32,
    height: u32,
) -> Result<Canvas<'static>, CanvasError> {
    let mut canvas = Canvas::new(width, height, PIXEL_TYPE)?;
    draw(scene, &mut canvas);
    Ok(canvas)
}

/// Draws `scene` on a canvas of this [`PIXEL_TYPE`].
pub(crate) fn draw(scene: &Scene, canvas: &mut Canvas<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    let camera = &scene.camera;
    let scale = 1.2 / height as f32;
    for y in 0..height {
        let vertical = (height as f32 / 2.0 - y as f32 - 0.5) * scale;
        let row = camera.forward + camera.up * vertical;
        for (x, pixel) in canvas.row_mut(y).chunks_exact_mut(4).enumerate() {
            let horizontal = (x as f32 + 0.5 - width as f32 / 2.0) * scale;
            let ray = Ray {
                origin: camera.position,
                direction: (row + camera.right * horizontal).normalized(),
            };
            let Vector { x: red, y: green, z: blue } = colour_of(scene, ray);
            pixel.copy_from_slice(&[byte(blue), byte(green), byte(red), u8::MAX]);
        }
    }
}

#[derive(Clone, Copy)]
struct Ray {
    origin: Vector,
    direction: Vector,
}

impl Ray {
    /// Returns the distance at which the ray meets the ball.
    fn meets(self, ball: &Ball) -> Option<f32> {
        let from_centre = self.origin - ball.centre;
        let nearest = -from_centre.dot(self.direction);
        let squared = nearest * nearest - from_centre.dot(from_centre) + ball.radius * ball.radius;
        if nearest <= 0.0 || squared < 0.0 {
            return None;
        }
        Some(nearest - squared.sqrt()).filter(|distance| *distance > 0.0)
    }
}

fn colour_of(scene: &Scene, ray: Ray) -> Vector {
    let nearest = scene
        .balls
        .iter()
        .filter_map(|ball| Some((ray.meets(ball)?, ball)))
        .min_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((distance, ball)) => ball_colour(scene, ball, ray, distance),
        None if ray.direction.y < -0.001 => floor_colour(scene, ray),
        None => sky_colour(ray.direction),
    }
}

fn ball_colour(scene: &Scene, ball: &Ball, ray: Ray, distance: f32) -> Vector {
    let normal = (ray.origin + ray.direction * distance - ball.centre) * ball.radius.recip();
    let facing = -normal.dot(ray.direction);
    if facing < 0.2 {
        return OUTLINE;
    }
    let half_way = (scene.light - ray.direction).normalized();
    if normal.dot(half_way) > 0.985 {
        return WHITE;
    }
    let light = normal.dot(scene.light).mul_add(0.5, 0.5);
    ball.colour * ((light * SHADES).floor() / SHADES).mul_add(0.75, 0.3)
}

fn floor_colour(scene: &Scene, ray: Ray) -> Vector {
    let distance = ray.origin.y / -ray.direction.y;
    if distance > HORIZON {
        return SKY.0;
    }
    let point = ray.origin + ray.direction * distance;
    let tile = (point.x.floor() + point.z.floor()).rem_euclid(2.0);
    let colour = if tile < 1.0 { TILES[0] } else { TILES[1] };
    let to_light = Ray { origin: point, direction: scene.light };
    let is_dark = scene.balls.iter().any(|ball| to_light.meets(ball).is_some());
    let colour = if is_dark { colour * 0.55 } else { colour };
    let haze = (distance / HORIZON * 8.0).floor() / 8.0;
    colour.mix(SKY.0, haze * haze)
}

fn sky_colour(direction: Vector) -> Vector {
    SKY.0.mix(SKY.1, (direction.y.max(0.0) * 12.0).floor() / 8.0)
}

/// Converts 0 to 1 to 0 to 255. Clamps other values.
fn byte(part: f32) -> u8 {
    (part * 255.0 + 0.5) as u8
}
