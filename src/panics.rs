//! Turns panics of foreign code into text.

use std::any::Any;
use std::ops::{Deref, DerefMut};
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

/// A value of the application whose drop may panic. The panic ends nothing: the value may be
/// dropped by a thread that has more to do, or while another panic unwinds.
#[derive(Clone, Debug)]
pub(crate) struct Caught<T>(Option<T>);

impl<T> Caught<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T> Drop for Caught<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        // The panic hook has reported it.
        let _ = catch(|| drop(value));
    }
}

impl<T> Deref for Caught<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("only the drop takes the value")
    }
}

impl<T> DerefMut for Caught<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("only the drop takes the value")
    }
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
    use super::{Caught, catch};

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
    fn a_panic_in_the_drop_of_a_value_ends_nothing() {
        drop(Caught::new(PanicsWhenDropped));
        // Not even while another panic unwinds.
        let outcome = catch(|| {
            let _value = Caught::new(PanicsWhenDropped);
            panic!("the first");
        });
        assert_eq!(outcome, Err("the first".to_owned()));
    }

    #[test]
    fn a_payload_whose_drop_panics_is_survived() {
        let caught = catch(|| std::panic::panic_any(PanicsWhenDropped));
        assert_eq!(caught, Err("no message".to_owned()));
    }
}
