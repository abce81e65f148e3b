import assert from "node:assert/strict";
import { test } from "node:test";

import { Lane } from "../../../src/server/http/page/lane.js";

const tag = (packet, timestamp, codec = "screen") => ({ codec, packet, timestamp, data: packet });

function begin() {
  const log = [];
  const timeline = { time: Infinity, now: () => timeline.time };
  const choose = async (codec) => {
    log.push(`choose ${codec}`);
    if (codec === "none") return null;
    return {
      lead: 10,
      configure: (header) => log.push(`configure ${header}`),
      decode: ({ timestamp }) => log.push(`decode ${timestamp}`),
      reset: () => log.push("reset"),
      close: () => log.push("close"),
    };
  };
  const lane = new Lane(timeline, choose, () => lane.pump());
  return { lane, log, timeline };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("frames wait for their decoder, and come in order", async () => {
  const { lane, log } = begin();
  for (const one of [tag("header", 0), tag("frames", 0), tag("other", 1), tag("frames", 40)]) {
    lane.add(one);
    lane.pump();
  }
  assert.deepEqual(log, ["choose screen"]);
  await settled();
  assert.deepEqual(log, ["choose screen", "configure header", "decode 0", "decode 40"]);
  assert.equal(lane.codec, "screen");
  assert.ok(lane.isEmpty);
});

test("frames are decoded a little before their time", async () => {
  const { lane, log, timeline } = begin();
  timeline.time = 0;
  lane.add(tag("frames", 0));
  lane.pump();
  await settled();
  lane.add(tag("frames", 40));
  assert.equal(lane.pump(), 30);
  timeline.time = 30;
  assert.equal(lane.pump(), Infinity);
  assert.deepEqual(log.slice(-2), ["decode 0", "decode 40"]);
});

test("another codec gets another decoder", async () => {
  const { lane, log } = begin();
  lane.add(tag("frames", 0));
  lane.add(tag("frames", 40, "avc1"));
  lane.pump();
  await settled();
  const first = ["choose screen", "configure null", "decode 0"];
  assert.deepEqual(log, [...first, "choose avc1", "close", "configure null", "decode 40"]);
});

test("what has no decoder is left out", async () => {
  const { lane, log } = begin();
  lane.add(tag("frames", 0, "none"));
  lane.pump();
  await settled();
  assert.ok(lane.isEmpty);
  lane.chooseAgain();
  lane.add(tag("frames", 40));
  lane.pump();
  await settled();
  assert.deepEqual(log.slice(1), ["choose screen", "configure null", "decode 40"]);
});

test("a seek keeps headers alone", async () => {
  const { lane, timeline } = begin();
  timeline.time = -Infinity;
  for (const one of [tag("frames", 0), tag("header", 0), tag("frames", 40)]) lane.add(one);
  lane.reset();
  timeline.time = Infinity;
  lane.pump();
  await settled();
  assert.ok(lane.isEmpty);
});

test("too many frames are dropped and counted", () => {
  const { lane } = begin();
  for (let at = 0; at < 5000; at += 1) assert.equal(lane.add(tag("frames", at)), 0);
  assert.equal(lane.add(tag("frames", 5000)), 5000);
});
