import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import { FlvDemuxer, VIDEO } from "../../../src/server/http/page/flv.js";
import { decodeHybrid } from "../../../src/server/http/page/screen_palette.js";
import { ScreenVideoDecoder } from "../../../src/server/http/page/screen_video.js";
import { ScreenVideo2Decoder } from "../../../src/server/http/page/screen_video_2.js";
import { readVideoHeader } from "../../../src/server/http/page/tag_headers.js";
import { asset, big, bytes } from "./bytes.js";

/** Returns the frames of a file. */
function framesOf(name) {
  const tags = new FlvDemuxer().push(asset(name));
  return tags.filter(({ type }) => type === VIDEO).map(({ payload }) => readVideoHeader(payload));
}

/** Returns the digest that `ffmpeg -i FILE -pix_fmt rgb24 -f md5 -` prints. */
function digest(decoder, frames) {
  const hash = createHash("md5");
  for (const { data, isKey } of frames) {
    const { rgba } = decoder.decode(data, isKey);
    hash.update(rgba.filter((_, at) => at % 4 !== 3));
  }
  return hash.digest("hex");
}

/** Returns a frame of one block of 16 by 2 pixels. */
function frame(block, rest = []) {
  return bytes(big(2, 16), big(2, 2), rest, big(2, block.length), block);
}

test("FFmpeg's screen video has FFmpeg's pixels", () => {
  const frames = framesOf("screen.flv");
  assert.equal(frames.length, 20);
  assert.equal(digest(new ScreenVideoDecoder(), frames), "a384076fa3bff7dfdf59e36f1739b59e");
});

test("our screen video 2 has FFmpeg's pixels", () => {
  const frames = framesOf("screen2.flv");
  assert.deepEqual([frames.length, frames.filter(({ isKey }) => isKey).length], [24, 1]);
  assert.equal(digest(new ScreenVideo2Decoder(), frames), "b0acc84ea1715e659a9c11eba6e4e26a");
});

test("the hybrid colours take one byte or two", () => {
  const pixels = new Uint8Array(9);
  decodeHybrid(bytes(6, 0xfc, 0x1f, 114), pixels);
  assert.deepEqual([...pixels], [0, 0, 0x33, 255, 0, 255, 0xff, 0xcc, 0x99]);
  for (const wrong of [[6, 6], [6, 6, 6, 6], [0x80, 0, 0x80, 0, 0x80]]) {
    assert.throws(() => decodeHybrid(bytes(wrong), pixels), /wrong length/);
  }
});

test("the first row of the data is the lowest one of the picture", () => {
  const pixels = new Uint8Array(16 * 2 * 3);
  pixels.set([1, 2, 3]);
  const { rgba } = new ScreenVideoDecoder().decode(frame(deflateSync(pixels)));
  assert.deepEqual([...rgba.subarray(16 * 4, 16 * 4 + 4)], [3, 2, 1, 255]);
});

test("only what has changed is dirty", () => {
  const decoder = new ScreenVideoDecoder();
  const block = deflateSync(new Uint8Array(16 * 2 * 3));
  assert.deepEqual(decoder.decode(frame(block)).takeDirty(), { left: 0, top: 0, right: 16, bottom: 2 });
  assert.equal(decoder.decode(frame([])).takeDirty(), null);
});

test("nothing is shown before a whole frame, and after damaged data", () => {
  const decoder = new ScreenVideoDecoder();
  const block = deflateSync(new Uint8Array(16 * 2 * 3));
  assert.equal(decoder.decode(frame([])), null);
  assert.notEqual(decoder.decode(frame(block)), null);
  assert.notEqual(decoder.decode(frame([])), null);
  for (const damaged of [block.subarray(2), deflateSync(new Uint8Array(95))]) {
    assert.throws(() => decoder.decode(frame(damaged)));
    assert.equal(decoder.decode(frame([])), null);
    assert.notEqual(decoder.decode(frame(block)), null);
  }
});

test("screen video 2 waits for a key frame, too", () => {
  const decoder = new ScreenVideo2Decoder();
  const block = bytes(0, deflateSync(new Uint8Array(16 * 2 * 3)));
  const [whole, still] = [frame(block, [0]), frame([], [0])];
  assert.equal(decoder.decode(still, false), null);
  assert.notEqual(decoder.decode(whole, true), null);
  assert.notEqual(decoder.decode(still, false), null);
  assert.throws(() => decoder.decode(still, true), /another frame/);
  assert.equal(decoder.decode(still, false), null);
  for (const flags of [0x02, 0x08]) {
    assert.throws(() => decoder.decode(frame(bytes(flags, 0), [0]), true), /unknown kind/);
  }
});

test("pictures of any size within the limit are shown, and no others", () => {
  for (const [width, height] of [[0, 5], [4095, 4095]]) {
    assert.throws(() => new ScreenVideoDecoder().decode(bytes(big(2, width), big(2, height))));
  }
});
