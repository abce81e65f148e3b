// The example render_scene in Chromium: it is shown in each codec, and a drag turns the camera.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SLACK, openPage, start, waitForState } from "./browser.js";

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
