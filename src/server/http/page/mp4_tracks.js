// Describes the tracks of FLV streams for fragmented MP4.

import { audioConfig, videoConfig } from "./decoder_configs.js";
import { readH264Size } from "./h264_size.js";
import { box, u16, u32, zeros } from "./mp4_boxes.js";

/** FLV's unit of time: a millisecond. */
const MILLISECONDS = 1000;

/**
 * Returns the track of a video codec, or `null` if MP4 or browsers do not take it. `metadata` has
 * the size of the picture.
 */
export function videoTrack(codec, header, metadata) {
  const config = videoConfig(codec, header);
  const configuration = header && { avc1: "avcC", hvc1: "hvcC", av01: "av1C", vp09: "vpcC" }[codec];
  if (!config || !configuration) return null;
  const size = codec === "avc1" ? readH264Size(header) : null;
  const { width, height } = size ?? metadata;
  if (!(width > 0 && height > 0)) return null;
  const details = codec === "vp09" && header[0] !== 1 ? [[1, 0, 0, 0], header] : [header];
  const entry = box(
    codec,
    zeros(6),
    u16(1),
    zeros(16),
    u16(width),
    u16(height),
    u32(72 * 65536),
    u32(72 * 65536),
    zeros(4),
    u16(1),
    zeros(32),
    u16(24),
    u16(0xffff),
    box(configuration, ...details),
  );
  const type = `video/mp4; codecs="${config.codec}"`;
  return { isVideo: true, type, timescale: MILLISECONDS, width, height, entry };
}

/** Returns the track of an audio codec, or `null` if MP4 or browsers do not take it. */
export function audioTrack(codec, header, tag) {
  const config = audioConfig(codec, header, tag);
  const describe = { mp4a: aac, mp3, opus, flac }[codec];
  if (!config || !describe || (codec === "opus" && !config.description)) return null;
  const { name, details, type = config.codec, frame } = describe(config);
  const entry = box(
    name,
    zeros(6),
    u16(1),
    zeros(8),
    u16(config.numberOfChannels),
    u16(16),
    zeros(4),
    u32(Math.min(config.sampleRate, 65535) * 65536),
    details,
  );
  return {
    isVideo: false,
    type: `audio/mp4; codecs="${type}"`,
    timescale: config.sampleRate,
    entry,
    frame,
  };
}

const aac = ({ description }) => ({
  name: "mp4a",
  details: elementaryStream(0x40, description),
  frame: () => 1024,
});

const mp3 = ({ sampleRate }) => ({
  name: "mp4a",
  details: elementaryStream(0x6b, new Uint8Array(0)),
  type: "mp4a.6B",
  frame: () => (sampleRate < 32000 ? 576 : 1152),
});

/** The header's fields of two and four bytes are little-endian there, and big-endian here. */
const opus = ({ description }) => {
  const at = (start, end) => [...description.subarray(start, end)].reverse();
  const rest = description.subarray(18);
  const fields = [at(10, 12), at(12, 16), at(16, 18)].flat();
  return { name: "Opus", details: box("dOps", 0, description[9], fields, rest), frame: opusSamples };
};

const flac = ({ description }) => ({
  name: "fLaC",
  details: box("dfLa", zeros(4), description.subarray(4)),
  frame: () => (description[10] << 8) | description[11],
});

/** Returns the number of samples of a packet at 48 kHz (RFC 6716 §3.1). */
function opusSamples(data) {
  const configuration = data[0] >> 3;
  let frame = [480, 960, 1920, 2880][configuration & 3];
  if (configuration >= 16) frame = [120, 240, 480, 960][configuration & 3];
  else if (configuration >= 12) frame = [480, 960][configuration & 1];
  const count = [1, 2, 2, data[1] & 0x3f][data[0] & 3];
  return frame * count;
}

/** Returns the box of an MPEG-4 elementary stream (ISO/IEC 14496-1 §7.2.6). */
function elementaryStream(objectType, configuration) {
  const specific = configuration.length > 0 ? [5, configuration.length, ...configuration] : [];
  const decoder = [4, 13 + specific.length, objectType, 0x15, ...zeros(11), ...specific];
  const stream = [3, 3 + decoder.length + 3, 0, 1, 0, ...decoder, 6, 1, 2];
  return box("esds", zeros(4), stream);
}
