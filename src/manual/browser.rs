//! Browsers: FLV over HTTP, WebSockets with calls, pages, figures, and proxies in front.
//!
//! The feature `web`, which is on by default, serves browsers on the port that is there. A client's
//! first byte tells whether it speaks RTMP, TLS or HTTP. A browser is a connection like any other:
//! the same handlers are called, with the same limits, queues and figures.
//! [`Connection::transport`](crate::Connection::transport) returns `http`, `https`, `ws` or `wss`.
//!
//! # Over TLS
//!
//! `https://HOST:PORT` takes HTTPS and `wss://` alone. `auto://` takes them beside all else, if the
//! server has certificates ([`rtmps`](super::rtmps) says how it gets them). The pages, FLV, calls
//! and figures are the same. Pages of other machines need TLS for WebCodecs, which are sooner than
//! what browsers have without ([`pages`](super::pages)).
//!
//! # Paths
//!
//! The first part of a path is the application, the rest is the stream. A query goes with the
//! stream's name, as with RTMP: handlers see `scene?token=7`.
//!
//! | request | answer |
//! |---|---|
//! | `GET /APP/STREAM.flv` | FLV, in chunks. 403 or 404 with a line of text if it is refused |
//! | `GET /APP/STREAM.png`, `.jpg` | a picture of the stream, see below |
//! | `GET /APP/STREAM.mjpeg` | its pictures, one after the other, see below |
//! | WebSocket `/APP/STREAM.flv` | the same FLV in binary frames |
//! | WebSocket `/APP` | calls and plays, see below |
//! | `GET /` | the list of streams, as a page |
//! | `GET /APP/STREAM` | a player, as a page |
//! | `GET /streams` | the list of streams, as JSON |
//! | `GET /metrics`, `/statistics`, `/_/status` | figures for operators: Prometheus, JSON, a page |
//! | a path of [`Server::register_http_handler`] | what the application answers |
//! | any other | 404 |
//!
//! [`Server::register_http_handler`]: crate::Server::register_http_handler
//!
//! `ffplay`, `mpv`, VLC and curl take the first. A request for FLV raises connect, createStream and
//! play, in this order, before its response begins. The FLV begins with a key frame, and its header
//! promises the kinds of media that the stream has at that moment.
//!
//! Players of FLV know neither tracks nor modifiers of Enhanced RTMP. So they are sent track 0
//! alone, without modifiers; and H.264, AAC and MP3 with their classic numbers. mpegts.js stops at
//! codecs that it does not know. With `?for=mpegts.js` those are left out, and the log names them.
//!
//! # Still pictures
//!
//! `GET /APP/STREAM.png` answers with the last picture of a stream that this process draws: one
//! that shows a [`RenderLoop`](crate::RenderLoop), or whose handlers encode canvases. It raises
//! connect, createStream, play and stop, as FLV does. So who may not play sees no picture.
//!
//! A picture serves all who ask within 500 ms, and is encoded on the thread of the first of them.
//! [`pictures_encoded`] counts them. A loop that rests draws one picture for the request, and
//! counts no viewer. A stream with loops of its own runs them until a picture is encoded. Requests
//! from one address that are alike share it.
//!
//! [`pictures_encoded`]: crate::ServerFigures::pictures_encoded
//!
//! | status | why |
//! |---|---|
//! | 403, 404 | a handler refused the connection or the play |
//! | 404 | the stream is a file or was published, so it is here only encoded; or it has ended |
//! | 503 | nothing has been drawn yet, or was drawn within 10 seconds |
//!
//! Pages of other sites may read a picture if they are allowed, with `<img crossorigin>` too. If
//! every site is allowed, they need not say `crossorigin`. A client that has not read its picture
//! after 60 seconds is closed.
//!
//! The feature `jpeg` adds `GET /APP/STREAM.jpg`, whose pictures serve all who ask within 100 ms.
//! `GET /APP/STREAM.mjpeg` answers with such pictures as they change, at most 10 a second. Each is
//! a part of one response (`multipart/x-mixed-replace`). `<img>`, dashboards and `ffmpeg -f mpjpeg`
//! show them. A client that is slow is sent the next picture once it has taken the last one. A
//! picture that stays is sent again every 2 seconds. A stream with loops of its own runs them until
//! the client is gone. A client that sends more than 16 KiB meanwhile is closed. Sound and rates
//! above that need FLV.
//!
//! # Calls and plays over a WebSocket
//!
//! A WebSocket at `/APP` carries texts of JSON, one object each, and FLV in binary frames. It plays
//! at most one stream at a time. `id` is a positive number of the sender's choice. A message
//! without it gets no answer.
//!
//! | the client says | which means | and is answered |
//! |---|---|---|
//! | `{"id":1,"call":"move","args":[1]}` | a call of the application | `{"id":1,"result":VALUE}` |
//! | `{"id":2,"play":"a","start":-2}` | a play; `start` ms, -2 any, -1 live | `{"recorded":BOOL}` |
//! | `{"id":3,"pause":true}` | a pause, or with `false` its end | `true` if it was done |
//! | `{"id":4,"seek":5000}` | a seek, in ms | the position at which it goes on |
//! | `{"id":5,"stop":true}` | the end of the play | `true` |
//! | `{"buffer":3000}` | how much the client buffers, in ms | |
//! | `{"receive":{"audio":false}}` | what the client wants | |
//! | `{"id":9,"result":VALUE}` | the answer to a call of the server | |
//!
//! Instead of `result`, an answer may have `error`: an object with `level`, `code` and
//! `description`.
//!
//! | the server says | which means |
//! |---|---|
//! | `{"event":"connected"}` | the first text: the application accepts the client |
//! | `{"id":9,"call":"title","args":["a"]}` | a call, or without `id` a notification |
//! | `{"event":"status","code":"NetStream.Play.Start",...}` | RTMP's `onStatus`, `onPlayStatus` |
//! | `{"event":"end"}` | nothing more comes of this play |
//! | `{"event":"error","description":"..."}` | a text was not understood |
//!
//! The first binary frame of a play begins with the header of FLV, and has the first tags too. Each
//! further frame is one tag. A refused client gets a status and the close code 4403, since the
//! scripts of a page cannot read the response to a refused upgrade. [`json`] has the mapping of
//! values.
//!
//! [`json`]: crate::protocol::json
//!
//! # Who may use it
//!
//! Any page in a browser may connect to any server that the browser reaches. So requests that name
//! an origin must come from the server's own pages, or from a site that
//! [`WebConfig::allow_origin`](crate::config::WebConfig::allow_origin) lists. All others get 403.
//! Requests without an origin come from no script, and are served.
//!
//! A GET changes nothing. Figures are for clients on this machine alone, unless
//! [`WebConfig::operators`](crate::config::WebConfig::operators) says otherwise, or a handler
//! decides ([`pages`](super::pages)). A request that a proxy passed on does not count as one of
//! this machine. The list of streams has what
//! [`Server::list_streams`](crate::Server::list_streams) lists; what else is played is shown to
//! operators alone.
//!
//! ```
//! # #[cfg(feature = "web")]
//! # fn main() -> Result<(), rendercast::StartError> {
//! use rendercast::config::{Operators, WebConfig};
//! use rendercast::{Scheme, Server, ServerConfig, StreamEntry};
//!
//! let web = WebConfig::default()
//!     .allow_origin("https://lab.example")
//!     .operators(Operators::Nobody)
//!     .message_bytes(16 << 10);
//! let server = Server::new(ServerConfig::default().web(web));
//! server.list_streams(|| vec![StreamEntry::new("live", "scene").size(1280, 720)]);
//! server.start("127.0.0.1:0")?;
//! println!("{}/live/scene", server.listen_addresses()[0].url(Scheme::Http));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "web"))]
//! # fn main() {}
//! ```
//!
//! # Limits
//!
//! | limit | default | beyond it |
//! |---|---|---|
//! | `HttpLimits::head_bytes`, `body_bytes` | 8 KiB, 1 MiB | 431, 413 |
//! | `SessionConfig::handshake_timeout` | 10 s | 408 within a request, a close between two |
//! | `WebConfig::message_bytes` | 64 KiB | close code 1009 |
//! | `WebConfig::response_bytes` | 16 MiB | the client gets 500, and the log says why |
//! | `SessionConfig::amf` | 32 levels | the text is answered with an error |
//! | `SessionConfig::idle_timeout` | 90 s without an answer to pings | close code 1008 |
//!
//! Frames that break the protocol are answered with close code 1002, bytes instead of a text with
//! 1003, a text that is not UTF-8 with 1007. Queues and slow clients are bounded as everywhere
//! ([`limits`](super::limits)).
//!
//! # Behind a proxy
//!
//! Both of these pass HTTP and WebSockets on, and may end TLS. The tests run them as they stand
//! here. The `Host` of the client must be kept, since origins are compared with it.
//!
//! nginx:
//!
//! ```text
//! location / {
//!     proxy_pass http://127.0.0.1:1935;
//!     proxy_http_version 1.1;
//!     proxy_set_header Host $http_host;
//!     proxy_set_header Upgrade $http_upgrade;
//!     proxy_set_header Connection $connection_upgrade;
//!     proxy_set_header X-Forwarded-For $remote_addr;
//!     proxy_buffering off;
//!     proxy_read_timeout 1h;
//! }
//! ```
//!
//! with, in the block `http`:
//!
//! ```text
//! map $http_upgrade $connection_upgrade {
//!     default upgrade;
//!     ""      "";
//! }
//! ```
//!
//! and, to end TLS there, in the block `server`:
//!
//! ```text
//! listen 443 ssl;
//! ssl_certificate     /etc/ssl/fullchain.pem;
//! ssl_certificate_key /etc/ssl/privkey.pem;
//! ```
//!
//! HAProxy:
//!
//! ```text
//! frontend web
//!     mode http
//!     bind :80
//!     bind :443 ssl crt /etc/ssl/rendercast.pem
//!     default_backend rendercast
//! backend rendercast
//!     mode http
//!     option forwardfor
//!     timeout tunnel 1h
//!     timeout server 1h
//!     server one 127.0.0.1:1935
//! ```
//!
//! HAProxy's file is the certificate chain with the private key behind it.
//!
//! HAProxy can pass RTMP and HTTP on through one port, with `mode tcp` and `send-proxy-v2`
//! ([`listening`](super::listening)).
