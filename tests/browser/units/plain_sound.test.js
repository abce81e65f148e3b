import assert from "node:assert/strict";
import { test } from "node:test";

import { decodePlain, isPlain } from "../../../src/server/http/page/plain_sound.js";
import { bytes } from "./bytes.js";

/** Returns the samples of the channels as whole numbers of 16 bits. */
function decode(codec, numberOfChannels, data) {
  const channels = decodePlain({ codec, numberOfChannels }, data);
  return channels.map((samples) => [...samples].map((sample) => sample * 32768));
}

test("PCM is divided into channels", () => {
  const stereo = bytes(0, 0, 0xff, 0x7f, 1, 0, 0, 0x80);
  assert.deepEqual(decode("pcm-s16", 2, stereo), [[0, 1], [32767, -32768]]);
  assert.deepEqual(decode("pcm-u8", 1, bytes(128, 255, 0)), [[0, 32512, -32768]]);
  // What is left of a sample is no sample.
  assert.deepEqual(decode("pcm-s16", 2, stereo.subarray(0, 7)), [[0], [32767]]);
});

test("G.711 has the values of its tables", () => {
  const aLaw = [[0xd5, 8], [0x55, -8], [0xaa, 32256], [0x2a, -32256], [0x80, 5504], [0xc5, 264]];
  for (const [byte, value] of aLaw) assert.deepEqual(decode("alaw", 1, bytes(byte)), [[value]]);
  const muLaw = [[0xff, 0], [0x7f, -0], [0x80, 32124], [0x00, -32124], [0xf0, 120], [0xef, 132]];
  for (const [byte, value] of muLaw) assert.deepEqual(decode("ulaw", 1, bytes(byte)), [[value]]);
});

test("compressed sound is not plain", () => {
  assert.deepEqual([null, { codec: "opus" }, { codec: "ulaw" }].map(isPlain), [false, false, true]);
});
