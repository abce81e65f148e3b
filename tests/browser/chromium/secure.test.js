// Pages over HTTPS, and over HTTP by a name that is not this machine's. Browsers have WebCodecs in
// secure contexts alone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FOREIGN_NAME, openPage, startCounter, waitForState } from "./browser.js";
import { markDelay, watch } from "./counter.js";

/** Opens a page by the foreign name. Returns it with the port and the errors. */
async function open(t, scheme, path) {
  const { port } = await startCounter(t);
  const url = `${scheme}://${FOREIGN_NAME}:${port}${path}`;
  const options = { ignoreHTTPSErrors: true, prepare: countDecoders };
  return { port, ...(await openPage(t, url, options)) };
}

/** Counts what decodes. It runs in the page. */
function countDecoders() {
  globalThis.decoders = [];
  for (const name of ["VideoDecoder", "MediaSource"]) {
    const Original = globalThis[name];
    if (!Original) continue;
    globalThis[name] = class extends Original {
      constructor(...args) {
        super(...args);
        globalThis.decoders.push(name);
      }
    };
  }
}

/** Returns what the context of the page is, and what decodes its video. */
function context(page) {
  return page.evaluate(() => [globalThis.isSecureContext, ...new Set(globalThis.decoders)]);
}

/** Waits until the stream has gone on for half a second. */
async function waitForProgress(page) {
  await waitForState(page, "playing");
  await page.waitForFunction(() => {
    const { player } = globalThis.rendercast;
    globalThis.firstPosition ??= player.position || undefined;
    return player.position > globalThis.firstPosition + 500;
  });
}

/** Returns what carries the connections that play. This machine may ask. */
async function transports(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/statistics`);
  const { connections } = await answer.json();
  return connections.filter(({ playing }) => playing.length > 0).map((one) => one.transport);
}

for (const [scheme, transport, expected] of [
  ["https", "wss", [true, "VideoDecoder"]],
  ["http", "ws", [false, "MediaSource"]],
]) {
  test(`a page over ${scheme} plays and calls over ${transport}`, async (t) => {
    const { page, port, errors } = await open(t, scheme, "/h264/counter");
    await waitForProgress(page);
    assert.deepEqual(await context(page), expected);
    assert.deepEqual(await transports(port), [transport]);
    const pictures = await watch(page, 2000);
    const numbers = pictures.map(({ number }) => number);
    assert.deepEqual(numbers, [...numbers].sort((one, other) => one - other));
    assert.equal(pictures[0].size, "640x360");
    await markDelay(page, 7);
    assert.deepEqual(errors, []);
  });

  test(`a page over ${scheme} plays the film with sound`, async (t) => {
    const { page, errors } = await open(t, scheme, "/live/demo");
    await waitForProgress(page);
    await page.click("#mute");
    await page.waitForFunction(() => globalThis.rendercast.player.hasSound);
    await waitForProgress(page);
    assert.deepEqual(await context(page), expected);
    assert.deepEqual(errors, []);
  });
}

test("screen video needs no secure context", async (t) => {
  const { page, errors } = await open(t, "http", "/screen2/counter");
  await waitForProgress(page);
  assert.deepEqual(await context(page), [false]);
  assert.deepEqual(errors, []);
});

test("a page over https reads FLV, and pages of other sites read nothing", async (t) => {
  const { page, port } = await open(t, "https", "/");
  const read = (url) =>
    page.evaluate(async (address) => {
      const aborter = new AbortController();
      try {
        const answer = await fetch(address, { signal: aborter.signal });
        const { value } = await answer.body.getReader().read();
        aborter.abort();
        return [answer.status, String.fromCharCode(...value.subarray(0, 3))];
      } catch (error) {
        return [error.name];
      }
    }, url);
  assert.deepEqual(await read(`https://${FOREIGN_NAME}:${port}/live/demo.flv`), [200, "FLV"]);
  // Another site: the page's policy would refuse it, but the server must.
  const other = await openPage(t, `https://${FOREIGN_NAME}:${port}/`, {
    ignoreHTTPSErrors: true,
    bypassCSP: true,
  });
  const fromOther = other.page.evaluate(async (address) => {
    try {
      return [(await fetch(address)).status];
    } catch (error) {
      return [error.name];
    }
  }, `https://127.0.0.1:${port}/live/demo.flv`);
  assert.deepEqual(await fromOther, ["TypeError"]);
});
