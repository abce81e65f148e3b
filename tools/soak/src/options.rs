//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use rendercast::client::{Scheme, Url};

use crate::speech::Speech;

/// Soak-tests an RTMP server: hundreds of light viewers, real ffplay processes, slow ones, and ones
/// that come and go; then a table of what they saw, and of what the server spent.
#[derive(Clone, Debug, Parser)]
#[command(name = "soak")]
pub(crate) struct Options {
    /// The FLV file that our own server plays; a synthetic stream of 1.6 Mbit/s where none is given
    pub(crate) file: Option<PathBuf>,

    /// Play from this server instead of from our own
    #[arg(long, value_name = "rtmp://HOST/APP/NAME")]
    pub(crate) url: Option<Url>,

    /// Processes to measure along with --url, as in 17,18 (such as a server's workers)
    #[arg(long, value_name = "PID", value_delimiter = ',', requires = "url")]
    pub(crate) server_pid: Vec<u32>,

    /// Light viewers: they speak the protocol, count, and throw the media away
    #[arg(long, default_value_t = 500)]
    pub(crate) clients: usize,

    /// As many more that speak RTMPS to our own server
    #[arg(long, default_value_t = 0, conflicts_with = "url")]
    pub(crate) rtmps: usize,
    /// As many more that speak RTMPT to our own server
    #[arg(long, default_value_t = 0, conflicts_with = "url")]
    pub(crate) rtmpt: usize,

    /// As many more that read FLV over a WebSocket of our own server
    #[arg(long, default_value_t = 0, conflicts_with = "url", value_name = "N")]
    pub(crate) websocket: usize,
    /// As many more that read FLV over HTTP from our own server
    #[arg(long, default_value_t = 0, conflicts_with = "url", value_name = "N")]
    pub(crate) http: usize,

    /// Serve each scheme from a process of its own, so that what each costs can be told apart
    #[arg(long)]
    pub(crate) apart: bool,

    /// Real players: ffplay processes without a screen
    #[arg(long, default_value_t = 0)]
    pub(crate) ffplay: usize,

    /// Further light viewers that read 10 KB/s, or (every other one) nothing after the first key
    /// frame
    #[arg(long, default_value_t = 0)]
    pub(crate) slow: usize,

    /// Further light viewers that stay up to 5 s, leave without a word, and come again
    #[arg(long, default_value_t = 0)]
    pub(crate) churn: usize,

    /// Have our own server show all viewers one shared render loop, live, in place of a file each
    #[arg(long)]
    pub(crate) shared: bool,

    /// Have our own server show what ffmpeg publishes to it, in place of a file; ffmpeg is killed
    /// and started again
    #[arg(long, conflicts_with_all = ["url", "shared", "apart"])]
    pub(crate) publish: bool,

    /// How often ffmpeg is killed with --publish
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    pub(crate) kill_every: u64,

    /// How long to measure, once all are playing
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u64,

    /// How many viewers come per second
    #[arg(long, default_value_t = 100, value_name = "PER_SECOND")]
    pub(crate) ramp: u32,

    /// Threads that the light viewers share
    #[arg(long, default_value_t = 1)]
    pub(crate) threads: usize,

    /// Measure the time to the first key frame with so many viewers, one after the other, instead
    #[arg(long, value_name = "N")]
    pub(crate) one_by_one: Option<usize>,

    /// Measure how many viewers a second can join instead: so many at once connect, see their first
    /// key frame, leave, and come again, for --seconds
    #[arg(long, value_name = "N")]
    pub(crate) joins: Option<usize>,

    /// Draw threads, memory, descriptors and bit rate over time
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,

    /// Length of the synthetic stream; longer than the test unless given
    #[arg(long, value_name = "SECONDS")]
    pub(crate) synthetic: Option<u32>,

    /// Serve the file from disk under so many names (hard links), each of which counts as a film of
    /// its own; viewers start anywhere in any of them. Its length is that of --synthetic. The
    /// server is warmed first: what it holds in open files, indexes and cache is no leak
    #[arg(long, value_name = "N", default_value_t = 0, requires = "file", conflicts_with = "url")]
    pub(crate) films: u32,

    /// Fail where the resident memory of our server exceeds this at any time
    #[arg(long, value_name = "MIB", conflicts_with = "url")]
    pub(crate) max_memory: Option<u64>,

    /// Write the synthetic stream to a file that another server can play, and do nothing else
    #[arg(long, value_name = "FILE.flv")]
    pub(crate) write_flv: Option<PathBuf>,

    /// Be the server of another soak process: print our URL, and serve until standard input ends
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) serve_only: Option<SocketAddr>,

    /// The send buffer of each socket with --serve-only, in bytes; 0 leaves it to the system
    #[arg(long, value_name = "BYTES", requires = "serve_only")]
    pub(crate) socket_bytes: Option<usize>,

    /// What to serve with --serve-only, each on an address of its own
    #[arg(long, value_name = "SCHEME", value_delimiter = ',', default_value = "rtmp")]
    pub(crate) schemes: Vec<Scheme>,
}

impl Options {
    /// What is played, and by how many steady viewers each.
    pub(crate) fn doors(&self) -> Vec<(Speech, usize)> {
        let plain = Speech::Rtmp(self.url.as_ref().map_or(Scheme::Rtmp, |url| url.scheme));
        let doors = [
            (plain, self.clients),
            (Speech::Rtmp(Scheme::Rtmps), self.rtmps),
            (Speech::Rtmp(Scheme::Rtmpt), self.rtmpt),
            (Speech::WebSocket, self.websocket),
            (Speech::Http, self.http),
        ];
        let used: Vec<_> = doors.into_iter().filter(|&(_, viewers)| viewers > 0).collect();
        // Others than light viewers take the plain one.
        if used.is_empty() { vec![(plain, 0)] } else { used }
    }

    /// The steady viewers of all doors.
    pub(crate) fn steady(&self) -> usize {
        self.doors().iter().map(|(_, viewers)| viewers).sum()
    }

    /// All viewers together.
    pub(crate) fn viewers(&self) -> usize {
        self.steady() + self.ffplay + self.slow + self.churn
    }

    /// How long it takes until the last light viewer has come.
    pub(crate) fn ramp_time(&self) -> Duration {
        let light = self.steady() + self.slow + self.churn;
        Duration::from_secs_f64(light as f64 / f64::from(self.ramp.max(1)))
    }

    /// How long the synthetic stream is: nobody shall see its end by chance.
    pub(crate) fn synthetic_seconds(&self) -> u32 {
        let test = self.ramp_time().as_secs() + self.seconds;
        self.synthetic.unwrap_or_else(|| u32::try_from(test).unwrap_or(u32::MAX).saturating_add(60))
    }
}
