import assert from "node:assert/strict";
import { test } from "node:test";

import { Figures } from "../../../src/server/http/page/figures.js";
import { byteCount, duration, streamTime } from "../../../src/server/http/page/format.js";
import { plotPoints } from "../../../src/server/http/page/plot.js";

test("times, durations and sizes are written for people", () => {
  for (const [milliseconds, text] of [
    [-5, "0:00"],
    [61_999, "1:01"],
    [3_723_000, "1:02:03"],
  ]) {
    assert.equal(streamTime(milliseconds), text);
  }
  for (const [seconds, text] of [
    [0, "0 s"],
    [59.9, "59 s"],
    [65, "1 min 5 s"],
    [7500, "2 h 5 min"],
    [273_600, "3 d 4 h"],
  ]) {
    assert.equal(duration(seconds), text);
  }
  for (const [bytes, text] of [
    [999, "999 B"],
    [1000, "0.977 KiB"],
    [1_572_864, "1.50 MiB"],
    [5e13, "45.5 TiB"],
  ]) {
    assert.equal(byteCount(bytes), text);
  }
});

test("a plot has zero at the bottom, its largest value at the top, and now on the right", () => {
  assert.equal(plotPoints([0, 5, 10], 3), "0.0,58.0 150.0,31.0 300.0,4.0");
  assert.equal(plotPoints([0, 0], 4), "200.0,58.0 300.0,58.0");
});

test("figures are those of the last two seconds", () => {
  const clock = { now: 0 };
  const figures = new Figures(() => clock.now);
  for (let frame = 0; frame < 100; frame += 1) {
    clock.now = frame * 40;
    figures.received(1000);
    figures.drawn(frame * 40);
  }
  figures.dropped(3);
  const { rate, kilobits, delay, dropped } = figures.get();
  assert.deepEqual([rate, kilobits, delay, dropped], [25.5, 204, 0, 3]);
  // The next picture comes 70 ms late.
  clock.now += 110;
  figures.drawn(4000);
  assert.equal(figures.get().delay, 70);
  clock.now += 3000;
  assert.equal(figures.get().rate, 0);
});
