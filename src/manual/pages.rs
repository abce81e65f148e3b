//! The pages of the feature `web`, and how a page of your own plays a stream.
//!
//! An address without a scheme, `auto://`, `http://` and `https://` serve pages beside RTMP:
//!
//! | path | page |
//! |---|---|
//! | `/` | the streams that the application lists ([`Server::list_streams`]), with [pictures] |
//! | `/APP/STREAM` | the player |
//! | `/_/status` | figures and connections, for operators ([`Operators`]) |
//!
//! The scripts are part of the library. They load nothing from other servers.
//!
//! # The player
//!
//! It asks for its stream on a WebSocket, so a browser is a connection like any other: connect,
//! play, pause, seek and call handlers see it. [`Connection::transport`] is `ws` or `wss`.
//!
//! | codec | how it is shown |
//! |---|---|
//! | screen video, screen video 2 | decoded by the page's own script, lossless, in every browser |
//! | H.264, HEVC, AV1, VP8, VP9 | WebCodecs, if the browser decodes the codec |
//! | AAC, Opus, FLAC, MP3, PCM, G.711 | WebCodecs |
//! | H.264, HEVC, AV1, VP9 with AAC, Opus, FLAC, MP3 | Media Source Extensions, without WebCodecs |
//!
//! Browsers have WebCodecs in secure contexts alone: on `https://` pages, and on this machine. On
//! `http://` pages of other machines the player uses Media Source Extensions, which are some tenths
//! of a second later. `#decoder=mse` behind the address chooses them everywhere.
//!
//! A live stream is shown as soon as its pictures come. With sound it waits 120 ms, or longer on an
//! uneven line. Sound starts after a click, as browsers demand.
//!
//! Keys: space pauses, `m` switches the sound, `f` fills the screen, `o` shows the picture in its
//! own size, `i` shows figures.
//!
//! # Calls
//!
//! | input on the picture | call |
//! |---|---|
//! | drags, arrow keys | `move_camera(right, up)`, in degrees |
//! | the wheel, two fingers | `zoom(steps)` |
//! | all keys but those above, Tab, F1 to F12, and those with Ctrl, Alt or Meta | `key_events(list)` |
//!
//! The list has an object for each key that was pressed or released, such as
//! `{key: "w", code: "KeyW", down: true}`. Repetitions are left out. If the picture loses the
//! focus, all keys are released.
//!
//! There is at most one call of each name a picture of the screen. What happens while two calls
//! have no answer is added up. A procedure that refuses its first call is not called again.
//!
//! While its figures are shown, the page calls `statistics` once a second. It shows the round trip,
//! and `skipped_frames` if the answer has it. The application may call `set_title(text)`.
//!
//! # A page of your own
//!
//! Pages from the same address import the client. For pages from elsewhere the server must allow
//! their origin, and they need a copy of the scripts.
//!
//! ```html
//! <canvas id="picture"></canvas>
//! <script type="module">
//! import { connect } from "/_/client.js";
//!
//! const client = connect("/live?token=1");
//! client.play("scene", document.getElementById("picture"));
//! client.on("set_title", (title) => { document.title = title; });
//! client.onState((state, reason) => console.log(state, reason));
//! console.log(await client.call("statistics"));
//! </script>
//! ```
//!
//! `call` returns a promise, which an error of the application rejects. The client connects again
//! after a loss, with waits of 0.5 to 15 seconds, and plays on. It does not if access is refused.
//!
//! [pictures]: crate::StreamEntry::picture
//! [`Server::list_streams`]: crate::Server::list_streams
//! [`Operators`]: crate::config::Operators
//! [`Connection::transport`]: crate::Connection::transport
