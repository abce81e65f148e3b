// Cuts a stream of bytes into FLV tags (Adobe's "Video File Format Specification", annex E).

/** The kinds of tags. All others are skipped. */
export const AUDIO = 8;
export const VIDEO = 9;
export const SCRIPT = 18;

const FILE_HEADER_LENGTH = 9;
const TAG_HEADER_LENGTH = 11;

/** Each tag is followed by its length in so many bytes. So is the file's header. */
const TRAILER_LENGTH = 4;

/**
 * Finds the tags in pieces of any length. A piece may begin and end anywhere.
 *
 * Holds at most one tag that is not whole, and so 16 MiB.
 */
export class FlvDemuxer {
  /** How many bytes the piece that comes next must have, together with the rest. */
  #wanted = FILE_HEADER_LENGTH + TRAILER_LENGTH;
  #hasHeader = false;
  #pieces = [];
  #held = 0;

  /** Whether the header announces sound. */
  hasAudio = false;
  /** Whether the header announces pictures. */
  hasVideo = false;

  /**
   * Adds bytes, and returns the tags that they complete, each as `{type, timestamp, payload}`. The
   * timestamp is in milliseconds. A payload may share the memory of `bytes`.
   */
  push(bytes) {
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#held < this.#wanted) return [];
    const tags = [];
    const rest = this.#readTags(this.#joined(), tags);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#held = rest.length;
    return tags;
  }

  /** Forgets what has come. The next byte begins an FLV header. */
  reset() {
    this.#pieces = [];
    this.#held = 0;
    this.#hasHeader = false;
    this.#wanted = FILE_HEADER_LENGTH + TRAILER_LENGTH;
  }

  #joined() {
    if (this.#pieces.length === 1) return this.#pieces[0];
    const joined = new Uint8Array(this.#held);
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }

  /** Appends the tags at the beginning of `bytes`, and returns what follows them. */
  #readTags(bytes, tags) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    if (!this.#hasHeader) {
      at = fileHeaderLength(bytes, view) + TRAILER_LENGTH;
      this.#hasHeader = true;
      this.hasAudio = (bytes[4] & 4) !== 0;
      this.hasVideo = (bytes[4] & 1) !== 0;
    }
    for (;;) {
      const left = bytes.length - at;
      this.#wanted = TAG_HEADER_LENGTH;
      if (left < this.#wanted) break;
      const length = view.getUint32(at) & 0xffffff;
      this.#wanted = TAG_HEADER_LENGTH + length + TRAILER_LENGTH;
      if (left < this.#wanted) break;
      const type = bytes[at] & 0x1f;
      if (type === AUDIO || type === VIDEO || type === SCRIPT) {
        const start = at + TAG_HEADER_LENGTH;
        const payload = bytes.subarray(start, start + length);
        tags.push({ type, timestamp: timestampAt(view, at + 4), payload });
      }
      at += this.#wanted;
    }
    return bytes.subarray(Math.min(at, bytes.length));
  }
}

/** Reads 24 lower bits, then the 8 upper ones. */
function timestampAt(view, at) {
  const bits = view.getUint32(at);
  return ((bits >>> 8) | (bits << 24)) >>> 0;
}

function fileHeaderLength(bytes, view) {
  const isFlv = bytes[0] === 0x46 && bytes[1] === 0x4c && bytes[2] === 0x56;
  if (!isFlv) throw new Error("The server sent something else than FLV.");
  return view.getUint32(5);
}
