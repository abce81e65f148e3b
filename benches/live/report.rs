//! The medians of all rounds.

use crate::round::{Figures, Plan};
use crate::servers::Contestant;

/// The figures of all rounds, by contestant in the order of the first round.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<(Contestant, Vec<Figures>)>);

impl Report {
    pub(crate) fn add(&mut self, contestant: &Contestant, figures: Figures) {
        match self.0.iter_mut().find(|(known, _)| known == contestant) {
            Some((_, rounds)) => rounds.push(figures),
            None => self.0.push((contestant.clone(), vec![figures])),
        }
    }

    /// Prints a row of medians for each contestant.
    pub(crate) fn print(&self, plan: &Plan) {
        println!("\n{} viewers, {} s, medians", plan.viewers, plan.seconds);
        println!(
            "| server | CPU ms/viewer-s | x floor | p50 ms | p99 ms | KiB/viewer | arrived % | join p50 ms | p95 ms | p95 ms of the worst burst |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|");
        for (contestant, rounds) in &self.0 {
            let cpu = median(rounds, |round| Some(round.cpu_ms));
            let ratio = cpu.zip(self.floor(contestant)).map(|(cpu, floor)| cpu / floor);
            let cells = [
                (cpu, 4),
                (ratio, 2),
                (median(rounds, |round| round.p50_ms), 1),
                (median(rounds, |round| round.p99_ms), 1),
                (median(rounds, |round| round.kib), 1),
                (median(rounds, |round| round.delivered), 1),
                (median(rounds, |round| round.join_p50_ms), 1),
                (median(rounds, |round| round.join_p95_ms), 1),
                (median(rounds, |round| round.worst_join_p95_ms), 1),
            ];
            print!("| {} ", contestant.name());
            for (figure, digits) in cells {
                print!("| {} ", figure.map_or(String::new(), |it| format!("{it:.digits$}")));
            }
            println!("|");
        }
    }

    /// Returns the CPU time of the floor that merges as this contestant does.
    fn floor(&self, contestant: &Contestant) -> Option<f64> {
        let merged = match contestant {
            Contestant::Floor(latency)
            | Contestant::Ours(latency)
            | Contestant::OneThread(latency) => *latency,
            Contestant::Nginx => 0,
            Contestant::Librtmp2(_) => 100,
        };
        let of_floor = self.0.iter().find(|(other, _)| *other == Contestant::Floor(merged));
        median(&of_floor?.1, |round| Some(round.cpu_ms))
    }
}

fn median(rounds: &[Figures], figure: fn(&Figures) -> Option<f64>) -> Option<f64> {
    let mut figures: Vec<f64> = rounds.iter().filter_map(figure).collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
