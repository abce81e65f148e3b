//! Whole conversations, in virtual time.

mod acknowledgements;
mod aggregates;
mod calls;
mod clients;
mod conversations;
mod hostile;
mod keepalive;
mod refusals;
mod streams;
mod support;
