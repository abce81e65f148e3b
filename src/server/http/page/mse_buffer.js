// Feeds one track to Media Source Extensions.

import { initSegment, mediaSegment } from "./mp4_boxes.js";

/** The sound may differ from its timestamps by this much before it is moved. Seconds. */
const MOST_DRIFT = 0.05;

/** A picture is shown for so long, in milliseconds, before the first distance is known. */
const FIRST_DURATION = 40;

/** A distance beyond this is a gap. Milliseconds. */
const LONGEST_DURATION = 1000;

/** What has been played is removed after so many seconds. */
const KEPT = 10;

/** A `SourceBuffer`, and the segments that it has no time for yet. */
export class MseBuffer {
  #source;
  #track;
  #waiting = [];
  #count = 0;
  /** The end of the last sample: the decoding time of the next one, if there is no gap. */
  #end = null;
  #lastTimestamp = null;
  #lastDuration = FIRST_DURATION;

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

  /** Returns the buffered ranges. */
  get buffered() {
    return this.#source.buffered;
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
      ? this.#picture(timestamp, compositionTime)
      : this.#samples(timestamp, data);
    this.#count += 1;
    this.#append(mediaSegment(this.#count, sample.start, [{ ...sample, isKey, data }]));
  }

  /** Forgets all frames, before a seek. */
  reset() {
    this.#waiting = [];
    this.#end = null;
    this.#lastTimestamp = null;
    this.#do(() => this.#source.remove(0, Infinity));
    this.#append(initSegment(this.#track));
  }

  /** Removes what was played long before `time`, which is in seconds. */
  tidy(time) {
    const { buffered } = this.#source;
    if (buffered.length > 0 && buffered.start(0) < time - 2 * KEPT) {
      this.#do(() => this.#source.remove(0, time - KEPT));
    }
  }

  /** A picture lasts until the next one, which has not come. The last distance is the best guess. */
  #picture(timestamp, compositionTime) {
    const distance = timestamp - (this.#lastTimestamp ?? timestamp);
    if (distance > 0 && distance < LONGEST_DURATION) this.#lastDuration = distance;
    this.#lastTimestamp = timestamp;
    return { start: timestamp, duration: this.#lastDuration, compositionTime };
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
