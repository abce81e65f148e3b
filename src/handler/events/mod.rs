//! The handler traits of the SDK, one per file.

mod call;
mod connect;
mod frame;
mod pause;
mod play;
mod publish;
mod render;
mod seek;
mod stream;

pub use call::CallEventHandler;
pub use connect::ConnectEventHandler;
pub use frame::FrameEventHandler;
pub use pause::PauseEventHandler;
pub use play::PlayEventHandler;
pub use publish::PublishEventHandler;
pub use render::RenderEventHandler;
pub use seek::SeekEventHandler;
pub use stream::StreamEventHandler;
