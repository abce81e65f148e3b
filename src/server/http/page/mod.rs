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

/// All files.
pub(super) const ASSETS: &[Asset] = &[
    Asset {
        path: "/",
        content_type: "text/html; charset=utf-8",
        body: include_bytes!("index.html"),
    },
    Asset {
        path: PLAYER,
        content_type: "text/html; charset=utf-8",
        body: include_bytes!("player.html"),
    },
];
