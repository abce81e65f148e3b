// The configurations of decoders, from the headers of FLV streams.

/** The sampling rates of MPEG-4 audio by their numbers (ISO/IEC 14496-3, table 1.18). */
const RATES = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
];

/** Names of codecs for messages to people. */
const TITLES = {
  avc1: "H.264",
  // What encoders of servers call it.
  h264: "H.264",
  hvc1: "HEVC",
  vvc1: "VVC",
  av01: "AV1",
  vp8: "VP8",
  vp09: "VP9",
  screen: "screen video",
  screen2: "screen video 2",
  sorenson: "Sorenson H.263",
  vp6: "VP6",
  vp6a: "VP6",
  mp4a: "AAC",
  mp3: "MP3",
  opus: "Opus",
  flac: "FLAC",
  pcm: "PCM",
  alaw: "G.711",
  ulaw: "G.711",
  speex: "Speex",
  nellymoser: "Nellymoser",
  adpcm: "ADPCM",
  "ac-3": "AC-3",
  "ec-3": "E-AC-3",
};

/** Returns the name of a codec as people know it. */
export function titleOf(codec) {
  return TITLES[codec] ?? codec;
}

/**
 * Returns `{codec, description}` for a browser's decoder of video, or `null` if browsers have none.
 * `header` is the stream's sequence header, or `null` if it has none.
 */
export function videoConfig(codec, header) {
  const described = (name) => ({ codec: name, description: header });
  switch (codec) {
    case "avc1":
      return header && described(`avc1.${hex(header[1])}${hex(header[2])}${hex(header[3])}`);
    case "hvc1":
      return header && described(hevcName(header));
    case "av01":
      // Its decoders take the sequence header from the frames.
      return { codec: header ? av1Name(header) : "av01.0.08M.08" };
    case "vp8":
      return { codec: "vp8" };
    case "vp09":
      return { codec: header ? vp9Name(header) : "vp09.00.10.08" };
    default:
      return null;
  }
}

/**
 * Returns `{codec, sampleRate, numberOfChannels, description}` for a browser's decoder of sound, or
 * `null` if browsers have none. `tag` is the tag's header, which describes some codecs.
 */
export function audioConfig(codec, header, tag) {
  const plain = (name) => ({ codec: name, sampleRate: tag.rate, numberOfChannels: tag.channels });
  switch (codec) {
    case "mp4a":
      return header && aacConfig(header);
    case "opus":
      return opusConfig(header);
    case "flac":
      return header && flacConfig(header);
    case "mp3":
      return { codec: "mp3", sampleRate: tag.rate ?? 44100, numberOfChannels: tag.channels ?? 2 };
    case "pcm":
      return plain(tag.bits === 16 ? "pcm-s16" : "pcm-u8");
    case "alaw":
    case "ulaw":
      return { ...plain(codec), sampleRate: 8000 };
    default:
      return null;
  }
}

/** Reads an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3). */
function hevcName(header) {
  const space = ["", "A", "B", "C"][header[1] >> 6];
  const tier = header[1] & 0x20 ? "H" : "L";
  const flags = ((header[2] << 24) | (header[3] << 16) | (header[4] << 8) | header[5]) >>> 0;
  // The name has the flags with the first one as the lowest bit.
  let compatible = 0;
  for (let bit = 0; bit < 32; bit += 1) compatible |= ((flags >>> bit) & 1) << (31 - bit);
  const constraints = [...header.subarray(6, 12)];
  while (constraints.length > 0 && constraints.at(-1) === 0) constraints.pop();
  const profile = `${space}${header[1] & 0x1f}.${(compatible >>> 0).toString(16)}`;
  return ["hvc1", profile, `${tier}${header[12]}`, ...constraints.map(hex)].join(".");
}

/** Reads an AV1CodecConfigurationRecord ("AV1 Codec ISO Media File Format Binding" §2.3). */
function av1Name(header) {
  const level = String(header[1] & 0x1f).padStart(2, "0");
  const tier = header[2] & 0x80 ? "H" : "M";
  const depth = header[2] & 0x40 ? (header[2] & 0x20 ? "12" : "10") : "08";
  return `av01.${header[1] >> 5}.${level}${tier}.${depth}`;
}

/** Reads a VPCodecConfigurationRecord, with the version of its box or without. */
function vp9Name(header) {
  const start = header[0] === 1 && header[1] === 0 && header[2] === 0 ? 4 : 0;
  const parts = [header[start], header[start + 1], header[start + 2] >> 4];
  return `vp09.${parts.map((part) => String(part).padStart(2, "0")).join(".")}`;
}

/** Reads an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). */
function aacConfig(header) {
  let bits = 0n;
  for (const byte of header.subarray(0, 8)) bits = (bits << 8n) | BigInt(byte);
  let left = Math.min(header.length, 8) * 8;
  const take = (count) => {
    left -= count;
    return left < 0 ? 0 : Number((bits >> BigInt(left)) & ((1n << BigInt(count)) - 1n));
  };
  const objectType = () => {
    const type = take(5);
    return type === 31 ? 32 + take(6) : type;
  };
  const rate = () => {
    const index = take(4);
    return index === 15 ? take(24) : (RATES[index] ?? 44100);
  };
  const type = objectType();
  const sampleRate = rate();
  const channels = take(4);
  return {
    codec: `mp4a.40.${type}`,
    sampleRate,
    numberOfChannels: channels === 7 ? 8 : channels || 2,
    description: header,
  };
}

/** Reads the identification header (RFC 7845 §5.1), if there is one. */
function opusConfig(header) {
  const isWhole = header?.length >= 19;
  const config = { codec: "opus", sampleRate: 48000, numberOfChannels: isWhole ? header[9] : 2 };
  return isWhole ? { ...config, description: header } : config;
}

/** Reads the block STREAMINFO (RFC 9639 §8.2), with or without what precedes it. */
function flacConfig(header) {
  const hasMark = header[0] === 0x66 && header[1] === 0x4c;
  const info = hasMark ? header.subarray(8) : header.subarray(header.length === 34 ? 0 : 4);
  if (info.length < 34) return null;
  const description = new Uint8Array(42);
  description.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34]);
  description.set(info.subarray(0, 34), 8);
  return {
    codec: "flac",
    sampleRate: (info[10] << 12) | (info[11] << 4) | (info[12] >> 4),
    numberOfChannels: ((info[12] >> 1) & 7) + 1,
    description,
  };
}

function hex(byte) {
  return byte.toString(16).padStart(2, "0").toUpperCase();
}
