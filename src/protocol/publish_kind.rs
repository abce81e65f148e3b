//! What a publisher asks for, as publishers send it and servers read it.

use crate::protocol::amf::Value;

/// Whether a publisher asks for a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PublishKind {
    /// No recording. A missing or unknown kind counts as this.
    #[default]
    Live,
    /// A recording that replaces an earlier one.
    Record,
    /// A recording that continues an earlier one.
    Append,
}

impl PublishKind {
    /// Returns the name that a `publish` command carries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Record => "record",
            Self::Append => "append",
        }
    }

    /// Reads the name of a `publish` command.
    #[must_use]
    pub fn parse(value: Option<&Value>) -> Self {
        let name = value.and_then(Value::as_str);
        let kinds = [Self::Live, Self::Record, Self::Append];
        kinds.into_iter().find(|kind| Some(kind.as_str()) == name).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::PublishKind;
    use crate::protocol::amf::Value;

    #[test]
    fn each_kind_is_read_as_it_is_written_and_live_is_the_default() {
        for kind in [PublishKind::Live, PublishKind::Record, PublishKind::Append] {
            assert_eq!(PublishKind::parse(Some(&kind.as_str().into())), kind);
        }
        for value in [Some(Value::from("appendWithGap")), Some(Value::Null), None] {
            assert_eq!(PublishKind::parse(value.as_ref()), PublishKind::Live, "{value:?}");
        }
    }
}
