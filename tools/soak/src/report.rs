//! The table at the end, and the verdict.

use std::time::Duration;

use crate::habit::Habit;
use crate::options::Options;
use crate::procfs::Usage;
use crate::run::{Outcome, is_clean};
use crate::tally::{Tally, percentile};
use crate::warm::Warmth;

/// Which part of the media must come in time for a viewer not to starve.
const STARVATION: f64 = 0.99;

/// Viewers that were themselves so late prove nothing against a server.
const UNFAIR_LAG: Duration = Duration::from_millis(200);

/// How much more memory each process of our server may hold after its viewers than before, in KiB,
/// on top of a tenth of what it took for them: what an allocator keeps is no leak.
const KEPT_MEMORY_KIB: u64 = 16 << 10;

/// The rows of the table.
#[derive(Debug, Default)]
struct Table(Vec<(&'static str, String)>);

impl Table {
    fn row(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    fn print(&self) {
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in &self.0 {
            println!("{name:width$}  {value}");
        }
    }
}

/// Prints what a test has shown.
pub(crate) fn print(options: &Options, outcome: &Outcome, measures_server: bool) {
    let mut table = Table::default();
    add_viewers(&mut table, options, outcome);
    add_others(&mut table, options, outcome);
    add_spending(&mut table, options, outcome, measures_server);
    if measures_server {
        add_holdings(&mut table, options, outcome);
    }
    table.print();
}

fn add_viewers(table: &mut Table, options: &Options, outcome: &Outcome) {
    let tally = &outcome.all(Habit::Steady);
    table.row(
        "viewers",
        format!("{}, {} of them playing at the end", options.steady(), outcome.steady_at_end),
    );
    for ((speech, viewers), tallies) in options.doors().into_iter().zip(&outcome.tallies) {
        let tally = &tallies[Habit::Steady as usize];
        if let Some((mean, least)) = tally.delivered()
            && viewers < options.steady()
        {
            let text = format!(
                "{viewers}, delivered in time {:.2} % (worst viewer {:.2} %)",
                mean * 100.0,
                least * 100.0
            );
            table.row(speech.as_str(), text);
        }
        let (from, to) = outcome.window;
        let ages = tally.ages.iter().filter(|(at, _)| (from..=to).contains(at));
        let ages: Vec<_> = ages.map(|&(_, age)| age).collect();
        if !ages.is_empty() {
            let latency = latency(&ages);
            table.row("", format!("{} latency {latency}, {} frames", speech.as_str(), ages.len()));
        }
    }
    table.row(
        "received",
        format!("{:.1} MB in {} messages", tally.bytes as f64 / 1e6, tally.messages),
    );
    if let Some((mean, least)) = tally.delivered() {
        let percent = format!("{:.2} % (worst viewer {:.2} %)", mean * 100.0, least * 100.0);
        table.row("delivered in time", percent);
    }
    table.row(
        "timestamps",
        format!("{} jumps back, {} holes over 1 s", tally.jumps_back, tally.holes),
    );
    table.row("stalls over 3 s", tally.stalls.to_string());
    table.row("first key frame", latency(&tally.first_key_frames));
    table.row(
        "dropped",
        format!("{} (of {} visits, {} to the end)", tally.dropped, tally.visits, tally.ended),
    );
    add_reasons(table, tally);
}

/// The viewers that come and go, the slow ones, and the real ones.
fn add_others(table: &mut Table, options: &Options, outcome: &Outcome) {
    let [fickle, slow, stuck] =
        &[Habit::Fickle, Habit::Slow, Habit::Stuck].map(|habit| outcome.all(habit));
    if options.churn > 0 {
        let visits = format!("{} visits, {} dropped", fickle.visits, fickle.dropped);
        table.row("come and go", visits);
        table.row("their first key frame", latency(&fickle.first_key_frames));
        add_reasons(table, fickle);
    }
    if options.slow > 0 {
        let tell = |tally: &Tally| format!("{} visits, {} dropped", tally.visits, tally.dropped);
        table.row("slow (10 KB/s)", tell(slow));
        table.row("slow (read nothing)", tell(stuck));
    }
    if options.ffplay > 0 {
        let players = &outcome.players;
        table.row(
            "ffplay",
            format!(
                "{} started, {} left early, {} had to be killed",
                players.started, players.exited, players.killed
            ),
        );
    }
}

fn add_reasons(table: &mut Table, tally: &Tally) {
    for (reason, times) in &tally.reasons {
        table.row("", format!("{times} times: {reason}"));
    }
}

fn add_spending(table: &mut Table, options: &Options, outcome: &Outcome, measures_server: bool) {
    let (from, to) = outcome.window;
    let Some(window) = outcome.sampler.window(from, to) else { return };
    let seconds = window.length.as_secs_f64();
    table.row("measured for", format!("{seconds:.1} s, after the ramp"));
    table.row("bit rate", format!("{:.1} Mbit/s", window.megabits_per_second()));
    if measures_server {
        let share = window.server_cpu.as_secs_f64() / seconds * 100.0;
        let cost = format!("{:.3} ms per viewer-second ({share:.1} % of a core)", window.cost());
        table.row("server's processor", cost);
    }
    for (door, (speech, viewers)) in options.doors().into_iter().enumerate() {
        if let (Some(cost), Some(growth)) =
            (window.cost_at[door], outcome.sampler.growth_at(door, outcome.window))
        {
            let each = growth as f64 / viewers.max(1) as f64;
            let text = format!("{cost:.3} ms per viewer-second, {each:.1} KiB per viewer");
            table.row(speech.as_str(), text);
        }
    }
    let share = window.viewers_cpu.as_secs_f64() / seconds * 100.0;
    table.row("light viewers' processor", format!("{share:.1} % of a core"));
    let lateness = outcome.lateness.as_millis();
    table.row("light viewers' own lag", format!("{lateness} ms at most"));
}

fn add_holdings(table: &mut Table, options: &Options, outcome: &Outcome) {
    let Outcome { warmth, after, sampler, .. } = outcome;
    let before = &warmth.warm;
    let row = |of: fn(&Usage) -> u64| {
        format!("{} before, {} at most, {} after", of(before), sampler.peak(of), of(after))
    };
    if warmth.visits > 0 {
        let Warmth { cold, visits, took, .. } = warmth;
        table.row(
            "warmed",
            format!(
                "by {visits} visits in {:.1} s, from {} KiB",
                took.as_secs_f64(),
                cold.resident_kib
            ),
        );
    }
    table.row("server's threads", row(|usage| usage.threads));
    table.row("server's descriptors", row(|usage| usage.descriptors));
    table.row("server's memory (KiB)", row(|usage| usage.resident_kib));
    // Those who leave take more for a moment, while their threads end.
    let held = sampler.most_held(outcome.window);
    let growth = held.saturating_sub(before.resident_kib) as f64;
    let each = growth / options.viewers().max(1) as f64;
    table.row("growth per viewer", format!("{each:.1} KiB"));
    let most = after.peak_kib as f64 / 1024.0;
    table.row("peak resident memory", format!("{most:.1} MiB since the server was started"));
}

/// Median, 99th percentile and maximum.
pub(crate) fn latency(durations: &[Duration]) -> String {
    let tell = |part| percentile(durations, part).map(|value| value.as_secs_f64() * 1000.0);
    match (tell(0.5), tell(0.99), tell(1.0)) {
        (Some(median), Some(high), Some(max)) => {
            format!("p50 {median:.1} ms, p99 {high:.1} ms, max {max:.1} ms")
        }
        _ => "never seen".to_owned(),
    }
}

/// What is wrong; nothing, for a server that passes.
pub(crate) fn failures(options: &Options, outcome: &Outcome, is_ours: bool) -> Vec<String> {
    let mut failures = Vec::new();
    let tally = outcome.all(Habit::Steady);
    let mut fail = |is_wrong: bool, text: String| failures.extend(is_wrong.then_some(text));
    let starved = tally.delivered.iter().filter(|&&part| part < STARVATION).count();
    fail(starved > 0, format!("{starved} viewers got less than 99 % of the media in time"));
    fail(tally.stalls > 0, format!("viewers stalled {} times", tally.stalls));
    fail(tally.dropped > 0, format!("viewers were dropped {} times", tally.dropped));
    let missing = options.steady().saturating_sub(outcome.steady_at_end);
    fail(missing > 0, format!("{missing} viewers did not play at the end"));
    let exited = outcome.players.exited;
    fail(exited > 0, format!("{exited} ffplay processes left early"));
    let fickle = outcome.all(Habit::Fickle);
    fail(fickle.dropped > 0, format!("{} who come and go were dropped", fickle.dropped));
    if is_ours {
        let peak_kib = outcome.sampler.peak(|usage| usage.resident_kib);
        failures.extend(leaks(options, &outcome.warmth.warm, &outcome.after, peak_kib));
    }
    if let Some(most) = options.max_memory
        && outcome.after.peak_kib > most << 10
    {
        let held = outcome.after.peak_kib >> 10;
        failures
            .push(format!("the server held {held} MiB at its peak, and {most} MiB are allowed"));
    }
    if !failures.is_empty() && outcome.lateness > UNFAIR_LAG {
        let lag = outcome.lateness.as_millis();
        failures.push(format!("but the viewers lagged {lag} ms: this machine has too much to do"));
    }
    failures
}

/// What a server holds after its viewers that it did not hold before them.
fn leaks(options: &Options, before: &Usage, after: &Usage, peak_kib: u64) -> Vec<String> {
    let mut leaks = Vec::new();
    if !is_clean(options, before, after) {
        leaks.push(format!(
            "the server did not give back its threads or descriptors: {} and {} before, {} and {} \
             after",
            before.threads, before.descriptors, after.threads, after.descriptors
        ));
    }
    let processes = if options.apart { options.doors().len() as u64 } else { 1 };
    let kept = processes * KEPT_MEMORY_KIB + peak_kib.saturating_sub(before.resident_kib) / 10;
    if after.resident_kib > before.resident_kib + kept {
        let grown = after.resident_kib - before.resident_kib;
        leaks.push(format!("the server holds {grown} KiB more than before its viewers"));
    }
    leaks
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn a_leak_is_what_was_not_there_before_the_viewers() {
        let usage = |threads, descriptors, resident_kib| Usage {
            threads,
            descriptors,
            resident_kib,
            ..Usage::default()
        };
        let options = Options::parse_from(["soak"]);
        let before = usage(5, 20, 80_000);
        let allowed = KEPT_MEMORY_KIB + 1_000;
        for (after, expected) in [
            (usage(5, 20, 80_000), 0),
            (usage(4, 12, 10_000), 0),
            (usage(5, 20, 80_000 + allowed), 0),
            (usage(5, 20, 80_001 + allowed), 1),
            (usage(6, 20, 80_000), 1),
            (usage(5, 21, 80_000), 1),
            (usage(6, 21, 200_000), 2),
        ] {
            let found = leaks(&options, &before, &after, 90_000);
            assert_eq!(found.len(), expected, "{after:?}: {found:?}");
        }
    }
}
