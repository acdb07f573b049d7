/** Two ways to carry frames, each ending once through `onClosed`, and the link that keeps one of them alive. */

const READY_WITHIN = 8000; // a proxy may accept a socket and swallow its frames
const QUIET = 25000;
const WAIT = 25;
const PAUSE = 400;

export function openSocket(session, after, { onFrame, onClosed }) {
  let [socket, ready, ended, timer] = [];

  function end({ code } = {}) {
    clearTimeout(timer);
    if (ended) return;
    ended = true;
    socket?.close();
    onClosed({ code, ready });
  }

  function patience(milliseconds, then) {
    clearTimeout(timer);
    timer = setTimeout(then, milliseconds);
  }

  const send = (frame) => socket.readyState === 1 && socket.send(JSON.stringify(frame));

  function check() {
    if (!ready) return;
    send({ type: "ping" });
    patience(READY_WITHIN, end);
  }

  patience(READY_WITHIN, end);
  try {
    socket = new WebSocket(session.url(session.current.socket).replace(/^http/, "ws"));
    socket.onopen = () => send({ type: "hello", token: session.current.token, after: after() });
    socket.onclose = end;
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      ready ||= frame.type === "ready";
      if (ready) patience(QUIET, check);
      if (!ended) onFrame(frame);
    };
  } catch {
    patience(0, end); // the page's policy forbids it
  }
  return { send, check, close: end };
}

export function openPolling(session, after, { onFrame, onClosed }) {
  const abort = new AbortController();
  const { signal } = abort;
  const waiting = [];
  let [ready, sending] = [];

  function end({ status, retryAfter } = {}) {
    if (signal.aborted) return;
    abort.abort();
    onClosed({ code: { 401: 4401, 429: 4429 }[status], ready, retryAfter });
  }

  function take({ frames }) {
    for (const frame of frames) {
      if (signal.aborted) return;
      ready ||= frame.type === "ready";
      onFrame(frame);
    }
  }

  async function listen() {
    for (let wait = 0; !signal.aborted; wait = WAIT) {
      take(await session.call(`events?after=${after()}&wait=${wait}`, { signal, timeout: (wait + 15) * 1000 }));
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  async function flush() {
    sending = true;
    while (waiting.length && !signal.aborted) take(await session.call("frames", { body: { frames: waiting.splice(0, 20) }, signal }));
    sending = false;
  }

  function send(frame) {
    waiting.push(frame);
    if (!sending) flush().catch(end);
  }

  listen().catch(end);
  return { polling: true, send, check() {}, close: end };
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30000;
const STABLE = 10000;
const SOCKET_TRIES = 2; // then see whether HTTP gets through
const RETRY_SOCKET = 60000;
const BAD_TOKEN = 4401;
const TOO_MANY = 4429;

export class Link {
  /** "idle", "connecting" (first time), "online" or "waiting" (lost, trying again). */
  state = "idle";
  #carrier = null;
  #attempt = 0;
  #failures = 0;
  #socketFailures = 0;
  #retries = 0;
  #timer = 0;
  #retryTimer = 0;
  #since = 0;

  constructor({ session, memory, after, onConnect, onFrame, onState }) {
    Object.assign(this, { session, memory, after, onConnect, onFrame, onState });
    this.polling = memory.get("blocked");
  }

  start() {
    if (this.state === "idle") this.restart();
  }

  stop() {
    this.#drop();
    this.#become("idle");
  }

  async restart() {
    this.#drop();
    const attempt = this.#attempt;
    this.#become(this.state === "idle" ? "connecting" : this.state === "online" ? "waiting" : this.state);
    try {
      await this.session.ensure();
      if (attempt === this.#attempt) this.#carrier = this.#open(this.polling);
    } catch ({ retryAfter }) {
      if (attempt === this.#attempt) this.#pause(retryAfter);
    }
  }

  wake() {
    if (this.state === "waiting") this.restart();
    else this.#carrier?.check();
  }

  send(frame) {
    if (this.state !== "online") return false;
    this.#carrier.send(frame);
    return true;
  }

  #drop() {
    this.#attempt++;
    clearTimeout(this.#timer);
    clearTimeout(this.#retryTimer);
    this.#carrier?.close();
    this.#carrier = null;
  }

  #become(state) {
    this.state = state;
    this.onState();
  }

  #open(polling, trial = false) {
    const attempt = this.#attempt;
    let greeted = false;
    const onFrame = (frame) => {
      if (attempt !== this.#attempt) return carrier.close();
      if (frame.type === "ready" && !greeted) {
        greeted = true;
        this.#ready(carrier);
      }
      return carrier === this.#carrier && this.onFrame(frame);
    };
    const onClosed = (end) => {
      if (attempt !== this.#attempt) return;
      if (carrier === this.#carrier) this.#lost(end);
      else if (trial) this.#planTrial();
    };
    const carrier = (polling ? openPolling : openSocket)(this.session, this.after, { onFrame, onClosed });
    return carrier;
  }

  #ready(carrier) {
    const old = this.#carrier;
    this.#carrier = carrier;
    if (old !== carrier) old?.close();
    clearTimeout(this.#timer);
    this.#since = Date.now();
    this.polling = carrier.polling;
    if (carrier.polling) {
      this.memory.set("blocked", true);
      this.#planTrial();
    } else {
      this.memory.remove("blocked");
      this.#socketFailures = this.#retries = 0;
    }
    this.#become("online");
    this.onConnect();
  }

  #planTrial() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#open(false, true), RETRY_SOCKET * 2 ** Math.min(this.#retries++, 4));
  }

  #lost({ code, ready, retryAfter }) {
    this.#drop();
    if (code === BAD_TOKEN) this.session.current = null;
    else if (code === TOO_MANY) retryAfter ||= 5;
    else if (this.polling) this.polling = ready;
    else if (!ready && ++this.#socketFailures >= SOCKET_TRIES) {
      this.#socketFailures = 0;
      this.polling = true;
    }
    if (ready && Date.now() - this.#since > STABLE) this.#failures = 0;
    this.#pause(retryAfter);
  }

  #pause(seconds = 0) {
    const longest = Math.min(FIRST_PAUSE * 2 ** this.#failures++, LONGEST_PAUSE);
    if (this.state === "online" || this.#failures > SOCKET_TRIES) this.#become("waiting");
    this.#timer = setTimeout(() => this.restart(), Math.max(seconds * 1000, longest / 2) + (Math.random() * longest) / 2);
  }
}
