/**
 * Keeps one connection to the service alive: reconnects with growing, jittered pauses, falls back to polling where
 * WebSockets are blocked and returns to them when they work again.
 */
import { openPolling } from "./polling.js";
import { openSocket } from "./socket.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30000;
const STABLE = 10000; // a connection that lived this long starts the pauses anew
const SOCKET_TRIES = 2; // then see whether HTTP gets through
const RETRY_SOCKET = 60000; // first pause before another try at a socket while polling; doubles
const BAD_TOKEN = 4401;
const TOO_MANY = 4429;

export class Link {
  /** "idle", "connecting" (first time), "online" or "waiting" (lost, trying again). */
  state = "idle";
  #carrier = null;
  #attempt = 0;
  #failures = 0;
  #socketFailures = 0;
  #socketRetries = 0;
  #timer = 0;
  #upgradeTimer = 0;
  #since = 0;

  /** `after()` is the highest seq this page has; `memory` remembers for this tab that sockets are blocked. */
  constructor({ api, session, memory, after, onFrame, onState }) {
    Object.assign(this, { api, session, memory, after, onFrame, onState });
    this.polling = Boolean(memory.get("blocked"));
  }

  start() {
    if (this.state === "idle") this.#connect();
  }

  /** Ends the connection until the next `start`. */
  stop() {
    this.#drop();
    this.#become("idle");
  }

  /** Connects anew at once, for example with another token or to read from another message on. */
  restart() {
    this.#drop();
    this.#connect();
  }

  /** The network or the page came back: try at once, or make sure the connection still lives. */
  wake() {
    if (this.state === "waiting") this.restart();
    else this.#carrier?.check();
  }

  /** Sends if connected; what must not get lost is kept by the outbox. Returns whether it was handed over. */
  send(frame) {
    if (this.state !== "online") return false;
    this.#carrier.send(frame);
    return true;
  }

  #drop() {
    this.#attempt++;
    clearTimeout(this.#timer);
    clearTimeout(this.#upgradeTimer);
    const carrier = this.#carrier;
    this.#carrier = null;
    carrier?.close();
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.onState(state);
  }

  async #connect() {
    const attempt = ++this.#attempt;
    if (this.state === "idle") this.#become("connecting");
    else if (this.state === "online") this.#become("waiting");
    try {
      await this.session.ensure();
    } catch (error) {
      if (attempt === this.#attempt) this.#pause(error.retryAfter);
      return;
    }
    if (attempt === this.#attempt) this.#carrier = this.#open(this.polling, attempt);
  }

  #open(polling, attempt, upgrade = false) {
    const handlers = {
      onFrame: (frame) => {
        if (attempt !== this.#attempt) return;
        if (frame.type === "ready") this.#ready(carrier, upgrade);
        if (carrier === this.#carrier) this.onFrame(frame);
      },
      onClosed: (end) => {
        if (attempt !== this.#attempt) return;
        if (carrier === this.#carrier) this.#lost(carrier, end);
        else if (upgrade) this.#planUpgrade();
      },
    };
    const token = () => this.session.token;
    const carrier = polling
      ? openPolling(this.api, token, this.after, handlers)
      : openSocket(this.#socketUrl(), () => ({ type: "hello", token: token(), after: this.after() }), handlers);
    return carrier;
  }

  #socketUrl() {
    return this.api.url(this.session.current.socket).replace(/^http/, "ws");
  }

  #ready(carrier, upgrade) {
    if (upgrade && carrier !== this.#carrier) {
      const old = this.#carrier;
      this.#carrier = carrier;
      this.polling = false;
      old?.close();
    }
    if (carrier.kind === "socket") {
      this.#socketFailures = this.#socketRetries = 0;
      this.memory.remove("blocked");
    } else if (!this.memory.get("blocked")) {
      this.memory.set("blocked", true);
    }
    if (this.state !== "online") {
      this.#since = Date.now();
      if (carrier.kind === "polling") this.#planUpgrade();
    }
    this.#become("online");
  }

  #planUpgrade() {
    const pause = Math.min(RETRY_SOCKET * 2 ** this.#socketRetries++, 16 * RETRY_SOCKET);
    clearTimeout(this.#upgradeTimer);
    this.#upgradeTimer = setTimeout(() => this.#open(false, this.#attempt, true), pause);
  }

  #lost(carrier, { code, ready, retryAfter }) {
    this.#carrier = null;
    clearTimeout(this.#upgradeTimer);
    if (code === BAD_TOKEN) this.session.expire();
    if (ready && Date.now() - this.#since > STABLE) this.#failures = 0;
    if (carrier.kind === "polling") {
      this.polling = ready || code === TOO_MANY;
    } else if (!ready && code !== BAD_TOKEN && code !== TOO_MANY && ++this.#socketFailures >= SOCKET_TRIES) {
      this.#socketFailures = 0;
      this.polling = true;
    }
    this.#pause(retryAfter || (code === TOO_MANY ? 5 : 0));
  }

  #pause(seconds = 0) {
    const longest = Math.min(FIRST_PAUSE * 2 ** this.#failures++, LONGEST_PAUSE);
    const pause = Math.max(seconds * 1000, longest / 2) + (Math.random() * longest) / 2;
    if (this.state !== "connecting" || this.#failures > SOCKET_TRIES) this.#become("waiting");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), pause);
  }
}
