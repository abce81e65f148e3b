//! The server: accepts connections, answers the requests of clients, and runs the loops of streams.
//!
//! | folder | what happens there |
//! |---|---|
//! | `listen` | addresses, and the sockets that are bound to them |
//! | `accept` | from an accepted socket to a connection whose protocol is known |
//! | `connection` | the conversation with one client: requests, handlers, answers |
//! | `stream` | one stream of a connection: its state and its loops |
//! | `send` | from media to bytes in the socket |
//! | `http` | requests over HTTP |

// The order of locks
//
// A thread that holds a lock on the left may take those on the right, and no others. "Application"
// means that a handler runs, which may call every public method of its connection and its stream.
// Where the left side lists no thread, any thread takes the lock.
//
// lock                                            | may be taken while holding it
// ------------------------------------------------|----------------------------------------------
// Server::joining (thread of the application)     | Connections; held while threads are joined
// Server::listeners                               | none; held while a socket is bound
// Connections                                     | none; held while a thread is started
// TunnelTable                                     | none
// ServerState::connect_handlers                   | none
// StreamShared::gate (rtmp-conn, rtmp-frame)      | all below; held while the frame, seek and
//                                                 | transition handlers run, and until the answer
//                                                 | to a seek or a switch is sent or queued
// a registered handler (the thread that calls it) | all below; application
// Channel::feed (live; rtmp-conn of a publisher)  | LiveStream
// Directory::table (live)                         | none
// LoopThreads                                     | LoopControl; held while a thread is started
// Subscription                                    | LiveStream, LoopControl
// LiveStream (hub; rtmp-conn, the source)         | the control of its render loop, Frame::encoded,
//                                                 | LoopControl, Filter, ConnectionSender
// Frame::encoded                                  | none
// the control of a render loop                    | none
// ConnectionShared::dialect                       | ConnectionSender
// LoopControl                                     | Slot
// Filter (in StreamSender)                        | none
// ConnectionSender                                | the session of TLS, the state of a Tunnel
// none of these that are below the gate excludes  | Connections, and then the ConnectionSender of a
// a thread that saves memory; it has released its | connection that is closed to save memory
// own ConnectionSender                            |
// the session of TLS, the state of a Tunnel       | none; held while the socket is tried once
// VideoCodec                                      | none; held while the encoder works
// PendingCalls, Slot, CodecSlot, CallTable,       | none
// Properties, Stream::request                     |
//
// Only the gate and the lock of a handler are held while a thread waits, and then for a handler of
// that stream. Two threads may call a play handler: rtmp-conn (play, transition, stop), and the one
// that ends the stream (stop). A source that ends during a transition leaves the stop to rtmp-conn.
//
// A handler may shut its server down. So no thread that runs handlers waits for others
// (`InsideHandler`).

mod accept;
mod budget;
pub mod config;
mod connection;
mod connections;
#[cfg(feature = "tunnel")]
mod http;
mod listen;
mod send;
mod server;
mod start_error;
mod state;
mod stream;
#[cfg(feature = "tunnel")]
mod tunnel_table;

pub use config::ServerConfig;
pub use listen::{ListenAddress, ProxyAddress, ProxyAddressError};
pub use server::Server;
pub use start_error::StartError;
pub use state::HandlerId;
