//! Plays what the card draws with the library's own client, and compares the pixels.

use std::collections::HashSet;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rendercast::client;
use rendercast::media::codec::{VideoCodecFactory, VideoDecoder};
use rendercast::media::{Canvas, Tag, TagKind};

use crate::gpu::{Gpu, PIXEL_TYPE};
use crate::options::Options;
use crate::scene::{BACKGROUND, FACES, Scene};
use crate::{serve, shared};

/// The codec that keeps each pixel.
const CODEC: &str = "screen video";

/// What is in the centre once the camera is above the cube.
const TOP: [u8; 3] = FACES[2];
/// How many pictures may show what was before, on a busy machine.
const MOST_REPEATED: u32 = 1000;

/// Plays so many pictures, and compares their pixels with what they must be.
pub(crate) fn check(options: &Options, pictures: u32) -> Result<()> {
    let (width, height) = options.size;
    let mut gpu = Gpu::new(width, height)?;
    shared::say(format_args!("renders on {}", gpu.name()));
    measure(&mut gpu, options, pictures)?;

    let listen = vec!["127.0.0.1:0".to_owned()];
    let served = Options { listen, codec: CODEC.to_owned(), ..options.clone() };
    let server = serve(&served, gpu)?;
    let address = server.listen_addresses();
    let address = address.first().context("the server listens")?;
    let url = shared::url(address, "scene").context("the address has a URL")?;
    let started = Instant::now();
    let mut player = client::Player::open(&url)?;
    let mut decoder =
        VideoCodecFactory::default().create_video_decoder(CODEC).context("no decoder")?;
    decoder.init(&[])?;
    let (mut seen, mut played) = (HashSet::new(), 0);
    while seen.len() < pictures as usize {
        let picture = next_picture(&mut player, &mut *decoder)?;
        ensure!(centre(&picture) != TOP, "the camera is above the cube");
        played += 1;
        ensure!(played < pictures + MOST_REPEATED, "the cube does not turn");
        seen.insert(picture);
    }
    let mut caller = client::Connection::open(&url)?;
    let place = caller.call("move_camera", &[0.0.into(), 90.0.into()])?;
    let before = played;
    while centre(&next_picture(&mut player, &mut *decoder)?) != TOP {
        played += 1;
        ensure!(played < before + MOST_REPEATED, "the camera has not moved: it is at {place:?}");
    }
    let rate = f64::from(played) / started.elapsed().as_secs_f64();
    shared::say(format_args!("{played} pictures checked, {rate:.1} a second"));
    server.shutdown();
    Ok(())
}

/// Says what a picture takes, from the command to draw it to the canvas that has it.
fn measure(gpu: &mut Gpu, options: &Options, pictures: u32) -> Result<()> {
    let (width, height) = options.size;
    let mut canvas = Canvas::new(width, height, PIXEL_TYPE)?;
    let mut scene = Scene::default();
    let started = Instant::now();
    for _ in 0..pictures {
        scene.turn();
        gpu.begin(&scene);
        gpu.wait()?;
        ensure!(gpu.take(&mut canvas)?, "the card has not drawn a picture");
    }
    let each = started.elapsed().as_secs_f64() * 1000.0 / f64::from(pictures.max(1));
    shared::say(format_args!("{each:.2} ms to draw and read a picture of {width}x{height}"));
    Ok(())
}

/// A picture by its rows.
type Picture = Vec<Vec<[u8; 3]>>;

/// Plays the next picture, and checks its pixels.
fn next_picture(player: &mut client::Player, decoder: &mut dyn VideoDecoder) -> Result<Picture> {
    let tag = next_video(player)?;
    // The first byte says which codec it is.
    let data = tag.payload.get(1..).context("a video message is empty")?;
    let picture = decoder.decode_canvas(data)?.context("a message holds no picture")?;
    let picture = picture.rows().map(|row| row.as_chunks().0.to_vec()).collect();
    check_pixels(&picture)?;
    Ok(picture)
}

fn next_video(player: &mut client::Player) -> Result<Tag> {
    loop {
        let tag = player.next().context("the stream has ended")??;
        if tag.kind == TagKind::Video {
            return Ok(tag);
        }
    }
}

/// The cube is in the middle, and each pixel has one of the colours: no row is shifted.
fn check_pixels(picture: &Picture) -> Result<()> {
    let centre = centre(picture);
    ensure!(FACES.contains(&centre), "the centre is {centre:?}, which no face is");
    for (y, row) in picture.iter().enumerate() {
        for (x, pixel) in row.iter().enumerate() {
            let is_edge = x == 0 || x + 1 == row.len() || y == 0 || y + 1 == picture.len();
            let is_right = *pixel == BACKGROUND || !is_edge && FACES.contains(pixel);
            ensure!(is_right, "the pixel at {x}, {y} is {pixel:?}");
        }
    }
    Ok(())
}

fn centre(picture: &Picture) -> [u8; 3] {
    let middle = &picture[picture.len() / 2];
    middle[middle.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither row is as long as the card aligns it.
    #[test]
    fn what_the_card_draws_reaches_a_player_pixel_by_pixel() {
        for size in [(300, 170), (72, 64)] {
            check(&Options { size, ..Options::default() }, 10).unwrap();
        }
    }
}
