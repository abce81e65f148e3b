// Live streams with sound: a rendered one, and one that ffmpeg publishes.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import {
  FOREIGN_NAME,
  openPage,
  start,
  startCounter,
  waitForState,
} from "./browser.js";
import { watch } from "./counter.js";

const FILM = fileURLToPath(new URL("../../../examples/assets/demo.flv", import.meta.url));

/** Counts the seconds of sound that are not silence. It runs in the page. */
function countSound() {
  const { start } = AudioBufferSourceNode.prototype;
  globalThis.heard = 0;
  AudioBufferSourceNode.prototype.start = function (...when) {
    const samples = this.buffer.getChannelData(0);
    if (samples.some((sample) => Math.abs(sample) > 0.001)) globalThis.heard += this.buffer.duration;
    return start.apply(this, when);
  };
  const { createElement } = document;
  document.createElement = function (...args) {
    const element = createElement.apply(this, args);
    if (args[0] === "video") globalThis.video = element;
    return element;
  };
}

/** Starts the example `live`, and a publisher of the film that repeats it. Returns the port. */
async function startLive(t) {
  const { match } = await start(t, {
    example: "live",
    args: ["--listen", "127.0.0.1:0"],
    pattern: /^ {2}watch: ffplay rtmp:\/\/[^/]*:(\d+)\//,
  });
  const url = `rtmp://127.0.0.1:${match[1]}/live/film`;
  const input = ["-nostdin", "-loglevel", "fatal", "-re", "-stream_loop", "-1", "-i", FILM];
  const ffmpeg = spawn("ffmpeg", [...input, "-c", "copy", "-f", "flv", url], { stdio: "inherit" });
  t.after(() => ffmpeg.kill());
  return match[1];
}

/** Fails unless there is no sound before the click on the button, and sound behind it. */
async function checkSound(page) {
  await waitForState(page, "playing");
  await page.waitForFunction(() => globalThis.rendercast.player.hasSound);
  assert.equal(await page.evaluate(() => globalThis.heard), 0);
  await page.click("#mute");
  await page.waitForFunction(() => globalThis.heard > 0.3);
  const position = await page.evaluate(() => globalThis.rendercast.player.position);
  await page.waitForFunction((then) => globalThis.rendercast.player.position > then, position);
}

/** Waits until the page, which does so several times a second, names these codecs. */
async function waitForCodecs(page, names) {
  const areNamed = (text) => document.querySelector("#codecs").textContent.includes(text);
  await page.waitForFunction(areNamed, names);
}

for (const [codec, title] of [
  ["pcm", "PCM"],
  ["opus", "Opus"],
  ["aac", "AAC"],
]) {
  test(`a rendered stream is heard in ${codec}`, async (t) => {
    const url = await startScene(t, "--sound", codec);
    const { page, errors } = await openPage(t, url, { prepare: countSound });
    await checkSound(page);
    await waitForCodecs(page, title);
    assert.deepEqual(errors, []);
  });
}

test("a published stream is heard", async (t) => {
  const port = await startLive(t);
  const url = `http://127.0.0.1:${port}/live/film`;
  const { page, errors } = await openPage(t, url, { prepare: countSound });
  await checkSound(page);
  await waitForCodecs(page, "H.264, AAC");
  assert.deepEqual(errors, []);
});

/** Starts the example `render_scene` with these arguments. Returns the URL of its page. */
async function startScene(t, ...args) {
  const { match } = await start(t, {
    example: "render_scene",
    args: ["--listen", "127.0.0.1:0", "--shared", ...args],
    pattern: /^open (\S+) in a browser$/,
  });
  return match[1];
}

/** Fails unless Media Source Extensions decode the sound, and play it behind the click. */
async function checkSoundOfElement(page) {
  await waitForState(page, "playing");
  await page.waitForFunction(() => globalThis.rendercast.player.hasSound);
  assert.equal(await page.evaluate(() => globalThis.video.muted), true);
  await page.click("#mute");
  const bytes = () => page.evaluate(() => globalThis.video.webkitAudioDecodedByteCount);
  const before = await bytes();
  await page.waitForFunction((then) => {
    const { video } = globalThis;
    return !video.muted && !video.paused && video.webkitAudioDecodedByteCount > then + 10_000;
  }, before);
}

test("a published stream is heard without a secure context", async (t) => {
  const port = await startLive(t);
  const url = `http://${FOREIGN_NAME}:${port}/live/film`;
  const { page, errors } = await openPage(t, url, { prepare: countSound });
  await checkSoundOfElement(page);
  assert.deepEqual(errors, []);
});

for (const codec of ["screen video", "h264"]) {
  test(`plain sound with ${codec} is heard without a secure context`, async (t) => {
    const url = new URL(await startScene(t, "--codec", codec, "--sound", "pcm"));
    url.hostname = FOREIGN_NAME;
    const { page, errors } = await openPage(t, url.href, { prepare: countSound });
    await checkSound(page);
    await waitForCodecs(page, "PCM");
    assert.equal(await page.textContent("#note"), "");
    assert.deepEqual(errors, []);
  });
}

for (const [codecs, ...args] of [
  ["H.264, AAC", "--codec", "h264", "--sound", "aac"],
  ["H.264, Opus", "--codec", "h264", "--sound", "opus"],
  ["screen video 2, AAC", "--codec", "screen video 2", "--sound", "aac"],
]) {
  test(`a rendered stream in ${codecs} is heard without a secure context`, async (t) => {
    const url = new URL(await startScene(t, ...args));
    url.hostname = FOREIGN_NAME;
    const { page, errors } = await openPage(t, url.href, { prepare: countSound });
    await checkSoundOfElement(page);
    await waitForCodecs(page, codecs);
    assert.deepEqual(errors, []);
  });
}

for (const codec of ["aac", "opus"]) {
  test(`sound in ${codec} that begins later is heard without a secure context`, async (t) => {
    const { port } = await startCounter(t);
    const url = `http://${FOREIGN_NAME}:${port}/h264/counter`;
    const { page, errors } = await openPage(t, url, { prepare: countSound });
    await page.waitForFunction(() => globalThis.rendercast?.player.figures.rate > 0);
    assert.equal(await page.evaluate(() => globalThis.rendercast.player.hasSound), false);
    await page.evaluate((name) => globalThis.rendercast.client.call("sound", name), codec);
    await checkSoundOfElement(page);
    const position = () => page.evaluate(() => globalThis.rendercast.player.position);
    const before = await position();
    const numbers = (await watch(page, 2000)).map(({ number }) => number);
    await page.waitForFunction((then) => globalThis.rendercast.player.position > then, before);
    assert.deepEqual(numbers, [...numbers].sort((one, other) => one - other));
    assert.deepEqual(errors, []);
  });
}

test("a film whose sound begins later is seen from its beginning, and heard", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rendercast-film-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const input = ["-nostdin", "-loglevel", "fatal", "-i", FILM, "-itsoffset", "5", "-i", FILM];
  const output = ["-map", "0:v", "-map", "1:a", "-c", "copy", join(folder, "late.flv")];
  execFileSync("ffmpeg", [...input, ...output]);
  const { port } = await startCounter(t, { folder });
  const url = `http://${FOREIGN_NAME}:${port}/live/late`;
  const { page, errors } = await openPage(t, url, { prepare: countSound });
  await waitForState(page, "playing");
  await page.waitForFunction(() => globalThis.video?.currentTime > 0);
  const position = await page.evaluate(() => globalThis.video.currentTime);
  assert.ok(position < 4.5, `the film begins at ${position} s`);
  await checkSoundOfElement(page);
  await page.waitForFunction(() => globalThis.video.currentTime > 6);
  // The sound lasts longer than the pictures.
  await page.evaluate(() => globalThis.rendercast.player.seek(15_000));
  await page.waitForFunction(() => globalThis.video.currentTime > 20);
  await waitForState(page, "ended");
  assert.deepEqual(errors, []);
});
