//! How much memory the media of a stream take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::frame::Frame;

/// How many bytes the media of a stream take: what is kept for new subscribers, what is about to be
/// sent, and what waits for recordings and pushes. Payloads that are kept twice count twice.
///
/// The memory of viewers counts for their connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldBytes(Arc<AtomicUsize>);

/// One of the parts of a sum. Its drop takes it off.
#[derive(Debug, Default)]
pub(crate) struct HeldPart {
    sum: HeldBytes,
    bytes: usize,
}

impl HeldBytes {
    /// Returns the sum of all parts.
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns a further part, which is 0.
    pub(crate) fn part(&self) -> HeldPart {
        HeldPart { sum: self.clone(), bytes: 0 }
    }
}

impl HeldPart {
    /// Returns how many bytes this part is.
    pub(crate) const fn get(&self) -> usize {
        self.bytes
    }

    /// Sets how many bytes this part is now.
    pub(crate) fn set(&mut self, bytes: usize) {
        let before = std::mem::replace(&mut self.bytes, bytes);
        if bytes > before {
            self.sum.0.fetch_add(bytes.saturating_sub(before), Ordering::Relaxed);
        } else {
            self.sum.0.fetch_sub(before.saturating_sub(bytes), Ordering::Relaxed);
        }
    }

    /// Adds to this part.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.set(self.bytes.saturating_add(bytes));
    }

    /// Takes off this part what was added.
    pub(crate) fn subtract(&mut self, bytes: usize) {
        self.set(self.bytes.saturating_sub(bytes));
    }
}

impl Drop for HeldPart {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// Returns how much memory frames take, roughly.
pub(crate) fn bytes_of<'a>(frames: impl IntoIterator<Item = &'a Frame>) -> usize {
    let bytes_of = |frame: &Frame| frame.tag.payload.len().saturating_add(size_of::<Frame>());
    frames.into_iter().map(bytes_of).sum()
}

#[cfg(test)]
mod tests {
    use super::HeldBytes;

    #[test]
    fn parts_add_up_until_they_are_dropped() {
        let held = HeldBytes::default();
        let (mut one, mut other) = (held.part(), held.part());
        one.set(30);
        other.add(5);
        other.add(6);
        one.set(20);
        other.subtract(1);
        assert_eq!((one.get(), other.get(), held.get()), (20, 10, 30));
        drop(one);
        assert_eq!(held.get(), 10);
        other.subtract(11);
        assert_eq!(held.get(), 0, "never less than nothing");
    }
}
