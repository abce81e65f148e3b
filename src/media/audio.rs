//! The first bytes of an audio tag.
