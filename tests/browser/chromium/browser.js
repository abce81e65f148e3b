// Starts the server, the pages and Chromium for a test, and ends them.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const TOP = fileURLToPath(new URL("../../../", import.meta.url));

const ASSETS = `${TOP}/examples/assets`;

/** Where Debian installs it. */
export const CHROMIUM = process.env.RENDERCAST_CHROMIUM ?? "/usr/bin/chromium";

/** For everything that a page waits for, in milliseconds. The machine may have other work. */
export const SLACK = 60_000;

/** How often a measurement is repeated before it counts as a failure. */
const TRIES = 5;

/** Fails unless one of several measurements finds no fault: a busy machine can spoil some. */
export async function oneOfSeveral(measure) {
  for (let number = 1; ; number += 1) {
    try {
      return await measure();
    } catch (error) {
      console.log(`measurement ${number} of ${TRIES}: ${error.message}`);
      if (number === TRIES) throw error;
    }
  }
}

const built = new Map();

/** Builds an example once, as tests/run.sh builds the tests, and returns its path. */
function build(example) {
  if (!built.has(example)) {
    const profile = process.env.RENDERCAST_PROFILE === "debug" ? [] : ["--release"];
    const options = ["build", "--quiet", "--all-features", ...profile, "--example", example];
    const output = execFileSync("cargo", [...options, "--message-format", "json"], {
      cwd: TOP,
      maxBuffer: 2 ** 26,
      encoding: "utf8",
    });
    const messages = output.trim().split("\n").map((line) => JSON.parse(line));
    const { executable } = messages.findLast((message) => message.executable);
    built.set(example, executable);
  }
  return built.get(example);
}

/**
 * Starts an example, and waits until it prints a line that `pattern` matches. Returns the match,
 * and `stop()`, which returns a promise of its end. The example ends with the test.
 */
export async function start(t, { example, args, pattern }) {
  const child = spawn(build(example), args, { stdio: ["pipe", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await exit;
  };
  t.after(stop);
  for await (const line of createInterface({ input: child.stdout })) {
    const match = line.match(pattern);
    if (match) {
      child.stdout.resume();
      return { match, stop };
    }
  }
  throw new Error(`${example} ended`);
}

/**
 * Starts the server of the counter, which plays the films of a folder, and returns its `port` and
 * `stop()`.
 */
export async function startCounter(t, { host = "127.0.0.1", port = 0, folder = ASSETS } = {}) {
  const { match, stop } = await start(t, {
    example: "counter",
    args: [`${host}:${port}`, folder],
    pattern: /^listening on .*:(\d+)$/,
  });
  return { port: Number(match[1]), stop };
}

/** A name that Chromium finds on this machine, and that is no secure context without TLS. */
export const FOREIGN_NAME = "rendercast.example";

const OPTIONS = [
  "--no-sandbox",
  "--autoplay-policy=document-user-activation-required",
  `--host-resolver-rules=MAP ${FOREIGN_NAME} 127.0.0.1`,
];

/**
 * Opens a page in Chromium. Errors of the page fail the test. `prepare` is called in the page
 * before its own scripts run.
 */
export async function openPage(t, url, { prepare, ...options } = {}) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: OPTIONS });
  t.after(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  if (prepare) await context.addInitScript(prepare);
  const page = await context.newPage();
  page.setDefaultTimeout(SLACK);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // Browsers note a header of ours that they heed in secure contexts alone.
    const isNote = message.text().startsWith("The Cross-Origin-Opener-Policy header has been ignored");
    if (message.type() === "error" && !isNote) errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

/** Waits until the player is in a state. */
export async function waitForState(page, state) {
  const wanted = (name) => globalThis.rendercast?.player.state === name;
  await page.waitForFunction(wanted, state, { timeout: SLACK });
}

/** Waits until the picture has its size, and the first burst of pictures is over. */
export async function waitForPictures(page) {
  await waitForState(page, "playing");
  const isShown = () => globalThis.rendercast.player.figures.rate > 0;
  await page.waitForFunction(isShown, null, { timeout: SLACK });
  await page.waitForTimeout(1000);
}
