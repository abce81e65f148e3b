//! Action Message Format, versions 0 and 3: the values that commands and metadata are made of.

pub mod amf0;
pub mod amf3;
mod error;
mod limits;
mod value;

pub use error::Error;
pub use limits::Limits;
pub use value::{Date, Object, Value};
