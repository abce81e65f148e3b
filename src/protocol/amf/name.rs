//! The names of members.

use std::borrow::Cow;
use std::fmt;

/// The names that clients and servers of RTMP send, sorted. A member of such a name takes no memory
/// for it: the connect command of each viewer is kept.
const KNOWN: [&str; 22] = [
    "*",
    "app",
    "audioCodecs",
    "audioFourCcInfoMap",
    "capabilities",
    "capsEx",
    "code",
    "description",
    "details",
    "flashVer",
    "flashver",
    "fourCcList",
    "fpad",
    "level",
    "objectEncoding",
    "pageUrl",
    "swfUrl",
    "tcUrl",
    "type",
    "videoCodecs",
    "videoFourCcInfoMap",
    "videoFunction",
];

/// The name of a member.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// The place of one of the known names.
    Known(u8),
    Other(Box<str>),
}

impl Name {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Known(place) => KNOWN.get(usize::from(*place)).copied().unwrap_or_default(),
            Self::Other(name) => name,
        }
    }

    fn known(name: &str) -> Option<Self> {
        let place = KNOWN.binary_search(&name).ok()?;
        u8::try_from(place).ok().map(Self::Known)
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self::known(name).unwrap_or_else(|| Self::Other(name.into()))
    }
}

impl From<Cow<'_, str>> for Name {
    fn from(name: Cow<'_, str>) -> Self {
        Self::known(&name).unwrap_or_else(|| Self::Other(name.into()))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, Name};

    #[test]
    fn a_name_is_what_it_was_made_of_and_known_ones_are_found() {
        assert!(KNOWN.is_sorted());
        for name in KNOWN.into_iter().chain(["", "App", "user_name"]) {
            assert_eq!(Name::from(name).as_str(), name);
            let is_known = matches!(Name::from(name), Name::Known(_));
            assert_eq!(is_known, KNOWN.contains(&name), "{name}");
        }
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn it_is_no_larger_than_a_text() {
        assert_eq!(size_of::<Name>(), size_of::<Box<str>>());
    }
}
