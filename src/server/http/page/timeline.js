// Says which moment of a stream is due now.

/** How long a live stream with sound waits, so that its frames arrive in time. Milliseconds. */
const LIVE_DELAY = 120;

/** After a frame that came too late, the stream waits longer by so much more than that. */
const MARGIN = 20;

/** A live stream whose frames all wait longer by so much, for `CHASE_AFTER`, is moved forward. */
const CHASE = 100;
const CHASE_AFTER = 5000;

/** The longest wait for slow decoders, and how long they must be in time before it ends. */
const MOST_DELAY = 1000;
const CALM_AFTER = 30_000;

/** A step of the timestamps by more than this is a new beginning. */
const JUMP = 2000;

/**
 * Maps timestamps to the clock of the page. All times are in milliseconds.
 *
 * A timeline begins with its first frame. A live one without sound has no delay: every frame is due
 * when it arrives. A live one with sound follows its newest frame at a short distance.
 */
export class Timeline {
  #clock;
  #isLive = true;
  #isPaced = false;
  /** The timestamp that is due at 0 of the clock. `null` before the first frame. */
  #origin = null;
  #pausedAt = null;
  /** How far a live stream is held behind its newest frame. */
  #delay = LIVE_DELAY;
  #lateAt = -Infinity;
  #least = Infinity;
  #leastSince = 0;

  constructor(clock = () => performance.now()) {
    this.#clock = clock;
  }

  /** Begins anew. `isPaced` is whether frames wait for their time. */
  begin({ isLive, isPaced }) {
    this.#isLive = isLive;
    this.#isPaced = isPaced;
    this.#origin = null;
    this.#pausedAt = null;
    this.#delay = LIVE_DELAY;
    this.#forgetLeast();
  }

  get isPaced() {
    return this.#isPaced;
  }

  get isPaused() {
    return this.#pausedAt !== null;
  }

  /** Returns the timestamp that is due now. */
  now() {
    if (!this.#isPaced) return Infinity;
    if (this.#origin === null) return -Infinity;
    return this.#origin + (this.#pausedAt ?? this.#clock());
  }

  /** Notes that a frame has arrived. The first one starts the timeline. */
  arrived(timestamp) {
    if (!this.#isPaced || this.isPaused) return;
    if (this.#origin === null) {
      this.#set(timestamp - (this.#isLive ? this.#delay : 0));
    } else if (this.#isLive) {
      this.#follow(timestamp - this.now(), timestamp);
    }
  }

  /** Notes that a decoder was so many milliseconds too late. A live stream waits longer then. */
  late(by) {
    if (!this.#isLive || !this.#isPaced || this.#origin === null || this.isPaused) return;
    this.#lateAt = this.#clock();
    const more = Math.min(by + MARGIN, MOST_DELAY - this.#delay);
    this.#delay += more;
    this.#origin -= more;
  }

  /** Makes a timestamp due now, after a seek. */
  seek(timestamp) {
    this.#set(timestamp);
    if (this.isPaused) this.#pausedAt = this.#clock();
  }

  pause() {
    this.#pausedAt ??= this.#clock();
  }

  resume() {
    if (this.#pausedAt === null) return;
    if (this.#origin !== null) this.#origin -= this.#clock() - this.#pausedAt;
    this.#pausedAt = null;
    // Meanwhile a live stream went on.
    if (this.#isLive) this.#origin = null;
  }

  /** Keeps the distance to the newest frame. `ahead` is how long that frame would wait. */
  #follow(ahead, timestamp) {
    if (Math.abs(ahead) > JUMP) this.#set(timestamp - this.#delay);
    else if (ahead < 0) this.#set(timestamp - MARGIN);
    this.#least = Math.min(this.#least, ahead);
    if (this.#clock() - this.#leastSince < CHASE_AFTER) return;
    if (this.#clock() - this.#lateAt > CALM_AFTER) this.#delay = LIVE_DELAY;
    if (this.#least > this.#delay + CHASE) this.#origin += this.#least - this.#delay;
    this.#forgetLeast();
  }

  #set(due) {
    this.#origin = due - this.#clock();
    this.#forgetLeast();
  }

  #forgetLeast() {
    this.#least = Infinity;
    this.#leastSince = this.#clock();
  }
}
