// Inflates zlib data (RFC 1950 and 1951), with or without a preceding part.
//
// The browser's `DecompressionStream` would return each block in a later task, and knows no
// preceding part. Screen video has hundreds of blocks a picture, and refers to earlier ones.

/** Codes up to this length are found in one step. Longer ones are rare. */
const FAST_BITS = 10;
const FAST_MASK = (1 << FAST_BITS) - 1;
const MAX_BITS = 15;

const LENGTH_BASE = new Uint16Array(32);
const LENGTH_EXTRA = new Uint8Array(32);
const DISTANCE_BASE = new Uint16Array(32);
const DISTANCE_EXTRA = new Uint8Array(32);
fillLengths();
fillDistances();

/** The order in which the lengths of the code lengths' codes are sent. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const END_OF_BLOCK = 256;

/** The canonical Huffman code of one alphabet. */
class Huffman {
  /** For each combination of the next bits: the symbol and its length. 0 if the code is longer. */
  #fast = new Uint16Array(1 << FAST_BITS);
  #counts = new Uint16Array(MAX_BITS + 1);
  #offsets = new Uint16Array(MAX_BITS + 2);
  #next = new Uint16Array(MAX_BITS + 2);
  #symbols;

  constructor(size) {
    this.#symbols = new Uint16Array(size);
  }

  get fast() {
    return this.#fast;
  }

  /** Makes the code from the lengths of its symbols. A length of 0 is a symbol without a code. */
  build(lengths, start, size) {
    const [counts, offsets, next] = [this.#counts, this.#offsets, this.#next];
    counts.fill(0);
    for (let symbol = 0; symbol < size; symbol += 1) counts[lengths[start + symbol]] += 1;
    counts[0] = 0;
    let [code, left] = [0, 1];
    for (let length = 1; length <= MAX_BITS; length += 1) {
      left = left * 2 - counts[length];
      if (left < 0) throw new Error("A Huffman code has too many symbols.");
      offsets[length + 1] = offsets[length] + counts[length];
      next[length] = code;
      code = (code + counts[length]) << 1;
    }
    this.#fast.fill(0);
    const places = offsets.slice();
    for (let symbol = 0; symbol < size; symbol += 1) {
      const length = lengths[start + symbol];
      if (length === 0) continue;
      this.#symbols[places[length]] = symbol;
      places[length] += 1;
      const bits = next[length];
      next[length] += 1;
      if (length <= FAST_BITS) this.#fillFast(reversed(bits, length), length, symbol);
    }
  }

  #fillFast(first, length, symbol) {
    for (let bits = first; bits <= FAST_MASK; bits += 1 << length) {
      this.#fast[bits] = (symbol << 4) | length;
    }
  }

  /** Finds a code of more than `FAST_BITS` in the bits of `hold`. Returns what `fast` holds. */
  slow(hold) {
    let [code, first] = [0, 0];
    for (let length = 1; length <= MAX_BITS; length += 1) {
      code |= (hold >>> (length - 1)) & 1;
      const count = this.#counts[length];
      if (code - first < count) {
        return (this.#symbols[this.#offsets[length] + code - first] << 4) | length;
      }
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Error("The compressed data have an unknown code.");
  }
}

function reversed(bits, length) {
  let result = 0;
  for (let bit = 0; bit < length; bit += 1) result |= ((bits >> bit) & 1) << (length - 1 - bit);
  return result;
}

/** Inflates one stream after the other, without allocating memory for each. */
export class Inflater {
  #literals = new Huffman(288);
  #distances = new Huffman(32);
  #lengthsCode = new Huffman(19);
  #lengths = new Uint8Array(320);
  #data;
  #at = 0;
  #hold = 0;
  #bits = 0;

  /**
   * Inflates `data` into `out` from `start` on, and returns the end. What `out` holds before
   * `start` is the preceding part of the stream. With `isPrimed` the data have no zlib header.
   *
   * Throws an error if the data are damaged, do not fit, or fail their checksum.
   */
  inflate(data, out, start = 0, isPrimed = false) {
    this.#data = data;
    this.#at = isPrimed ? 0 : headerLength(data);
    this.#hold = 0;
    this.#bits = 0;
    let at = start;
    let isLast = false;
    while (!isLast) {
      isLast = this.#take(1) === 1;
      at = this.#block(this.#take(2), out, at);
    }
    this.#check(out, at);
    return at;
  }

  #block(kind, out, at) {
    if (kind === 0) return this.#stored(out, at);
    if (kind === 1) this.#useFixedCodes();
    else if (kind === 2) this.#readCodes();
    else throw new Error("The compressed data have an unknown kind of block.");
    return this.#compressed(out, at);
  }

  /** Returns the next bits. */
  #take(count) {
    while (this.#bits < count) {
      if (this.#at >= this.#data.length) throw new Error("The compressed data are cut off.");
      this.#hold |= this.#data[this.#at] << this.#bits;
      this.#at += 1;
      this.#bits += 8;
    }
    const value = this.#hold & ((1 << count) - 1);
    this.#hold >>>= count;
    this.#bits -= count;
    return value;
  }

  /** Goes back to the next whole byte. */
  #alignToByte() {
    this.#at -= this.#bits >> 3;
    this.#hold = 0;
    this.#bits = 0;
  }

  #stored(out, at) {
    this.#alignToByte();
    const length = this.#take(16);
    this.#take(16);
    const end = this.#at + length;
    if (end > this.#data.length || at + length > out.length) throw new Error(DOES_NOT_FIT);
    out.set(this.#data.subarray(this.#at, end), at);
    this.#at = end;
    return at + length;
  }

  #useFixedCodes() {
    this.#lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288);
    this.#literals.build(this.#lengths, 0, 288);
    this.#lengths.fill(5, 0, 30);
    this.#distances.build(this.#lengths, 0, 30);
  }

  #readCodes() {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const count = this.#take(4) + 4;
    const lengths = this.#lengths.fill(0);
    for (let index = 0; index < count; index += 1) lengths[ORDER[index]] = this.#take(3);
    this.#lengthsCode.build(lengths, 0, 19);
    lengths.fill(0);
    const total = literals + distances;
    for (let index = 0; index < total; ) {
      const symbol = this.#symbol(this.#lengthsCode);
      if (symbol < 16) {
        lengths[index] = symbol;
        index += 1;
        continue;
      }
      if (symbol === 16 && index === 0) throw new Error("There is no code length to repeat.");
      const value = symbol === 16 ? lengths[index - 1] : 0;
      const [bits, base] = symbol === 18 ? [7, 11] : [symbol - 14, 3];
      const end = index + base + this.#take(bits);
      if (end > total) throw new Error("There are too many code lengths.");
      lengths.fill(value, index, end);
      index = end;
    }
    this.#literals.build(lengths, 0, literals);
    this.#distances.build(lengths, literals, distances);
  }

  /** Reads one symbol. The loop of `#compressed` does the same at a higher speed. */
  #symbol(code) {
    while (this.#bits < MAX_BITS && this.#at < this.#data.length) {
      this.#hold |= this.#data[this.#at] << this.#bits;
      this.#at += 1;
      this.#bits += 8;
    }
    const entry = code.fast[this.#hold & FAST_MASK] || code.slow(this.#hold);
    const length = entry & 15;
    if (length > this.#bits) throw new Error("The compressed data are cut off.");
    this.#hold >>>= length;
    this.#bits -= length;
    return entry >> 4;
  }

  #compressed(out, start) {
    const data = this.#data;
    const [literals, distances] = [this.#literals, this.#distances];
    const [fastLiterals, fastDistances] = [literals.fast, distances.fast];
    // Local variables: fields would take twice the time.
    let [from, hold, bits, at] = [this.#at, this.#hold, this.#bits, start];
    const room = out.length;
    // Zeros behind the end keep the loop short. The checksum's place is then missing.
    for (;;) {
      while (bits < MAX_BITS) {
        hold |= data[from] << bits;
        from += 1;
        bits += 8;
      }
      let entry = fastLiterals[hold & FAST_MASK] || literals.slow(hold);
      hold >>>= entry & 15;
      bits -= entry & 15;
      const symbol = entry >> 4;
      if (symbol < END_OF_BLOCK) {
        if (at >= room) throw new Error(DOES_NOT_FIT);
        out[at] = symbol;
        at += 1;
        continue;
      }
      if (symbol === END_OF_BLOCK) break;
      while (bits < 5 + MAX_BITS) {
        hold |= data[from] << bits;
        from += 1;
        bits += 8;
      }
      const lengthExtra = LENGTH_EXTRA[symbol - 257];
      const length = LENGTH_BASE[symbol - 257] + (hold & ((1 << lengthExtra) - 1));
      hold >>>= lengthExtra;
      bits -= lengthExtra;
      entry = fastDistances[hold & FAST_MASK] || distances.slow(hold);
      hold >>>= entry & 15;
      bits -= entry & 15;
      const distanceExtra = DISTANCE_EXTRA[entry >> 4];
      while (bits < distanceExtra) {
        hold |= data[from] << bits;
        from += 1;
        bits += 8;
      }
      const distance = DISTANCE_BASE[entry >> 4] + (hold & ((1 << distanceExtra) - 1));
      hold >>>= distanceExtra;
      bits -= distanceExtra;
      if (distance > at || at + length > room || length === 0 || distance === 0) {
        throw new Error(DOES_NOT_FIT);
      }
      const end = at + length;
      if (distance >= length && length > 24) {
        out.copyWithin(at, at - distance, end - distance);
        at = end;
      } else {
        for (let source = at - distance; at < end; at += 1, source += 1) out[at] = out[source];
      }
      if (from > data.length + 4) throw new Error("The compressed data are cut off.");
    }
    [this.#at, this.#hold, this.#bits] = [from, hold, bits];
    return at;
  }

  /** Compares the checksum. It covers the preceding part, too. */
  #check(out, end) {
    this.#alignToByte();
    const [data, at] = [this.#data, this.#at];
    if (at + 4 > data.length) throw new Error("The compressed data are cut off.");
    const wanted =
      ((data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3]) >>> 0;
    if (adler32(out, end) !== wanted) throw new Error("The checksum of the data is wrong.");
  }
}

const DOES_NOT_FIT = "The compressed data do not fit into their block.";

/** Returns the checksum of the first `end` bytes (RFC 1950 §9). */
function adler32(bytes, end) {
  let [low, high] = [1, 0];
  for (let at = 0; at < end; ) {
    // The longest run after which the sums still fit 32 bits.
    const stop = Math.min(at + 3800, end);
    for (; at < stop; at += 1) {
      low += bytes[at];
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}

/** Returns the length of zlib's header, after which the data begin. */
function headerLength(data) {
  const isZlib = data.length > 2 && (data[0] & 15) === 8 && ((data[0] << 8) | data[1]) % 31 === 0;
  if (!isZlib || data[1] & 0x20) throw new Error("The compressed data have no zlib header.");
  return 2;
}

/** RFC 1951 §3.2.5. Symbols without a meaning keep a base of 0. */
function fillLengths() {
  let base = 3;
  for (let index = 0; index < 28; index += 1) {
    LENGTH_EXTRA[index] = index < 8 ? 0 : (index - 4) >> 2;
    LENGTH_BASE[index] = base;
    base += 1 << LENGTH_EXTRA[index];
  }
  LENGTH_BASE[28] = 258;
}

function fillDistances() {
  let base = 1;
  for (let index = 0; index < 30; index += 1) {
    DISTANCE_EXTRA[index] = index < 4 ? 0 : (index - 2) >> 1;
    DISTANCE_BASE[index] = base;
    base += 1 << DISTANCE_EXTRA[index];
  }
}
