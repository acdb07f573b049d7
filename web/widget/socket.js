/** Carries frames over one WebSocket. Ends once, through `onClosed`; the link decides what comes next. */

const READY_WITHIN = 8000; // a proxy may accept the socket and swallow its frames
const QUIET = 25000; // after this much silence ask whether the other side is still there
const ANSWER_WITHIN = 8000;

/** `hello()` gives the first frame; `onClosed({code, ready})` tells the close code and whether `ready` ever came. */
export function openSocket(url, hello, { onFrame, onClosed }) {
  let socket = null;
  let ready = false;
  let ended = false;
  let timer = 0;

  function end(code) {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    onClosed({ code, ready });
  }

  function expect(milliseconds, then) {
    clearTimeout(timer);
    timer = setTimeout(then, milliseconds);
  }

  const send = (frame) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(frame));

  function check() {
    if (!ready) return;
    send({ type: "ping" });
    expect(ANSWER_WITHIN, () => end(0));
  }

  expect(READY_WITHIN, () => end(0));
  try {
    socket = new WebSocket(url);
    socket.onopen = () => send(hello());
    socket.onclose = (event) => end(event.code);
    socket.onmessage = (event) => {
      const frame = JSON.parse(event.data);
      ready ||= frame.type === "ready";
      if (ready) expect(QUIET, check);
      onFrame(frame);
    };
  } catch {
    expect(0, () => end(0)); // the page's policy forbids the socket
  }
  return { kind: "socket", send, check, close: () => end(1000) };
}
