//! Several encodings of one render loop, and the size that they share.

use std::sync::Arc;

use super::config::RenderLoopConfig;
use super::encoding::{begin, blank_canvas};
use super::error::RenderLoopError;
use super::render_loop::{RenderLoop, slot_of};
use crate::media::Canvas;
use crate::media::codec::VideoCodecFactory;
use crate::sync::lock;

impl RenderLoop {
    /// Adds an encoding of the same pictures, for viewers with another line or another player:
    /// H.264 at a low bitrate beside lossless screen video. It is a loop without a renderer, which
    /// a stream [joins](crate::Stream::join) instead of this one. Each picture is rendered once.
    /// Each encoding is made once, on a thread of its own, and only while a stream shows it.
    ///
    /// `config` has the name, the rate and the parameters of the encoding. Size, pixel type and
    /// colour space are those of this loop. Sound is registered with each encoding that has it.
    /// Commands are those of this loop. If they wait for a frame, it is one of the first encoding.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use rendercast::{RenderLoop, RenderLoopConfig, RenderLoopError, Server};
    ///
    /// fn add_low_rate(server: &Server, scene: &RenderLoop) -> Result<(), RenderLoopError> {
    ///     let config = RenderLoopConfig::new("low").rate(10.0).parameter("bitrate", "300000");
    ///     let low = scene.add_encoding(config, server.video_codec_factory(), "h264")?;
    ///     assert_eq!(low.name(), "low");
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`new`](Self::new). [`RenderLoopError::NameTaken`] if an encoding has that name.
    pub fn add_encoding(
        &self,
        config: RenderLoopConfig,
        codecs: &VideoCodecFactory,
        codec_name: &str,
    ) -> Result<Arc<Self>, RenderLoopError> {
        let name = config.name.clone();
        let is_taken = |others: &[Arc<Self>]| others.iter().any(|other| other.name() == name);
        if self.name() == name || is_taken(&self.encodings()) {
            return Err(RenderLoopError::NameTaken { name });
        }
        let encoding = Arc::new(self.start_encoding(config, codecs, codec_name)?);
        let mut encodings = lock(&self.encodings);
        if is_taken(&encodings) {
            return Err(RenderLoopError::NameTaken { name });
        }
        encodings.push(Arc::clone(&encoding));
        drop(encodings);
        self.shared.outputs.add(Arc::clone(&encoding.shared) as _);
        Ok(encoding)
    }

    /// Returns the further encodings, in the order in which they were added.
    #[must_use]
    pub fn encodings(&self) -> Vec<Arc<Self>> {
        lock(&self.encodings).clone()
    }

    /// Changes width and height of the pictures, in pixels, from the next render on. Viewers are
    /// sent new metadata and headers, and go on with a key frame. FFmpeg follows with H.264; its
    /// decoders of screen video refuse another size. All encodings have the size of their loop.
    ///
    /// Blocks for as long as the encoders take to try the size out.
    ///
    /// # Errors
    /// [`RenderLoopError::Encoder`] or [`RenderLoopError::Canvas`] if the size is not possible, and
    /// [`RenderLoopError::NoEncoder`]. The size stays as it was.
    pub fn set_size(&self, width: u32, height: u32) -> Result<(), RenderLoopError> {
        let blank = self.try_size(width, height)?;
        let encodings = self.encodings();
        let blanks = encodings.iter().map(|encoding| encoding.try_size(width, height));
        let blanks: Vec<_> = blanks.collect::<Result<_, _>>()?;
        for (encoding, blank) in encodings.iter().zip(blanks) {
            encoding.shared.set_size(blank);
        }
        self.shared.set_size(blank);
        Ok(())
    }

    /// Returns a canvas of that size, if an encoder of the codec takes it.
    fn try_size(&self, width: u32, height: u32) -> Result<Canvas<'static>, RenderLoopError> {
        let Some(current) = self.video_codec() else {
            return Err(RenderLoopError::NoEncoder { name: self.name().to_owned() });
        };
        let config = self.config().clone().size(width, height);
        let (_, codec) = slot_of(&config, self.shared.codec.factory(), current.name())?;
        let blank = blank_canvas(&config, codec.supported_types())?;
        begin(&config, &codec, &blank)?;
        Ok(blank)
    }
}

/// Returns the encoding of `render_loop` that fits best what a client asks for behind the name of
/// its stream: `encoding=NAME`, `codec=NAME`, `bitrate=KILOBITS`. Returns `None` if there is no
/// such encoding or codec. Of several bitrates, the highest is taken that is not above the wish.
pub(crate) fn choose(render_loop: &Arc<RenderLoop>, query: &str) -> Option<Arc<RenderLoop>> {
    let wish = |name: &str| {
        let mut wishes = query.split('&').filter_map(|wish| wish.split_once('='));
        wishes.find(|(key, _)| *key == name).map(|(_, value)| value.replace(['+', '_'], " "))
    };
    let mut candidates = vec![Arc::clone(render_loop)];
    candidates.extend(render_loop.encodings());
    if let Some(name) = wish("encoding") {
        candidates.retain(|encoding| encoding.name().replace('_', " ") == name);
    }
    if let Some(name) = wish("codec") {
        let name = name.replace("%20", " ");
        candidates.retain(|encoding| {
            encoding.video_codec().is_some_and(|codec| codec.name().eq_ignore_ascii_case(&name))
        });
    }
    let Some(wanted) = wish("bitrate").and_then(|wanted| wanted.parse::<f64>().ok()) else {
        return candidates.into_iter().next();
    };
    let bitrate = |encoding: &Arc<RenderLoop>| {
        encoding.video_codec()?.parameter("bitrate")?.parse::<f64>().ok()
    };
    // An encoding without a bitrate takes what it needs.
    let rated = candidates.into_iter().map(|encoding| (bitrate(&encoding), encoding));
    let (mut rated, unrated): (Vec<_>, Vec<_>) = rated.partition(|(rate, _)| rate.is_some());
    rated.sort_by(|(one, _), (other, _)| {
        one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal)
    });
    let is_within = |rate: &Option<f64>| rate.is_some_and(|rate| rate <= wanted * 1000.0);
    let fits = rated.iter().rposition(|(rate, _)| is_within(rate)).unwrap_or(0);
    rated.into_iter().nth(fits).or_else(|| unrated.into_iter().next()).map(|(_, found)| found)
}
