// Decodes sound that is not compressed: PCM and G.711. Every browser plays it, in any page.

/** The widths of samples in bytes, by the names of decoders. */
const WIDTHS = { "pcm-s16": 2, "pcm-u8": 1, alaw: 1, ulaw: 1 };

/** Returns whether a configuration of `audioConfig`, which may be `null`, is of such sound. */
export function isPlain(config) {
  return config !== null && config.codec in WIDTHS;
}

/** Returns the samples of each channel, from -1 to 1. */
export function decodePlain({ codec, numberOfChannels }, data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const width = WIDTHS[codec];
  const length = Math.floor(data.length / width / numberOfChannels);
  const sample = SAMPLES[codec];
  return Array.from({ length: numberOfChannels }, (_, channel) =>
    Float32Array.from({ length }, (__, at) =>
      sample(view, (at * numberOfChannels + channel) * width),
    ),
  );
}

const SAMPLES = {
  "pcm-s16": (view, at) => view.getInt16(at, true) / 32768,
  "pcm-u8": (view, at) => (view.getUint8(at) - 128) / 128,
  alaw: (view, at) => aLaw(view.getUint8(at)) / 32768,
  ulaw: (view, at) => muLaw(view.getUint8(at)) / 32768,
};

/** ITU-T G.711, table 1. */
function aLaw(byte) {
  const bits = byte ^ 0x55;
  const [exponent, mantissa] = [(bits >> 4) & 7, bits & 15];
  const size = exponent === 0 ? mantissa * 16 + 8 : (mantissa * 16 + 264) << (exponent - 1);
  return bits & 0x80 ? size : -size;
}

/** ITU-T G.711, table 2. */
function muLaw(byte) {
  const bits = ~byte & 0xff;
  const size = (((bits & 15) * 8 + 132) << ((bits >> 4) & 7)) - 132;
  return bits & 0x80 ? -size : size;
}
