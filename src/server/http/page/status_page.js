// The page for operators: what the server does, with plots of the last five minutes.

import { byteCount, duration } from "./format.js";
import { Plot } from "./plot.js";

/** How often the figures are fetched, in milliseconds, and how many are kept. */
const REFRESH = 2000;
const KEPT = 150;

const plain = (value) => String(Math.round(value));
const perSecond = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} /s`;

/**
 * The plots. `of(now, rate)` takes a value out of the figures. `rate(name)` is the growth of a
 * counter by second.
 */
const PLOTS = [
  ["Connections", plain, (now) => now.connections],
  ["Streams that play", plain, (now) => now.playing],
  ["Data sent", (value) => `${byteCount(value)}/s`, (now, rate) => rate("bytes_out")],
  ["Processor", (value) => `${value.toFixed(1)} %`, (now, rate) => rate("cpu_seconds") * 100],
  ["Memory", byteCount, (now) => now.resident_bytes],
  ["Frames dropped", perSecond, (now, rate) => rate("dropped_frames")],
].map(([title, format, of]) => ({ plot: new Plot(title, format, KEPT), of }));

/** More connections are not listed. The figures count them all. */
const MOST_LISTED = 100;

const message = document.getElementById("message");
document.getElementById("plots").append(...PLOTS.map(({ plot }) => plot.element));
let last = null;

update();

async function update() {
  try {
    const answer = await fetch("/statistics", { cache: "no-store" });
    if (!answer.ok) throw new Error(await answer.text());
    const { server, process, connections } = await answer.json();
    const playing = connections.reduce((sum, connection) => sum + connection.playing.length, 0);
    plot({ ...server, ...process, playing });
    list(connections);
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

function plot(now) {
  const seconds = last ? now.uptime_seconds - last.uptime_seconds : 0;
  const rate = (name) => (seconds > 0 ? Math.max(now[name] - last[name], 0) / seconds : NaN);
  document.getElementById("uptime").textContent = `Up for ${duration(now.uptime_seconds)}`;
  for (const { plot: one, of } of PLOTS) {
    const value = of(now, rate);
    // The first figures have no rate, and a system may not tell what the process uses.
    one.element.hidden = !Number.isFinite(value);
    if (Number.isFinite(value)) one.add(value);
  }
  last = now;
}

/** Lists the connections that have sent most, one a row. */
function list(connections) {
  const most = [...connections].sort((one, other) => other.bytes_out - one.bytes_out);
  const rows = most.slice(0, MOST_LISTED).map((connection) => [
    connection.peer,
    connection.transport,
    [connection.app, connection.playing.join(", ")].filter(Boolean).join("/"),
    duration(connection.uptime_seconds),
    byteCount(connection.bytes_out),
    String(connection.dropped_frames),
  ]);
  document.getElementById("connections").hidden = rows.length === 0;
  document.getElementById("rows").replaceChildren(...rows.map(row));
}

function row(texts) {
  const element = document.createElement("tr");
  for (const text of texts) element.insertCell().textContent = text;
  return element;
}
