// The example render_scene in Chromium: it is shown in each codec, a drag turns the camera, and its
// balls are heard in each audio codec.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  SLACK,
  openPage,
  outsideAddress,
  start,
  waitForPictures,
  waitForState,
} from "./browser.js";

/** Returns the angle of the camera, in degrees. */
function yaw(page) {
  return page.evaluate(async () => {
    const { camera_yaw_degrees: degrees } = await globalThis.rendercast.client.call("statistics");
    return degrees;
  });
}

/** Returns how many colours the picture has. */
function colours(page) {
  return page.evaluate(() => {
    const canvas = document.getElementById("picture");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

for (const codec of ["screen video", "screen video 2", "h264"]) {
  test(`the scene is shown as ${codec}, and a drag turns it`, async (t) => {
    const { match } = await start(t, {
      example: "render_scene",
      args: ["--listen", "127.0.0.1:0", "--codec", codec],
      pattern: /^open (\S+) in a browser$/,
    });
    const { page, errors } = await openPage(t, match[1]);
    await waitForState(page, "playing");
    await page.waitForFunction(() => globalThis.rendercast.player.figures.rate > 1);
    assert.ok((await colours(page)) > 20, "the picture is empty");

    const before = await yaw(page);
    await page.mouse.move(400, 300);
    await page.mouse.down();
    await page.mouse.move(600, 320, { steps: 20 });
    await page.mouse.up();
    // The whole width is half a turn, and the camera goes against the pointer.
    const turn = async () => (before - (await yaw(page)) + 360) % 360;
    const end = performance.now() + SLACK;
    while ((await turn()) <= 20 && performance.now() < end) await page.waitForTimeout(50);
    await page.waitForTimeout(500);
    const turned = await turn();
    assert.ok(turned > 20 && turned < 36, `the camera has turned by ${turned} degrees`);

    await page.click("#show-figures");
    await page.waitForFunction(() => document.querySelectorAll("#figures dt").length === 6);
    const rows = await page.textContent("#figures");
    for (const row of ["Pictures", "Delay", "Dropped", "Round trip", "Skipped"]) {
      assert.ok(rows.includes(row), `${row} is not in ${rows}`);
    }
    assert.deepEqual(errors, []);
  });
}

for (const codec of ["pcm", "opus", "aac"]) {
  test(`the balls are heard in ${codec}`, async (t) => {
    const { match } = await start(t, {
      example: "render_scene",
      args: ["--listen", "127.0.0.1:0", "--codec", "h264", "--shared", "--sound", codec],
      pattern: /^open (\S+) in a browser$/,
    });
    const { page, errors } = await openPage(t, match[1]);
    await waitForPictures(page);
    // Keeps the loudest that reaches the loudspeaker: the browser has no other way to show it.
    await page.evaluate(() => {
      const start = AudioBufferSourceNode.prototype.start;
      globalThis.heard = 0;
      globalThis.loudest = 0;
      AudioBufferSourceNode.prototype.start = function (...when) {
        const samples = this.buffer.getChannelData(0);
        for (const sample of samples) globalThis.loudest = Math.max(globalThis.loudest, Math.abs(sample));
        globalThis.heard += this.buffer.duration;
        return start.apply(this, when);
      };
    });
    await page.click("#mute");
    // The large ball touches the floor each 1.8 s.
    await page.waitForFunction(() => globalThis.heard > 3);
    const loudest = await page.evaluate(() => globalThis.loudest);
    assert.ok(loudest > 0.05 && loudest < 1.01, `the loudest sample is ${loudest}`);
    assert.deepEqual(errors, []);
  });
}

for (const codec of ["opus", "aac"]) {
  test(`without WebCodecs, Media Source Extensions play ${codec}`, async (t) => {
    const host = outsideAddress();
    if (!host) return t.skip("this machine has no address but the loopback");
    const { match } = await start(t, {
      example: "render_scene",
      args: ["--listen", "0.0.0.0:0", "--codec", "h264", "--shared", "--sound", codec],
      pattern: /^open \S+:(\d+)\/\S+ in a browser$/,
    });
    const { page, errors } = await openPage(t, `http://${host}:${match[1]}/live/scene`);
    assert.equal(await page.evaluate(() => globalThis.isSecureContext), false);
    await waitForState(page, "playing");
    // The element is in no document. Whoever switches its sound on knows it.
    await page.evaluate(() => {
      const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "muted");
      const keep = function (isMuted) {
        globalThis.element = this;
        set.call(this, isMuted);
      };
      Object.defineProperty(HTMLMediaElement.prototype, "muted", { get, set: keep });
    });
    await page.click("#mute");
    await page.waitForFunction(() => globalThis.element?.currentTime > 2);
    const decoded = await page.evaluate(() => globalThis.element.webkitAudioDecodedByteCount);
    assert.ok(decoded > 4000, `${decoded} bytes of sound`);
    assert.deepEqual(errors, []);
  });
}
