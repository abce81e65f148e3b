import assert from "node:assert/strict";
import { test } from "node:test";

import { SCRIPT } from "../../../src/server/http/page/flv.js";
import { Player } from "../../../src/server/http/page/player.js";
import { FLV_HEADER, bytes, tag } from "./bytes.js";

/** An `onMetaData` whose duration is 100 s. */
const METADATA = tag(
  SCRIPT,
  0,
  bytes(2, 0, 10, "onMetaData", 3, 0, 8, "duration", 0, [0x40, 0x59, 0, 0, 0, 0, 0, 0], 0, 0, 9),
);

/**
 * Plays a film of 100 s with these key frames. Returns the `player` and what was asked for as
 * `seeks`. The server refuses as many seeks as `state.allowed` says fewer.
 */
async function begin(t, keyFrames) {
  const [seeks, state] = [[], { allowed: Infinity }];
  const request = async ({ seek }) => {
    if (seek === undefined) return { recorded: true };
    if (seeks.length >= state.allowed) throw new Error("no more");
    seeks.push(seek);
    return keyFrames.findLast((time) => time <= seek);
  };
  const player = new Player({ request, send: () => {}, isOpen: true }, "film", {});
  t.after(() => player.stop());
  await player.begin();
  player.media(bytes(FLV_HEADER, METADATA));
  assert.equal(player.duration, 100_000);
  return { player, seeks, state };
}

const steady = (gap) => Array.from({ length: 100_000 / gap }, (_, index) => index * gap);

for (const [name, keyFrames] of [
  ["close", steady(500)],
  ["as far apart as a step", steady(10_000)],
  ["farther apart", steady(25_000)],
  ["at odd places", [0, 12_345, 12_385, 70_000, 99_960]],
]) {
  test(`keys move a film whose key frames are ${name}`, async (t) => {
    const { player, seeks } = await begin(t, keyFrames);
    for (const by of [100, -100, 10_000, -10_000]) {
      for (const start of keyFrames) {
        await player.seek(start);
        seeks.length = 0;
        await player.step(by);
        const moved = player.position - start;
        const end = by > 0 ? keyFrames.at(-1) : 0;
        assert.ok(start === end ? moved === 0 : moved * by > 0, `${by} from ${start}: ${moved}`);
        assert.ok(seeks.length <= 11, `${by} from ${start}: ${seeks}`);
      }
    }
  });
}

test("a key moves to a key frame nearby", async (t) => {
  const { player } = await begin(t, steady(1000));
  await player.step(100);
  assert.equal(player.position, 1000);
  await player.step(10_000);
  assert.equal(player.position, 11_000);
  await player.step(-100);
  assert.equal(player.position, 10_000);
  await player.step(-99_000);
  assert.equal(player.position, 0);
});

test("keys that are pressed at once are added up", async (t) => {
  const { player, seeks } = await begin(t, steady(1000));
  await Promise.all([player.step(10_000), player.step(10_000), player.step(20_000)]);
  assert.equal(player.position, 40_000);
  assert.deepEqual(seeks, [10_000, 40_000]);
});

test("a film that has ended is played again by a key back, and not by one forward", async (t) => {
  const { player, seeks } = await begin(t, steady(1000));
  await player.seek(95_000);
  player.event({ event: "end" });
  assert.equal(player.state, "ended");
  seeks.length = 0;
  await player.step(10_000);
  assert.deepEqual([player.state, seeks], ["ended", []]);
  await player.step(-10_000);
  assert.deepEqual([player.state, player.position], ["playing", 85_000]);
});

test("a film goes on where the last seek ended that was not refused", async (t) => {
  const { player, seeks, state } = await begin(t, [0, 50_000, 90_000]);
  await player.seek(60_000);
  state.allowed = seeks.length + 1;
  await player.step(100);
  assert.equal(player.position, 50_000);
  assert.equal(player.note, "no more");
  state.allowed = Infinity;
  await player.step(100);
  assert.equal(player.position, 90_000);
});
