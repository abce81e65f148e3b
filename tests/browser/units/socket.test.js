import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Client, webSocketUrl } from "../../../src/server/http/page/client.js";

/** A WebSocket whose other end is the test. */
class FakeSocket {
  static all = [];
  sent = [];
  readyState = 0;

  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  open() {
    this.readyState = 1;
    this.onopen();
  }

  receive(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  end(code, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }
}

function begin() {
  FakeSocket.all = [];
  const client = new Client("ws://server/live", FakeSocket);
  const states = [];
  client.onState((state, reason) => states.push(reason ? `${state}: ${reason}` : state));
  return { client, states, socket: () => FakeSocket.all.at(-1) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("addresses of pages become those of WebSockets", () => {
  for (const [url, result] of [
    ["/live", "ws://host:1935/live"],
    ["/live?token=1#x", "ws://host:1935/live?token=1"],
    ["https://other/live", "wss://other/live"],
    ["wss://other/live", "wss://other/live"],
  ]) {
    assert.equal(webSocketUrl(url, "http://host:1935/live/scene"), result);
  }
});

test("calls are answered by their numbers", async () => {
  const { client, socket } = begin();
  socket().open();
  const calls = [client.call("one", 1, [2]), client.call("two")];
  assert.deepEqual(socket().sent, [
    { id: 1, call: "one", args: [1, [2]] },
    { id: 2, call: "two", args: [] },
  ]);
  const error = { level: "error", code: "NetConnection.Call.Failed", description: "No." };
  socket().receive({ id: 2, error });
  socket().receive({ id: 1, result: [3] });
  socket().receive({ id: 7, result: "of no request" });
  assert.deepEqual(await calls[0], [3]);
  await assert.rejects(calls[1], { code: "NetConnection.Call.Failed", message: "No." });
  client.close();
});

test("the page answers calls of the server", async () => {
  const { client, socket } = begin();
  socket().open();
  client.on("add", (one, other) => one + other);
  client.on("fail", async () => {
    throw new Error("It does not work.");
  });
  socket().receive({ id: 9, call: "add", args: [1, 2] });
  socket().receive({ id: 10, call: "fail", args: [] });
  socket().receive({ id: 11, call: "unknown" });
  socket().receive({ call: "add", args: [1, 2] });
  await settled();
  const answers = socket().sent.map(({ id, result, error }) => [id, result ?? error.description]);
  assert.deepEqual(answers.sort(([one], [other]) => one - other), [
    [9, 3],
    [10, "It does not work."],
    [11, 'The page has no procedure "unknown".'],
  ]);
  client.close();
});

test("without a connection calls fail at once, and open ones when it is lost", async () => {
  const { client, socket } = begin();
  await assert.rejects(client.call("early"), /no connection/);
  socket().open();
  const call = client.call("late");
  socket().end(1006);
  await assert.rejects(call, /was lost/);
  client.close();
});

test("a call without an answer fails in the end", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { client, socket } = begin();
  socket().open();
  const call = client.call("slow");
  mock.timers.tick(15_000);
  await assert.rejects(call, /in time/);
  client.close();
  mock.timers.reset();
});

test("too many open calls are refused", async () => {
  const { client, socket } = begin();
  socket().open();
  const calls = Array.from({ length: 256 }, () => client.call("slow").catch(() => {}));
  await assert.rejects(client.call("one more"), /too slowly/);
  client.close();
  await Promise.all(calls);
});

test("a lost connection comes back, after longer and longer waits", () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const { client, states } = begin();
  const waits = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const sockets = FakeSocket.all.length;
    FakeSocket.all.at(-1).end(1006);
    let wait = 0;
    for (; FakeSocket.all.length === sockets && wait < 60_000; wait += 25) mock.timers.tick(25);
    waits.push(wait);
  }
  assert.ok(waits[0] <= 650 && waits[0] >= 375, `${waits}`);
  assert.ok(waits[7] <= 18_800 && waits[7] >= 11_250, `${waits}`);
  assert.ok(states.includes("waiting") && states.includes("connecting"));

  FakeSocket.all.at(-1).open();
  mock.timers.tick(11_000);
  FakeSocket.all.at(-1).end(1001, "shutdown");
  assert.equal(states.at(-1), "waiting: shutdown");
  mock.timers.tick(650);
  assert.equal(states.at(-1), "connecting", "after a stable connection the wait is short");
  client.close();
  assert.equal(states.at(-1), "closed");
  const sockets = FakeSocket.all.length;
  mock.timers.tick(60_000);
  assert.equal(FakeSocket.all.length, sockets);
  mock.timers.reset();
});

test("a refused connection does not come back", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { states, socket } = begin();
  socket().open();
  socket().receive({ event: "error", description: "The token is wrong." });
  socket().end(4403);
  assert.equal(states.at(-1), "refused: The token is wrong.");
  mock.timers.tick(60_000);
  assert.equal(FakeSocket.all.length, 1);
  mock.timers.reset();
});
