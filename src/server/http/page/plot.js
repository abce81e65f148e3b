// A small plot of one figure over the last minutes.

const SVG = "http://www.w3.org/2000/svg";

/** The plot's own units. The page stretches them. */
const WIDTH = 300;
const HEIGHT = 60;

/** Keeps the last values of a figure, and draws them as a line. */
export class Plot {
  #values = [];
  #capacity;
  #format;
  #now;
  #line;

  /** `format(value)` writes a value for people. `capacity` values are kept. */
  constructor(title, format, capacity) {
    this.#format = format;
    this.#capacity = capacity;
    this.element = document.createElement("div");
    this.element.className = "plot";
    const heading = document.createElement("h2");
    heading.textContent = title;
    this.#now = document.createElement("p");
    this.element.append(heading, this.#now, this.#draw());
  }

  /** Adds a value. */
  add(value) {
    this.#values.push(value);
    if (this.#values.length > this.#capacity) this.#values.shift();
    this.#now.textContent = this.#format(value);
    this.#line.setAttribute("points", plotPoints(this.#values, this.#capacity));
  }

  #draw() {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const base = document.createElementNS(SVG, "line");
    for (const [name, value] of [["x1", 0], ["x2", WIDTH], ["y1", HEIGHT - 1], ["y2", HEIGHT - 1]]) {
      base.setAttribute(name, value);
    }
    this.#line = document.createElementNS(SVG, "polyline");
    svg.append(base, this.#line);
    return svg;
  }
}

/** Returns the points of the line: the newest value on the right, zero at the bottom. */
export function plotPoints(values, capacity) {
  const most = Math.max(...values, 1e-9);
  const step = WIDTH / Math.max(capacity - 1, 1);
  const left = WIDTH - (values.length - 1) * step;
  return values
    .map((value, index) => {
      const y = HEIGHT - 2 - (value / most) * (HEIGHT - 6);
      return `${(left + index * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}
