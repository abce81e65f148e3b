// The decoder of screen video 2, FLV's codec 6 (SWF specification, "Screen Video V2 bitstream
// format"), as far as the server's encoder and FFmpeg use it.

import { Inflater } from "./inflate.js";
import { Reader } from "./reader.js";
import { blockBytes, blocksOf, isSameGrid, readGrid } from "./screen_grid.js";
import { decodeHybrid } from "./screen_palette.js";
import { ScreenPicture } from "./screen_picture.js";

/** The frame has a palette or a whole picture besides the blocks. No known encoder does that. */
const FRAME_EXTRAS = 0x03;

const COLOUR_SPACE = 0x18;
const HYBRID = 0x10;
const HAS_ROWS = 0x04;
const PRIMED_BY_THIS_FRAME = 0x02;
const PRIMED = 0x01;

/** Decodes frames that refer to the last key frame. */
export class ScreenVideo2Decoder {
  #inflater = new Inflater();
  #key = null;
  #picture = null;
  #pixels = null;
  /** The data of the key frame's block, then those of the block. */
  #window = null;

  /**
   * Decodes a frame. Returns the picture, or `null` if its key frame has not come. The caller must
   * not keep the picture, as the next frame is drawn on it.
   *
   * Throws an error if the data are damaged. It then returns `null` until the next key frame.
   */
  decode(data, isKey) {
    // FFmpeg sends nothing for a repeated picture.
    if (data.length === 0) return this.#picture;
    const reader = new Reader(data);
    const grid = readGrid(reader);
    if (reader.u8() & FRAME_EXTRAS) throw new Error("The picture has parts of an unknown kind.");
    const old = this.#picture;
    // Damaged data throw an error below, and leave no picture.
    this.#picture = null;
    if (isKey) return this.#decodeKey(grid, reader);
    if (!old || !isSameGrid(this.#key.grid, grid)) return null;
    for (const [index, block] of this.#key.blocks.entries()) {
      this.#draw(old, index, block, readBlock(reader));
    }
    this.#picture = old;
    return old;
  }

  #decodeKey(grid, reader) {
    const old = this.#key && isSameGrid(this.#key.grid, grid) ? this.#key : null;
    const key = old ?? {
      grid,
      blocks: blocksOf(grid),
      shown: new ScreenPicture(grid.width, grid.height),
      picture: new ScreenPicture(grid.width, grid.height),
    };
    this.#key = null;
    this.#pixels = new Uint8Array(blockBytes(grid));
    this.#window = new Uint8Array(blockBytes(grid) * 2);
    key.packed = key.blocks.map(() => readBlock(reader));
    for (const [index, block] of key.blocks.entries()) {
      const head = key.packed[index];
      const isWhole = head && !head.hasRows && !head.isPrimed && head.data.length > 0;
      if (!isWhole) throw new Error("A key frame refers to another frame.");
      this.#draw(key.shown, index, block, head);
    }
    key.picture.copyFrom(key.shown);
    key.primes = [];
    this.#key = key;
    this.#picture = key.shown;
    return key.shown;
  }

  /** Draws what a block's data hold. The rest of a block with rows is as in the key frame. */
  #draw(picture, index, block, head) {
    if (!head) return;
    const [first, rows] = head.hasRows ? [head.first, head.rows] : [0, block.height];
    if (first + rows > block.height) throw new Error("A block of the picture has too many rows.");
    if (head.hasRows) picture.copyBlock(block, this.#key.picture);
    if (head.data.length === 0) return;
    const prime = head.isPrimed ? this.#prime(index) : null;
    const pixels = this.#pixels.subarray(0, block.width * rows * 3);
    this.#unpack(head, prime, pixels);
    picture.put(block, first, rows, pixels);
  }

  /** Fills `pixels` with a block's data. */
  #unpack(head, prime, pixels) {
    const start = prime?.length ?? 0;
    const out = this.#window.subarray(0, start + pixels.length);
    if (prime) out.set(prime);
    const end = this.#inflater.inflate(head.data, out, start, head.isPrimed);
    const bytes = out.subarray(start, end);
    if (head.isHybrid) {
      decodeHybrid(bytes, pixels);
    } else if (bytes.length === pixels.length) {
      pixels.set(bytes);
    } else {
      throw new Error("A block of the picture is too short.");
    }
  }

  /** Returns the inflated data of the key frame's block. Keeps them until the next key frame. */
  #prime(index) {
    const key = this.#key;
    key.primes[index] ??= this.#inflateAlone(key.packed[index].data);
    return key.primes[index];
  }

  #inflateAlone(data) {
    const length = this.#inflater.inflate(data, this.#window);
    return this.#window.slice(0, length);
  }
}

/** Reads a block's flags and data. Returns `null` if the block has not changed. */
function readBlock(reader) {
  const size = reader.u16();
  if (size === 0) return null;
  const block = new Reader(reader.take(size));
  const flags = block.u8();
  const colourSpace = flags & COLOUR_SPACE;
  const isKnown = colourSpace === 0 || colourSpace === HYBRID;
  if (!isKnown || flags & PRIMED_BY_THIS_FRAME) {
    throw new Error("The picture has a block of an unknown kind.");
  }
  const head = {
    isHybrid: colourSpace === HYBRID,
    isPrimed: (flags & PRIMED) !== 0,
    hasRows: (flags & HAS_ROWS) !== 0,
  };
  if (head.hasRows) [head.first, head.rows] = [block.u8(), block.u8()];
  return { ...head, data: block.rest() };
}
