//! How a play joins what is playing already.

/// How a play joins what is playing already, rather than replacing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transition {
    /// It plays once all before it have ended: `play` with `reset` false, or `play2` with the
    /// transition `append` or `appendAndWait`.
    Append,
    /// It takes the place of what is playing without a break, as another rendition of the same does:
    /// `play2` with the transition `switch` or `swap`, or with none (RTMP 1.0 §7.2.2.2).
    Switch,
}
