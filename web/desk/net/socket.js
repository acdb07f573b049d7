/**
 * The live connection. It reconnects by itself, with growing and scattered pauses, at once when the network or the window
 * comes back, and notices a silently dead line by a missing `pong`. What was missed meanwhile is the listener's to fetch.
 */

import { socketAddress } from "./api.js";

const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000];
const PING_EVERY = 20_000;
const PONG_WITHIN = 10_000;
const SLOW_DOWN = 4429;
const SESSION_OVER = new Set([4401, 4403]);

export class LiveSocket {
  #listener;
  #socket = null;
  #attempt = 0;
  #timers = { retry: 0, ping: 0, pong: 0 };
  #wanted = false;

  /** `listener`: `frame(frame)`, `up()`, `down(retryAt)` (ms), `over()` when the server ended the session. */
  constructor(listener) {
    this.#listener = listener;
    addEventListener("online", () => this.retry());
    addEventListener("offline", () => this.#socket?.readyState === WebSocket.OPEN && this.#ping());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#wake());
  }

  open() {
    this.#wanted = true;
    this.#attempt = 0;
    this.#connect();
  }

  close() {
    this.#wanted = false;
    this.#drop();
  }

  /** Connects now instead of after the pause. */
  retry() {
    if (this.#wanted && this.#socket === null) this.#connect();
  }

  /** Closes and connects again, so that the server sees what changed (the language). */
  restart() {
    if (!this.#wanted) return;
    this.#drop();
    this.#connect();
  }

  /** False when there is no line; nothing is queued, because only passing things (typing, seen) are sent here. */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #connect() {
    this.#drop();
    const socket = new WebSocket(socketAddress());
    this.#socket = socket;
    socket.addEventListener("message", (event) => this.#received(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#socket === socket && this.#closed(event.code));
  }

  #received(frame) {
    clearTimeout(this.#timers.pong);
    if (frame.type === "ready") {
      this.#attempt = 0;
      this.#timers.ping = setInterval(() => this.#ping(), PING_EVERY);
      this.#listener.up();
    }
    this.#listener.frame(frame);
  }

  #closed(code) {
    this.#drop();
    if (SESSION_OVER.has(code)) {
      this.#wanted = false;
      this.#listener.over();
      return;
    }
    const step = code === SLOW_DOWN ? PAUSES.length - 1 : Math.min(this.#attempt, PAUSES.length - 1);
    const pause = PAUSES[step] * (0.75 + Math.random() / 2);
    this.#attempt += 1;
    this.#timers.retry = setTimeout(() => this.#connect(), pause);
    this.#listener.down(Date.now() + pause);
  }

  #ping() {
    this.send({ type: "ping" });
    clearTimeout(this.#timers.pong);
    this.#timers.pong = setTimeout(() => this.#closed(0), PONG_WITHIN);
  }

  /** A laptop that slept has timers and a socket of unknown health. */
  #wake() {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ping();
    else this.retry();
  }

  #drop() {
    clearTimeout(this.#timers.retry);
    clearInterval(this.#timers.ping);
    clearTimeout(this.#timers.pong);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
