// Holds the frames that a decoder needs which begins now.

/** More bytes are not held. The picture then waits for the next key frame. */
const MOST_BYTES = 32 * 2 ** 20;

/** The last frames of a stream, from a key frame on. */
export class RecentFrames {
  #frames = [];
  #bytes = 0;

  /** Returns the frames in their order, each as `[kind, frame]`. */
  get all() {
    return this.#frames;
  }

  get length() {
    return this.#frames.length;
  }

  /** Returns whether there are frames of a kind. */
  has(kind) {
    return this.#frames.some(([one]) => one === kind);
  }

  /** Adds a frame of a kind: `video` or `audio`. */
  add(kind, frame) {
    if (this.#bytes + frame.data.length > MOST_BYTES) this.clear();
    this.#bytes += frame.data.length;
    this.#frames.push([kind, frame]);
  }

  /** Forgets what no decoder needs that begins with `time`, in milliseconds. */
  forgetBefore(time) {
    const hasVideo = this.has("video");
    const isFirst = ([kind, { isKey, timestamp }]) =>
      timestamp <= time && (kind === "video" ? isKey : !hasVideo);
    const first = this.#frames.findLastIndex(isFirst);
    if (first < 1) return;
    for (const [, { data }] of this.#frames.splice(0, first)) this.#bytes -= data.length;
  }

  clear() {
    this.#frames = [];
    this.#bytes = 0;
  }
}
