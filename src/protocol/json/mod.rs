//! Values of AMF as JSON, and back.
//!
//! | AMF | JSON |
//! |---|---|
//! | null, undefined | `null` |
//! | number, integer | number; `null` for what is no finite number |
//! | boolean, string | the same |
//! | object, ECMA array | object, with its members in their order |
//! | object of a class | the same, with the name of the class as member `$class` |
//! | strict array, vectors | array |
//! | date | `{"$date": milliseconds since 1970}` |
//! | XML | `{"$xml": text}` |
//! | byte array | `{"$bytes": Base64}` |
//! | dictionary | `{"$dictionary": [[key, value], ...]}`; not read back |
//!
//! JSON has fewer types, so what is read back may be of another one: an ECMA array becomes an
//! object, a vector a strict array, an integer a number.

mod parse;
#[cfg(test)]
mod tests;
mod text;

pub use parse::{Error, parse};
pub use text::to_text;
