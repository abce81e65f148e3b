// The page for operators: what the server does, with plots of the last five minutes.

import { byteCount, duration } from "./format.js";
import { Plot } from "./plot.js";

/** How often the figures are fetched, in milliseconds, and how many are kept. */
const REFRESH = 2000;
const KEPT = 150;

const plain = (value) => String(Math.round(value));
const perSecond = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} /s`;

/**
 * The plots. `of(now, rate)` takes a value out of the statistics. `rate(name)` is the growth of a
 * counter by second.
 */
const PLOTS = [
  ["Connections", plain, (now) => now.connections],
  ["Streams that play", plain, (now) => now.playing],
  ["Data sent", (value) => `${byteCount(value)}/s`, (now, rate) => rate("bytes_sent")],
  ["Processor", (value) => `${value.toFixed(1)} %`, (now, rate) => rate("cpu_seconds") * 100],
  ["Memory", byteCount, (now) => now.resident_bytes],
  ["Dropped messages", perSecond, (now, rate) => rate("messages_dropped")],
].map(([title, format, of]) => ({ plot: new Plot(title, format, KEPT), of }));

const message = document.getElementById("message");
document.getElementById("plots").append(...PLOTS.map(({ plot }) => plot.element));
let last = null;

update();

async function update() {
  try {
    const answer = await fetch("/statistics", { cache: "no-store" });
    if (!answer.ok) throw new Error(await answer.text());
    show(await answer.json());
    say("");
  } catch (error) {
    say(`The figures cannot be fetched. ${error.message}`);
  }
  setTimeout(update, REFRESH);
}

function say(text) {
  message.textContent = text;
  message.hidden = text === "";
}

function show(now) {
  const seconds = last ? now.uptime - last.uptime : 0;
  const rate = (name) => (seconds > 0 ? Math.max(now[name] - last[name], 0) / seconds : 0);
  document.getElementById("uptime").textContent = `Up for ${duration(now.uptime)}`;
  for (const { plot, of } of PLOTS) {
    const value = of(now, rate);
    plot.element.hidden = !Number.isFinite(value);
    if (Number.isFinite(value)) plot.add(value);
  }
  last = now;
}
