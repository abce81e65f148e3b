// Shows the frames of one play: finds the decoders that it needs, and gives them frames in time.

import { decodeAmf0 } from "./amf0.js";
import { CodecsTrack } from "./codecs_track.js";
import { audioConfig, titleOf } from "./decoder_configs.js";
import { AUDIO, FlvDemuxer, SCRIPT } from "./flv.js";
import { Lane } from "./lane.js";
import { MsePlayback } from "./mse_playback.js";
import { isPlain } from "./plain_sound.js";
import { ScreenTrack } from "./screen_track.js";
import { Sound } from "./sound.js";
import { readAudioHeader, readVideoHeader } from "./tag_headers.js";
import { Timeline } from "./timeline.js";

/** The longest sleep of a page that waits for the time of a frame. Milliseconds. */
const LONGEST_SLEEP = 100;

/** A play has ended when so much of it is left. Milliseconds. */
const END = 100;

/**
 * Shows one play on a canvas, from its FLV header to its end.
 *
 * `options` has `isLive`, `isMuted` and `useMse`, which forgoes WebCodecs. `listener` has
 * `drawn(timestamp)`, `dropped(count)`, `metadata(values)`, `unsupported(kind, title)`,
 * `failed(message)` and `ended()`.
 */
export class Presentation {
  #canvas;
  #options;
  #listener;
  #demuxer = new FlvDemuxer();
  #timeline = new Timeline();
  #video = this.#lane((...tag) => this.#chooseVideo(...tag));
  #audio = this.#lane((...tag) => this.#chooseAudio(...tag));
  #metadata = {};
  #mse = null;
  #sound = null;
  /** The kinds of media that the page plays without Media Source Extensions. */
  #own = new Set();
  #hasSound = false;
  #lastTimestamp = 0;
  #lastDrawn = 0;
  #isEnding = false;
  #timer = null;

  constructor(canvas, options, listener) {
    this.#canvas = canvas;
    this.#options = { ...options };
    this.#listener = {
      ...listener,
      drawn: (timestamp) => {
        this.#lastDrawn = timestamp;
        listener.drawn(timestamp);
      },
      failed: (error) => listener.failed(`The stream cannot be decoded. ${error.message}`),
    };
    this.#beginTimeline();
  }

  /** Returns the names of the codecs, for people. */
  get codecs() {
    return [this.#video.codec, this.#audio.codec].filter(Boolean).map(titleOf);
  }

  /** Returns whether there is sound that this browser plays. */
  get hasSound() {
    return this.#hasSound;
  }

  /** Returns the timestamp that is shown, in milliseconds. */
  get position() {
    return this.#mse?.plays("video") ? this.#mse.position : this.#lastDrawn;
  }

  /** Takes bytes of FLV, as they come. */
  push(bytes) {
    for (const tag of this.#demuxer.push(bytes)) this.#take(tag);
    this.#pump();
  }

  pause() {
    this.#timeline.pause();
    this.#sound?.pause();
    this.#mse?.pause();
  }

  resume() {
    this.#timeline.resume();
    this.#sound?.start();
    this.#mse?.resume();
    this.#pump();
  }

  /** Forgets all frames: those that follow begin at a time in milliseconds. */
  seek(time) {
    this.#isEnding = false;
    this.#lastDrawn = time;
    this.#forgetFrames();
    this.#mse?.seek(time);
    this.#timeline.seek(time);
  }

  /** Switches the sound on or off. Browsers allow it after a click only. */
  mute(isMuted) {
    this.#options.isMuted = isMuted;
    if (this.#mse) this.#mse.isMuted = isMuted;
    if (this.#options.isLive) this.#beginTimeline();
    this.#audio.chooseAgain();
    this.#pump();
  }

  /** Nothing more comes. Calls `ended` when everything was shown. */
  end() {
    this.#isEnding = true;
    this.#pump();
    this.#mse?.end();
  }

  close() {
    clearTimeout(this.#timer);
    this.#video.close();
    this.#audio.close();
    this.#mse?.close();
  }

  #lane(choose) {
    return new Lane(this.#timeline, choose, () => this.#pump());
  }

  /** Live pictures without sound are shown at once. All else waits for its time. */
  #beginTimeline() {
    const { isLive, isMuted } = this.#options;
    this.#timeline.begin({ isLive, isPaced: !isLive || !isMuted });
  }

  #take({ type, timestamp, payload }) {
    if (type === SCRIPT) {
      const [name, values] = decodeAmf0(payload);
      if (name !== "onMetaData" || !values) return;
      this.#metadata = values;
      this.#listener.metadata(values);
      return;
    }
    const tag = type === AUDIO ? readAudioHeader(payload) : readVideoHeader(payload);
    if (!tag) return;
    this.#timeline.arrived(timestamp);
    this.#lastTimestamp = timestamp;
    const lane = type === AUDIO ? this.#audio : this.#video;
    const left = lane.add({ ...tag, timestamp });
    if (left > 0) this.#listener.dropped(left);
  }

  #pump() {
    clearTimeout(this.#timer);
    const next = Math.min(this.#video.pump(), this.#audio.pump());
    const isEmpty = this.#video.isEmpty && this.#audio.isEmpty;
    if (isEmpty && this.#isEnding && this.#isShown()) {
      this.#isEnding = false;
      this.#listener.ended();
    } else if (!isEmpty || this.#isEnding) {
      const sleep = Math.min(next - this.#timeline.now(), LONGEST_SLEEP);
      this.#timer = setTimeout(() => this.#pump(), Math.max(sleep, 1) || LONGEST_SLEEP);
    }
  }

  #isShown() {
    const position = this.#mse?.plays("video") ? this.#mse.position : this.#timeline.now();
    return position > this.#lastTimestamp - END;
  }

  #forgetFrames() {
    this.#video.reset();
    this.#audio.reset();
  }

  async #chooseVideo(codec, header) {
    if (codec === "screen" || codec === "screen2") {
      this.#useOwn("video");
      return new ScreenTrack(codec, this.#canvas, this.#listener);
    }
    if (!this.#options.useMse && (await CodecsTrack.supports(codec, header))) {
      this.#useOwn("video");
      return new CodecsTrack(codec, this.#canvas, this.#timeline, this.#listener);
    }
    return this.#chooseMse("video", codec, header, this.#metadata);
  }

  async #chooseAudio(codec, header, tag) {
    const config = audioConfig(codec, header, tag);
    const canUseCodecs = !this.#options.useMse && globalThis.AudioDecoder;
    if (!canUseCodecs && !isPlain(config)) return this.#chooseMse("audio", codec, header, tag);
    this.#useOwn("audio");
    if (!(await Sound.supports(config))) {
      this.#listener.unsupported("audio", titleOf(codec));
      return null;
    }
    this.#hasSound = true;
    this.#sound = null;
    if (this.#options.isMuted) return null;
    this.#sound = new Sound(codec, this.#soundClock(), this.#listener.failed);
    this.#sound.start();
    return this.#sound;
  }

  #useOwn(kind) {
    this.#own.add(kind);
    this.#mse?.leaveOut(kind);
  }

  /** Returns the clock of what is shown: that of Media Source Extensions, if they show it. */
  #soundClock() {
    const now = () => (this.#mse?.plays("video") ? this.#mse.position : this.#timeline.now());
    return { now, late: (by) => this.#timeline.late(by) };
  }

  /** Returns a decoder that hands the frames to Media Source Extensions. */
  #chooseMse(kind, codec, header, details) {
    const mse = this.#useMse();
    if (!mse.configure(kind, codec, header, details)) {
      this.#listener.unsupported(kind, titleOf(codec));
      return null;
    }
    if (kind === "audio") this.#hasSound = true;
    return {
      lead: Infinity,
      configure: (next) => mse.configure(kind, codec, next, details),
      decode: (frame) => mse.add(kind, frame),
      reset: () => {},
      close: () => {},
    };
  }

  #useMse() {
    if (this.#mse) return this.#mse;
    const { isLive, isMuted } = this.#options;
    const announced = { video: this.#demuxer.hasVideo, audio: this.#demuxer.hasAudio };
    const wanted = Object.keys(announced).filter((kind) => announced[kind] && !this.#own.has(kind));
    this.#mse = new MsePlayback(this.#canvas, { isLive, wanted }, this.#listener);
    this.#mse.isMuted = isMuted;
    return this.#mse;
  }
}
