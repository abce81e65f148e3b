//! What all objects of a class share.

/// Classes of Flex that write exactly one value.
const WRAPPERS: [&[u8]; 2] =
    [b"flex.messaging.io.ArrayCollection", b"flex.messaging.io.ObjectProxy"];

/// The class of an object and the members that all its objects have.
#[derive(Debug)]
pub(super) struct Traits<'a> {
    /// Empty if the object has no class.
    pub(super) class_name: &'a [u8],
    /// The names of the members that all its objects have, in the order of their values.
    pub(super) sealed: Vec<&'a [u8]>,
    /// What follows in each object.
    pub(super) layout: Layout,
}

/// The layout of an object's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A format that only the class knows.
    Externalizable,
    /// The values of the sealed members.
    Sealed,
    /// The values of the sealed members, then other members with their names.
    Dynamic,
}

impl Traits<'_> {
    /// Returns whether the format of the class is known to be one value.
    pub(super) fn wraps_one_value(&self) -> bool {
        WRAPPERS.contains(&self.class_name)
    }
}
