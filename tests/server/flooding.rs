//! Many connections from one address.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::amf::Value;
use rendercast::config::ConnectionLimits;
use rendercast::{ServerConfig, Stream};

use crate::support::{Client, Host, connect_from, ensure, on_streams, one_of_several};

#[cfg(target_os = "linux")]
#[test]
fn a_flood_from_one_address_does_not_delay_clients_at_others() {
    let config = ServerConfig::default().connections(ConnectionLimits::default().accept_rate(50));
    let host = Host::start_alone(config, on_streams(|_: &Stream| {}));
    let (is_over, connected) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let flood = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                drop(connect_from([127, 0, 0, 2], host.address));
                connected.fetch_add(1, Ordering::Relaxed);
            }
        });
        while connected.load(Ordering::Relaxed) < 250 && !flood.is_finished() {
            thread::yield_now();
        }
        one_of_several(|| {
            let since = Instant::now();
            let mut client = Client::open(host.address);
            client.connect("live", &[]).expect("the connection is claimed");
            let elapsed = since.elapsed();
            ensure(elapsed < Duration::from_secs(2), || format!("{elapsed:?}"))
        });
        is_over.store(true, Ordering::Relaxed);
        flood.join().expect("the flood ends");
    });
    let refused = host.server.statistics().get("connections_refused").and_then(Value::as_number);
    assert!(refused > Some(100.0), "{refused:?}");
}
