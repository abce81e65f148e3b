//! The pages that the server brings along, and what they load.

/// A file of the pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    /// The path at which it is found.
    pub(super) path: &'static str,
    pub(super) content_type: &'static str,
    pub(super) body: &'static [u8],
}

/// The path of the page that every stream has, whatever its name.
pub(super) const PLAYER: &str = "/_/player";

/// The path of the page for operators.
pub(super) const STATUS: &str = "/_/status";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Makes the entry of a file.
macro_rules! asset {
    ($path:expr, $content_type:expr, $file:literal) => {
        Asset { path: $path, content_type: $content_type, body: include_bytes!($file) }
    };
}

/// All files.
pub(super) const ASSETS: &[Asset] = &[
    asset!("/", HTML, "index.html"),
    asset!(PLAYER, HTML, "player.html"),
    asset!(STATUS, HTML, "status.html"),
    asset!("/_/amf0.js", SCRIPT, "amf0.js"),
    asset!("/_/client.js", SCRIPT, "client.js"),
    asset!("/_/codecs_track.js", SCRIPT, "codecs_track.js"),
    asset!("/_/decoder_configs.js", SCRIPT, "decoder_configs.js"),
    asset!("/_/figures.js", SCRIPT, "figures.js"),
    asset!("/_/flv.js", SCRIPT, "flv.js"),
    asset!("/_/format.js", SCRIPT, "format.js"),
    asset!("/_/h264_size.js", SCRIPT, "h264_size.js"),
    asset!("/_/index_page.js", SCRIPT, "index_page.js"),
    asset!("/_/inflate.js", SCRIPT, "inflate.js"),
    asset!("/_/inputs.js", SCRIPT, "inputs.js"),
    asset!("/_/lane.js", SCRIPT, "lane.js"),
    asset!("/_/mp4_boxes.js", SCRIPT, "mp4_boxes.js"),
    asset!("/_/mp4_tracks.js", SCRIPT, "mp4_tracks.js"),
    asset!("/_/mse_buffer.js", SCRIPT, "mse_buffer.js"),
    asset!("/_/mse_playback.js", SCRIPT, "mse_playback.js"),
    asset!("/_/plain_sound.js", SCRIPT, "plain_sound.js"),
    asset!("/_/player.js", SCRIPT, "player.js"),
    asset!("/_/player_page.js", SCRIPT, "player_page.js"),
    asset!("/_/plot.js", SCRIPT, "plot.js"),
    asset!("/_/presentation.js", SCRIPT, "presentation.js"),
    asset!("/_/reader.js", SCRIPT, "reader.js"),
    asset!("/_/recent_frames.js", SCRIPT, "recent_frames.js"),
    asset!("/_/screen_grid.js", SCRIPT, "screen_grid.js"),
    asset!("/_/screen_palette.js", SCRIPT, "screen_palette.js"),
    asset!("/_/screen_picture.js", SCRIPT, "screen_picture.js"),
    asset!("/_/screen_track.js", SCRIPT, "screen_track.js"),
    asset!("/_/screen_video.js", SCRIPT, "screen_video.js"),
    asset!("/_/screen_video_2.js", SCRIPT, "screen_video_2.js"),
    asset!("/_/socket.js", SCRIPT, "socket.js"),
    asset!("/_/sound.js", SCRIPT, "sound.js"),
    asset!("/_/status_page.js", SCRIPT, "status_page.js"),
    asset!("/_/steps.js", SCRIPT, "steps.js"),
    asset!("/_/style.css", STYLE, "style.css"),
    asset!("/_/tag_headers.js", SCRIPT, "tag_headers.js"),
    asset!("/_/timeline.js", SCRIPT, "timeline.js"),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::ASSETS;

    /// A file that is not in the list would be missing in browsers, and nowhere else.
    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/http/page");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let stem = name.strip_suffix(".html").unwrap_or(&name);
            let is_served = ASSETS.iter().any(|asset| asset.path.ends_with(stem));
            let is_of_the_build = ["mod.rs", "package.json", "index.html"].contains(&&*name);
            assert!(is_served || is_of_the_build, "{name} is not in the list");
        }
    }
}
