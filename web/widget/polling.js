/** Carries the same frames over HTTP, with the interface of socket.js, where WebSockets are blocked. */

const WAIT = 25; // seconds the service may hold a question open
const PAUSE = 400; // ms between questions, in case the service does not hold them
const CODES = { 401: 4401, 429: 4429 };

/** `token()` and `after()` give the current values for each question. */
export function openPolling(api, token, after, { onFrame, onClosed }) {
  const abort = new AbortController();
  const waiting = [];
  let ready = false;
  let ended = false;
  let sending = false;

  function end(error) {
    if (ended) return;
    ended = true;
    abort.abort();
    onClosed({ code: CODES[error?.status] ?? (error ? 0 : 1000), ready, retryAfter: error?.retryAfter });
  }

  async function listen() {
    for (let wait = 0; !ended; wait = WAIT) {
      const { frames } = await api.call(`events?after=${after()}&wait=${wait}`, {
        token: token(),
        signal: abort.signal,
        timeout: (wait + 15) * 1000,
      });
      for (const frame of frames) {
        if (ended) return;
        ready ||= frame.type === "ready";
        onFrame(frame);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  async function flush() {
    sending = true;
    while (waiting.length && !ended) {
      const frames = waiting.splice(0, 20);
      const answer = await api.call("frames", { method: "POST", token: token(), body: { frames }, signal: abort.signal });
      if (!ended) answer.frames.forEach(onFrame);
    }
    sending = false;
  }

  function send(frame) {
    waiting.push(frame);
    if (!sending) queueMicrotask(() => sending || flush().catch(end));
  }

  listen().catch(end);
  return { kind: "polling", send, check() {}, close: () => end(null) };
}
