// Keys on the picture reach the application, except those that the page has a use for.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, startCounter, waitForState } from "./browser.js";
import { waitForMark } from "./counter.js";

test("keys are handed to the application as they are pressed and released", async (t) => {
  const { port } = await startCounter(t);
  const { page, errors } = await openPage(t, `http://127.0.0.1:${port}/screen/counter`);
  await waitForState(page, "playing");
  await page.focus("#picture");
  await page.keyboard.down("5");
  await waitForMark(page, 5);
  await page.keyboard.up("5");
  await waitForMark(page, 105);
  // What is held is released with the focus.
  await page.keyboard.down("7");
  await waitForMark(page, 7);
  await page.focus("#pause");
  await waitForMark(page, 107);
  // A key of the page stays its own, and the other controls send nothing.
  await page.keyboard.press("8");
  await page.focus("#picture");
  await page.keyboard.press("m");
  await page.keyboard.press("9");
  await waitForMark(page, 109);
  assert.deepEqual(errors, []);
});
