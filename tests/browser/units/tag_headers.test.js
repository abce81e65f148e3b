import assert from "node:assert/strict";
import { test } from "node:test";

import { readAudioHeader, readVideoHeader } from "../../../src/server/http/page/tag_headers.js";
import { bytes } from "./bytes.js";

const DATA = bytes(7, 8, 9);

test("video headers are read", () => {
  for (const [head, codec, packet, isKey, compositionTime] of [
    [[0x13], "screen", "frames", true, 0],
    [[0x26], "screen2", "frames", false, 0],
    [[0x17, 0, 0, 0, 0], "avc1", "header", true, 0],
    [[0x27, 1, 0xff, 0xff, 0xd8], "avc1", "frames", false, -40],
    [[0x1c, 1, 0, 0, 40], "hvc1", "frames", true, 40],
    [[0x90, "hvc1"], "hvc1", "header", true, 0],
    [[0xa1, "hvc1", 0, 0, 80], "hvc1", "frames", false, 80],
    [[0xa3, "avc1"], "avc1", "frames", false, 0],
    [[0x91, "av01"], "av01", "frames", true, 0],
    [[0x91, "vp08"], "vp8", "frames", true, 0],
    [[0xa1, "vp09"], "vp09", "frames", false, 0],
    [[0x92, "vp09"], "vp09", "end", true, 0],
    [[0x94, "av01"], "av01", "other", true, 0],
    // A modifier, then a track.
    [[0x97, 2, 0, 0, 9, 1, "av01"], "av01", "frames", true, 0],
    [[0x96, 0x01, "av01", 0], "av01", "frames", true, 0],
    [[0x96, 0x11, "vp09", 1, 0, 0, 2, 1, 2, 0, 0, 0, 3], "vp09", "frames", true, 0],
    [[0x96, 0x21, "vp09", 1, 0, 0, 1, 1, "hvc1", 0, 0, 0, 6, 0, 0, 5], "hvc1", "frames", true, 5],
    [[0x29], "video codec 9", "frames", false, 0],
  ]) {
    const payload = bytes(...head, DATA);
    const header = { codec, packet, isKey, compositionTime, data: DATA };
    assert.deepEqual(readVideoHeader(payload), header, String(head));
  }
});

test("what has no picture of track 0 is null", () => {
  const otherTrack = bytes(0x96, 0x01, "av01", 1, DATA);
  for (const payload of [bytes(), bytes(0x57, 0), otherTrack]) {
    assert.equal(readVideoHeader(payload), null);
  }
});

test("the end of a sequence may have two bytes", () => {
  assert.equal(readVideoHeader(bytes(0x17, 2)).packet, "end");
});

test("audio headers are read", () => {
  for (const [head, codec, packet, rest] of [
    [[0xaf, 0], "mp4a", "header", { rate: 44100, channels: 2, bits: 16 }],
    [[0xaf, 1], "mp4a", "frames", { rate: 44100, channels: 2, bits: 16 }],
    [[0x2a], "mp3", "frames", { rate: 22050, channels: 1, bits: 16 }],
    [[0xe2], "mp3", "frames", { rate: 8000, channels: 1, bits: 16 }],
    [[0xb2], "speex", "frames", { rate: 5512, channels: 1, bits: 16 }],
    [[0x90, "Opus"], "opus", "header", {}],
    [[0x91, "fLaC"], "flac", "frames", {}],
    [[0x91, ".mp3"], "mp3", "frames", {}],
    [[0x92, "ac-3"], "ac-3", "end", {}],
    [[0x95, 0x00, "mp4a", 0], "mp4a", "header", {}],
  ]) {
    const header = { codec, packet, ...rest, data: DATA };
    assert.deepEqual(readAudioHeader(bytes(...head, DATA)), header, String(head));
  }
  assert.equal(readAudioHeader(bytes()), null);
});

test("headers that are cut off are an error", () => {
  for (const head of [[0x17], [0x17, 1, 0], [0x91, "av"], [0x97], [0x97, 255, 0], [0x96, 0x11]]) {
    assert.throws(() => readVideoHeader(bytes(...head)), /too early/);
  }
  for (const head of [[0x95], [0x91, "O"], [0xaf]]) {
    assert.throws(() => readAudioHeader(bytes(...head)), /too early/);
  }
});
