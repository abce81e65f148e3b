// The control socket: JSON requests and events, media in binary frames, and reconnecting.

/** The first wait before a new attempt, and the longest one, in milliseconds. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

/** After a connection of this length, the next wait is short again. */
const STABLE_AFTER = 10_000;

/** The time within which the server must answer a request, in milliseconds. */
const ANSWER_WITHIN = 15_000;

/** More requests without an answer are refused. */
const MOST_REQUESTS = 256;

/** The code with which a server closes that refuses access. Another attempt would be in vain. */
const REFUSED = 4403;

/** An answer of the server that is an error, or a request that got none. */
export class RequestError extends Error {
  constructor(code, description) {
    super(description || code);
    this.code = code;
  }
}

/**
 * A WebSocket that connects again after it was closed.
 *
 * `listener` has the methods `state(state, reason)`, `event(message)`, `called(name, args)` and
 * `media(bytes)`. The states are `connecting`, `open`, `waiting` (for the next attempt), `refused`
 * and `closed`.
 */
export class ControlSocket {
  #url;
  #listener;
  #WebSocket;
  #socket = null;
  #pending = new Map();
  #lastId = 0;
  #wait = FIRST_WAIT;
  #retry = null;
  #openedAt = 0;
  #refusal = null;

  /** `url` begins with `ws:` or `wss:`. */
  constructor(url, listener, WebSocketClass = globalThis.WebSocket) {
    this.#url = url;
    this.#listener = listener;
    this.#WebSocket = WebSocketClass;
  }

  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  /** Connects, unless it is connected already. */
  open() {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#refusal = null;
    this.#listener.state("connecting", "");
    const socket = new this.#WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
    this.#socket = socket;
  }

  /** Ends the connection, and connects no more. */
  close() {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
    this.#fail("The connection was closed.");
    this.#listener.state("closed", "");
  }

  /**
   * Sends a request such as `{call: "move_camera", args: [1, 2]}`. Returns a promise of its result.
   * It is rejected with a `RequestError` if the answer is an error, if none comes in time, and if
   * there is no connection.
   */
  request(message) {
    if (!this.isOpen) return Promise.reject(lost("There is no connection to the server."));
    if (this.#pending.size >= MOST_REQUESTS) {
      return Promise.reject(lost("The server answers too slowly."));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    this.#socket.send(JSON.stringify({ id, ...message }));
    return new Promise((resolve, reject) => {
      const late = () => this.#answer(id, { lost: lost("The server did not answer in time.") });
      const timer = setTimeout(late, ANSWER_WITHIN);
      this.#pending.set(id, { resolve, reject, timer });
    });
  }

  /** Sends a message that has no answer. Does nothing if there is no connection. */
  send(message) {
    if (this.isOpen) this.#socket.send(JSON.stringify(message));
  }

  #opened() {
    this.#openedAt = Date.now();
    this.#listener.state("open", "");
  }

  #received(data) {
    if (typeof data !== "string") {
      this.#listener.media(new Uint8Array(data));
      return;
    }
    const message = JSON.parse(data);
    if ("call" in message) this.#called(message);
    else if ("event" in message) this.#event(message);
    else this.#answer(message.id, message);
  }

  #event(message) {
    if (message.event === "error") this.#refusal = message.description;
    this.#listener.event(message);
  }

  /** Answers a call of the server, if it wants an answer. */
  async #called({ id, call, args }) {
    let answer;
    try {
      answer = { id, result: (await this.#listener.called(call, args ?? [])) ?? null };
    } catch (error) {
      answer = { id, error: { code: "NetConnection.Call.Failed", description: error.message } };
    }
    if (id) this.send(answer);
  }

  #answer(id, message) {
    const request = this.#pending.get(id);
    if (!request) return;
    this.#pending.delete(id);
    clearTimeout(request.timer);
    if (message.lost) request.reject(message.lost);
    else if ("error" in message) request.reject(errorOf(message.error));
    else request.resolve(message.result);
  }

  #closed(code, reason) {
    this.#socket = null;
    this.#fail("The connection to the server was lost.");
    if (code === REFUSED) {
      this.#listener.state("refused", reason || this.#refusal || "");
      return;
    }
    if (this.#openedAt && Date.now() - this.#openedAt > STABLE_AFTER) this.#wait = FIRST_WAIT;
    this.#openedAt = 0;
    // Clients of one server must not all come back at the same moment.
    const wait = this.#wait * (0.75 + Math.random() / 2);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    this.#retry = setTimeout(() => this.open(), wait);
    this.#listener.state("waiting", reason);
  }

  #fail(description) {
    for (const id of [...this.#pending.keys()]) this.#answer(id, { lost: lost(description) });
  }
}

function lost(description) {
  return new RequestError("NetConnection.Connect.Closed", description);
}

function errorOf(error) {
  if (error && typeof error === "object") return new RequestError(error.code, error.description);
  return new RequestError("NetConnection.Call.Failed", String(error));
}
