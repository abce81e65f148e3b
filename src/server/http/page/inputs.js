// Hands what a user does on a canvas to the application, as calls at a bounded rate.

/** Calls without an answer beyond these wait, and what happens meanwhile is added up. */
const MOST_CALLS = 2;

/** Degrees for a drag over the whole width of the canvas. */
const DEGREES = 180;

/** Degrees for a press of an arrow key, and for each repetition. */
const KEY_DEGREES = 4;

/** The keys that move the focus, reload a page and so on. */
const FOR_BROWSERS = /^(Tab|F\d+)$/;

/** A list of more objects is shortened. */
const MOST_ITEMS = 64;

const ARROWS = {
  ArrowLeft: [-KEY_DEGREES, 0],
  ArrowRight: [KEY_DEGREES, 0],
  ArrowUp: [0, KEY_DEGREES],
  ArrowDown: [0, -KEY_DEGREES],
};

/**
 * Adds up what happens, and makes at most one call of each name a picture of the screen.
 *
 * A procedure that refuses its first call is not called again: the application has none.
 */
export class InputCalls {
  #call;
  #nextFrame;
  /** The arguments of the next call of each name. */
  #next = new Map();
  #open = 0;
  #isScheduled = false;
  #answered = new Set();
  #refused = new Set();

  /** `call(name, ...args)` returns a promise. `nextFrame(f)` calls `f` at the next picture. */
  constructor(call, nextFrame = (f) => requestAnimationFrame(f)) {
    this.#call = call;
    this.#nextFrame = nextFrame;
  }

  /** Adds to the numbers of the next call of `name`. */
  add(name, ...numbers) {
    const sums = (old) => numbers.map((number, index) => number + (old?.[index] ?? 0));
    this.#change(name, sums);
  }

  /**
   * Appends an object to the list of the next call of `name`. A list that is full keeps the last
   * object of each `code`.
   */
  append(name, item) {
    this.#change(name, (old) => [shortened([...(old?.[0] ?? []), item])]);
  }

  /** Returns whether the application has answered a call of `name`. */
  isAnswered(name) {
    return this.#answered.has(name);
  }

  #change(name, change) {
    if (this.#refused.has(name)) return;
    this.#next.set(name, change(this.#next.get(name)));
    this.#schedule();
  }

  #schedule() {
    if (this.#isScheduled || this.#next.size === 0 || this.#open >= MOST_CALLS) return;
    this.#isScheduled = true;
    this.#nextFrame(() => {
      this.#isScheduled = false;
      const calls = [...this.#next];
      this.#next.clear();
      for (const [name, args] of calls) this.#make(name, args);
    });
  }

  async #make(name, args) {
    this.#open += 1;
    try {
      await this.#call(name, ...args);
      this.#answered.add(name);
    } catch (error) {
      if (!this.#answered.has(name)) this.#refused.add(name);
    }
    this.#open -= 1;
    this.#schedule();
  }
}

/** Returns a list, or the last object of each `code` if the list is too long. */
function shortened(items) {
  if (items.length <= MOST_ITEMS) return items;
  const last = new Map(items.map((item) => [item.code, item]));
  return items.filter((item) => last.get(item.code) === item);
}

/**
 * Calls `key_events(list)` for keys that are pressed and released. Each object of the list has
 * `key`, `code` and `down`.
 */
export class Keys {
  #calls;
  #held = new Map();

  constructor(calls) {
    this.#calls = calls;
  }

  /** Takes the event of a key that is pressed. Repetitions are left out. */
  press({ key, code, repeat }) {
    if (repeat || this.#held.has(code)) return;
    this.#held.set(code, key);
    this.#calls.append("key_events", { key, code, down: true });
  }

  /** Takes the event of a key that is released. */
  release({ code }) {
    if (!this.#held.has(code)) return;
    const key = this.#held.get(code);
    this.#held.delete(code);
    this.#calls.append("key_events", { key, code, down: false });
  }

  /** Releases all keys: their events go elsewhere from now on. */
  releaseAll() {
    for (const code of [...this.#held.keys()]) this.release({ code });
  }
}

/**
 * Calls `move_camera(right, up)` in degrees for drags and arrow keys, `zoom(steps)` for the wheel
 * and for two fingers, and `key_events(list)` for keys. `isTaken(event)` says which keys the page
 * has a use for. Returns a function that ends it.
 */
export function forwardInputs(canvas, client, isTaken = () => false) {
  const calls = new InputCalls((name, ...args) => client.call(name, ...args));
  const keys = new Keys(calls);
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
      const isModified = event.ctrlKey || event.altKey || event.metaKey;
      if (isModified || FOR_BROWSERS.test(event.key) || isTaken(event)) return;
      keys.press(event);
      const degrees = ARROWS[event.key];
      if (degrees) calls.add("move_camera", ...degrees);
      // A browser may search the page, scroll it or go back.
      if (degrees || calls.isAnswered("key_events")) event.preventDefault();
    },
    keyup: (event) => keys.release(event),
    blur: () => keys.releaseAll(),
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
