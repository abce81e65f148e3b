//! The host's side: libraries that were written by others, in whatever language.

mod decoder;
mod descriptor;
mod encoder;
mod handle;
mod host;
mod load;
mod output;
mod plugin;
mod resident;
mod residents;
#[cfg(test)]
mod tests;

use resident::Resident;

/// Where an encoder or decoder is in its life.
enum Stage<T> {
    New,
    /// With what was agreed at its `init`.
    Ready(T),
    Closed,
}
