//! A desktop: an editor that somebody types into, a terminal that scrolls now and then, and a
//! window that is moved about.

use rendercast::media::{Canvas, CanvasError, PixelType};

use super::{HEIGHT, WIDTH};

type Colour = [u8; 3];

const WHITE: Colour = [255, 255, 255];
const BAR: Colour = [180, 190, 200];
const TITLE: Colour = [60, 110, 160];

/// A letter's cell, and what of it is letter.
const CELL: (i32, i32) = (8, 14);
const LETTER: (i32, i32) = (6, 10);

/// The shades of a letter, whose edges are smoothed.
const INK: [u8; 3] = [0, 96, 180];

/// A place on the screen: left, top, width, height.
type Place = (i32, i32, i32, i32);

pub(crate) fn draw(frame: usize) -> Result<Canvas<'static>, CanvasError> {
    let frame = frame as u32;
    let mut screen = Screen { canvas: Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8)? };
    screen.wallpaper();
    screen.fill((0, 690, 1280, 30), [45, 50, 60]);
    screen.text((20, 698, 600, 14), 5, 40);

    screen.window((40, 40, 700, 560), WHITE, BAR);
    let typed = 900 + frame / 3;
    screen.text((50, 76, 680, 500), 42, typed);

    screen.fill((780, 380, 460, 280), [235, 235, 235]);
    let scrolled = 1000 + frame / 20;
    screen.text((790, 390, 440, 260), scrolled, 2000);

    let angle = frame as f32 * 0.08;
    let (left, top) = (420 + (angle.sin() * 300.0) as i32, 200 + (angle.cos() * 120.0) as i32);
    screen.window((left, top, 380, 260), [250, 250, 250], TITLE);
    screen.text((left + 10, top + 34, 360, 200), 78, 400);
    screen.fill((left + 250, top + 225, 100, 24), [210, 210, 210]);
    Ok(screen.canvas)
}

struct Screen {
    canvas: Canvas<'static>,
}

impl Screen {
    fn wallpaper(&mut self) {
        for y in 0..HEIGHT {
            let colour = [40, 70 + (y / 18) as u8, 120 + (y / 12) as u8];
            self.fill((0, y as i32, WIDTH as i32, 1), colour);
        }
    }

    fn window(&mut self, (left, top, width, height): Place, paper: Colour, bar: Colour) {
        self.fill((left, top, width, height), paper);
        self.fill((left, top, width, 24), bar);
        self.text((left + 10, top + 6, 200, 14), 9, 20);
    }

    fn fill(&mut self, (left, top, width, height): Place, colour: Colour) {
        let inside = |start: i32, length: i32, side: u32| {
            start.clamp(0, side as i32) as u32..(start + length).clamp(0, side as i32) as u32
        };
        let columns = inside(left, width, WIDTH);
        for y in inside(top, height, HEIGHT) {
            let row = self.canvas.row_mut(y);
            for pixel in
                row[columns.start as usize * 3..columns.end as usize * 3].chunks_exact_mut(3)
            {
                pixel.copy_from_slice(&colour);
            }
        }
    }

    /// As many letters as fit, `letters` at most, in lines of different lengths.
    fn text(&mut self, (left, top, width, height): Place, seed: u32, letters: u32) {
        let (columns, lines) = (width / CELL.0, height / CELL.1);
        let mut left_over = letters;
        for line in 0..lines {
            let length = hash(seed ^ (line as u32 * 77)) % columns as u32;
            for column in 0..length.max(4).min(columns as u32) {
                let Some(rest) = left_over.checked_sub(1) else { return };
                left_over = rest;
                let letter = hash(seed.wrapping_add(line as u32 * 131 + column)) % 64;
                self.letter((left + column as i32 * CELL.0, top + line * CELL.1), letter);
            }
        }
    }

    /// One of 64 made-up letters, the first of which are blank.
    fn letter(&mut self, (left, top): (i32, i32), letter: u32) {
        if letter < 10 {
            return;
        }
        for y in 0..LETTER.1 {
            let strokes = hash(letter * 16 + y as u32 / 2);
            for x in 0..LETTER.0 {
                let shade = INK.get((strokes >> (x * 3)) as usize & 7);
                if let Some(shade) = shade {
                    self.fill((left + x, top + y, 1, 1), [*shade; 3]);
                }
            }
        }
    }
}

/// Numbers that look random and are the same at each run.
fn hash(mut number: u32) -> u32 {
    number = (number ^ (number >> 16)).wrapping_mul(0x7feb_352d);
    number = (number ^ (number >> 15)).wrapping_mul(0x846c_a68b);
    number ^ (number >> 16)
}
