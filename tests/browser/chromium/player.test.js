// The page of a stream in Chromium: what it shows, how soon, and what it answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  oneOfSeveral,
  openPage,
  startCounter,
  waitForPictures,
  waitForState,
} from "./browser.js";
import { markDelay, p95, watch } from "./counter.js";

/** How long the pictures of a stream are watched, in milliseconds. */
const WATCHED = Number(process.env.RENDERCAST_WATCH_SECONDS ?? 6) * 1000;

const SIZE = "640x360";

/** Fails unless the pictures are in order, whole, nearly complete and early enough. */
function checkPictures(pictures, { latency, missed = 0.02 }) {
  const numbers = pictures.map(({ number }) => number);
  for (const [index, number] of numbers.entries()) {
    assert.ok(index === 0 || number > numbers[index - 1], `${number} after ${numbers[index - 1]}`);
  }
  assert.deepEqual([...new Set(pictures.map(({ size }) => size))], [SIZE]);
  const wanted = numbers.at(-1) - numbers[0] + 1;
  assert.ok(wanted >= (WATCHED / 1000) * 20, `${wanted} pictures in ${WATCHED} ms`);
  const share = 1 - numbers.length / wanted;
  const delay = p95(pictures.map((picture) => picture.delay));
  console.log(`${wanted} pictures, ${(share * 100).toFixed(1)} % missed, p95 ${delay} ms`);
  assert.ok(share < missed, `${(share * 100).toFixed(1)} % of ${wanted} pictures were missed`);
  assert.ok(delay <= latency, `p95 of the delay is ${delay} ms`);
}

for (const [app, title] of [
  ["screen", "screen video"],
  ["screen2", "screen video 2"],
  ["h264", "H.264"],
]) {
  test(`${title} is shown in order, whole and early, and follows calls`, async (t) => {
    const { port } = await startCounter(t);
    const { page, errors } = await openPage(t, `http://127.0.0.1:${port}/${app}/counter`);
    await waitForPictures(page);
    await oneOfSeveral(async () => checkPictures(await watch(page, WATCHED), { latency: 100 }));
    let mark = 0;
    await oneOfSeveral(async () => {
      const delays = [];
      for (let call = 0; call < 20; call += 1) delays.push(await markDelay(page, (mark += 1)));
      assert.ok(p95(delays) <= 150, `a call takes ${p95(delays)} ms to be seen`);
    });
    assert.ok((await page.textContent("#codecs")).includes(title));
    assert.deepEqual(errors, []);
  });
}

test("Media Source Extensions show H.264 in order and in time", async (t) => {
  const { port } = await startCounter(t);
  const url = `http://127.0.0.1:${port}/h264/counter#decoder=mse`;
  const { page, errors } = await openPage(t, url);
  await waitForPictures(page);
  // The element skips pictures while it plays faster.
  const limits = { latency: 1000, missed: 0.1 };
  await oneOfSeveral(async () => checkPictures(await watch(page, WATCHED), limits));
  assert.deepEqual(errors, []);
});

test("the film plays with sound, pauses, and is sought", async (t) => {
  const { port } = await startCounter(t);
  const { page, errors } = await openPage(t, `http://127.0.0.1:${port}/live/demo`);
  await waitForPictures(page);
  const position = () => page.evaluate(() => globalThis.rendercast.player.position);

  // Counts what reaches the loudspeaker: the browser has no other way to show it.
  await page.evaluate(() => {
    const start = AudioBufferSourceNode.prototype.start;
    globalThis.heard = 0;
    AudioBufferSourceNode.prototype.start = function (...when) {
      const samples = this.buffer.getChannelData(0);
      if (samples.some((sample) => Math.abs(sample) > 0.001)) globalThis.heard += this.buffer.duration;
      return start.apply(this, when);
    };
  });
  await page.click("#mute");
  await page.waitForFunction(() => globalThis.heard > 1);

  await page.click("#pause");
  await waitForState(page, "paused");
  const paused = await position();
  await page.waitForTimeout(600);
  assert.ok(Math.abs((await position()) - paused) < 100, "the picture moves during a pause");
  await page.click("#pause");
  await page.waitForFunction((then) => globalThis.rendercast.player.position > then + 300, paused);

  await page.evaluate(() => globalThis.rendercast.player.seek(10_000));
  await page.waitForFunction(() => globalThis.rendercast.player.position > 9_000);
  await waitForState(page, "ended");
  assert.deepEqual(errors, []);
});

test("the keyboard alone is enough", async (t) => {
  const { port } = await startCounter(t);
  const { page } = await openPage(t, `http://127.0.0.1:${port}/live/demo`);
  await waitForPictures(page);
  await page.keyboard.press("m");
  await page.waitForFunction(() => !globalThis.rendercast.player.isMuted);
  await page.waitForFunction(() => globalThis.rendercast.player.position > 500);
  await page.keyboard.press(" ");
  await waitForState(page, "paused");
  await page.keyboard.press("i");
  assert.ok(await page.isVisible("#figures"));
  await page.keyboard.press("o");
  assert.equal(await page.getAttribute("#size", "aria-pressed"), "true");
  const box = await page.locator("#picture").boundingBox();
  assert.deepEqual([box.width, box.height], [640, 360], "the picture's own size");
  await page.keyboard.press("f");
  await page.waitForFunction(() => document.fullscreenElement?.id === "view");
  await page.keyboard.press("f");
  await page.waitForFunction(() => document.fullscreenElement === null);
  const reached = new Set();
  for (let press = 0; press < 10; press += 1) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.id));
  }
  for (const id of ["picture", "position", "pause", "mute", "size", "show-figures", "full"]) {
    assert.ok(reached.has(id), `${id} cannot be reached with the tab key`);
  }
  await page.focus("#position");
  await page.keyboard.press("Home");
  await page.waitForFunction(() => globalThis.rendercast.player.position < 500);
  // The key frames are a second apart, which is farther than an arrow key moves.
  for (const [key, direction] of [
    ["ArrowRight", 1],
    ["PageUp", 1],
    ["ArrowUp", 1],
    ["PageDown", -1],
    ["ArrowLeft", -1],
  ]) {
    const before = await page.evaluate(() => globalThis.rendercast.player.position);
    await page.keyboard.press(key);
    const hasMoved = ([from, sign]) => (globalThis.rendercast.player.position - from) * sign > 500;
    await page.waitForFunction(hasMoved, [before, direction]);
  }
  await page.keyboard.press("k");
  await waitForState(page, "playing");
});

test("plain messages say what is wrong", async (t) => {
  const { port } = await startCounter(t);
  const { page } = await openPage(t, `http://127.0.0.1:${port}/live/no_such_film`);
  await waitForState(page, "refused");
  assert.match(await page.textContent("#message"), /no_such_film/);
  await page.goto(`http://127.0.0.1:${port}/private/film`);
  await waitForState(page, "refused");
  assert.match(await page.textContent("#message"), /Members only/);
});

test("the stream comes back after the server was gone", async (t) => {
  const first = await startCounter(t);
  const { port } = first;
  const { page } = await openPage(t, `http://127.0.0.1:${port}/screen/counter`);
  await waitForPictures(page);
  await first.stop();
  await waitForState(page, "waiting");
  assert.match(await page.textContent("#message"), /cannot be reached/);
  await startCounter(t, { port });
  await waitForPictures(page);
  assert.ok(await page.isHidden("#message"));
});
