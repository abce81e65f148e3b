// Counts what a player shows: the rate, the delay, and what was dropped.

/** The time over which rates are taken, in milliseconds. */
const WINDOW = 2000;

/** The figures of one play. */
export class Figures {
  #clock;
  #drawn = [];
  #received = [];
  /** The least time from a timestamp to its arrival: that of a frame that did not wait. */
  #fastest = Infinity;
  #delay = 0;
  #dropped = 0;

  constructor(clock = () => performance.now()) {
    this.#clock = clock;
  }

  received(bytes) {
    this.#received.push([this.#clock(), bytes]);
    this.#forgetOld(this.#received);
  }

  /** Notes a picture on the canvas. The timestamp is in milliseconds. */
  drawn(timestamp) {
    const now = this.#clock();
    this.#fastest = Math.min(this.#fastest, now - timestamp);
    this.#delay = now - timestamp - this.#fastest;
    this.#drawn.push([now, this.#delay]);
    this.#forgetOld(this.#drawn);
  }

  dropped(count) {
    this.#dropped += count;
  }

  /**
   * Returns pictures a second, kilobits a second, the pictures that were dropped, and the delay in
   * milliseconds: how much later the last picture was than the fastest one.
   */
  get() {
    this.#forgetOld(this.#drawn);
    this.#forgetOld(this.#received);
    const bytes = this.#received.reduce((sum, [, count]) => sum + count, 0);
    return {
      rate: (this.#drawn.length * 1000) / WINDOW,
      kilobits: (bytes * 8) / WINDOW,
      delay: this.#delay,
      dropped: this.#dropped,
    };
  }

  #forgetOld(entries) {
    const oldest = this.#clock() - WINDOW;
    const keep = entries.findIndex(([time]) => time >= oldest);
    entries.splice(0, keep < 0 ? entries.length : keep);
  }
}
