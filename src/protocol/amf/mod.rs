//! Action Message Format, versions 0 and 3: the values in commands and metadata.
//!
//! Sources: "Action Message Format -- AMF 0" (Adobe, 2007) and "AMF 3" (Adobe, 2013).

pub mod amf0;
pub mod amf3;
mod budget;
#[cfg(test)]
mod case;
mod display;
mod error;
mod limits;
mod members;
mod name;
mod object;
mod packed;
mod references;
mod text;
mod value;

#[cfg(feature = "web")]
pub(in crate::protocol) use budget::Budget;
pub use error::Error;
pub use limits::Limits;
pub use object::Object;
pub(crate) use packed::{PackedObject, TextPlace};
pub use value::{Date, ObjectVector, Value};
