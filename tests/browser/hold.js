// Watches the counter for a long time: the delay must not grow. A command, not a test.
//
//     node tests/browser/hold.js [--app screen|screen2|h264] [--mse] [--minutes 10] [--hidden 60]
//
// Each minute it prints the pictures, the share that was missed, and the delay. With `--hidden`
// another tab then hides the page for so many seconds, and it prints how the stream goes on.

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { CHROMIUM, startCounter } from "./chromium/browser.js";
import { p95, watch } from "./chromium/counter.js";
import { DevTools } from "./devtools.js";

const { values } = parseArgs({
  options: {
    app: { type: "string", default: "screen" },
    mse: { type: "boolean", default: false },
    minutes: { type: "string", default: "10" },
    hidden: { type: "string", default: "60" },
  },
});

async function report(tab, label) {
  // The first one may be the canvas before any picture.
  const pictures = (await watch(tab, 60_000)).slice(1);
  const wanted = pictures.at(-1).number - pictures[0].number + 1;
  const missed = ((1 - pictures.length / wanted) * 100).toFixed(1);
  const delays = pictures.map(({ delay }) => delay);
  const most = Math.max(...delays);
  console.log(`${label}: ${wanted} pictures, ${missed} % missed, p95 ${p95(delays)}, most ${most} ms`);
}

async function hide(tab, tools, seconds) {
  await tools.open("about:blank");
  await sleep(seconds * 1000);
  const [state, { rate }] = await tab.evaluate(() => [
    document.visibilityState,
    globalThis.rendercast.player.figures,
  ]);
  console.log(`${state} for ${seconds} s: ${rate} pictures a second`);
  await tab.show();
  await sleep(2000);
}

// It ends with this process, as its input does.
const { port } = await startCounter({ after: () => {} });
const tools = new DevTools(CHROMIUM);
const hash = values.mse ? "#decoder=mse" : "";
const tab = await tools.open(`http://127.0.0.1:${port}/${values.app}/counter${hash}`);
await sleep(3000);
for (let minute = 1; minute <= Number(values.minutes); minute += 1) {
  await report(tab, `minute ${minute}`);
}
if (Number(values.hidden) > 0) {
  await hide(tab, tools, Number(values.hidden));
  await report(tab, "visible again");
}
tools.close();
process.exit();
