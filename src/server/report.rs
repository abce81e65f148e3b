//! What the connections of a server do, for operators and for the list of streams.

use std::collections::BTreeMap;
use std::fs;

use super::connection_report::{ConnectionReport, Published};
use super::state::ServerState;

/// How many viewers a stream has, by application and name.
pub(crate) type Viewers = BTreeMap<(String, String), u64>;

/// Returns what each connection does that has been accepted.
pub(crate) fn connections(state: &ServerState) -> Vec<ConnectionReport> {
    // The table is not locked while the connections are asked.
    state.connections.handles().iter().filter_map(ConnectionReport::of).collect()
}

/// Counts the viewers of each stream.
pub(crate) fn viewers(connections: &[ConnectionReport]) -> Viewers {
    let mut viewers = Viewers::new();
    for connection in connections {
        for stream in &connection.playing {
            *viewers.entry((connection.app.clone(), stream.name.clone())).or_default() += 1;
        }
    }
    viewers
}

/// Returns how many damaged bytes are skipped of what clients play, by application and name.
/// Clients that play the same file skip the same.
pub(crate) fn skipped(connections: &[ConnectionReport]) -> BTreeMap<(&str, &str), u64> {
    let mut skipped = BTreeMap::new();
    for connection in connections {
        for stream in &connection.playing {
            let bytes: &mut u64 = skipped.entry((&*connection.app, &*stream.name)).or_default();
            *bytes = stream.skipped_bytes.max(*bytes);
        }
    }
    skipped
}

/// Returns the streams that clients publish, by application and name. One that is being replaced
/// counts once.
pub(crate) fn published(connections: &[ConnectionReport]) -> BTreeMap<(&str, &str), &Published> {
    let streams = connections.iter().map(|it| (&*it.app, &it.publishing));
    let named = streams.flat_map(|(app, all)| all.iter().map(move |it| ((app, &*it.name), it)));
    named.collect()
}

/// What the process uses. `None` where the system does not tell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ProcessUse {
    pub(crate) cpu_seconds: Option<f64>,
    pub(crate) resident_bytes: Option<u64>,
}

/// The unit of the times in `/proc`, per second. The same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads what the process uses from `/proc`, which only Linux has.
pub(crate) fn process_use() -> ProcessUse {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ProcessUse { cpu_seconds: cpu_seconds(&stat), resident_bytes: resident_bytes(&status) }
}

/// Returns the times in user and in system mode, the 14th and 15th value.
fn cpu_seconds(stat: &str) -> Option<f64> {
    // The second value is the program's name in parentheses, which may have blanks.
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut values = behind_name.split_whitespace().skip(11);
    let user: f64 = values.next()?.parse().ok()?;
    let system: f64 = values.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::{cpu_seconds, resident_bytes};

    #[test]
    fn the_use_of_a_process_is_read_from_what_linux_writes() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 152 0 0 0 250 50 0 0 20 0 3 0 12 1 2";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(cpu_seconds("7 (a) S"), None);
        assert_eq!(resident_bytes("Name:\ta\nVmRSS:\t    1234 kB\n"), Some(1_263_616));
        assert_eq!(resident_bytes("Name:\ta\n"), None);
    }
}
