/** The conversation as this page knows it, without the DOM. Emits "change", and "notice" with a text for the customer. */
import { Link } from "./link.js";
import { Outbox, Session, Store } from "./store.js";

const TYPING_EVERY = 3000;
const TYPING_LASTS = 8000;
const GAP_PATIENCE = 2000; // a missing message may just be late
const NOBODY = { owner: "bot", state: "bot" };

export class Client extends EventTarget {
  messages = [];
  conversation = NOBODY;
  since = 0;
  typing = null;
  agentSeen = 0;
  limits = { text: 4000, file_bytes: 10485760, file_types: [] };
  helpful = new Map();
  answered = new Set();
  #settled = new Map(); // stored, but its message has not arrived
  #known = null;
  #last = 0; // everything up to this seq is here
  #readyLast = 0;
  #complete = true; // false: only the unread was asked for
  #typedAt = 0;
  #timers = {};
  #scheduled = false;

  constructor(base, describe, signal) {
    super();
    const prefix = `frontdoor:${base}:`;
    const changed = () => this.#changed();
    this.store = new Store(prefix, "localStorage");
    this.tab = new Store(prefix, "sessionStorage");
    this.session = new Session(base, this.store, describe);
    this.outbox = new Outbox(this.store, (frame) => this.link.send(frame), changed, signal);
    this.link = new Link({
      session: this.session,
      memory: this.tab,
      after: () => this.#last,
      onConnect: () => queueMicrotask(() => this.outbox.connected()),
      onFrame: (frame) => this.#receive(frame),
      onState: changed,
    });
    this.store.watch((...change) => this.#otherTab(...change), signal);
    signal.addEventListener("abort", () => this.link.stop());
  }

  get seen() {
    return this.store.get("seen") ?? 0;
  }

  get unread() {
    const { seen } = this;
    return this.messages.filter(({ seq, author }) => seq > seen && author !== "customer").length;
  }

  get loading() {
    const { state } = this.link;
    return state === "online" ? this.#last < this.#readyLast : state === "connecting" && this.session.kept;
  }

  /** Messages, then what waits; `key` stays the same from the first try to the stored message. */
  timeline() {
    const waiting = [...this.#settled.values(), ...this.outbox.list()].filter(({ frame }) => frame.type !== "action");
    const pending = waiting.map(({ frame, show, at, failed, stored }) => ({
      key: frame.client_id,
      at,
      author: "customer",
      text: frame.text ?? frame.title,
      attachments: show.attachments,
      failed,
      status: failed ? "failed" : stored ? "stored" : "sending",
    }));
    return [...this.messages, ...pending];
  }

  /** Resumes a conversation with what is unread: the page may never open the chat. */
  start(identified) {
    const { kept } = this.session;
    if (!kept && !identified) return;
    this.#known = kept?.conversation;
    this.#last = this.seen;
    this.#complete = !this.#last;
    this.link.start();
  }

  open() {
    if (this.#complete) return this.link.start();
    this.#complete = true;
    this.#last = 0;
    return this.link.restart();
  }

  send(text, attachments = []) {
    const ids = attachments.map(({ id }) => id);
    this.#typedAt = 0;
    this.outbox.add({ type: "message", text, ...(ids[0] && { attachments: ids }) }, { attachments });
    this.open();
  }

  press({ token, title }) {
    this.outbox.add({ type: "button", token, title });
  }

  /** `about`: id of the message whose question this answers. */
  act(action, details, about) {
    if (about) this.answered.add(about);
    if (action === "feedback") this.helpful.set(details.message_id, details.helpful);
    this.outbox.add({ type: "action", action, ...details }, { about });
    this.open();
  }

  acting(action) {
    return this.outbox.list().some(({ frame }) => frame.action === action);
  }

  type(on) {
    if (on ? Date.now() - this.#typedAt < TYPING_EVERY : !this.#typedAt) return;
    this.#typedAt = on && Date.now();
    this.link.send({ type: "typing", on });
  }

  markSeen() {
    const last = this.messages.at(-1)?.seq;
    if (!(last > this.seen) || this.loading) return;
    this.store.set("seen", last);
    this.link.send({ type: "seen", seq: last });
    this.#changed();
  }

  async identify(identity) {
    this.session.current = null;
    if (identity) {
      await this.session.ensure();
      return this.link.restart();
    }
    this.store.remove("session");
    this.outbox.list().forEach(({ frame }) => this.outbox.settle(frame.client_id));
    this.#reset();
    return this.link.stop();
  }

  #receive(frame) {
    const { type, message, conversation, client_id, seq } = frame;
    if (type === "ready") this.#ready(frame);
    else if (type === "message") this.#message(message);
    else if (type === "state") this.#owned(conversation);
    else if (type === "typing") this.#typing(frame.on && frame);
    else if (type === "seen") this.agentSeen = Math.max(this.agentSeen, seq);
    else if (type === "error") this.#refused(frame);
    else if (type === "ack") this.#stored(this.outbox.settle(client_id), seq);
    this.#changed();
  }

  #ready({ conversation, seen, last }) {
    const { conversation_id, limits } = this.session.current;
    Object.assign(this.limits, limits);
    if (this.#known !== conversation_id) {
      const late = this.#last;
      if (this.#known) this.#reset();
      this.#known = conversation_id;
      if (this.#last < late) return this.link.restart();
    }
    this.#readyLast = last;
    this.#owned(conversation);
    if (seen > this.seen) this.store.set("seen", seen);
    else if (seen < this.seen) this.link.send({ type: "seen", seq: Math.min(this.seen, last) });
    return undefined;
  }

  #owned(conversation) {
    if (conversation.owner !== this.conversation.owner) this.#typing(null);
    this.conversation = conversation;
    this.since = Date.now();
  }

  #message(message) {
    const { id, seq, client_id, author } = message;
    if (client_id) {
      this.#settled.delete(client_id);
      this.outbox.settle(client_id);
    } else this.#typing(null);
    if (author === "agent" || author === "bot") this.agentSeen = Math.max(this.agentSeen, seq - 1);
    const place = this.messages.findLastIndex((each) => each.seq <= seq);
    const same = this.messages[place]?.seq === seq;
    this.messages.splice(same ? place : place + 1, same ? 1 : 0, { ...message, key: client_id || id });
    if (seq <= this.#readyLast) this.#last = Math.max(this.#last, seq);
    for (const each of this.messages) if (each.seq === this.#last + 1) this.#last++;
    if (seq > this.#last) this.#later("gap", GAP_PATIENCE, () => this.messages.at(-1).seq > this.#last && this.link.restart());
  }

  /** The bubble stays until the message arrives, which may be never. */
  #stored(entry, seq) {
    const client_id = entry?.frame.client_id;
    if (!entry || !seq || this.messages.some((message) => message.client_id === client_id)) return;
    this.#settled.set(client_id, { ...entry, stored: true });
    this.#later(client_id, TYPING_LASTS, () => this.#settled.delete(client_id) && this.#changed());
  }

  #refused({ client_id, retry_after, message, ...rest }) {
    const entry = client_id && this.outbox.fail({ client_id, retry_after, message, ...rest });
    if (retry_after) return;
    this.answered.delete(entry?.show.about);
    this.helpful.delete(entry?.frame.message_id);
    if (!client_id || entry?.frame.type === "action") this.dispatchEvent(new CustomEvent("notice", { detail: message }));
  }

  #typing(who) {
    this.typing = who;
    this.#later("typing", TYPING_LASTS, () => this.#receive({ type: "typing" }));
  }

  #otherTab(key, before, now) {
    if (key === "session" && now?.conversation !== this.session.kept?.conversation) return;
    if (key === "session" && !now) {
      this.session.current = null;
      this.#reset();
      this.link.stop();
    } else if (key === "session" && this.session.current && now.conversation !== this.session.current.conversation_id) {
      this.session.current = null;
      this.link.restart();
    } else if (now?.tab === "") this.outbox.takeOver();
    else if (before?.frame && !now && !before.failed) this.#stored(before, 1);
    this.#changed();
  }

  #reset() {
    this.messages = [];
    this.#settled.clear();
    this.conversation = NOBODY;
    this.#last = this.#readyLast = this.agentSeen = 0;
    this.#complete = true;
    this.store.remove("seen");
    for (const { frame } of this.outbox.list()) if (frame.type !== "message") this.outbox.settle(frame.client_id);
  }

  #later(name, milliseconds, then) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(then, milliseconds);
  }

  #changed() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.dispatchEvent(new Event("change"));
    });
  }
}
