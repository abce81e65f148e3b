//! The pages of the feature `web`, and how a page of your own plays a stream.
//!
//! An address without a scheme, `auto://`, `http://` and `https://` serve pages beside RTMP:
//!
//! | path | page |
//! |---|---|
//! | `/` | the streams that the application lists ([`Server::list_streams`]), with [pictures] |
//! | `/APP/STREAM` | the player |
//! | `/_/status` | figures and connections, for operators ([`Operators`], or a handler) |
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
//! | AAC, Opus, FLAC, MP3 | WebCodecs |
//! | PCM, G.711 | the page itself |
//! | H.264, HEVC, AV1, VP9 with AAC, Opus, FLAC, MP3 | Media Source Extensions, without WebCodecs |
//!
//! Browsers have WebCodecs in secure contexts alone: on `https://` pages, and on this machine. On
//! `http://` pages of other machines the player uses Media Source Extensions, which are some tenths
//! of a second later. `#decoder=mse` behind the address chooses them everywhere.
//!
//! A live stream is shown as soon as its pictures come. With sound it waits 120 ms, or longer on an
//! uneven line or with a slow decoder. Sound starts after a click, as browsers demand.
//!
//! Keys: space pauses, `m` switches the sound, `f` fills the screen, `o` shows the picture in its
//! own size, `i` shows figures.
//!
//! On the seek bar of a film, arrow keys move by a thousandth, Page Up and Page Down by a tenth,
//! and Home and End all the way. A film goes on at a key frame. If there is none within that
//! distance, a key moves to a farther one. Behind the last key frame, keys forward lead back to
//! that one.
//!
//! # Calls
//!
//! | input on the picture | call |
//! |---|---|
//! | drags, arrow keys | `move_camera(right, up)`, in degrees |
//! | the wheel, two fingers | `zoom(steps)` |
//! | all other keys but Tab, F1 to F12, and those with Ctrl, Alt or Meta | `key_events(list)` |
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
//! # Paths of the application
//!
//! [`Server::register_http_handler`] serves further paths: an interface of JSON, a page of your
//! own, files. It never sees the server's own paths. Handlers run on the threads of connections.
//! Errors and panics are status 500. Bodies are bounded, and so are responses. A GET must change
//! nothing, since any page can make a browser send one.
//!
//! [`Server::register_operator_handler`] decides who sees the figures. Browsers ask for a name and
//! a password at [`OperatorAccess::NeedsPassword`]. They send it readable, so use TLS.
//!
//! ```
//! # #[cfg(feature = "web")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Mutex;
//!
//! use rendercast::{
//!     HttpMethod, HttpRequest, HttpResponse, OperatorAccess, Server, ServerConfig,
//! };
//!
//! let server = Server::new(ServerConfig::default());
//! let title = Mutex::new("Scene".to_owned());
//! server.register_http_handler("/api/title", move |request: &HttpRequest<'_>| {
//!     let mut title = title.lock().map_err(|_| "a call has panicked")?;
//!     match request.method() {
//!         HttpMethod::Get => Ok(HttpResponse::text(title.clone())),
//!         HttpMethod::Put => {
//!             *title = std::str::from_utf8(request.body())?.to_owned();
//!             Ok(HttpResponse::text("").status(204))
//!         }
//!         _ => Ok(HttpResponse::text("this path takes GET and PUT").status(405)),
//!     }
//! })?;
//!
//! // The name "ops" and the password "figures", as browsers and Prometheus send them.
//! server.register_operator_handler(|request: &HttpRequest<'_>| {
//!     Ok(match request.header("Authorization") {
//!         Some("Basic b3BzOmZpZ3VyZXM=") => OperatorAccess::Granted,
//!         _ => OperatorAccess::NeedsPassword,
//!     })
//! });
//! server.start("127.0.0.1:0")?;
//! # use std::io::{Read, Write};
//! # let ask = |request: &str| -> std::io::Result<String> {
//! #     let address = server.listen_addresses()[0].socket_address().expect("TCP");
//! #     let mut socket = std::net::TcpStream::connect(address)?;
//! #     socket.write_all(request.as_bytes())?;
//! #     let mut answer = String::new();
//! #     socket.read_to_string(&mut answer)?;
//! #     Ok(answer)
//! # };
//! # let put = "PUT /api/title HTTP/1.0\r\nContent-Length: 3\r\n\r\nSea";
//! # assert!(ask(put)?.starts_with("HTTP/1.1 204 "));
//! # let get = "GET /api/title HTTP/1.0\r\n\r\n";
//! # assert!(ask(get)?.ends_with("\r\n\r\nSea"));
//! # assert!(ask("GET /metrics HTTP/1.0\r\n\r\n")?.starts_with("HTTP/1.1 401 "));
//! # let known = "GET /metrics HTTP/1.0\r\nAuthorization: Basic b3BzOmZpZ3VyZXM=\r\n\r\n";
//! # assert!(ask(known)?.starts_with("HTTP/1.1 200 "));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "web"))]
//! # fn main() {}
//! ```
//!
//! [`Server::register_http_handler`]: crate::Server::register_http_handler
//! [`Server::register_operator_handler`]: crate::Server::register_operator_handler
//! [`OperatorAccess::NeedsPassword`]: crate::OperatorAccess::NeedsPassword
//! [pictures]: crate::StreamEntry::picture
//! [`Server::list_streams`]: crate::Server::list_streams
//! [`Operators`]: crate::config::Operators
//! [`Connection::transport`]: crate::Connection::transport
