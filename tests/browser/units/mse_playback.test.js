import assert from "node:assert/strict";
import { test } from "node:test";

import { MsePlayback } from "../../../src/server/http/page/mse_playback.js";
import { bytes } from "./bytes.js";

const AVC = bytes(1, 0x42, 0xc0, 0x1e, 0xff, 0xe0, 0);
const AAC = bytes(0x12, 0x10);

/** As much as the frames of a source that begins now may have. */
const MOST_BYTES = 32 * 2 ** 20;

/** Takes the place of the browser's objects. Returns the element, and the sources that it had. */
function browser() {
  const element = {
    currentTime: 0,
    playbackRate: 1,
    paused: true,
    buffered: { length: 1, start: () => 0, end: () => 1 },
    play: async () => {},
    requestVideoFrameCallback: () => {},
  };
  const state = { element, sources: [] };
  globalThis.document = { createElement: () => element };
  globalThis.MediaSource = class {
    readyState = "open";
    static isTypeSupported = () => true;
    constructor() {
      state.sources.push(this);
    }
    addSourceBuffer() {
      return { updating: false, buffered: { length: 0 }, appendBuffer: () => {} };
    }
  };
  URL.createObjectURL = () => "";
  URL.revokeObjectURL = () => {};
  return state;
}

test("a track that comes late starts again only with the frames of both", () => {
  const state = browser();
  const canvas = { getContext: () => ({}) };
  const failed = (error) => assert.fail(error);
  const playback = new MsePlayback(canvas, { isLive: true, wanted: ["video"] }, { failed });
  let timestamp = 0;
  const add = (kind, length = 10) => {
    const frame = { timestamp, compositionTime: 0, isKey: true, data: new Uint8Array(length) };
    playback.add(kind, frame);
    timestamp += 10;
  };
  playback.configure("video", "avc1", AVC, { width: 16, height: 16 });
  add("video");
  assert.ok(playback.plays("video"));

  assert.ok(playback.configure("audio", "mp4a", AAC, {}));
  add("audio");
  // So many bytes push out the sound.
  add("video", MOST_BYTES - 10);
  for (let time = 0; time < 3; time += 1) state.element.ontimeupdate();
  assert.equal(state.sources.length, 1);

  add("audio");
  state.element.ontimeupdate();
  assert.equal(state.sources.length, 2);
  state.sources[1].onsourceopen();
  assert.ok(playback.plays("video") && playback.plays("audio"));
  add("video");
  add("audio");
  state.element.ontimeupdate();
  assert.equal(state.sources.length, 2);
});
