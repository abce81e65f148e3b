//! All threads of this crate: how they start, and those that serve one client after another.

mod os_name;
mod pool;
mod stack;
mod start;
mod task;

pub(crate) use self::pool::ThreadPool;
pub(crate) use self::stack::{SOON, StackTrim};
pub(crate) use self::start::{spawn, spawn_scoped, spawn_with_stack};
pub(crate) use self::task::{Panicked, Task};
