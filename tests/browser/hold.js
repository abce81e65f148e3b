// Watches the counter for a long time: the delay must not grow. A command, not a test.
//
//     node tests/browser/hold.js [--app screen|screen2|h264] [--mse] [--minutes 10] [--frozen 60]
//
// Each minute it prints the pictures, the share that was missed, and the delay. With `--frozen` the
// page's scripts then stand still for so many seconds, as in a tab that the browser has put aside,
// and it prints how the stream goes on.

import { parseArgs } from "node:util";

import { openPage, startCounter, waitForPictures } from "./chromium/browser.js";
import { p95, watch } from "./chromium/counter.js";

const { values } = parseArgs({
  options: {
    app: { type: "string", default: "screen" },
    mse: { type: "boolean", default: false },
    minutes: { type: "string", default: "10" },
    frozen: { type: "string", default: "0" },
  },
});

/** Ends what was started, as the test runner would. */
const endings = [];
const context = { after: (end) => endings.push(end) };

async function report(page, label) {
  const pictures = await watch(page, 60_000);
  const wanted = pictures.at(-1).number - pictures[0].number + 1;
  const missed = ((1 - pictures.length / wanted) * 100).toFixed(1);
  const delays = pictures.map(({ delay }) => delay);
  const most = Math.max(...delays);
  console.log(`${label}: ${wanted} pictures, ${missed} % missed, p95 ${p95(delays)}, most ${most} ms`);
}

const { port } = await startCounter(context);
const hash = values.mse ? "#decoder=mse" : "";
const { page } = await openPage(context, `http://127.0.0.1:${port}/${values.app}/counter${hash}`);
await waitForPictures(page);
for (let minute = 1; minute <= Number(values.minutes); minute += 1) {
  await report(page, `minute ${minute}`);
}
if (Number(values.frozen) > 0) {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await new Promise((resolve) => setTimeout(resolve, Number(values.frozen) * 1000));
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await page.waitForTimeout(2000);
  await report(page, `after ${values.frozen} s of standing still`);
}
for (const end of endings.reverse()) await end();
