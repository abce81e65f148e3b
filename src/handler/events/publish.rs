//! The client publishes.

use crate::handler::{HandlerResult, PublishRequest, Stream};
use crate::media::Tag;

/// Called on the connection's thread when the client publishes on a stream, when its media arrive,
/// and when that ends. Without this handler every publisher is refused with
/// `NetStream.Publish.BadName`.
///
/// A closure of the shape of [`publish`](Self::publish) is enough if the rest does not matter.
///
/// ```
/// use rendercast::{HandlerResult, LiveStream, PublishRequest, Refusal, Stream};
///
/// /// Lets a camera publish to a live stream, which viewers watch.
/// fn accept(stream: &Stream, camera: &LiveStream) {
///     let camera = camera.clone();
///     stream.register_publish_event_handler(
///         move |stream: &Stream, request: &PublishRequest| -> HandlerResult {
///             if request.stream_name != "camera" {
///                 return Err(Refusal::bad_name("Publish as \"camera\".").into());
///             }
///             stream.publish_to(&camera);
///             Ok(true)
///         },
///     );
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no publish handler",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|stream: &Stream, request: &PublishRequest| -> HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait PublishEventHandler: Send {
    /// Called when the client asks to publish. May block: only this client waits.
    ///
    /// `Ok(true)` grants it, and the client is told `NetStream.Publish.Start`. Call
    /// [`Stream::publish_to`] to send the media to viewers. `Ok(false)` refuses it, and the client
    /// is told `NetStream.Publish.Denied`.
    ///
    /// # Errors
    /// As `Ok(false)`; a [`Refusal`](crate::Refusal) chooses the code that the client is told.
    /// OBS shows its user a refusal with `BadName`, `Denied` or `Rejected`, and no other.
    fn publish(&mut self, stream: &Stream, request: &PublishRequest) -> HandlerResult;

    /// Called with media of the publisher: those that came together, in their order. Data arrive
    /// without `@setDataFrame`. The handler may change, remove or add tags. What it leaves goes to
    /// the stream of [`Stream::publish_to`], if there is one.
    ///
    /// `Ok(false)` ends the publishing, and the client is told `NetStream.Publish.Rejected`. Should
    /// not block: the client can send no more meanwhile, and what waits in the stream does not
    /// leave.
    ///
    /// # Errors
    /// As `Ok(false)`; a [`Refusal`](crate::Refusal) chooses the code that the client is told.
    fn media(&mut self, stream: &Stream, tags: &mut Vec<Tag>) -> HandlerResult {
        let _ = (stream, tags);
        Ok(true)
    }

    /// Called when the publishing ends: the client ends it or is gone, or [`media`](Self::media)
    /// has ended it. [`Stream::publish_to`] is undone after this.
    fn unpublish(&mut self, stream: &Stream) {
        let _ = stream;
    }
}

impl<F> PublishEventHandler for F
where
    F: FnMut(&Stream, &PublishRequest) -> HandlerResult + Send,
{
    fn publish(&mut self, stream: &Stream, request: &PublishRequest) -> HandlerResult {
        self(stream, request)
    }
}
