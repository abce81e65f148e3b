// Shows screen video on a canvas.

import { ScreenVideoDecoder } from "./screen_video.js";
import { ScreenVideo2Decoder } from "./screen_video_2.js";

/** Decodes and draws frames at once, in the order in which they come. */
export class ScreenTrack {
  lead = 0;

  #canvas;
  #context;
  #decoder;
  #image = null;
  #listener;

  /** `listener` has `drawn(timestamp)` and `dropped(count)`. */
  constructor(codec, canvas, listener) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#decoder = codec === "screen" ? new ScreenVideoDecoder() : new ScreenVideo2Decoder();
    this.#listener = listener;
  }

  /** Screen video has no sequence header. */
  configure() {}

  decode({ timestamp, isKey, data }) {
    let picture;
    try {
      picture = this.#decoder.decode(data, isKey);
    } catch (error) {
      // The next key frame repairs it.
      console.warn(`A picture of the stream is damaged. ${error.message}`);
      this.#listener.dropped(1);
      return;
    }
    if (picture) this.#draw(picture, timestamp);
  }

  /** A seek begins with a key frame. */
  reset() {}

  close() {}

  #draw(picture, timestamp) {
    const { width, height } = picture;
    const canvas = this.#canvas;
    if (this.#image?.data !== picture.rgba) this.#image = new ImageData(picture.rgba, width, height);
    let dirty = picture.takeDirty();
    if (canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
      dirty = { left: 0, top: 0, right: width, bottom: height };
    }
    if (dirty) {
      const { left, top, right, bottom } = dirty;
      this.#context.putImageData(this.#image, 0, 0, left, top, right - left, bottom - top);
    }
    this.#listener.drawn(timestamp);
  }
}
