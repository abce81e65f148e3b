//! What the objects of one class have in common.

/// Classes of flex that write one value and nothing else.
const WRAPPERS: [&[u8]; 2] =
    [b"flex.messaging.io.ArrayCollection", b"flex.messaging.io.ObjectProxy"];

/// The class of an object and the members that each object of it has.
#[derive(Debug)]
pub(super) struct Traits<'a> {
    /// Empty where the object has no class.
    pub(super) class_name: &'a [u8],
    /// The names of the members that each object has, in the order of their values.
    pub(super) sealed: Vec<&'a [u8]>,
    /// What follows.
    pub(super) layout: Layout,
}

/// How the rest of an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// As its class likes.
    Externalizable,
    /// The values of the sealed members.
    Sealed,
    /// The values of the sealed members, then others with their names.
    Dynamic,
}

impl Traits<'_> {
    /// Whether what a class writes as it likes is known to be one value.
    pub(super) fn wraps_one_value(&self) -> bool {
        WRAPPERS.contains(&self.class_name)
    }
}
