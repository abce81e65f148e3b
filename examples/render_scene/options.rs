//! The command line.

use clap::Parser;

/// Renders an animated scene and serves it live to RTMP players; procedures that clients call steer
/// it: move_camera(dx, dy), set_colour("#rrggbb"), set_render_rate(fps), statistics(). For example
/// ffplay -analyzeduration 100000 rtmp://127.0.0.1/live/scene
#[derive(Clone, Debug, Parser)]
#[command(name = "render_scene")]
pub(crate) struct Options {
    /// Where to listen, as HOST:PORT; may be given several times; all addresses of this machine on
    /// port 1935 (0.0.0.0:1935) where left out or empty
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<String>,

    /// What encodes the pictures: "screen video", "screen video 2", or "h264", which needs
    /// --features h264
    #[arg(long, value_name = "NAME", default_value = "screen video")]
    pub(crate) codec: String,

    /// The size of the picture in pixels
    #[arg(long, value_name = "WxH", default_value = "640x360")]
    pub(crate) size: Size,

    /// Render and encode once for all viewers, instead of for each on threads of its own
    #[arg(long)]
    pub(crate) shared: bool,

    /// How many pictures are rendered a second, 1 to 120
    #[arg(long, value_name = "FPS", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub(crate) rate: u32,
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
        const WANTED: &str = "write it as 640x360, each side from 16 to 4095 pixels";
        let side = |text: &str| text.parse().ok().filter(|side| (16..=4095).contains(side));
        let (width, height) = text.split_once('x').ok_or(WANTED)?;
        let (Some(width), Some(height)) = (side(width), side(height)) else { return Err(WANTED) };
        Ok(Self { width, height })
    }
}
