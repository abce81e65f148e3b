// Decodes sound, unless it is plain with the browser's decoders (WebCodecs), and plays it in time.

import { audioConfig } from "./decoder_configs.js";
import { decodePlain, isPlain } from "./plain_sound.js";

/** Sound that differs from the timeline by more than this is moved. Seconds. */
const MOST_DRIFT = 0.06;

/** Plays the sound of a stream. It needs a click of the user before the browser lets it. */
export class Sound {
  lead = 400;

  #codec;
  #clock;
  #context = new AudioContext({ latencyHint: "interactive" });
  #decoder = null;
  #config = null;
  #sources = new Set();
  /** When the sound that was scheduled ends, on the clock of the context. */
  #end = null;
  #failed;

  /**
   * `clock` has `now()`, the timestamp that is due in milliseconds, and `late(by)`. Calls
   * `failed(error)` if the sound cannot be decoded.
   */
  constructor(codec, clock, failed) {
    this.#codec = codec;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Returns a promise of whether such sound can be decoded, for which `config` may be `null`. */
  static async supports(config) {
    if (isPlain(config)) return true;
    if (!config || !globalThis.AudioDecoder) return false;
    const { supported } = await AudioDecoder.isConfigSupported(config).catch(() => ({}));
    return Boolean(supported);
  }

  /** Starts the sound, or continues it after a pause. */
  start() {
    this.#context.resume();
  }

  pause() {
    this.#context.suspend();
  }

  /** Takes a sequence header, or `null` if the stream has none. `tag` is a tag's header. */
  configure(header, tag) {
    const config = audioConfig(this.#codec, header, tag);
    if (!config) return;
    this.#config = config;
    this.#restart();
  }

  decode({ timestamp, data }) {
    if (isPlain(this.#config)) {
      this.#play(timestamp, this.#config.sampleRate, decodePlain(this.#config, data));
      return;
    }
    if (this.#decoder?.state !== "configured") return;
    this.#decoder.decode(
      new EncodedAudioChunk({ type: "key", timestamp: Math.round(timestamp * 1000), data }),
    );
  }

  /** Forgets all frames, and what was scheduled. */
  reset() {
    this.#silence();
    if (this.#config) this.#restart();
  }

  close() {
    this.#silence();
    this.#closeDecoder();
    this.#context.close();
  }

  #restart() {
    this.#closeDecoder();
    if (isPlain(this.#config)) return;
    this.#decoder = new AudioDecoder({
      output: (data) => this.#decoded(data),
      error: (error) => this.#failed(error),
    });
    this.#decoder.configure(this.#config);
  }

  #silence() {
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
    this.#end = null;
  }

  #closeDecoder() {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }

  #decoded(data) {
    const samples = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(data.numberOfFrames);
      data.copyTo(plane, { planeIndex, format: "f32-planar" });
      return plane;
    });
    this.#play(data.timestamp / 1000, data.sampleRate, samples);
    data.close();
  }

  /** Plays the samples of each channel when they are due, or leaves them out if they are late. */
  #play(timestamp, sampleRate, samples) {
    const { currentTime } = this.#context;
    const wanted = currentTime + (timestamp - this.#clock.now()) / 1000;
    const isContinuous = this.#end !== null && Math.abs(this.#end - wanted) < MOST_DRIFT;
    const start = isContinuous ? this.#end : wanted;
    if (start >= currentTime) {
      this.#schedule(start, sampleRate, samples);
      this.#end = start + samples[0].length / sampleRate;
    } else if (!isContinuous) {
      this.#end = null;
      this.#clock.late((currentTime - wanted) * 1000);
    }
  }

  #schedule(start, sampleRate, samples) {
    const { length } = samples[0];
    if (length === 0) return;
    const buffer = this.#context.createBuffer(samples.length, length, sampleRate);
    samples.forEach((plane, channel) => buffer.copyToChannel(plane, channel));
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    source.onended = () => this.#sources.delete(source);
    source.start(start);
    this.#sources.add(source);
  }
}
