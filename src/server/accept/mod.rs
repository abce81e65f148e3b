//! From an accepted socket to a connection of which it is known what is spoken.

pub(crate) mod acceptor;
mod descriptor_table;
mod entry;
pub(crate) mod opening;
