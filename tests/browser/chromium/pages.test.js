// The first page and the page for operators in Chromium, on desktops and phones, light and dark.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, startCounter, waitForPictures } from "./browser.js";
import { watch } from "./counter.js";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** Writes pictures of the pages there, to be looked at. */
const SCREENSHOTS = process.env.RENDERCAST_SCREENSHOTS;

/** Fails if the page is wider than its window, and takes a picture of it if that is wanted. */
async function checkLook(page, name) {
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(widths[0] <= widths[1], `${name} is ${widths[0]} pixels wide, of ${widths[1]}`);
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

test("the first page lists what plays, and leads to it", async (t) => {
  const { port } = await startCounter(t);
  const player = await openPage(t, `http://127.0.0.1:${port}/screen/counter`);
  await waitForPictures(player.page);
  const { page, errors } = await openPage(t, `http://127.0.0.1:${port}/`);
  const entry = page.locator("#streams a[href='/screen/counter']");
  await entry.waitFor();
  assert.match(await entry.textContent(), /screen video, 640 × 360, 1 viewer/);
  const still = entry.locator("img");
  await still.waitFor();
  const size = await still.evaluate((image) => [image.naturalWidth, image.naturalHeight]);
  assert.deepEqual(size, [640, 360], "the still picture");
  await entry.click();
  await waitForPictures(page);
  assert.deepEqual(errors, []);
});

test("an image element shows a moving picture", async (t) => {
  const { port } = await startCounter(t);
  const { page, errors } = await openPage(t, `http://127.0.0.1:${port}/`);
  // The canvas has the name that the reader of the numbers looks for.
  await page.evaluate(() => {
    const [image, canvas] = [new Image(), document.createElement("canvas")];
    [canvas.id, canvas.width, canvas.height] = ["picture", 640, 360];
    document.body.replaceChildren(image, canvas);
    image.src = "/screen/counter.mjpeg";
    setInterval(() => canvas.getContext("2d").drawImage(image, 0, 0), 20);
    globalThis.image = image;
  });
  await page.waitForFunction(() => globalThis.image.naturalWidth === 640);
  const numbers = [];
  while (numbers.length < 5) numbers.push(...(await watch(page, 1000)).map(({ number }) => number));
  for (const [index, number] of numbers.entries()) {
    assert.ok(index === 0 || number >= numbers[index - 1], `${number} after ${numbers[index - 1]}`);
  }
  assert.ok(numbers.at(-1) > numbers[0]);
  assert.deepEqual(errors, []);
});

test("the page for operators shows figures that grow", async (t) => {
  const { port } = await startCounter(t);
  const player = await openPage(t, `http://127.0.0.1:${port}/screen/counter`);
  await waitForPictures(player.page);
  const { page, errors } = await openPage(t, `http://127.0.0.1:${port}/_/status`);
  const plot = (title) => page.locator(".plot", { hasText: title });
  await plot("Data sent").waitFor();
  await page.waitForFunction(
    () => [...document.querySelectorAll(".plot p")].some((p) => /[1-9].*iB\/s/.test(p.textContent)),
  );
  for (const title of ["Connections", "Streams that play", "Processor", "Memory"]) {
    await plot(title).locator("p", { hasText: /[1-9]/ }).waitFor();
  }
  assert.deepEqual(errors, []);
});

test("the pages fit desktops and phones, light and dark", async (t) => {
  const { port } = await startCounter(t);
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, options] of [["desktop", {}], ["phone", PHONE]]) {
      for (const [name, path] of [
        ["streams", "/"],
        ["status", "/_/status"],
        ["live", "/screen/counter"],
        ["film", "/live/demo"],
      ]) {
        const url = `http://127.0.0.1:${port}${path}`;
        const { page } = await openPage(t, url, { ...options, colorScheme });
        await page.waitForTimeout(SCREENSHOTS ? 3000 : 300);
        await checkLook(page, `${name}-${device}-${colorScheme}`);
        await page.close();
      }
    }
  }
});
