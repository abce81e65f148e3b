//! The command line.

use std::path::PathBuf;

use lexopt::prelude::*;

use crate::shared;

const HELP: &str = "\
Renders an animated scene and serves it live to RTMP players

Usage: render_scene [OPTIONS]
  ffplay -analyzeduration 100000 rtmp://127.0.0.1/live/scene

Clients steer it with the procedures move_camera(dx, dy), set_colour(\"#rrggbb\"),
set_render_rate(fps) and statistics().

  --listen ADDR  listen on HOST:PORT; may be given several times [default: 0.0.0.0:1935]
  --codec NAME   encode as \"screen video\", \"screen video 2\", \"h264\", which needs
                 --features h264, or the codec of a plugin [default: screen video]
  --plugin FILE  load a codec from this shared library, which needs --features plugins; may be
                 given several times
  --size WxH     the size of the picture in pixels [default: 640x360]
  --shared       render and encode once for all viewers, not once for each
  --sound CODEC  let the balls ring when they touch the floor, encoded as \"pcm\", \"aac\" or
                 \"opus\", which need --features aac or opus; only with --shared
  --rate FPS     render so many pictures a second, 1 to 120 [default: 25]
  -h, --help     print this";

/// The command line.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) listen: Vec<String>,
    pub(crate) codec: String,
    pub(crate) plugins: Vec<PathBuf>,
    pub(crate) size: Size,
    pub(crate) shared: bool,
    pub(crate) sound: Option<String>,
    pub(crate) rate: u32,
}

impl Options {
    pub(crate) fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut options = Self {
            listen: Vec::new(),
            codec: "screen video".to_owned(),
            plugins: Vec::new(),
            size: Size { width: 640, height: 360 },
            shared: false,
            sound: None,
            rate: 25,
        };
        while let Some(argument) = shared::next_argument(&mut parser, HELP)? {
            match argument {
                Long("listen") => options.listen.push(parser.value()?.string()?),
                Long("codec") => options.codec = parser.value()?.string()?,
                Long("plugin") if cfg!(feature = "plugins") => {
                    options.plugins.push(parser.value()?.into());
                }
                Long("plugin") => {
                    return Err("--plugin needs a build with --features plugins".into());
                }
                Long("size") => options.size = parser.value()?.parse()?,
                Long("shared") => options.shared = true,
                Long("sound") => options.sound = Some(parser.value()?.parse_with(sound)?),
                Long("rate") => options.rate = parser.value()?.parse_with(rate)?,
                argument => return Err(argument.unexpected()),
            }
        }
        if options.sound.is_some() && !options.shared {
            return Err("--sound needs --shared".into());
        }
        Ok(options)
    }
}

fn sound(text: &str) -> Result<String, &'static str> {
    match text {
        "pcm" => {}
        "aac" if cfg!(feature = "aac") => {}
        "opus" if cfg!(feature = "opus") => {}
        "aac" => return Err("--sound aac needs a build with --features aac"),
        "opus" => return Err("--sound opus needs a build with --features opus"),
        _ => return Err("--sound must be \"pcm\", \"aac\" or \"opus\""),
    }
    Ok(text.to_owned())
}

fn rate(text: &str) -> Result<u32, &'static str> {
    text.parse().ok().filter(|rate| (1..=120).contains(rate)).ok_or("--rate must be from 1 to 120")
}

/// The size of a picture in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl std::str::FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "write --size as 640x360, each side from 16 to 4095 pixels";
        let side = |text: &str| text.parse().ok().filter(|side| (16..=4095).contains(side));
        let (width, height) = text.split_once('x').ok_or(WANTED)?;
        let (Some(width), Some(height)) = (side(width), side(height)) else { return Err(WANTED) };
        Ok(Self { width, height })
    }
}
