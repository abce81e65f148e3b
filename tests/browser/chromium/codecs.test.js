// The codecs that browsers bring along: encoded in the page, packed as Enhanced FLV, and shown.

import assert from "node:assert/strict";
import { test } from "node:test";

import { oneOfSeveral, openPage, startCounter } from "./browser.js";

/** Encodes pictures of one colour each, shows them, and returns the colours on the canvas. */
async function showPictures(page, { codec, fourCc, hasCompositionTime, useMse }) {
  return page.evaluate(
    async ([name, mark, hasTime, mse]) => {
      const { Presentation } = await import("/_/presentation.js");
      const [width, height, count] = [160, 96, 30];
      const chunks = [];
      let header = null;
      const encoder = new VideoEncoder({
        output: (chunk, { decoderConfig }) => {
          const { description } = decoderConfig ?? {};
          if (description) header = new Uint8Array(description);
          const data = new Uint8Array(chunk.byteLength);
          chunk.copyTo(data);
          chunks.push({ data, timestamp: chunk.timestamp / 1000, isKey: chunk.type === "key" });
        },
        error: (error) => console.error(error.message),
      });
      encoder.configure({ codec: name, width, height, latencyMode: "realtime", avc: { format: "avc" } });
      const source = new OffscreenCanvas(width, height);
      const context = source.getContext("2d");
      for (let index = 0; index < count; index += 1) {
        context.fillStyle = `rgb(${index * 8} 128 64)`;
        context.fillRect(0, 0, width, height);
        const frame = new VideoFrame(source, { timestamp: index * 40_000 });
        encoder.encode(frame, { keyFrame: index === 0 });
        frame.close();
      }
      await encoder.flush();

      const letters = [...mark].map((letter) => letter.charCodeAt(0));
      const tag = (timestamp, payload) => {
        const { length } = payload;
        const size = [length >> 16, (length >> 8) & 255, length & 255];
        const time = [timestamp >> 16, (timestamp >> 8) & 255, timestamp & 255, 0];
        return [9, ...size, ...time, 0, 0, 0, ...payload, 0, ...size];
      };
      const canvas = document.createElement("canvas");
      const shown = [];
      let problem = "";
      const presentation = new Presentation(canvas, { isLive: true, isMuted: true, useMse: mse }, {
        drawn: () => {
          const [red] = canvas.getContext("2d").getImageData(80, 48, 1, 1).data;
          shown.push(red);
        },
        dropped: () => {},
        metadata: () => {},
        unsupported: (kind, title) => (problem = `${kind} ${title}`),
        failed: (message) => (problem = message),
        ended: () => {},
      });
      const stream = [0x46, 0x4c, 0x56, 1, 1, 0, 0, 0, 9, 0, 0, 0, 0];
      if (header) stream.push(...tag(0, [0x90, ...letters, ...header]));
      presentation.push(new Uint8Array(stream));
      for (const { data, timestamp, isKey } of chunks) {
        const time = hasTime ? [0, 0, 0] : [];
        const payload = [isKey ? 0x91 : 0xa1, ...letters, ...time, ...data];
        presentation.push(new Uint8Array(tag(timestamp, payload)));
        await new Promise((resolve) => setTimeout(resolve, mse ? 40 : 1));
      }
      const end = performance.now() + 20_000;
      while (shown.length < count - 10 && !problem && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      presentation.close();
      return { shown, problem, size: `${canvas.width}x${canvas.height}` };
    },
    [codec, fourCc, hasCompositionTime ?? false, useMse ?? false],
  );
}

function checkColours({ shown, problem, size }) {
  assert.equal(problem, "");
  assert.equal(size, "160x96");
  assert.ok(shown.length >= 15, `${shown.length} pictures`);
  for (const [index, red] of shown.entries()) {
    assert.ok(index === 0 || red > shown[index - 1] - 8, `the colours ${shown} are out of order`);
  }
  assert.ok(shown.at(-1) > 150, `the last colour is ${shown.at(-1)}`);
}

test("pictures of every codec are shown", async (t) => {
  const { port } = await startCounter(t);
  const { page, errors } = await openPage(t, `http://127.0.0.1:${port}/`);
  for (const kind of [
    { codec: "avc1.42001F", fourCc: "avc1", hasCompositionTime: true },
    { codec: "vp8", fourCc: "vp08" },
    { codec: "vp09.00.10.08", fourCc: "vp09" },
    { codec: "av01.0.04M.08", fourCc: "av01" },
    { codec: "avc1.42001F", fourCc: "avc1", hasCompositionTime: true, useMse: true },
  ]) {
    // A page that comes late drops pictures.
    await oneOfSeveral(async () => checkColours(await showPictures(page, kind)));
  }
  assert.deepEqual(errors, []);
});

test("a codec that the browser lacks is named", async (t) => {
  const { port } = await startCounter(t);
  const { page } = await openPage(t, `http://127.0.0.1:${port}/`);
  const { problem } = await showPictures(page, { codec: "vp8", fourCc: "vvc1" });
  assert.equal(problem, "video VVC");
});
