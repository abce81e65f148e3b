import assert from "node:assert/strict";
import { test } from "node:test";

import { Timeline } from "../../../src/server/http/page/timeline.js";

function begin(options) {
  const clock = { now: 0 };
  const timeline = new Timeline(() => clock.now);
  timeline.begin(options);
  return { clock, timeline };
}

test("everything of a live stream without sound is due", () => {
  const { timeline } = begin({ isLive: true, isPaced: false });
  assert.equal(timeline.now(), Infinity);
});

test("a file begins with its first frame", () => {
  const { clock, timeline } = begin({ isLive: false, isPaced: true });
  assert.equal(timeline.now(), -Infinity);
  clock.now = 500;
  timeline.arrived(2000);
  timeline.arrived(9000);
  clock.now = 700;
  assert.equal(timeline.now(), 2200);
});

test("a pause stops the time of a file, and a seek moves it", () => {
  const { clock, timeline } = begin({ isLive: false, isPaced: true });
  timeline.arrived(0);
  clock.now = 100;
  timeline.pause();
  clock.now = 1000;
  assert.equal(timeline.now(), 100);
  timeline.seek(5000);
  clock.now = 2000;
  assert.equal(timeline.now(), 5000);
  timeline.resume();
  clock.now = 2040;
  assert.equal(timeline.now(), 5040);
});

test("a live stream with sound waits so long that late frames are in time", () => {
  const { clock, timeline } = begin({ isLive: true, isPaced: true });
  timeline.arrived(0);
  assert.equal(timeline.now(), -120);
  // The frame of 40 ms comes 250 ms late.
  clock.now = 290;
  timeline.arrived(40);
  assert.equal(timeline.now(), 20);
  // The delay has grown, and the next such frame is in time.
  clock.now = 330 + 250;
  assert.ok(timeline.now() < 330);
});

test("a delay that is not needed any more goes", () => {
  const { clock, timeline } = begin({ isLive: true, isPaced: true });
  timeline.arrived(0);
  clock.now = 800;
  timeline.arrived(0);
  const late = clock.now - timeline.now();
  for (let sent = 840; sent < 12_000; sent += 40) {
    clock.now = sent;
    timeline.arrived(sent);
  }
  assert.ok(late > 750);
  assert.equal(clock.now - timeline.now(), 120);
});

test("a live stream goes on with what is live after a pause and after a jump", () => {
  const { clock, timeline } = begin({ isLive: true, isPaced: true });
  timeline.arrived(0);
  timeline.pause();
  clock.now = 60_000;
  timeline.resume();
  timeline.arrived(60_000);
  assert.equal(timeline.now(), 59_880);
  timeline.arrived(500_000);
  assert.equal(timeline.now(), 499_880);
});

test("a slow decoder makes a live stream wait longer, up to a bound, and not for ever", () => {
  const { clock, timeline } = begin({ isLive: true, isPaced: true });
  timeline.arrived(0);
  timeline.late(180);
  assert.equal(timeline.now(), -320);
  // It is held there, although its frames now come early.
  for (clock.now = 40; clock.now <= 20_000; clock.now += 40) timeline.arrived(clock.now);
  assert.equal(clock.now - timeline.now(), 320);
  for (let count = 0; count < 10; count += 1) timeline.late(5000);
  assert.equal(clock.now - timeline.now(), 1000);
  // The decoder was in time for long enough.
  for (const end = clock.now + 40_000; clock.now <= end; clock.now += 40) {
    timeline.arrived(clock.now);
  }
  assert.equal(clock.now - timeline.now(), 120);
});

test("a file does not wait for its decoder", () => {
  const { timeline } = begin({ isLive: false, isPaced: true });
  timeline.arrived(0);
  timeline.late(500);
  assert.equal(timeline.now(), 0);
});
