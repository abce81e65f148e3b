import assert from "node:assert/strict";
import { test } from "node:test";

import { InputCalls, Keys } from "../../../src/server/http/page/inputs.js";

function begin() {
  const made = [];
  const frames = [];
  const call = (...parts) =>
    new Promise((resolve, reject) => made.push({ parts, resolve, reject }));
  const calls = new InputCalls(call, (f) => frames.push(f));
  const frame = () => frames.splice(0).forEach((f) => f());
  return { calls, made, frame };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const parts = (made) => made.map((one) => one.parts);

test("what happens within a picture of the screen is one call", () => {
  const { calls, made, frame } = begin();
  calls.add("move_camera", 1, 2);
  calls.add("move_camera", 3, -1);
  calls.add("zoom", 0.5);
  assert.equal(made.length, 0);
  frame();
  assert.deepEqual(parts(made), [
    ["move_camera", 4, 1],
    ["zoom", 0.5],
  ]);
});

test("while calls are open, further ones are added up", async () => {
  const { calls, made, frame } = begin();
  for (let count = 0; count < 10; count += 1) {
    calls.add("move_camera", 1, 0);
    frame();
  }
  assert.deepEqual(parts(made), [
    ["move_camera", 1, 0],
    ["move_camera", 1, 0],
  ]);
  made[0].resolve();
  await settled();
  frame();
  assert.deepEqual(made[2].parts, ["move_camera", 8, 0]);
});

test("a procedure that there is not is called once", async () => {
  const { calls, made, frame } = begin();
  calls.add("zoom", 1);
  frame();
  made[0].reject(new Error("There is no procedure."));
  await settled();
  calls.add("zoom", 1);
  frame();
  assert.equal(made.length, 1);
});

test("a failure of a procedure that there is changes nothing", async () => {
  const { calls, made, frame } = begin();
  for (const answer of ["resolve", "reject", "resolve"]) {
    calls.add("move_camera", 1, 0);
    frame();
    made.at(-1)[answer](new Error("lost"));
    await settled();
  }
  assert.equal(made.length, 3);
});

test("keys that are pressed and released within a picture are one call, without repetitions", () => {
  const { calls, made, frame } = begin();
  const keys = new Keys(calls);
  const w = { key: "w", code: "KeyW" };
  keys.press({ ...w, repeat: false });
  keys.press({ ...w, repeat: true });
  keys.release(w);
  keys.release(w);
  frame();
  const events = [
    { ...w, down: true },
    { ...w, down: false },
  ];
  assert.deepEqual(parts(made), [["key_events", events]]);
});

test("keys that are held are released with the focus", () => {
  const { calls, made, frame } = begin();
  const keys = new Keys(calls);
  keys.press({ key: "a", code: "KeyA" });
  keys.press({ key: "Shift", code: "ShiftLeft" });
  frame();
  keys.releaseAll();
  keys.releaseAll();
  frame();
  const released = made[1].parts[1];
  assert.deepEqual(released, [
    { key: "a", code: "KeyA", down: false },
    { key: "Shift", code: "ShiftLeft", down: false },
  ]);
});

test("a list that grows without an answer keeps the last event of each key", () => {
  const { calls, made, frame } = begin();
  for (let call = 0; call < 2; call += 1) {
    calls.add("zoom", 1);
    frame();
  }
  const keys = new Keys(calls);
  for (let count = 0; count < 1000; count += 1) {
    keys.press({ key: "a", code: "KeyA" });
    keys.release({ code: "KeyA" });
    keys.press({ key: "b", code: "KeyB" });
    keys.release({ code: "KeyB" });
  }
  keys.press({ key: "b", code: "KeyB" });
  made[0].resolve();
  return settled().then(() => {
    frame();
    const list = made.at(-1).parts[1];
    assert.ok(list.length <= 64, `${list.length} events`);
    const last = new Map(list.map(({ code, down }) => [code, down]));
    assert.deepEqual([...last], [["KeyA", false], ["KeyB", true]]);
  });
});
