// The first page: the streams that there are.

import { titleOf } from "./decoder_configs.js";

/** How often the list is fetched, in milliseconds. */
const REFRESH = 5000;

const list = document.getElementById("streams");
const message = document.getElementById("message");

/** The items of the list by their paths, so that a refresh keeps the focus where it is. */
const items = new Map();

update();

async function update() {
  try {
    const answer = await fetch("/streams", { cache: "no-store" });
    if (!answer.ok) throw new Error(await answer.text());
    const { streams } = await answer.json();
    show(streams);
    say(streams.length === 0 ? "Nothing is streamed now." : "");
  } catch (error) {
    say(`The list cannot be fetched. ${error.message}`);
  }
  setTimeout(update, document.hidden ? REFRESH * 4 : REFRESH);
}

function say(text) {
  message.textContent = text;
  message.hidden = text === "";
}

function show(streams) {
  const found = new Set();
  for (const stream of streams) {
    const path = pathOf(stream);
    found.add(path);
    if (!items.has(path)) {
      items.set(path, makeItem(path, stream));
      list.append(items.get(path).element);
    }
    items.get(path).update(stream);
  }
  for (const [path, { element }] of items) {
    if (found.has(path)) continue;
    element.remove();
    items.delete(path);
  }
}

function pathOf({ app, name }) {
  const parts = name.split("/").map(encodeURIComponent);
  return `/${encodeURIComponent(app)}/${parts.join("/")}`;
}

function makeItem(path, { app, name }) {
  const [item, link, still, text] = ["li", "a", "div", "div"].map(make);
  const [title, details] = ["h2", "p"].map(make);
  link.href = path;
  still.className = "still";
  title.textContent = `${app}/${name}`;
  details.className = "quiet";
  text.append(title, details);
  link.append(still, text);
  item.append(link);
  const update = (stream) => {
    details.textContent = describe(stream);
    showStill(still, path, stream);
  };
  return { element: item, update };
}

function make(name) {
  return document.createElement(name);
}

function describe({ codec, width, height, viewers }) {
  const size = width && height ? `${width} × ${height}` : "";
  const watched = viewers === 1 ? "1 viewer" : `${viewers} viewers`;
  return [codec && titleOf(codec), size, watched].filter(Boolean).join(", ");
}

/** Shows a picture of the stream, which replaces the last one when it has arrived. */
async function showStill(still, path, { picture }) {
  if (!picture) {
    still.textContent = "No picture";
    return;
  }
  const image = new Image();
  image.alt = "";
  try {
    const answer = await fetch(`${path}.png`, { cache: "no-store" });
    if (!answer.ok) throw new Error(await answer.text());
    image.src = URL.createObjectURL(await answer.blob());
    await image.decode();
    still.replaceChildren(image);
  } catch (error) {
    if (!still.firstElementChild) still.textContent = "No picture";
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
