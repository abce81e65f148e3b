//! `--plot`: what server and viewers did over time, as an SVG picture.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::sampler::Sample;

const WIDTH: f64 = 880.0;
const PANEL_HEIGHT: f64 = 190.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 26.0;

/// About how many lines a scale gets.
const DIVISIONS: f64 = 4.0;

/// One curve of the picture.
struct Panel {
    title: &'static str,
    colour: &'static str,
    /// Seconds since the first sample, and the value then.
    points: Vec<(f64, f64)>,
}

/// Draws `samples` into the file at `path`.
pub(crate) fn write(path: &Path, samples: &[Sample]) -> Result<()> {
    fs::write(path, draw(&panels(samples)))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn panels(samples: &[Sample]) -> Vec<Panel> {
    let time = |sample: &Sample| (sample.at - samples[0].at).as_secs_f64();
    let panel = |title, colour, value: fn(&Sample) -> f64| Panel {
        title,
        colour,
        points: samples.iter().map(|sample| (time(sample), value(sample))).collect(),
    };
    vec![
        panel("viewers that play", "#1a7f5a", |sample| sample.playing as f64),
        Panel { title: "Mbit/s received", colour: "#2563a8", points: bit_rate(samples) },
        panel("server: threads", "#8a4fa8", |sample| sample.server.threads as f64),
        panel("server: resident memory, MiB", "#c2571a", |sample| {
            sample.server.resident_kib as f64 / 1024.0
        }),
        panel("server: descriptors", "#a8323e", |sample| sample.server.descriptors as f64),
    ]
}

/// Over about a second at a time: viewers are read in sweeps, so shorter stretches only show those.
fn bit_rate(samples: &[Sample]) -> Vec<(f64, f64)> {
    const STRETCH: usize = 4;
    let rate = |pair: &[Sample]| {
        let (first, last) = (&pair[0], &pair[STRETCH]);
        let seconds = (last.at - first.at).as_secs_f64().max(0.001);
        let megabits = (last.bytes - first.bytes) as f64 * 8.0 / 1e6;
        ((last.at - samples[0].at).as_secs_f64(), megabits / seconds)
    };
    samples.windows(STRETCH + 1).map(rate).collect()
}

fn draw(panels: &[Panel]) -> String {
    let height = PANEL_HEIGHT * panels.len() as f64 + 10.0;
    let end = panels.iter().flat_map(|panel| &panel.points).map(|point| point.0);
    let time = Scale::new(end.fold(1.0, f64::max));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (index, panel) in panels.iter().enumerate() {
        panel.draw(PANEL_HEIGHT * index as f64, &time, &mut svg);
    }
    svg.push_str("</svg>\n");
    svg
}

impl Panel {
    fn draw(&self, offset: f64, time: &Scale, svg: &mut String) {
        let value = Scale::new(self.points.iter().map(|point| point.1).fold(1.0, f64::max));
        let (top, bottom) = (offset + TOP, offset + PANEL_HEIGHT - BOTTOM);
        let right = WIDTH - RIGHT;
        let x = |seconds: f64| LEFT + (right - LEFT) * seconds / time.end;
        let y = |number: f64| bottom - (bottom - top) * number / value.end;

        text(svg, LEFT, top - 12.0, "start", "#222222", self.title);
        for number in value.marks() {
            line(svg, (LEFT, y(number)), (right, y(number)));
            text(svg, LEFT - 8.0, y(number) + 4.0, "end", "#666666", &value.label(number));
        }
        for seconds in time.marks() {
            line(svg, (x(seconds), bottom), (x(seconds), bottom + 4.0));
            let label = format!("{} s", time.label(seconds));
            text(svg, x(seconds), bottom + 18.0, "middle", "#666666", &label);
        }
        let points: Vec<_> =
            self.points.iter().map(|&(at, to)| format!("{:.1},{:.1}", x(at), y(to))).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\" \
             stroke-linejoin=\"round\" points=\"{}\"/>",
            self.colour,
            points.join(" "),
        );
    }
}

/// A scale from 0 to a little more than the largest value, marked at round numbers.
struct Scale {
    end: f64,
    step: f64,
}

impl Scale {
    /// A scale that reaches `largest`, which is more than 0.
    fn new(largest: f64) -> Self {
        let rough = largest / DIVISIONS;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough)
            .unwrap_or(10.0 * power);
        Self { end: (largest / step).ceil() * step, step }
    }

    fn marks(&self) -> impl Iterator<Item = f64> + use<> {
        let step = self.step;
        (0..=(self.end / step).round() as u32).map(move |mark| f64::from(mark) * step)
    }

    fn label(&self, number: f64) -> String {
        if self.step.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.2}") }
    }
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        svg,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"#dddddd\"/>",
        from.0, from.1, to.0, to.1,
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, colour: &str, what: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{what}</text>"
    );
}
