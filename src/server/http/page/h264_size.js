// Reads the size of the picture out of H.264's configuration (ITU-T H.264 §7.3.2.1.1).

/** The profiles that have fields of their own before the size. */
const HIGH_PROFILES = [100, 110, 122, 244, 44, 83, 86, 118, 128];

/**
 * Returns `{width, height}` out of an AVCDecoderConfigurationRecord, or `null` if it has no
 * sequence parameter set that can be read.
 */
export function readH264Size(record) {
  if (record.length < 8 || (record[5] & 31) === 0) return null;
  const length = (record[6] << 8) | record[7];
  const bits = new Bits(record.subarray(8, 8 + length));
  return readParameterSet(bits);
}

function readParameterSet(bits) {
  bits.skip(8);
  const profile = bits.take(8);
  bits.skip(16);
  bits.exponential();
  const chroma = HIGH_PROFILES.includes(profile) ? readHighProfile(bits) : 1;
  bits.exponential();
  skipOrder(bits);
  bits.exponential();
  bits.skip(1);
  const width = (bits.exponential() + 1) * 16;
  const rows = bits.exponential() + 1;
  const areFramesOnly = bits.take(1);
  const height = rows * 16 * (2 - areFramesOnly);
  if (!areFramesOnly) bits.skip(1);
  bits.skip(1);
  if (!bits.take(1)) return { width, height };
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (2 - areFramesOnly);
  const [left, right, top, bottom] = [0, 0, 0, 0].map(() => bits.exponential());
  return { width: width - (left + right) * unitX, height: height - (top + bottom) * unitY };
}

/** Returns the format of the colours. */
function readHighProfile(bits) {
  const chroma = bits.exponential();
  if (chroma === 3) bits.skip(1);
  bits.exponential();
  bits.exponential();
  bits.skip(1);
  if (bits.take(1)) {
    const lists = chroma === 3 ? 12 : 8;
    for (let list = 0; list < lists; list += 1) {
      if (bits.take(1)) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  return chroma;
}

function skipScalingList(bits, size) {
  let [last, next] = [8, 8];
  for (let index = 0; index < size && next !== 0; index += 1) {
    next = (last + bits.signedExponential() + 256) % 256;
    if (next !== 0) last = next;
  }
}

/** Skips the fields about the order of pictures. */
function skipOrder(bits) {
  const kind = bits.exponential();
  if (kind === 0) bits.exponential();
  if (kind !== 1) return;
  bits.skip(1);
  bits.exponential();
  bits.exponential();
  for (let left = Math.min(bits.exponential(), 255); left > 0; left -= 1) bits.exponential();
}

/** The bits of a unit, without the bytes that prevent start codes. */
class Bits {
  #bytes;
  #at = 0;

  constructor(bytes) {
    const isInserted = (byte, at) => byte === 3 && bytes[at - 1] === 0 && bytes[at - 2] === 0;
    this.#bytes = bytes.filter((byte, at) => !isInserted(byte, at));
  }

  skip(count) {
    this.#at += count;
  }

  /** Returns the next bits. They are zeros behind the end. */
  take(count) {
    let value = 0;
    for (let left = count; left > 0; left -= 1) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
      this.#at += 1;
    }
    return value;
  }

  /** Reads an Exp-Golomb code (§9.1). */
  exponential() {
    let zeros = 0;
    while (zeros < 32 && this.take(1) === 0) zeros += 1;
    return 2 ** zeros - 1 + this.take(zeros);
  }

  signedExponential() {
    const code = this.exponential();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}
