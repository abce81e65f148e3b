// Reads the big-endian fields of FLV, AMF and MP4.

/** The error of a read beyond the end. */
export class EndOfBytes extends Error {
  constructor() {
    super("The data end too early.");
  }
}

/** Reads fields out of a `Uint8Array`, one after the other. */
export class Reader {
  #bytes;
  #view;
  #offset = 0;

  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The number of bytes that were read. */
  get offset() {
    return this.#offset;
  }

  /** The number of bytes that are left. */
  get left() {
    return this.#bytes.length - this.#offset;
  }

  u8() {
    return this.#bytes[this.#advance(1)];
  }

  /** Returns the next byte, and leaves it to be read. */
  peek() {
    if (this.left === 0) throw new EndOfBytes();
    return this.#bytes[this.#offset];
  }

  u16() {
    return this.#view.getUint16(this.#advance(2));
  }

  u24() {
    const at = this.#advance(3);
    return (this.#bytes[at] << 16) | (this.#bytes[at + 1] << 8) | this.#bytes[at + 2];
  }

  i24() {
    return (this.u24() << 8) >> 8;
  }

  u32() {
    return this.#view.getUint32(this.#advance(4));
  }

  f64() {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** Returns the next `length` bytes. They share the memory of the source. */
  take(length) {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Returns all bytes that are left. */
  rest() {
    return this.take(this.left);
  }

  /** Returns the next `length` bytes as UTF-8. */
  text(length) {
    return new TextDecoder().decode(this.take(length));
  }

  #advance(length) {
    if (length > this.left) throw new EndOfBytes();
    const at = this.#offset;
    this.#offset += length;
    return at;
  }
}
