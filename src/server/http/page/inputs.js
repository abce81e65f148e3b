// Hands what a user does on a canvas to the application, as calls at a bounded rate.

/** Calls without an answer beyond these wait, and what happens meanwhile is added up. */
const MOST_CALLS = 2;

/** Degrees for a drag over the whole width of the canvas. */
const DEGREES = 180;

/** Degrees for a press of an arrow key, and for each repetition. */
const KEY_DEGREES = 4;

const ARROWS = {
  ArrowLeft: [-KEY_DEGREES, 0],
  ArrowRight: [KEY_DEGREES, 0],
  ArrowUp: [0, KEY_DEGREES],
  ArrowDown: [0, -KEY_DEGREES],
};

/**
 * Adds numbers up, and makes at most one call of each name a picture of the screen.
 *
 * A procedure that refuses its first call is not called again: the application has none.
 */
export class InputCalls {
  #call;
  #nextFrame;
  #sums = new Map();
  #open = 0;
  #isScheduled = false;
  #answered = new Set();
  #refused = new Set();

  /** `call(name, ...numbers)` returns a promise. `nextFrame(f)` calls `f` at the next picture. */
  constructor(call, nextFrame = (f) => requestAnimationFrame(f)) {
    this.#call = call;
    this.#nextFrame = nextFrame;
  }

  /** Adds to the next call of `name`. */
  add(name, ...numbers) {
    if (this.#refused.has(name)) return;
    const old = this.#sums.get(name) ?? numbers.map(() => 0);
    this.#sums.set(
      name,
      numbers.map((number, index) => number + old[index]),
    );
    this.#schedule();
  }

  #schedule() {
    if (this.#isScheduled || this.#sums.size === 0 || this.#open >= MOST_CALLS) return;
    this.#isScheduled = true;
    this.#nextFrame(() => {
      this.#isScheduled = false;
      const sums = [...this.#sums];
      this.#sums.clear();
      for (const [name, numbers] of sums) this.#make(name, numbers);
    });
  }

  async #make(name, numbers) {
    this.#open += 1;
    try {
      await this.#call(name, ...numbers);
      this.#answered.add(name);
    } catch (error) {
      if (!this.#answered.has(name)) this.#refused.add(name);
    }
    this.#open -= 1;
    this.#schedule();
  }
}

/**
 * Calls `move_camera(right, up)` in degrees for drags and arrow keys, and `zoom(steps)` for the
 * wheel and for two fingers. Returns a function that ends it.
 */
export function forwardInputs(canvas, client) {
  const calls = new InputCalls((name, ...numbers) => client.call(name, ...numbers));
  const pointers = new Map();
  const handlers = {
    pointerdown: (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event);
    },
    pointermove: (event) => {
      const last = pointers.get(event.pointerId);
      if (!last) return;
      const before = spread(pointers);
      pointers.set(event.pointerId, event);
      if (pointers.size === 1) drag(canvas, calls, last, event);
      else calls.add("zoom", Math.log2(spread(pointers) / before) || 0);
    },
    pointerup: (event) => pointers.delete(event.pointerId),
    pointercancel: (event) => pointers.delete(event.pointerId),
    wheel: (event) => {
      event.preventDefault();
      calls.add("zoom", -Math.sign(event.deltaY) / 4);
    },
    keydown: (event) => {
      const degrees = ARROWS[event.key];
      if (!degrees || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      calls.add("move_camera", ...degrees);
    },
  };
  for (const [name, handler] of Object.entries(handlers)) {
    canvas.addEventListener(name, handler, { passive: false });
  }
  return () => {
    for (const [name, handler] of Object.entries(handlers)) {
      canvas.removeEventListener(name, handler);
    }
  };
}

/** The scene follows the pointer, and so the camera goes the other way. */
function drag(canvas, calls, from, to) {
  const scale = DEGREES / Math.max(canvas.clientWidth, 1);
  const [right, down] = [to.clientX - from.clientX, to.clientY - from.clientY];
  if (right !== 0 || down !== 0) calls.add("move_camera", -right * scale, down * scale);
}

/** Returns the distance of two fingers. */
function spread(pointers) {
  const [one, other] = [...pointers.values()];
  return other ? Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) : 1;
}
