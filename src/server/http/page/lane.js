// Holds one track's headers and frames until they are due, and finds the decoder for them.

import { Packet } from "./tag_headers.js";

/** More never wait. A server sends files some seconds ahead, and live streams at once. */
const MOST_WAITING = 5000;

/**
 * The way of one track from the demuxer to its decoder.
 *
 * `choose(codec, header, tag)` returns a promise of a decoder, or of `null` to leave the track out.
 * A decoder has `configure(header, tag)`, `decode(frame)`, `reset()`, `close()`, and `lead`: how
 * many milliseconds before their time it wants the frames.
 */
export class Lane {
  #timeline;
  #choose;
  #wake;
  #waiting = [];
  #codec = null;
  #header = null;
  #decoder = null;
  #isChoosing = false;

  /** Calls `wake()` when a decoder was found, so that the owner calls `pump`. */
  constructor(timeline, choose, wake) {
    this.#timeline = timeline;
    this.#choose = choose;
    this.#wake = wake;
  }

  /** The codec of the last frame that left the lane, or `null`. */
  get codec() {
    return this.#codec;
  }

  get isEmpty() {
    return this.#waiting.length === 0;
  }

  /**
   * Adds what a tag holds: its header's fields, and `timestamp`. Returns how many frames had to be
   * left out for it.
   */
  add(tag) {
    if (tag.packet !== Packet.HEADER && tag.packet !== Packet.FRAMES) return 0;
    const isFull = this.#waiting.length >= MOST_WAITING;
    const left = isFull ? this.#waiting.splice(0).length : 0;
    this.#waiting.push(tag);
    return left;
  }

  /** Gives the decoder what is due. Returns the time of the next frame, or `Infinity`. */
  pump() {
    while (this.#waiting.length > 0 && !this.#isChoosing) {
      const tag = this.#waiting[0];
      if (tag.codec !== this.#codec) {
        this.#find(tag);
        break;
      }
      const due = tag.timestamp - (this.#decoder?.lead ?? 0);
      if (due > this.#timeline.now()) return due;
      this.#waiting.shift();
      this.#use(tag);
    }
    return Infinity;
  }

  /** Looks for a decoder again, for example because the sound was switched on. */
  chooseAgain() {
    this.#codec = null;
  }

  /** Forgets all frames, before a seek. */
  reset() {
    this.#waiting = this.#waiting.filter((tag) => tag.packet === Packet.HEADER);
    this.#decoder?.reset();
  }

  close() {
    this.#waiting = [];
    this.#decoder?.close();
    this.#decoder = null;
  }

  #use(tag) {
    if (tag.packet === Packet.FRAMES) {
      this.#decoder?.decode(tag);
    } else {
      this.#header = tag.data;
      this.#decoder?.configure(tag.data, tag);
    }
  }

  async #find(tag) {
    this.#isChoosing = true;
    if (tag.packet === Packet.HEADER) {
      this.#header = tag.data;
      this.#waiting.shift();
    }
    const decoder = await this.#choose(tag.codec, this.#header, tag);
    this.#decoder?.close();
    this.#decoder = decoder;
    this.#codec = tag.codec;
    this.#isChoosing = false;
    decoder?.configure(this.#header, tag);
    this.#wake();
  }
}
