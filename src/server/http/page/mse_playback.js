// Plays a stream with Media Source Extensions, for browsers and pages without WebCodecs.

import { audioTrack, videoTrack } from "./mp4_tracks.js";
import { MseBuffer } from "./mse_buffer.js";
import { RecentFrames } from "./recent_frames.js";

/** A live stream is held so many seconds behind its newest frame. */
const LIVE_DELAY = 0.3;

/**
 * Below this delay it plays slower, as an element without data stops for some time. From the second
 * one on it plays faster, and from the third one on it jumps. Seconds.
 */
const SLOWER_BELOW = 0.15;
const FASTER_FROM = 0.5;
const JUMP_FROM = 1;
const SLOWER = 0.92;
const FASTER = 1.08;

/** If one of two tracks does not come, the other one starts alone after so many frames. */
const MOST_WAITING = 50;

/** A track that begins later in a file is added so many seconds before its time. */
const AHEAD = 0.1;

/** Plays video, sound or both in a hidden element. The pictures are drawn on a canvas. */
export class MsePlayback {
  #canvas;
  #context = null;
  #listener;
  #isLive;
  #wanted;
  #element = document.createElement("video");
  #source = null;
  #tracks = {};
  #buffers = {};
  /** What a source needs that begins now, until nothing can be missing in the one that plays. */
  #recent = new RecentFrames();
  /** The time of the first frame of a track that the source does not have, in seconds. */
  #missingFrom = null;
  #startAt = null;
  #isEnding = false;
  #isPaused = false;

  /** Returns whether this browser plays the track, which may be `null`. */
  static supports(track) {
    return Boolean(track && globalThis.MediaSource?.isTypeSupported(track.type));
  }

  /**
   * `wanted` is the list of tracks that will come: `video`, `audio` or both. Others may come later.
   * `listener` has `drawn(timestamp)` and `failed(error)`.
   */
  constructor(canvas, { isLive, wanted }, listener) {
    this.#canvas = canvas;
    this.#isLive = isLive;
    this.#wanted = wanted;
    this.#listener = listener;
    const element = this.#element;
    element.muted = true;
    element.playsInline = true;
    element.ontimeupdate = () => this.#follow();
    this.#open();
  }

  /** Returns the timestamp that is shown, in milliseconds. */
  get position() {
    return this.#element.currentTime * 1000;
  }

  set isMuted(isMuted) {
    this.#element.muted = isMuted;
  }

  /** Takes a sequence header. Returns whether this browser plays such a track. */
  configure(kind, codec, header, details) {
    const track = (kind === "video" ? videoTrack : audioTrack)(codec, header, details);
    if (!MsePlayback.supports(track)) {
      this.leaveOut(kind);
      return false;
    }
    // Its initialization segment is there already.
    if (isSame(this.#tracks[kind]?.entry, track.entry)) return true;
    this.#tracks[kind] = track;
    if (this.#buffers[kind]) {
      this.#buffers[kind].use(track);
    } else {
      this.#start();
    }
    return true;
  }

  /** Starts without a kind of track. */
  leaveOut(kind) {
    this.#wanted = this.#wanted.filter((one) => one !== kind);
    this.#start();
  }

  /** Returns whether it plays a kind of track. */
  plays(kind) {
    return Boolean(this.#buffers[kind]);
  }

  /** Takes a frame of a kind. */
  add(kind, frame) {
    if (!this.#hasAll) this.#recent.add(kind, frame);
    if (this.#hasStarted) {
      this.#buffers[kind]?.add(frame);
      if (!this.#buffers[kind]) this.#missingFrom ??= frame.timestamp / 1000;
    } else {
      if (this.#recent.length > MOST_WAITING) this.#wanted = this.#present;
      this.#start();
    }
  }

  pause() {
    this.#isPaused = true;
    this.#element.pause();
  }

  resume() {
    this.#isPaused = false;
    this.#element.play().catch(() => {});
  }

  /** Continues at a time in milliseconds. Frames from there on follow. */
  seek(time) {
    for (const buffer of Object.values(this.#buffers)) buffer.reset();
    this.#recent.clear();
    this.#missingFrom = null;
    this.#startAt = time / 1000;
    this.#isEnding = false;
  }

  /** Nothing more comes. What one track has more than the other is played too. */
  end() {
    this.#isEnding = true;
    this.#follow();
  }

  close() {
    this.#closeBuffers();
    this.#element.pause();
    URL.revokeObjectURL(this.#element.src);
    this.#element.removeAttribute("src");
    this.#element.load();
  }

  get #hasStarted() {
    return Object.keys(this.#buffers).length > 0;
  }

  /** The kinds of tracks of which frames have come. */
  get #present() {
    return Object.keys(this.#tracks).filter((kind) => this.#recent.has(kind));
  }

  get #hasAll() {
    return Boolean(this.#buffers.video && this.#buffers.audio);
  }

  /** Plays another source than before, which has no tracks yet. */
  #open() {
    this.#closeBuffers();
    URL.revokeObjectURL(this.#element.src);
    this.#source = new MediaSource();
    this.#source.onsourceopen = () => this.#start();
    this.#element.src = URL.createObjectURL(this.#source);
  }

  #closeBuffers() {
    for (const buffer of Object.values(this.#buffers)) buffer.close();
    this.#buffers = {};
  }

  /**
   * Starts once the source is open and frames of all tracks have come: later tracks cannot be added
   * to it, and nothing is shown while a track of it has no frames.
   */
  #start() {
    if (this.#hasStarted || this.#source.readyState !== "open") return;
    const present = this.#present;
    if (present.length === 0 || !this.#wanted.every((kind) => present.includes(kind))) return;
    const changed = () => this.#follow();
    const failed = (error) => this.#listener.failed(error);
    for (const kind of present) {
      this.#buffers[kind] = new MseBuffer(this.#source, this.#tracks[kind], changed, failed);
    }
    if (this.#buffers.video && !this.#context) {
      this.#context = this.#canvas.getContext("2d", { alpha: false });
      this.#watch();
    }
    for (const [kind, frame] of this.#recent.all) this.#buffers[kind]?.add(frame);
    if (this.#hasAll) this.#recent.clear();
    if (!this.#isLive && !this.#isPaused) this.resume();
  }

  /** Starts again with a track that the source does not have, at the position that is shown. */
  #startWithAll() {
    this.#startAt ??= this.#element.currentTime;
    this.#missingFrom = null;
    this.#open();
  }

  /** Goes to where the stream begins, and holds the distance to a live stream's end. */
  #follow() {
    const element = this.#element;
    const { buffered } = element;
    if (buffered.length === 0) return;
    // After too many bytes, the frames of one kind may be gone. Then it goes on as it is.
    const isMissing = this.#missingFrom !== null && this.#present.length === 2;
    if (isMissing && (this.#isLive || element.currentTime > this.#missingFrom - AHEAD)) {
      this.#startWithAll();
      return;
    }
    const isWhole = this.#isEnding && Object.values(this.#buffers).every(({ isIdle }) => isIdle);
    if (isWhole && this.#source.readyState === "open") this.#source.endOfStream();
    const [start, end] = [buffered.start(0), buffered.end(buffered.length - 1)];
    if (this.#startAt !== null) {
      if (end < this.#startAt) return;
      element.currentTime = Math.max(this.#startAt, start);
      this.#startAt = null;
    } else if (element.currentTime < start) {
      element.currentTime = start;
    }
    if (this.#isLive) this.#chase();
    for (const buffer of Object.values(this.#buffers)) buffer.tidy(element.currentTime);
    if (this.#hasStarted) this.#recent.forgetBefore(element.currentTime * 1000);
  }

  #chase() {
    const element = this.#element;
    const newest = Math.min(...Object.values(this.#buffers).map((buffer) => buffer.newest));
    const delay = newest - element.currentTime;
    if (element.paused) {
      if (!this.#isPaused && delay >= LIVE_DELAY) this.resume();
      return;
    }
    const isFar = delay > JUMP_FROM || delay < 0;
    if (isFar && newest > LIVE_DELAY) element.currentTime = newest - LIVE_DELAY;
    const rate = element.playbackRate;
    if (delay > FASTER_FROM) element.playbackRate = FASTER;
    else if (delay < SLOWER_BELOW) element.playbackRate = SLOWER;
    else if (delay > LIVE_DELAY ? rate < 1 : rate > 1) element.playbackRate = 1;
  }

  /** Draws each picture that the element shows. */
  #watch() {
    const element = this.#element;
    element.requestVideoFrameCallback((_, { mediaTime, width, height }) => {
      const canvas = this.#canvas;
      if (canvas.width !== width || canvas.height !== height) {
        [canvas.width, canvas.height] = [width, height];
      }
      this.#context.drawImage(element, 0, 0, width, height);
      this.#listener.drawn(mediaTime * 1000);
      this.#watch();
    });
  }
}

function isSame(one, other) {
  return one?.length === other.length && other.every((byte, at) => byte === one[at]);
}
