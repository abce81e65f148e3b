//! The first bytes of a video tag.
