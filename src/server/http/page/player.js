// Plays one stream of a control socket: asks for it, shows it, and controls it.

import { Figures } from "./figures.js";
import { Presentation } from "./presentation.js";
import { step } from "./steps.js";

/** FLV's first byte. A frame that begins with it begins a play. */
const FLV_MARK = 0x46;

/**
 * A stream that plays on a canvas.
 *
 * Its `state` is one of these:
 *
 * - `connecting`: there is no connection yet, or no answer.
 * - `playing`, `paused`, `ended`.
 * - `waiting`: the connection was lost. It is tried again.
 * - `refused`: the server refuses the connection or the stream. `message` has its reason.
 * - `failed`: the browser cannot show the stream. `message` says why.
 * - `stopped`: `stop` was called.
 */
export class Player {
  #socket;
  #name;
  #canvas;
  #options;
  #presentation = null;
  #state = "connecting";
  #message = "";
  #note = "";
  #isLive = true;
  #isMuted = true;
  #metadata = {};
  #figures = new Figures();
  /** Frames that the server sent before it knew of a seek are left out. */
  #seeks = 0;
  /** Where a file goes on after the connection was lost. */
  #resumeAt = 0;
  /** By how many milliseconds a file is to be moved after the step that is under way. */
  #toStep = 0;
  #isStepping = false;

  /**
   * `options` may have `changed()`, which is called after each change of what the getters return,
   * and `useMse`, which forgoes WebCodecs.
   */
  constructor(socket, name, canvas, options = {}) {
    this.#socket = socket;
    this.#name = name;
    this.#canvas = canvas;
    this.#options = options;
  }

  get state() {
    return this.#state;
  }

  /** Returns why the state is so, as a sentence for people. */
  get message() {
    return this.#message;
  }

  /** Returns what is missing although the stream plays, such as its sound. */
  get note() {
    return this.#note;
  }

  /** Returns whether the stream is live. Others have a position and can be sought. */
  get isLive() {
    return this.#isLive;
  }

  get isMuted() {
    return this.#isMuted;
  }

  get hasSound() {
    return this.#presentation?.hasSound ?? false;
  }

  /** Returns the position in milliseconds. */
  get position() {
    return this.#presentation?.position ?? 0;
  }

  /** Returns the duration in milliseconds, or 0 if it is not known. */
  get duration() {
    return this.#isLive ? 0 : (Number(this.#metadata.duration) || 0) * 1000;
  }

  /** Returns the names of the codecs. */
  get codecs() {
    return this.#presentation?.codecs ?? [];
  }

  /** Returns `{rate, kilobits, delay, dropped}`. */
  get figures() {
    return this.#figures.get();
  }

  /** Asks the server for the stream. The owner calls it when the connection is there. */
  async begin() {
    this.#seeks = 0;
    this.#set("connecting", "");
    const start = this.#resumeAt > 0 ? { start: Math.round(this.#resumeAt) } : {};
    try {
      const { recorded } = await this.#socket.request({ play: this.#name, ...start });
      this.#isLive = !recorded;
      this.#set("playing", "");
    } catch (error) {
      if (this.#socket.isOpen) this.#set("refused", error.message);
    }
  }

  /** Notes that the connection was lost. */
  interrupt(state, reason) {
    if (!this.#isLive && this.#state === "playing") this.#resumeAt = this.position;
    if (state === "waiting") this.#set("waiting", "The server cannot be reached.");
    else if (state === "refused") this.#set("refused", reason || "The server refuses access.");
  }

  /** Takes a binary frame of the socket. */
  media(bytes) {
    if (this.#state === "stopped") return;
    this.#figures.received(bytes.length);
    if (bytes[0] === FLV_MARK) this.#present();
    if (this.#seeks > 0 || !this.#presentation) return;
    try {
      this.#presentation.push(bytes);
    } catch (error) {
      this.#fail(`The stream is damaged. ${error.message}`);
    }
  }

  /** Takes an event of the socket. */
  event({ event, code, description }) {
    if (event === "end") this.#presentation?.end();
    else if (event === "status" && code === "NetStream.Play.StreamNotFound") {
      this.#set("refused", description);
    }
  }

  async pause() {
    if (this.#state !== "playing") return;
    this.#presentation?.pause();
    this.#set("paused", "");
    await this.#ask({ pause: true });
  }

  /** Continues after a pause, or plays a file again from its beginning. */
  async resume() {
    if (this.#state === "ended") {
      this.#resumeAt = 0;
      await this.begin();
    } else if (this.#state === "paused") {
      this.#set("playing", "");
      await this.#ask({ pause: false });
      this.#presentation?.resume();
    }
  }

  /** Continues a file at a position in milliseconds. */
  async seek(time) {
    if (this.#isLive) return;
    await this.#move(time, () => this.#askToSeek(time));
  }

  /**
   * Moves a file by so many milliseconds, and farther if there is no key frame within that
   * distance. A step that is asked for during another one is added to the next.
   */
  async step(by) {
    if (this.duration === 0 || (this.#state === "ended" && by > 0)) return;
    this.#toStep += by;
    if (this.#isStepping) return;
    this.#isStepping = true;
    while (this.#toStep !== 0) {
      const { position, duration } = this;
      const distance = this.#toStep;
      this.#toStep = 0;
      const seek = (time) => this.#askToSeek(time);
      const begin = Math.max(position + distance, 0);
      await this.#move(begin, () => step({ position, duration }, distance, seek));
    }
    this.#isStepping = false;
  }

  /** Switches the sound on or off. Browsers allow it after a click or a key only. */
  mute(isMuted) {
    this.#isMuted = isMuted;
    this.#presentation?.mute(isMuted);
    this.#changed();
  }

  /** Ends the play. */
  stop() {
    this.#socket.send({ stop: true });
    this.#presentation?.close();
    this.#presentation = null;
    this.#set("stopped", "");
  }

  /**
   * Continues a file where `seek()` says, which asks the server. A file that has ended is played
   * again from `begin` for that.
   */
  async #move(begin, seek) {
    if (this.#state === "ended") {
      this.#resumeAt = begin;
      await this.begin();
    }
    if (this.#state !== "playing" && this.#state !== "paused") return;
    this.#seeks += 1;
    const position = await seek();
    this.#seeks = Math.max(this.#seeks - 1, 0);
    if (this.#seeks > 0 || position === null) return;
    this.#presentation?.seek(position);
    this.#changed();
  }

  #askToSeek(time) {
    return this.#ask({ seek: Math.round(time) });
  }

  #present() {
    this.#presentation?.close();
    this.#figures = new Figures();
    this.#note = "";
    const figures = this.#figures;
    const options = {
      isLive: this.#isLive,
      isMuted: this.#isMuted,
      useMse: Boolean(this.#options.useMse),
    };
    this.#presentation = new Presentation(this.#canvas, options, {
      drawn: (timestamp) => figures.drawn(timestamp),
      dropped: (count) => figures.dropped(count),
      metadata: (values) => {
        this.#metadata = values;
        this.#changed();
      },
      unsupported: (kind, title) => this.#unsupported(kind, title),
      failed: (message) => this.#fail(message),
      ended: () => this.#set("ended", ""),
    });
  }

  #unsupported(kind, title) {
    if (kind === "video") {
      this.#fail(`This browser cannot show ${title} video.`);
      return;
    }
    this.#note = `This browser cannot play ${title} sound.`;
    this.#changed();
  }

  #fail(message) {
    this.#presentation?.close();
    this.#presentation = null;
    this.#socket.send({ stop: true });
    this.#set("failed", message);
  }

  /** Returns the result of a request, or `null` if the server refuses it. */
  async #ask(message) {
    try {
      return await this.#socket.request(message);
    } catch (error) {
      this.#note = error.message;
      this.#changed();
      return null;
    }
  }

  #set(state, message) {
    this.#state = state;
    this.#message = message;
    this.#changed();
  }

  #changed() {
    this.#options.changed?.();
  }
}
