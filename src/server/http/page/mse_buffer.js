// Feeds one track to Media Source Extensions.

import { initSegment, mediaSegment } from "./mp4_boxes.js";

/** The sound may differ from its timestamps by this much before it is moved. Seconds. */
const MOST_DRIFT = 0.05;

/**
 * How long a picture says that it lasts, in milliseconds. The next one, which has not come, ends it
 * earlier. If it comes later than twice this, browsers leave out all pictures up to a key frame.
 */
const DURATION = 600;

/** What has been played is removed after so many seconds. */
const KEPT = 10;

/** A `SourceBuffer`, and the segments that it has no time for yet. */
export class MseBuffer {
  #source;
  #track;
  #waiting = [];
  #count = 0;
  /** The end of the last frame of sound: the time of the next one, if there is no gap. */
  #end = null;
  #newest = 0;

  /** Calls `changed()` after each append, and `failed(error)`. */
  constructor(mediaSource, track, changed, failed) {
    this.#source = mediaSource.addSourceBuffer(track.type);
    this.#source.onupdateend = () => {
      this.#appendNext();
      changed();
    };
    this.#source.onerror = () => failed(new Error("The browser cannot read the stream."));
    this.use(track);
  }

  /** Returns the time of the newest frame, in seconds. */
  get newest() {
    return this.#newest / 1000;
  }

  /** Returns whether everything is appended. */
  get isIdle() {
    return this.#waiting.length === 0 && !this.#source.updating;
  }

  /** Begins a track, which may have another configuration than the last one. */
  use(track) {
    if (this.#track && this.#track.type !== track.type) {
      this.#do(() => this.#source.changeType(track.type));
    }
    this.#track = track;
    this.#append(initSegment(track));
  }

  /** Appends a frame. The timestamp is that of its decoding. Both times are in milliseconds. */
  add({ timestamp, compositionTime, isKey, data }) {
    const sample = this.#track.isVideo
      ? { start: timestamp, duration: DURATION, compositionTime }
      : this.#samples(timestamp, data);
    this.#newest = timestamp;
    this.#count += 1;
    const frame = { ...sample, isKey: isKey || !this.#track.isVideo, data };
    this.#append(mediaSegment(this.#count, sample.start, [frame]));
  }

  /** Forgets all frames, before a seek. */
  reset() {
    this.#waiting = [];
    this.#end = null;
    this.#do(() => this.#source.remove(0, Infinity));
    this.#append(initSegment(this.#track));
  }

  /** Stops for good. Its source may go on without it. */
  close() {
    this.#waiting = [];
    this.#source.onupdateend = null;
    this.#source.onerror = null;
  }

  /** Removes what was played long before `time`, which is in seconds. */
  tidy(time) {
    const { buffered } = this.#source;
    if (buffered.length > 0 && buffered.start(0) < time - 2 * KEPT) {
      this.#do(() => this.#source.remove(0, time - KEPT));
    }
  }

  /** Sound is continuous. Timestamps of whole milliseconds would tear it. */
  #samples(timestamp, data) {
    const { timescale, frame } = this.#track;
    const exact = Math.round((timestamp * timescale) / 1000);
    const drift = Math.abs(exact - (this.#end ?? Infinity));
    const start = drift < MOST_DRIFT * timescale ? this.#end : exact;
    const duration = frame(data);
    this.#end = start + duration;
    return { start, duration, compositionTime: 0 };
  }

  #append(segment) {
    this.#do(() => this.#source.appendBuffer(segment));
  }

  #do(work) {
    this.#waiting.push(work);
    this.#appendNext();
  }

  #appendNext() {
    while (this.#waiting.length > 0 && !this.#source.updating) this.#waiting.shift()();
  }
}
