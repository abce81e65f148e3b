// Decodes sound with the browser's decoders (WebCodecs), and plays it on a timeline.

import { audioConfig } from "./decoder_configs.js";

/** Sound that differs from the timeline by more than this is moved. Seconds. */
const MOST_DRIFT = 0.06;

/** Plays the sound of a stream. It needs a click of the user before the browser lets it. */
export class Sound {
  lead = 400;

  #codec;
  #timeline;
  #context = new AudioContext({ latencyHint: "interactive" });
  #decoder = null;
  #config = null;
  #sources = new Set();
  /** When the sound that was scheduled ends, on the clock of the context. */
  #end = null;
  #failed;

  /** Calls `failed(error)` if the sound cannot be decoded. */
  constructor(codec, timeline, failed) {
    this.#codec = codec;
    this.#timeline = timeline;
    this.#failed = failed;
  }

  /** Returns a promise of whether this browser decodes such sound. */
  static async supports(config) {
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
    const wanted = this.#context.currentTime + (data.timestamp / 1000 - this.#timeline.now()) / 1000;
    const isContinuous = this.#end !== null && Math.abs(this.#end - wanted) < MOST_DRIFT;
    const start = isContinuous ? this.#end : wanted;
    const isLate = !(start >= this.#context.currentTime);
    if (!isLate) {
      this.#schedule(data, start);
      this.#end = start + data.numberOfFrames / data.sampleRate;
    } else if (!isContinuous) {
      this.#end = null;
      this.#timeline.late((this.#context.currentTime - wanted) * 1000);
    }
    data.close();
  }

  #schedule(data, start) {
    const { numberOfChannels, numberOfFrames, sampleRate } = data;
    const buffer = this.#context.createBuffer(numberOfChannels, numberOfFrames, sampleRate);
    for (let channel = 0; channel < numberOfChannels; channel += 1) {
      const options = { planeIndex: channel, format: "f32-planar" };
      data.copyTo(buffer.getChannelData(channel), options);
    }
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    source.onended = () => this.#sources.delete(source);
    source.start(start);
    this.#sources.add(source);
  }
}
