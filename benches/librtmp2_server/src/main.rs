//! Serves live streams with the crate librtmp2, at the address in the first argument.

use librtmp2::server::Server;
use librtmp2::types::ServerConfig;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("an address is wanted")?;
    let config = ServerConfig {
        max_connections: 20_000,
        max_connections_per_addr: 20_000,
        chunk_size: 4096,
        ..ServerConfig::default()
    };
    let mut server = Server::from_config(config, None).map_err(|error| format!("{error:?}"))?;
    server.on_publish_cb = Some(|_, _, _| true);
    server.on_play_cb = Some(|_, _, _| true);
    server.listen(&address).map_err(|error| format!("{error:?}"))?;
    loop {
        server.poll(100).map_err(|error| format!("{error:?}"))?;
    }
}
