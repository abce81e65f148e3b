//! The pictures that are encoded.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use rendercast::media::{Canvas, PixelType};

use super::scene::{Scene, View};
use super::{HEIGHT, WIDTH, desktop, ffmpeg, gradients, renderer};

const FRAME_TIME: Duration = Duration::from_millis(40);

#[derive(Clone, Copy)]
pub(crate) enum Sequence {
    /// What `examples/render_scene` renders.
    Scene,
    /// Smooth shades that change all over the picture, and balls that move.
    Gradients,
    /// Text that is typed, a window that moves.
    Desktop,
    /// FFmpeg's test picture.
    Testsrc2,
}

impl Sequence {
    pub(crate) const ALL: [Self; 4] = [Self::Scene, Self::Gradients, Self::Desktop, Self::Testsrc2];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Scene => "scene",
            Self::Gradients => "gradients",
            Self::Desktop => "desktop",
            Self::Testsrc2 => "testsrc2",
        }
    }

    /// Writes so many pictures to a file: blue, green, red, from the top down.
    pub(crate) fn write(self, file: &Path, frames: usize) -> Result<()> {
        let mut output = BufWriter::new(File::create(file)?);
        for frame in 0..frames {
            let canvas = match self {
                Self::Scene => {
                    let scene = Scene::at(FRAME_TIME * frame as u32, &View::default());
                    renderer::render(&scene, WIDTH, HEIGHT)?
                }
                Self::Gradients => gradients::draw((FRAME_TIME * frame as u32).as_secs_f32())?,
                Self::Desktop => desktop::draw(frame)?,
                Self::Testsrc2 => return write_test_picture(file, frames),
            };
            write_picture(&canvas, &mut output)?;
        }
        output.flush()?;
        Ok(())
    }
}

fn write_picture(canvas: &Canvas<'_>, output: &mut impl Write) -> Result<()> {
    let (order, pixel_bytes) = match canvas.pixel_type() {
        PixelType::Rgb8 => ([2, 1, 0], 3),
        PixelType::Rgba8 => ([2, 1, 0], 4),
        PixelType::Bgra8 => ([0, 1, 2], 4),
        other => anyhow::bail!("nothing here draws {other:?}"),
    };
    for row in canvas.rows() {
        let pixels = row.chunks_exact(pixel_bytes);
        let bytes: Vec<u8> = pixels.flat_map(|pixel| order.map(|channel| pixel[channel])).collect();
        output.write_all(&bytes)?;
    }
    Ok(())
}

fn write_test_picture(file: &Path, frames: usize) -> Result<()> {
    let source = format!("testsrc2=size={WIDTH}x{HEIGHT}:rate=25");
    let ended = ffmpeg::command()
        .args(["-f", "lavfi", "-i", &source, "-frames:v", &frames.to_string()])
        .args(["-pix_fmt", "bgr24", "-f", "rawvideo"])
        .arg(file)
        .output()?;
    ensure!(ended.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&ended.stderr));
    Ok(())
}
