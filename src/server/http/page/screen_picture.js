// The picture that the decoders of screen video draw on.

const OPAQUE = 0xff000000;

/** Pixels of red, green, blue and alpha bytes, with the topmost row first, as a canvas has them. */
export class ScreenPicture {
  #words;
  #dirty = null;

  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.rgba = new Uint8ClampedArray(width * height * 4);
    this.#words = new Uint32Array(this.rgba.buffer);
  }

  /**
   * Draws the rows of a block, from row `first` on. `bytes` are blue, green, red, the bottommost
   * row first.
   */
  put(block, first, rows, bytes) {
    const words = this.#words;
    let from = 0;
    for (let row = first; row < first + rows; row += 1) {
      let to = this.#start(block, row);
      const end = to + block.width;
      for (; to < end; to += 1, from += 3) {
        words[to] = OPAQUE | (bytes[from] << 16) | (bytes[from + 1] << 8) | bytes[from + 2];
      }
    }
    this.#touch(block);
  }

  /** Draws a block as it is in another picture of the same size. */
  copyBlock(block, other) {
    for (let row = 0; row < block.height; row += 1) {
      const start = this.#start(block, row);
      this.#words.set(other.#words.subarray(start, start + block.width), start);
    }
    this.#touch(block);
  }

  /** Copies all pixels of another picture of the same size. */
  copyFrom(other) {
    this.#words.set(other.#words);
  }

  /** Returns the rectangle that was drawn on since the last call, or `null`. */
  takeDirty() {
    const dirty = this.#dirty;
    this.#dirty = null;
    return dirty;
  }

  /** Returns the place of a block's row, which is counted from the block's bottom. */
  #start(block, row) {
    return (this.height - 1 - block.bottom - row) * this.width + block.left;
  }

  #touch({ left, bottom, width, height }) {
    const top = this.height - bottom - height;
    const old = this.#dirty ?? { left, top, right: left, bottom: top };
    this.#dirty = {
      left: Math.min(old.left, left),
      top: Math.min(old.top, top),
      right: Math.max(old.right, left + width),
      bottom: Math.max(old.bottom, top + height),
    };
  }
}
