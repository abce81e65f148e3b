//! The command line.

use lexopt::prelude::*;

use crate::shared;

const HELP: &str = "\
Renders a cube on the graphics card and serves it live to RTMP players

Usage: wgpu_scene [OPTIONS]
  ffplay -analyzeduration 100000 rtmp://127.0.0.1/live/scene

Clients move the camera with move_camera(dx, dy), in degrees.

  --listen ADDR  listen on HOST:PORT; may be given several times [default: 0.0.0.0:1935]
  --codec NAME   encode as \"screen video\", \"screen video 2\" or \"h264\", which needs
                 --features h264 [default: screen video]
  --size WxH     the size of the picture in pixels, each from 16 to 4095 [default: 640x360]
  --rate FPS     render so many pictures a second, 1 to 1000 [default: 60]
  --check N      play N pictures with the library's own client, compare their pixels, print the
                 name of the card and what a picture takes, and end
  -h, --help     print this";

/// The command line.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) listen: Vec<String>,
    pub(crate) codec: String,
    pub(crate) size: (u32, u32),
    pub(crate) rate: u32,
    pub(crate) check: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            codec: "screen video".to_owned(),
            size: (640, 360),
            rate: 60,
            check: None,
        }
    }
}

impl Options {
    pub(crate) fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut options = Self::default();
        while let Some(argument) = shared::next_argument(&mut parser, HELP)? {
            match argument {
                Long("listen") => options.listen.push(parser.value()?.string()?),
                Long("codec") => options.codec = parser.value()?.string()?,
                Long("size") => options.size = parser.value()?.parse_with(size)?,
                Long("rate") => options.rate = parser.value()?.parse_with(rate)?,
                Long("check") => options.check = Some(parser.value()?.parse()?),
                argument => return Err(argument.unexpected()),
            }
        }
        Ok(options)
    }
}

fn size(text: &str) -> Result<(u32, u32), &'static str> {
    let side = |text: &str| text.parse().ok().filter(|side| (16..=4095).contains(side));
    let sides =
        text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    sides.ok_or("write --size as 640x360, each side from 16 to 4095 pixels")
}

fn rate(text: &str) -> Result<u32, &'static str> {
    let rate = text.parse().ok().filter(|rate| (1..=1000).contains(rate));
    rate.ok_or("--rate must be from 1 to 1000")
}
