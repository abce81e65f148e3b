//! The unused rest of a message's limits.

use std::borrow::Cow;

use super::name::Name;
use super::{Error, Limits};

/// The unused rest of one message's limits. Each charge comes before the allocation that it pays
/// for.
#[derive(Clone, Copy, Debug)]
pub(in crate::protocol) struct Budget {
    limits: Limits,
    depth: usize,
    values: usize,
    bytes: usize,
}

impl Budget {
    /// Creates an unused budget.
    pub(in crate::protocol) const fn new(limits: Limits) -> Self {
        Self { limits, depth: limits.depth, values: limits.values, bytes: limits.bytes }
    }

    /// Charges `count` values.
    pub(in crate::protocol) fn charge_values(&mut self, count: usize) -> Result<(), Error> {
        let left = self.values.checked_sub(count);
        self.values = left.ok_or(Error::TooManyValues { max: self.limits.values })?;
        Ok(())
    }

    /// Charges `count` bytes.
    pub(in crate::protocol) fn charge_bytes(&mut self, count: usize) -> Result<(), Error> {
        let left = self.bytes.checked_sub(count);
        self.bytes = left.ok_or(Error::TooManyBytes { max: self.limits.bytes })?;
        Ok(())
    }

    /// Goes one level down.
    pub(in crate::protocol) fn enter(&mut self) -> Result<(), Error> {
        let left = self.depth.checked_sub(1);
        self.depth = left.ok_or(Error::TooDeep { max: self.limits.depth })?;
        Ok(())
    }

    /// Goes one level up, after [`Budget::enter`].
    pub(in crate::protocol) const fn leave(&mut self) {
        self.depth = self.depth.saturating_add(1);
    }

    /// Charges and returns `bytes` as text. Replaces what is not UTF-8.
    pub(in crate::protocol) fn text(&mut self, bytes: &[u8]) -> Result<String, Error> {
        self.checked(bytes).map(Cow::into_owned)
    }

    /// Charges and returns `bytes` as the name of a member. Replaces what is not UTF-8.
    pub(super) fn name(&mut self, bytes: &[u8]) -> Result<Name, Error> {
        self.checked(bytes).map(Name::from)
    }

    fn checked<'a>(&mut self, bytes: &'a [u8]) -> Result<Cow<'a, str>, Error> {
        self.charge_bytes(bytes.len())?;
        if let Ok(text) = str::from_utf8(bytes) {
            return Ok(text.into());
        }
        // A replaced byte becomes three.
        self.charge_bytes(bytes.len().saturating_mul(2))?;
        Ok(String::from_utf8_lossy(bytes))
    }
}
