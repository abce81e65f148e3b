//! Tests of the player's side: its conversations with a made-up server, and with our own.

mod conversations;
mod with_our_server;
