// Reads the numbers that are drawn into the pictures of the counter.

const CELL = 16;
const BITS = 24;

/** The clock in the picture starts over after so many milliseconds. */
const CLOCK = 2 ** BITS;

/**
 * Watches the canvas of a player page for some milliseconds. Returns, for each new picture, its
 * number, its delay from the renderer to this reading in milliseconds, its mark and its size.
 */
export function watch(page, milliseconds) {
  return page.evaluate(
    ([duration, cell, bits, clock]) =>
      new Promise((resolve) => {
        const canvas = document.getElementById("picture");
        const context = canvas.getContext("2d");
        const pictures = [];
        const end = performance.now() + duration;
        const numberAt = ({ data, width }, row) => {
          let number = 0;
          for (let bit = 0; bit < bits; bit += 1) {
            const at = (row * cell + cell / 2) * width + bit * cell + cell / 2;
            number = number * 2 + (data[at * 4] > 127 ? 1 : 0);
          }
          return number;
        };
        const look = () => {
          const { width, height } = canvas;
          const pixels = context.getImageData(0, 0, bits * cell, 3 * cell);
          const [number, time, mark] = [0, 1, 2].map((row) => numberAt(pixels, row));
          if (pictures.at(-1)?.number !== number) {
            const delay = ((Date.now() % clock) - time + clock) % clock;
            pictures.push({ number, delay, mark, size: `${width}x${height}` });
          }
          if (performance.now() < end) setTimeout(look, 2);
          else resolve(pictures);
        };
        look();
      }),
    [milliseconds, CELL, BITS, CLOCK],
  );
}

/** Waits until the picture has a mark. Returns the milliseconds from the call of `mark` to that. */
export function markDelay(page, mark) {
  return page.evaluate(
    ([number, cell, bits]) =>
      new Promise((resolve) => {
        const canvas = document.getElementById("picture");
        const context = canvas.getContext("2d");
        const start = performance.now();
        const look = () => {
          const { data } = context.getImageData(0, 2 * cell + cell / 2, bits * cell, 1);
          let found = 0;
          for (let bit = 0; bit < bits; bit += 1) {
            found = found * 2 + (data[(bit * cell + cell / 2) * 4] > 127 ? 1 : 0);
          }
          if (found === number) resolve(performance.now() - start);
          else setTimeout(look, 2);
        };
        globalThis.rendercast.client.call("mark", number);
        look();
      }),
    [mark, CELL, BITS],
  );
}

/** Waits until the picture has a mark. */
export async function waitForMark(page, mark) {
  const hasMark = ([number, cell, bits]) => {
    const context = document.getElementById("picture").getContext("2d");
    const { data } = context.getImageData(0, 2 * cell + cell / 2, bits * cell, 1);
    let found = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      found = found * 2 + (data[(bit * cell + cell / 2) * 4] > 127 ? 1 : 0);
    }
    return found === number;
  };
  await page.waitForFunction(hasMark, [mark, CELL, BITS]);
}

/** Returns the value that 95 % of the values do not exceed. */
export function p95(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(Math.ceil(sorted.length * 0.95) - 1, 0)];
}
