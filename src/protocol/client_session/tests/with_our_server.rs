//! A player's session against a server's session of this crate, without a socket.

use std::time::{Duration, Instant};

use crate::protocol::PlayFrom;
use crate::protocol::client_session::{self, ClientSession};
use crate::protocol::server_session::{self, Play, ServerSession};

/// Lets a player connect, create a stream and play; returns the play as the server read it.
fn play(from: PlayFrom) -> Play {
    let now = Instant::now();
    let config = client_session::Config::new("live", "rtmp://h:1935/live");
    let mut client = ClientSession::new(config, [7; 32]);
    let mut server = ServerSession::new(server_session::Config::default(), [9; 32], now);
    for _round_trip in 0..10 {
        let requests = client.take_output();
        let mut input = requests.as_slice();
        while let Some(event) = server.read(now, &mut input).unwrap() {
            match event {
                server_session::Event::Connect(_) => server.accept_connect(),
                server_session::Event::CreateStream(request) => {
                    server.accept_create_stream(request);
                }
                server_session::Event::Play(play) => return play,
                event => panic!("{event:?}"),
            }
        }
        let answers = server.take_output();
        let mut input = answers.as_slice();
        while let Some(event) = client.read(now, &mut input).unwrap() {
            match event {
                client_session::Event::Connected { .. } => client.create_stream(now),
                client_session::Event::StreamCreated(stream) => {
                    client.play(now, stream, "sea", from);
                }
                event => panic!("{event:?}"),
            }
        }
    }
    panic!("the server has read no play command");
}

#[test]
fn a_play_starts_where_the_player_asked() {
    for from in [PlayFrom::Any, PlayFrom::Live, PlayFrom::At(Duration::from_millis(5_250))] {
        assert_eq!(play(from).from, from);
    }
}
