// Drives Chromium over a pipe of its own, for what Playwright hides: it keeps every tab visible.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A tab. Those behind it are hidden. */
class Tab {
  #tools;
  #targetId;
  #sessionId;

  constructor(tools, targetId, sessionId) {
    this.#tools = tools;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
  }

  /** Brings the tab to the front. */
  async show() {
    await this.#tools.send("Target.activateTarget", { targetId: this.#targetId });
  }

  /** Calls a function in the page, and returns what its promise returns. */
  async evaluate(f, argument) {
    const expression = `(${f})(${JSON.stringify(argument) ?? ""})`;
    const params = { expression, awaitPromise: true, returnByValue: true };
    const answer = await this.#tools.send("Runtime.evaluate", params, this.#sessionId);
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description);
    return answer.result.value;
  }
}

/** A running Chromium, and the DevTools protocol with it. */
export class DevTools {
  #child;
  #folder = mkdtempSync(join(tmpdir(), "rendercast-chromium-"));
  #pending = new Map();
  #lastId = 0;
  #received = "";

  constructor(executable) {
    const options = ["--no-sandbox", "--headless=new", "--remote-debugging-pipe"];
    const profile = [`--user-data-dir=${this.#folder}`, "--no-first-run", "about:blank"];
    // The browser reads commands from descriptor 3, and writes answers to 4.
    const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"];
    this.#child = spawn(executable, [...options, ...profile], { stdio });
    this.#child.stdio[4].setEncoding("utf8").on("data", (text) => this.#receive(text));
  }

  /** Sends a command, to a session if there is one, and returns a promise of its result. */
  send(method, params = {}, sessionId = undefined) {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  /** Opens a tab in front of the others. */
  async open(url) {
    const { targetId } = await this.send("Target.createTarget", { url });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    return new Tab(this, targetId, sessionId);
  }

  /** Ends Chromium, and removes what it left behind. */
  async close() {
    const exit = once(this.#child, "exit");
    this.#child.kill();
    await exit;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #receive(text) {
    const messages = (this.#received + text).split("\0");
    this.#received = messages.pop();
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message);
      const request = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) request?.reject(new Error(error.message));
      else request?.resolve(result);
    }
  }
}
