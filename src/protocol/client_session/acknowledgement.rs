//! Telling the server how much has arrived (RTMP 1.0 §5.4.3, §5.4.4).

/// Counts the bytes of chunks, and knows when the server wants to hear of them.
#[derive(Debug, Default)]
pub(super) struct Acknowledgements {
    received: u32,
    reported: u32,
    window: Option<u32>,
}

impl Acknowledgements {
    /// The server wants to hear after this many bytes; 0 is what ffmpeg takes for an error, and here
    /// means never.
    pub(super) fn set_window(&mut self, bytes: u32) {
        self.window = (bytes > 0).then_some(bytes);
    }

    /// Counts what arrived; the total wraps, as the 32 bits that it is sent in do.
    pub(super) fn count(&mut self, bytes: usize) {
        let [.., a, b, c, d] = (bytes as u64).to_be_bytes();
        self.received = self.received.wrapping_add(u32::from_be_bytes([a, b, c, d]));
    }

    /// The total to send, where it is due: at half the window, as ffmpeg does, since a server may
    /// stop sending when the whole of it is outstanding.
    pub(super) fn due(&mut self) -> Option<u32> {
        let due = self.received.wrapping_sub(self.reported) >= self.window?.div_ceil(2);
        due.then(|| {
            self.reported = self.received;
            self.received
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Acknowledgements;

    #[test]
    fn running_totals_are_due_each_half_window_and_wrap() {
        let mut acknowledgements = Acknowledgements::default();
        acknowledgements.count(5000);
        assert_eq!(acknowledgements.due(), None, "no window yet");
        acknowledgements.set_window(1001);
        assert_eq!(acknowledgements.due(), Some(5000));
        assert_eq!(acknowledgements.due(), None, "said already");
        acknowledgements.count(500);
        assert_eq!(acknowledgements.due(), None, "a byte short");
        acknowledgements.count(1);
        assert_eq!(acknowledgements.due(), Some(5501));
        acknowledgements.count((u32::MAX - 5501) as usize + 10);
        assert_eq!(acknowledgements.due(), Some(9));
    }

    #[test]
    fn a_window_of_nothing_asks_for_no_acknowledgement() {
        let mut acknowledgements = Acknowledgements::default();
        acknowledgements.set_window(0);
        acknowledgements.count(1);
        assert_eq!(acknowledgements.due(), None);
    }
}
