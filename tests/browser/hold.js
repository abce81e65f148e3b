// Watches the counter for a long time: the delay must not grow. A command, not a test.
//
//     node tests/browser/hold.js [--apps screen,screen2,h264,mse] [--minutes 10] [--hidden 60]
//         [--at-once]
//
// Shows one application after the other, or all of them, each in a browser of its own. `mse` is
// `h264` without WebCodecs. Each minute it prints the pictures, the share that was missed, and the
// delay. With `--hidden` another tab then hides the page for so many seconds, and one more minute
// follows. It fails if the delay has grown, or is above what it may be.

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { CHROMIUM, startCounter } from "./chromium/browser.js";
import { p95, watch } from "./chromium/counter.js";
import { DevTools } from "./devtools.js";

/** What 95 % of the pictures may be late, in milliseconds. */
const MOST_DELAY = { screen: 100, screen2: 100, h264: 100, mse: 1000 };

/** A delay has grown if it is longer than the first by this factor and by so many milliseconds. */
const GROWTH = 1.25;
const TOLERANCE = 20;

const { values } = parseArgs({
  options: {
    apps: { type: "string", default: Object.keys(MOST_DELAY).join() },
    minutes: { type: "string", default: "10" },
    hidden: { type: "string", default: "60" },
    "at-once": { type: "boolean", default: false },
  },
});
const apps = values.apps.split(",");
const [minutes, hidden] = [Number(values.minutes), Number(values.hidden)];
const unknown = apps.find((app) => !(app in MOST_DELAY));
if (unknown || !(minutes >= 1) || !(hidden >= 0)) {
  const names = Object.keys(MOST_DELAY).join(", ");
  console.error(`--apps takes ${names}; --minutes at least 1; --hidden seconds`);
  process.exit(2);
}

/** Watches a minute, and prints it. Returns the delay that 95 % of the pictures keep. */
async function report(tab, label) {
  // The first one may be the canvas before any picture.
  const pictures = (await watch(tab, 60_000)).slice(1);
  const wanted = pictures.at(-1).number - pictures[0].number + 1;
  const missed = ((1 - pictures.length / wanted) * 100).toFixed(1);
  const delays = pictures.map(({ delay }) => delay);
  const [late, most] = [p95(delays), Math.max(...delays)];
  console.log(`${label}: ${wanted} pictures, ${missed} % missed, p95 ${late} ms, most ${most} ms`);
  return late;
}

async function hide(tab, tools, label) {
  await tools.open("about:blank");
  await sleep(hidden * 1000);
  const [state, { rate }] = await tab.evaluate(() => [
    document.visibilityState,
    globalThis.rendercast.player.figures,
  ]);
  console.log(`${label}: ${state} for ${hidden} s, ${rate} pictures a second meanwhile`);
  await tab.show();
  await sleep(2000);
}

/** Watches an application. Returns whether its delay stayed what it was. */
async function hold(app, port) {
  const tools = new DevTools(CHROMIUM);
  const page = app === "mse" ? "h264/counter#decoder=mse" : `${app}/counter`;
  const tab = await tools.open(`http://127.0.0.1:${port}/${page}`);
  await sleep(3000);
  const delays = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    delays.push(await report(tab, `${app}, minute ${minute}`));
  }
  if (hidden > 0) {
    await hide(tab, tools, app);
    delays.push(await report(tab, `${app}, visible again`));
  }
  await tools.close();
  const [first, last] = [delays[0], delays.at(-1)];
  const hasGrown = last > first * GROWTH && last > first + TOLERANCE;
  const isLate = Math.max(first, last) > MOST_DELAY[app];
  const verdict = hasGrown ? "it has GROWN" : isLate ? "it is TOO LONG" : "good";
  const most = `at most ${MOST_DELAY[app]} ms`;
  const change = `${first} ms in the first minute, ${last} ms in the last`;
  console.log(`${app}: p95 ${change} (${most}): ${verdict}`);
  return !hasGrown && !isLate;
}

// It ends with this process, as its input does.
const { port } = await startCounter({ after: () => {} });
const results = [];
if (values["at-once"]) {
  results.push(...(await Promise.all(apps.map((app) => hold(app, port)))));
} else {
  for (const app of apps) results.push(await hold(app, port));
}
process.exit(results.every(Boolean) ? 0 : 1);
