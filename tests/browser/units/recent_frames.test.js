import assert from "node:assert/strict";
import { test } from "node:test";

import { RecentFrames } from "../../../src/server/http/page/recent_frames.js";

/** Returns frames by a text: `K` is a key frame, `P` another picture, `a` sound. */
function frames(text, length = 1) {
  const recent = new RecentFrames();
  [...text].forEach((letter, timestamp) => {
    const kind = letter === "a" ? "audio" : "video";
    const data = new Uint8Array(length);
    recent.add(kind, { timestamp: timestamp * 10, isKey: letter === "K", data });
  });
  return recent;
}

const times = (recent) => recent.all.map(([, { timestamp }]) => timestamp / 10);

test("what follows the last key frame is held", () => {
  for (const [text, time, expected] of [
    ["KPPKPa", 9, [0, 1, 2, 3, 4, 5]],
    ["KPPKPa", 29, [0, 1, 2, 3, 4, 5]],
    ["KPPKPa", 30, [3, 4, 5]],
    ["KPaKPa", 999, [3, 4, 5]],
    ["aKPP", 999, [1, 2, 3]],
    ["aaaa", 25, [2, 3]],
    ["PPPP", 25, [0, 1, 2, 3]],
    ["", 25, []],
  ]) {
    const recent = frames(text);
    recent.forgetBefore(time);
    assert.deepEqual(times(recent), expected, `${text} at ${time}`);
    assert.equal(recent.length, expected.length);
  }
});

test("the bytes are bounded", () => {
  const recent = frames("KPPPPPPP", 5 * 2 ** 20);
  assert.deepEqual(times(recent), [6, 7]);
  recent.clear();
  assert.deepEqual(times(recent), []);
});
