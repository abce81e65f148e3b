import assert from "node:assert/strict";
import { test } from "node:test";

import { InputCalls } from "../../../src/server/http/page/inputs.js";

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
