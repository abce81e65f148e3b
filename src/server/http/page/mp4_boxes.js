// Writes the boxes of fragmented MP4 (ISO/IEC 14496-12) that Media Source Extensions read.

/** Returns a box. `parts` are numbers (a byte each), texts and arrays of bytes. */
export function box(type, ...parts) {
  const content = parts.map((part) => {
    if (typeof part === "number") return [part];
    return typeof part === "string" ? [...part].map((letter) => letter.charCodeAt(0)) : part;
  });
  const length = content.reduce((sum, part) => sum + part.length, 8);
  const bytes = new Uint8Array(length);
  bytes.set([...u32(length), ...[...type].map((letter) => letter.charCodeAt(0))]);
  let at = 8;
  for (const part of content) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function u16(number) {
  return [(number >> 8) & 255, number & 255];
}

export function u32(number) {
  return [...u16(Math.floor(number / 65536)), ...u16(number)];
}

export function u64(number) {
  return [...u32(Math.floor(number / 2 ** 32)), ...u32(number % 2 ** 32)];
}

export function zeros(count) {
  return new Uint8Array(count);
}

/** No rotation and no scaling. */
const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].flatMap(u32);

/**
 * Returns the initialization segment of one track. `track` has `isVideo`, `timescale` and `entry`,
 * which is the box of its codec, and `width` and `height` if it is video.
 */
export function initSegment(track) {
  const { isVideo, timescale, width = 0, height = 0 } = track;
  const mediaHeader = isVideo ? box("vmhd", [0, 0, 0, 1], zeros(8)) : box("smhd", zeros(8));
  const kind = isVideo ? "vide" : "soun";
  const dataInformation = box("dinf", box("dref", zeros(4), u32(1), box("url ", [0, 0, 0, 1])));
  const emptyTable = (type, length) => box(type, zeros(length));
  const table = box(
    "stbl",
    box("stsd", zeros(4), u32(1), track.entry),
    emptyTable("stts", 8),
    emptyTable("stsc", 8),
    emptyTable("stsz", 12),
    emptyTable("stco", 8),
  );
  const media = box(
    "mdia",
    box("mdhd", zeros(12), u32(timescale), zeros(4), [0x55, 0xc4, 0, 0]),
    box("hdlr", zeros(8), kind, zeros(13)),
    box("minf", mediaHeader, dataInformation, table),
  );
  const trackHeader = box(
    "tkhd",
    [0, 0, 0, 3],
    zeros(8),
    u32(1),
    zeros(20),
    u16(isVideo ? 0 : 0x100),
    zeros(2),
    MATRIX,
    u32(width * 65536),
    u32(height * 65536),
  );
  const movieHeader = box(
    "mvhd",
    zeros(12),
    u32(timescale),
    zeros(4),
    u32(0x10000),
    u16(0x100),
    zeros(10),
    MATRIX,
    zeros(24),
    u32(2),
  );
  const extends_ = box("mvex", box("trex", zeros(4), u32(1), u32(1), zeros(12)));
  const movie = box("moov", movieHeader, box("trak", trackHeader, media), extends_);
  return joined([box("ftyp", "iso5", u32(512), "iso5iso6mp41"), movie]);
}

const IS_KEY = 0x02000000;
const NEEDS_OTHERS = 0x01010000;

/**
 * Returns a segment of samples that follow each other. Each sample has `data`, `duration`,
 * `compositionTime` and `isKey`. The times are in units of the track's timescale.
 */
export function mediaSegment(number, decodeTime, samples) {
  const fields = samples.flatMap((sample) => [
    ...u32(sample.duration),
    ...u32(sample.data.length),
    ...u32(sample.isKey ? IS_KEY : NEEDS_OTHERS),
    ...u32(sample.compositionTime >>> 0),
  ]);
  const fragment = (dataOffset) =>
    box(
      "moof",
      box("mfhd", zeros(4), u32(number)),
      box(
        "traf",
        box("tfhd", [0, 2, 0, 0], u32(1)),
        box("tfdt", [1, 0, 0, 0], u64(decodeTime)),
        box("trun", [1, 0, 0x0f, 0x01], u32(samples.length), u32(dataOffset), fields),
      ),
    );
  const { length } = fragment(0);
  const data = box("mdat", ...samples.map((sample) => sample.data));
  return joined([fragment(length + 8), data]);
}

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
