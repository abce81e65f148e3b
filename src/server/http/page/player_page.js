// The page of a stream: connects, plays, and joins the buttons to the player.

import { connect } from "./client.js";
import { streamTime } from "./format.js";
import { forwardInputs } from "./inputs.js";

/** How often the position and the figures are shown anew, in milliseconds. */
const REFRESH = 500;

/** How often the application is asked for its figures while they are shown. */
const ASK = 1000;

/** The keys of the buttons. */
const KEYS = { " ": "pause", k: "pause", m: "mute", f: "full", i: "show-figures", o: "size" };

/** By which part of a film the keys of the seek bar move it. */
const STEPS = {
  ArrowLeft: -0.001,
  ArrowDown: -0.001,
  ArrowRight: 0.001,
  ArrowUp: 0.001,
  PageDown: -0.1,
  PageUp: 0.1,
};

const MESSAGES = {
  connecting: "Connecting …",
  ended: "The stream has ended.",
};

const element = (id) => document.getElementById(id);
const canvas = element("picture");

const { application, stream } = streamOf(location);
document.title = stream;
element("title").textContent = stream;

const client = connect(`/${application}${location.search}`);
const useMse = new URLSearchParams(location.hash.slice(1)).get("decoder") === "mse";
const player = client.play(stream, canvas, { changed: () => show(), useMse });
forwardInputs(canvas, client, (event) => actionOf(event) !== null);
client.on("set_title", (title) => {
  document.title = String(title);
  element("title").textContent = String(title);
});
// For those who try things out in the console of the browser.
globalThis.rendercast = { client, player };

let asks = true;
let answered = {};

const actions = {
  pause: () => (player.state === "playing" ? player.pause() : player.resume()),
  mute: () => player.mute(!player.isMuted),
  size: () => toggle("size", element("view").classList.toggle("own-size")),
  "show-figures": () => {
    const figures = element("figures");
    figures.hidden = !figures.hidden;
    toggle("show-figures", !figures.hidden);
    ask();
    refresh();
  },
  full: () => (document.fullscreenElement ? document.exitFullscreen() : fullScreen()),
};
for (const [id, action] of Object.entries(actions)) element(id).addEventListener("click", action);

document.addEventListener("keydown", (event) => {
  const action = actionOf(event);
  if (action === null) return;
  event.preventDefault();
  action();
});

const position = element("position");
position.addEventListener("change", () => player.seek((position.value / 1000) * player.duration));
position.addEventListener("input", () => {
  showTime((position.value / 1000) * player.duration);
});

// The browser would set the bar, and the seek might end before the present position.
position.addEventListener("keydown", (event) => {
  const part = STEPS[event.key];
  if (!part || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  player.step(part * player.duration);
});

setInterval(refresh, REFRESH);
setInterval(ask, ASK);
show();

/** Returns what a key does to the page, or `null`. */
function actionOf(event) {
  const isModified = event.ctrlKey || event.altKey || event.metaKey;
  const isTyping = event.target.closest?.("button, input") && event.key === " ";
  const id = KEYS[event.key.toLowerCase?.()];
  return id && !isModified && !isTyping && !element(id).hidden ? actions[id] : null;
}

/** Splits `/APP/STREAM?QUERY`. The stream's name may contain slashes. */
function streamOf({ pathname }) {
  const [first, ...rest] = pathname.slice(1).split("/");
  return { application: first, stream: rest.map(decodeURIComponent).join("/") };
}

function fullScreen() {
  element("view").requestFullscreen?.();
}

function toggle(id, isOn) {
  element(id).setAttribute("aria-pressed", String(isOn));
}

/** Shows the state of the player. It is called after each change. */
function show() {
  const { state, isLive } = player;
  const message = player.message || MESSAGES[state] || "";
  element("message").textContent =
    state === "waiting" ? `${message} Trying again …` : message;
  element("message").hidden = message === "";
  element("pause").textContent = state === "playing" ? "Pause" : "Play";
  element("pause").disabled = !["playing", "paused", "ended"].includes(state);
  element("live").hidden = !(isLive && state === "playing");
  element("note").textContent = player.note;
  element("seek").hidden = isLive || player.duration === 0;
  refresh();
}

/** Shows what changes all the time. */
function refresh() {
  element("mute").hidden = !player.hasSound;
  element("mute").textContent = player.isMuted ? "Sound on" : "Sound off";
  element("codecs").textContent = [...player.codecs, pictureSize()].filter(Boolean).join(", ");
  if (document.activeElement !== position || !position.matches(":active")) {
    // The time of a file that is repeated goes on.
    const time = player.duration ? player.position % player.duration : 0;
    position.value = player.duration ? (time / player.duration) * 1000 : 0;
    showTime(time);
  }
  if (!element("figures").hidden) showFigures();
}

function pictureSize() {
  return player.codecs.length > 0 ? `${canvas.width} × ${canvas.height}` : "";
}

function showTime(milliseconds) {
  element("time").value = `${streamTime(milliseconds)} / ${streamTime(player.duration)}`;
}

/**
 * Measures the round trip with the procedure `statistics`. Those of a renderer say what it left out
 * because the line was too slow. An application without it is not asked again.
 */
async function ask() {
  if (element("figures").hidden || !asks || player.state !== "playing") return;
  const start = performance.now();
  try {
    const statistics = await client.call("statistics");
    const roundTrip = `${Math.round(performance.now() - start)} ms`;
    const skipped = statistics?.skipped_frames;
    answered = { "Round trip": roundTrip, ...(skipped >= 0 && { Skipped: String(skipped) }) };
  } catch (error) {
    asks = false;
  }
}

function showFigures() {
  const { rate, kilobits, delay, dropped } = player.figures;
  const rows = {
    Pictures: `${rate.toFixed(1)} /s`,
    Data: `${Math.round(kilobits)} kbit/s`,
    Delay: `${Math.round(delay)} ms`,
    Dropped: String(dropped),
    ...answered,
  };
  const cells = Object.entries(rows).flatMap(([name, value]) => {
    const [term, definition] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    definition.textContent = value;
    return [term, definition];
  });
  element("figures").replaceChildren(...cells);
}
