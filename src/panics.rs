//! Turns panics of foreign code into text.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `call`. Returns the panic's message if it panics.
///
/// The caller must give up whatever the panic may have left half done.
pub(crate) fn catch<R>(call: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
        let text = message(&*payload).to_owned();
        // The payload's drop may panic too. That second payload is leaked: its drop may do the
        // same.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(second);
        }
        text
    })
}

/// Returns the text that a panic carries, or `"no message"`.
pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::catch;

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("in the drop");
        }
    }

    #[test]
    fn a_panic_becomes_its_text() {
        assert_eq!(catch(|| 7), Ok(7));
        assert_eq!(catch(|| -> u8 { panic!("plain") }), Err("plain".to_owned()));
        assert_eq!(catch(|| -> u8 { panic!("no canvas {}", 7) }), Err("no canvas 7".to_owned()));
    }

    #[test]
    fn a_payload_whose_drop_panics_is_survived() {
        let caught = catch(|| std::panic::panic_any(PanicsWhenDropped));
        assert_eq!(caught, Err("no message".to_owned()));
    }
}
