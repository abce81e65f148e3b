// Reads the headers of video and audio tags: those of FLV, and those of Enhanced RTMP v2.

import { Reader } from "./reader.js";

/** What follows a header. */
export const Packet = Object.freeze({
  /** The configuration that a decoder needs before the first frame. */
  HEADER: "header",
  FRAMES: "frames",
  END: "end",
  /** Anything that no decoder needs. */
  OTHER: "other",
});

const VIDEO_CODECS = {
  2: "sorenson",
  3: "screen",
  4: "vp6",
  5: "vp6a",
  6: "screen2",
  7: "avc1",
  12: "hvc1",
};

const AUDIO_CODECS = {
  0: "pcm",
  1: "adpcm",
  2: "mp3",
  3: "pcm",
  4: "nellymoser",
  5: "nellymoser",
  6: "nellymoser",
  7: "alaw",
  8: "ulaw",
  10: "mp4a",
  11: "speex",
  14: "mp3",
};

/** The video codecs whose frames may have a composition time. */
const REORDERING = ["avc1", "hvc1", "vvc1"];

const ENHANCED_VIDEO = 0x80;
const ENHANCED_AUDIO = 9;
const MODIFIER = 7;
const VIDEO_MULTITRACK = 6;
const AUDIO_MULTITRACK = 5;

/**
 * Returns `{codec, packet, isKey, compositionTime, data}` of a video tag's payload. The composition
 * time is in milliseconds. Of several tracks it returns number 0. Returns `null` if there is no
 * picture in it, or none of track 0.
 */
export function readVideoHeader(payload) {
  if (payload.length === 0) return null;
  const reader = new Reader(payload);
  const first = reader.u8();
  const frameType = (first >> 4) & 7;
  const header = { isKey: frameType === 1 || frameType === 4, compositionTime: 0 };
  if (frameType === 5) return null;
  if (first & ENHANCED_VIDEO) {
    return readEnhanced(reader, first & 15, VIDEO_MULTITRACK, header, videoPacket);
  }
  header.codec = VIDEO_CODECS[first & 15] ?? `video codec ${first & 15}`;
  header.packet = Packet.FRAMES;
  if (REORDERING.includes(header.codec)) {
    header.packet = [Packet.HEADER, Packet.FRAMES, Packet.END][reader.u8()] ?? Packet.OTHER;
    // Some muxers end a sequence without a composition time.
    if (header.packet === Packet.END) return { ...header, data: new Uint8Array(0) };
    header.compositionTime = reader.i24();
  }
  return { ...header, data: reader.rest() };
}

/**
 * Returns `{codec, packet, data}` of an audio tag's payload, and `rate`, `channels` and `bits` if
 * the codec takes them from the header. Returns `null` for silence, and if track 0 is not in it.
 */
export function readAudioHeader(payload) {
  if (payload.length === 0) return null;
  const reader = new Reader(payload);
  const first = reader.u8();
  const format = first >> 4;
  if (format === ENHANCED_AUDIO) {
    return readEnhanced(reader, first & 15, AUDIO_MULTITRACK, {}, audioPacket);
  }
  const header = {
    codec: AUDIO_CODECS[format] ?? `audio codec ${format}`,
    packet: Packet.FRAMES,
    rate: format === 14 ? 8000 : [5512, 11025, 22050, 44100][(first >> 2) & 3],
    channels: 1 + (first & 1),
    bits: first & 2 ? 16 : 8,
  };
  if (header.codec === "mp4a") {
    header.packet = [Packet.HEADER, Packet.FRAMES][reader.u8()] ?? Packet.OTHER;
  }
  return { ...header, data: reader.rest() };
}

/** Reads what follows the first byte of an enhanced header. */
function readEnhanced(reader, lowBits, multitrack, header, readPacket) {
  const packetType = skipModifiers(reader, lowBits);
  if (packetType === multitrack) return readTrack0(reader, header, readPacket);
  const codec = fourCc(reader);
  return readPacket(reader, packetType, { ...header, codec });
}

/** Skips the modifiers before a packet type, and returns that type. */
function skipModifiers(reader, packetType) {
  let type = packetType;
  while (type === MODIFIER) {
    const length = reader.u8();
    reader.take((length === 255 ? reader.u16() : length) + 1);
    type = reader.u8() & 15;
  }
  return type;
}

/** Finds track 0 among the tracks of a message. */
function readTrack0(reader, header, readPacket) {
  const bits = reader.u8();
  const [layout, packetType] = [bits >> 4, bits & 15];
  const isOneTrack = layout === 0;
  const hasOwnCodecs = layout === 2;
  let codec = hasOwnCodecs ? null : fourCc(reader);
  while (reader.left > 0) {
    if (hasOwnCodecs) codec = fourCc(reader);
    const id = reader.u8();
    const data = reader.take(isOneTrack ? reader.left : reader.u24());
    if (id === 0) return readPacket(new Reader(data), packetType, { ...header, codec });
  }
  return null;
}

function videoPacket(reader, packetType, header) {
  const hasCompositionTime = packetType === 1 && REORDERING.includes(header.codec);
  const compositionTime = hasCompositionTime ? reader.i24() : 0;
  const packets = { 0: Packet.HEADER, 1: Packet.FRAMES, 2: Packet.END, 3: Packet.FRAMES };
  const packet = packets[packetType] ?? Packet.OTHER;
  return { ...header, packet, compositionTime, data: reader.rest() };
}

function audioPacket(reader, packetType, header) {
  const packet = [Packet.HEADER, Packet.FRAMES, Packet.END][packetType] ?? Packet.OTHER;
  return { ...header, packet, data: reader.rest() };
}

/** The names of this file for codecs whose four characters would be easily misread. */
const NAMES = { vp08: "vp8", ".mp3": "mp3", Opus: "opus", fLaC: "flac" };

function fourCc(reader) {
  const name = String.fromCharCode(...reader.take(4));
  return NAMES[name] ?? name;
}
