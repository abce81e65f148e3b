// The client of a rendercast server: plays streams, calls procedures, and is called.
//
//     import { connect } from "/_/client.js";
//
//     const client = connect("/live");
//     client.play("scene", document.querySelector("canvas"));
//     await client.call("move_camera", 10, 0);
//     client.on("set_title", (title) => { document.title = title; });

import { Player } from "./player.js";
import { ControlSocket } from "./socket.js";

/**
 * Connects to an application, and again whenever the connection is lost.
 *
 * `url` is `/live`, or whole as in `wss://example.com/live?token=1`. Relative URLs are those of the
 * page.
 */
export function connect(url) {
  return new Client(webSocketUrl(url, globalThis.location?.href));
}

/** Returns the URL of the WebSocket, with `ws:` instead of `http:`. */
export function webSocketUrl(url, base) {
  const result = new URL(url, base);
  result.protocol = result.protocol.replace(/^http/, "ws");
  result.hash = "";
  return result.href;
}

/** A connection to an application. At most one stream plays on it at a time. */
export class Client {
  #socket;
  #handlers = new Map();
  #stateListeners = [];
  #player = null;

  /** `url` begins with `ws:` or `wss:`. */
  constructor(url, WebSocketClass = globalThis.WebSocket) {
    this.#socket = new ControlSocket(url, this.#listener(), WebSocketClass);
    this.#socket.open();
  }

  /**
   * Calls a procedure of the application. Returns a promise of its result. It is rejected with an
   * error that has `code` and `message`.
   */
  call(name, ...args) {
    return this.#socket.request({ call: name, args });
  }

  /**
   * Answers calls of the application by that name with what `handler` returns, also as a promise.
   * A handler that is set later replaces it. `null` removes it.
   */
  on(name, handler) {
    if (handler) this.#handlers.set(name, handler);
    else this.#handlers.delete(name);
  }

  /**
   * Calls `listener` with the state of the connection and the server's reason: `connecting`,
   * `open`, `waiting`, `refused` or `closed`.
   */
  onState(listener) {
    this.#stateListeners.push(listener);
  }

  /**
   * Shows a stream on a canvas, which takes the size of the picture. Replaces the stream that
   * plays. Returns the `Player`.
   *
   * After a loss of the connection the stream plays again.
   */
  play(name, canvas, options = {}) {
    this.#player?.stop();
    this.#player = new Player(this.#socket, name, canvas, options);
    if (this.#socket.isOpen) this.#player.begin();
    return this.#player;
  }

  /** Ends the stream and the connection. */
  close() {
    this.#player?.stop();
    this.#player = null;
    this.#socket.close();
  }

  #listener() {
    return {
      state: (state, reason) => {
        if (state === "open") this.#player?.begin();
        else this.#player?.interrupt(state, reason);
        for (const listener of this.#stateListeners) listener(state, reason);
      },
      event: (message) => this.#player?.event(message),
      media: (bytes) => this.#player?.media(bytes),
      called: (name, args) => {
        const handler = this.#handlers.get(name);
        if (!handler) throw new Error(`The page has no procedure "${name}".`);
        return handler(...args);
      },
    };
  }
}
