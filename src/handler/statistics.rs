//! Figures to iterate over and print.

use std::fmt;

use crate::protocol::amf::{Object, Value};

/// Figures by name, in an order made for reading. As a [`Value`], the answer to a remote procedure
/// call.
///
/// ```
/// use rendercast::{Server, ServerConfig};
///
/// let statistics = Server::new(ServerConfig::default()).statistics();
/// println!("{statistics}");
/// for (name, figure) in statistics.iter() {
///     println!("{name} is {figure}");
/// }
/// assert_eq!(statistics.get("connections"), Some(&0.into()));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics(Object);

impl Statistics {
    pub(crate) fn push(&mut self, name: &str, figure: impl Into<Value>) {
        self.0.push(name, figure);
    }

    /// All figures in order: numbers count bytes, messages or seconds as their names say.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter()
    }

    /// The figure of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl From<Statistics> for Value {
    fn from(statistics: Statistics) -> Self {
        Self::Object(statistics.0)
    }
}

/// One figure a line, names and figures in two columns.
impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, figure) in self.iter() {
            writeln!(f, "{name:width$}  {figure}")?;
        }
        Ok(())
    }
}
