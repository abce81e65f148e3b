// The decoder of screen video, FLV's codec 3 (SWF specification, "Screen Video bitstream format").

import { Inflater } from "./inflate.js";
import { Reader } from "./reader.js";
import { blockBytes, blocksOf, isSameGrid, readGrid } from "./screen_grid.js";
import { ScreenPicture } from "./screen_picture.js";

/** Decodes frames that hold the changed blocks of a picture. */
export class ScreenVideoDecoder {
  #inflater = new Inflater();
  #grid = null;
  #blocks = [];
  #pixels = null;
  /** `null` until a frame with all blocks comes, and after damaged data. */
  #picture = null;

  /**
   * Decodes a frame. Returns the picture, or `null` if its key frame has not come. The caller must
   * not keep the picture, as the next frame is drawn on it.
   *
   * Throws an error if the data are damaged. It then returns `null` until the next key frame.
   */
  decode(data) {
    // FFmpeg sends nothing for a repeated picture.
    if (data.length === 0) return this.#picture;
    const reader = new Reader(data);
    this.#use(readGrid(reader));
    const packed = this.#blocks.map(() => reader.take(reader.u16()));
    const old = this.#picture;
    // Damaged data throw an error below, and leave no picture.
    this.#picture = null;
    const isWhole = packed.every((block) => block.length > 0);
    if (!old && !isWhole) return null;
    const picture = old ?? new ScreenPicture(this.#grid.width, this.#grid.height);
    this.#blocks.forEach((block, index) => this.#draw(picture, block, packed[index]));
    this.#picture = picture;
    return picture;
  }

  /** Prepares for the size of the blocks, which may change with each frame. */
  #use(grid) {
    if (this.#grid && isSameGrid(this.#grid, grid)) return;
    const hasSize = this.#grid?.width === grid.width && this.#grid?.height === grid.height;
    if (!hasSize) this.#picture = null;
    this.#grid = grid;
    this.#blocks = blocksOf(grid);
    this.#pixels = new Uint8Array(blockBytes(grid));
  }

  #draw(picture, block, packed) {
    if (packed.length === 0) return;
    const bytes = this.#pixels.subarray(0, block.width * block.height * 3);
    if (this.#inflater.inflate(packed, bytes) < bytes.length) {
      throw new Error("A block of the picture is too short.");
    }
    picture.put(block, 0, block.height, bytes);
  }
}
