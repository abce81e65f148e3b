// Shows video on a canvas with the browser's decoders (WebCodecs).

import { videoConfig } from "./decoder_configs.js";

/** If more frames wait in the decoder, frames are left out up to the next key frame. */
const MOST_WAITING = 300;

/** The decoded pictures that wait for their time. Browsers have few of them. */
const MOST_PICTURES = 8;

/** Decodes frames, and draws each picture when it is due. */
export class CodecsTrack {
  lead = 120;

  #codec;
  #canvas;
  #context;
  #timeline;
  #listener;
  #decoder = null;
  #config = null;
  #sequenceHeader = null;
  #needsKey = true;
  #pictures = [];
  #timer = null;

  /** `listener` has `drawn(timestamp)`, `dropped(count)` and `failed(error)`. */
  constructor(codec, canvas, timeline, listener) {
    this.#codec = codec;
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#timeline = timeline;
    this.#listener = listener;
  }

  /** Returns a promise of whether this browser decodes such video. */
  static async supports(codec, header) {
    const config = videoConfig(codec, header);
    if (!config || !globalThis.VideoDecoder) return false;
    const { supported } = await VideoDecoder.isConfigSupported(config).catch(() => ({}));
    return Boolean(supported);
  }

  /** Takes a sequence header, or `null` if the stream has none. */
  configure(header) {
    const config = videoConfig(this.#codec, header);
    if (!config) return;
    this.#sequenceHeader = header;
    // A hardware decoder may hold back several pictures, a software decoder none.
    this.#config = { ...config, optimizeForLatency: true };
    this.#restart();
  }

  decode({ timestamp, compositionTime, isKey, data }) {
    if (!this.#config) this.configure(null);
    if (!this.#config) return;
    if (this.#decoder.decodeQueueSize > MOST_WAITING) this.#needsKey = true;
    if (this.#needsKey && !isKey) {
      this.#listener.dropped(1);
      return;
    }
    this.#needsKey = false;
    const type = isKey ? "key" : "delta";
    const chunk = {
      type,
      timestamp: (timestamp + compositionTime) * 1000,
      data: isKey ? this.#withSequenceHeader(data) : data,
    };
    this.#decoder.decode(new EncodedVideoChunk(chunk));
  }

  /** Forgets all frames. The next one is a key frame. */
  reset() {
    if (this.#config) this.#restart();
  }

  close() {
    clearTimeout(this.#timer);
    for (const picture of this.#pictures.splice(0)) picture.close();
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }

  #restart() {
    this.close();
    this.#needsKey = true;
    this.#decoder = new VideoDecoder({
      output: (picture) => this.#decoded(picture),
      error: (error) => this.#listener.failed(error),
    });
    this.#decoder.configure(this.#config);
  }

  /** AV1 needs its sequence header in the frame, and muxers may leave it out there. */
  #withSequenceHeader(data) {
    const header = this.#sequenceHeader;
    if (this.#codec !== "av01" || !header || header.length <= 4) return data;
    const isDelimiter = (data[0] >> 3) === 2;
    const isSequenceHeader = (data[isDelimiter ? 2 : 0] >> 3) === 1;
    if (isSequenceHeader) return data;
    const joined = new Uint8Array(header.length - 4 + data.length);
    joined.set(header.subarray(4));
    joined.set(data, header.length - 4);
    return joined;
  }

  #decoded(picture) {
    this.#pictures.push(picture);
    if (this.#pictures.length > MOST_PICTURES) this.#drawNext();
    this.#drawDue();
  }

  /** Draws what is due, and sleeps until the next picture is. */
  #drawDue() {
    clearTimeout(this.#timer);
    while (this.#pictures.length > 0) {
      const wait = this.#pictures[0].timestamp / 1000 - this.#timeline.now();
      if (wait > 1) {
        const again = this.#timeline.isPaused ? 100 : Math.min(wait, 100);
        this.#timer = setTimeout(() => this.#drawDue(), again);
        return;
      }
      this.#drawNext();
    }
  }

  #drawNext() {
    const picture = this.#pictures.shift();
    const { displayWidth: width, displayHeight: height } = picture;
    const canvas = this.#canvas;
    if (canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
    }
    this.#context.drawImage(picture, 0, 0);
    const timestamp = picture.timestamp / 1000;
    picture.close();
    this.#listener.drawn(timestamp);
  }
}
