//! The codecs that the library brings along.

use std::sync::Arc;

use super::VideoPlugin;

/// One of each.
pub(super) fn plugins() -> Vec<Arc<dyn VideoPlugin>> {
    Vec::new()
}
