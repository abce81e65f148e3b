// mpegts.js, the player that most pages use for FLV, over HTTP and over WebSocket.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

import { openPage, start, startCounter } from "./browser.js";

const SCRIPT = createRequire(import.meta.url).resolve("mpegts.js/dist/mpegts.js");

for (const [title, scheme] of [
  ["HTTP", "http"],
  ["WebSocket", "ws"],
]) {
  test(`mpegts.js plays over ${title}`, async (t) => {
    const { port } = await startCounter(t);
    // Our pages let no other script in.
    const { page, errors } = await openPage(t, `http://127.0.0.1:${port}/`, { bypassCSP: true });
    await page.addScriptTag({ path: SCRIPT });
    for (const path of ["/live/demo.flv", "/h264/counter.flv"]) {
      const url = `${scheme}://127.0.0.1:${port}${path}?for=mpegts.js`;
      const { hasSound, ...end } = await page.evaluate(play, url);
      assert.equal(hasSound, path.includes("demo"), path);
      assert.deepEqual(end, { error: "", size: "640x360", hasMoved: true }, path);
    }
    assert.deepEqual(errors, []);
  });
}

test("mpegts.js plays the sound of a rendered stream to its first viewer", async (t) => {
  const { match } = await start(t, {
    example: "render_scene",
    args: ["--listen", "127.0.0.1:0", "--shared", "--codec", "h264", "--sound", "aac"],
    pattern: /^open (\S+) in a browser$/,
  });
  const { page, errors } = await openPage(t, new URL("/", match[1]).href, { bypassCSP: true });
  await page.addScriptTag({ path: SCRIPT });
  const { hasSound, ...end } = await page.evaluate(play, `${match[1]}.flv?for=mpegts.js`);
  assert.deepEqual([end.error, end.hasMoved, hasSound], ["", true, true]);
  assert.deepEqual(errors, []);
});

/** Plays a URL for two seconds. It runs in the page. */
async function play(url) {
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  const options = { enableStashBuffer: false, lazyLoad: false, liveSync: true };
  const player = globalThis.mpegts.createPlayer({ type: "flv", isLive: true, url }, options);
  let error = "";
  player.on(globalThis.mpegts.Events.ERROR, (...parts) => (error = parts.join(" ")));
  player.attachMediaElement(video);
  player.load();
  player.play();
  const end = performance.now() + 60_000;
  while (!(video.currentTime > 2) && !error && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const result = {
    error,
    size: `${video.videoWidth}x${video.videoHeight}`,
    hasMoved: video.currentTime > 2,
    hasSound: video.webkitAudioDecodedByteCount > 0,
  };
  player.destroy();
  video.remove();
  return result;
}
