//! How many bytes the system may hold unsent for a client.

/// How many bytes the system may hold unsent for a client.
///
/// Live media must not age there, so it holds little. But what leaves at once must fit: the frames
/// that a new viewer gets first, and what a live stream with latency merges. Otherwise each send
/// would be taken in part, and a thread started for the rest.
#[derive(Debug, Default)]
pub(super) struct UnsentLimit {
    /// Without what leaves at once. 0 if there is no limit.
    base: u32,
    present: u32,
}

impl UnsentLimit {
    pub(super) const fn new(base: u32) -> Self {
        Self { base, present: base }
    }

    /// Returns the new limit if that for a send of `bytes` differs from the present one.
    ///
    /// A send that is neither large nor small changes nothing, so that the limit changes seldom.
    pub(super) fn change_for(&mut self, bytes: usize) -> Option<u32> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let wanted = if bytes > self.base {
            let room = bytes.checked_next_power_of_two().unwrap_or(u32::MAX);
            self.base.saturating_add(room).max(self.present)
        } else if bytes < self.base / 8 {
            self.base
        } else {
            self.present
        };
        (self.base > 0 && wanted != self.present).then(|| {
            self.present = wanted;
            wanted
        })
    }
}

#[cfg(test)]
mod tests {
    use super::UnsentLimit;

    #[test]
    fn it_rises_for_what_leaves_at_once_and_falls_for_single_messages() {
        let mut limit = UnsentLimit::new(64_000);
        let table = [
            (5_000, None),
            (64_000, None),
            (70_000, Some(64_000 + 131_072)),
            (60_000, None),
            (65_000, None),
            (400_000, Some(64_000 + 524_288)),
            (200_000, None),
            (300, Some(64_000)),
            (300, None),
            (usize::MAX, Some(u32::MAX)),
            (0, Some(64_000)),
        ];
        for (bytes, change) in table {
            assert_eq!(limit.change_for(bytes), change, "{bytes}");
        }
    }

    #[test]
    fn without_a_limit_it_stays_without() {
        let mut limit = UnsentLimit::default();
        assert_eq!([0, 100, 1 << 20].map(|bytes| limit.change_for(bytes)), [None; 3]);
    }
}
