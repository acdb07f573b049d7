/**
 * The conversation as this page knows it: messages, what waits to be sent, who owns it, what is unread.
 *
 * Emits "change" (at most once per turn of the event loop) and "notice" (a text for the customer). Knows nothing of the DOM.
 */
import { Api } from "./api.js";
import { Link } from "./link.js";
import { Outbox } from "./outbox.js";
import { Session } from "./session.js";
import { Store } from "./store.js";

const TYPING_EVERY = 3000;
const TYPING_LASTS = 8000; // an "on" without "off" ends by itself
const GAP_PATIENCE = 2000; // a missing message may just be late; then ask again from there on
const NOBODY = { owner: "bot", state: "bot", position: null, wait_seconds: null, agent: null, ticket: "", email: "", opens_at: null };

export class Client extends EventTarget {
  messages = []; // by seq, without doubles
  conversation = NOBODY;
  since = Date.now(); // when `conversation` arrived: waiting times count from there
  typing = null; // {author, name} while the other side writes
  agentSeen = 0;
  limits = { text: 4000, file_bytes: 10485760, file_types: [] };
  helpful = new Map(); // message id → what this page answered
  answered = new Set(); // ids of messages whose question this page answered
  #settled = new Map(); // client id → entry the service has, until its message arrives
  #known = null; // id of the conversation `messages` belongs to
  #last = 0; // everything up to this seq is here
  #readyLast = 0;
  #complete = true; // false: only what was unread has been asked for
  #typedAt = 0;
  #timers = {};
  #scheduled = false;

  /** `base`: folder of widget.js; `describe()`: see Session. */
  constructor(base, describe) {
    super();
    const { host, pathname } = new URL(base);
    this.store = new Store(`frontdoor:${host}${pathname}:`, "localStorage");
    this.tabStore = new Store(this.store.prefix, "sessionStorage");
    this.api = new Api(base);
    this.session = new Session(this.api, this.store, describe);
    this.outbox = new Outbox(this.store, (frame) => this.link.send(frame), () => this.#changed());
    this.link = new Link({
      api: this.api,
      session: this.session,
      memory: this.tabStore,
      after: () => this.#last,
      onFrame: (frame) => this.#receive(frame),
      onState: () => this.#changed(),
    });
    this.unwatch = this.store.watch((...change) => this.#otherTab(...change));
  }

  get seen() {
    return this.store.get("seen") ?? 0;
  }

  /** Messages from the other side that nobody has looked at. */
  get unread() {
    const { seen } = this;
    return this.messages.filter(({ seq, author }) => seq > seen && author !== "customer").length;
  }

  /** Whether the history is still on its way, so that nothing should be shown as new. */
  get loading() {
    return this.#last < this.#readyLast || (this.session.known && this.link.state === "connecting");
  }

  /** Everything the log shows: messages, then what waits. Each has `key`, stable from first try to stored message. */
  timeline() {
    const waiting = [...this.#settled.values(), ...this.outbox.list()].filter(({ frame }) => frame.type !== "action");
    return [
      ...this.messages,
      ...waiting.map(({ frame, show, at, failed, stored }) => ({
        key: frame.client_id,
        client_id: frame.client_id,
        at,
        author: "customer",
        text: frame.text ?? frame.title ?? "",
        attachments: show.attachments ?? [],
        failed,
        status: failed ? "failed" : stored ? "stored" : "sending",
      })),
    ];
  }

  /** Connects if there is a conversation to resume, asking only for what is unread: the page may never open the chat. */
  start(hasIdentity) {
    if (!this.session.known && !hasIdentity) return;
    this.#known = this.store.get("session")?.conversation;
    this.#last = this.seen;
    this.#complete = this.#last === 0;
    this.link.start();
  }

  stop() {
    this.unwatch();
    this.outbox.stop();
    this.link.stop();
    Object.values(this.#timers).forEach(clearTimeout);
  }

  /** The chat is about to be shown: connect, and fetch the whole history. */
  open() {
    if (this.#complete) return this.link.start();
    this.#complete = true;
    this.#last = 0;
    return this.link.state === "idle" ? this.link.start() : this.link.restart();
  }

  /** Sends a message; `attachments` are answers of `upload`. */
  send(text, attachments = []) {
    const ids = attachments.map(({ id }) => id);
    this.outbox.add({ type: "message", text, ...(ids.length && { attachments: ids }) }, { attachments });
    this.#typedAt = 0;
    this.open();
  }

  press(button) {
    this.outbox.add({ type: "button", token: button.token, title: button.title });
  }

  /** `action` with its arguments; `about` is the id of the message whose question this answers. */
  act(action, details = {}, about = "") {
    if (about) this.answered.add(about);
    if (action === "feedback") this.helpful.set(details.message_id, details.helpful);
    this.outbox.add({ type: "action", action, ...details }, { about });
    this.open();
  }

  /** Whether an action of this name waits for its acknowledgement. */
  acting(action) {
    return this.outbox.list().some(({ frame }) => frame.action === action);
  }

  /** The customer is writing, or has stopped. */
  type(on) {
    const now = Date.now();
    if (on ? now - this.#typedAt < TYPING_EVERY : !this.#typedAt) return;
    this.#typedAt = on ? now : 0;
    this.link.send({ type: "typing", on });
  }

  /** The customer has everything in view. */
  markSeen() {
    const last = this.messages.at(-1)?.seq ?? 0;
    if (last <= this.seen || this.loading) return;
    this.store.set("seen", last);
    this.link.send({ type: "seen", seq: last });
    this.#changed();
  }

  /** Uploads a file. Throws `ApiError`. */
  async upload(file, onProgress, signal) {
    for (let tries = 0; ; tries++) {
      await this.session.ensure();
      try {
        return await this.api.upload(file, this.session.token, onProgress, signal);
      } catch (error) {
        if (error.status !== 401 || tries) throw error;
        this.session.expire();
      }
    }
  }

  /** The site tells who its visitor is, or with `forget` that they have left. */
  async identify({ forget = false } = {}) {
    if (forget) {
      this.session.forget();
      this.outbox.clear();
      this.#reset();
      return this.link.stop();
    }
    this.session.expire();
    const before = this.store.get("session")?.conversation;
    const { conversation_id } = await this.session.ensure();
    if (before && before !== conversation_id) this.#reset();
    return this.link.restart();
  }

  #receive(frame) {
    const handlers = {
      ready: () => this.#ready(frame),
      message: () => this.#message(frame.message),
      ack: () => this.#acknowledged(frame),
      error: () => this.#refused(frame),
      state: () => this.#own(frame.conversation),
      typing: () => this.#typing(frame.on ? frame : null),
      seen: () => (this.agentSeen = Math.max(this.agentSeen, frame.seq)),
    };
    handlers[frame.type]?.();
    this.#changed();
  }

  #ready({ conversation, seen, last }) {
    const { conversation_id, limits } = this.session.current;
    this.limits = { ...this.limits, ...limits };
    if (this.#known !== conversation_id) {
      const missed = this.#last > 0; // this connection asked only for what comes after the old conversation's end
      if (this.#known) this.#reset();
      this.#known = conversation_id;
      if (missed && this.#last === 0) return this.link.restart();
    }
    this.#readyLast = last;
    this.#own(conversation);
    if (seen > this.seen) this.store.set("seen", seen);
    else if (this.seen > seen) this.link.send({ type: "seen", seq: Math.min(this.seen, last) });
    queueMicrotask(() => this.outbox.resume());
    return undefined;
  }

  #own(conversation) {
    this.conversation = { ...NOBODY, ...conversation };
    this.since = Date.now();
  }

  #message(message) {
    const { seq, client_id, author } = message;
    if (client_id) {
      this.#settled.delete(client_id);
      this.outbox.settle(client_id);
    }
    if (author !== "customer") this.#typing(null);
    if (author === "agent" || author === "bot") this.agentSeen = Math.max(this.agentSeen, seq - 1);
    const shown = { key: client_id || message.id, ...message };
    const place = this.messages.findLastIndex((each) => each.seq <= seq);
    if (this.messages[place]?.seq === seq) this.messages[place] = shown;
    else this.messages.splice(place + 1, 0, shown);
    this.#advance(seq);
  }

  /** Moves the mark up to which everything is here. Live messages that leave a gap are asked for again. */
  #advance(seq) {
    if (seq <= this.#last) return;
    if (seq <= this.#readyLast || seq === this.#last + 1) {
      this.#last = seq;
      for (const each of this.messages) if (each.seq === this.#last + 1) this.#last++;
      return;
    }
    this.#after("gap", GAP_PATIENCE, () => this.messages.at(-1)?.seq > this.#last && this.link.restart());
  }

  #acknowledged({ client_id, seq }) {
    const entry = this.outbox.settle(client_id);
    if (entry && seq > 0 && !this.messages.some((message) => message.client_id === client_id)) this.#keep(entry);
  }

  #keep(entry) {
    this.#settled.set(entry.frame.client_id, { ...entry, failed: undefined, stored: true });
  }

  #refused(frame) {
    const entry = frame.client_id ? this.outbox.fail(frame) : null;
    if (frame.retry_after) return;
    if (entry?.show.about) this.answered.delete(entry.show.about);
    if (entry?.frame.action === "feedback") this.helpful.delete(entry.frame.message_id);
    if (!entry || entry.frame.type === "action") this.#notice(frame.message);
  }

  #notice(text) {
    if (text) this.dispatchEvent(new CustomEvent("notice", { detail: text }));
  }

  #typing(who) {
    this.typing = who && { author: who.author, name: who.name };
    clearTimeout(this.#timers.typing);
    if (who) this.#after("typing", TYPING_LASTS, () => this.#receive({ type: "typing", on: false }));
  }

  #otherTab(key, before, now) {
    if (key === "session" && now && now.conversation !== this.session.current?.conversation_id) {
      this.session.expire();
      if (this.link.state !== "idle") this.link.restart();
    } else if (key === "session" && !now) {
      this.session.expire();
      this.#reset();
      this.link.stop();
    } else if (key.startsWith("out:")) {
      if (now?.tab === "") this.outbox.takeOver();
      const arrived = before && this.messages.some(({ client_id }) => client_id === before.frame.client_id);
      if (before && !now && !before.failed && !arrived) {
        this.#keep(before);
        this.#after(key, TYPING_LASTS, () => this.#settled.delete(before.frame.client_id) && this.#changed());
      }
    }
    this.#changed();
  }

  #reset() {
    this.messages = [];
    this.#settled.clear();
    this.conversation = NOBODY;
    this.#last = this.#readyLast = this.agentSeen = 0;
    this.#complete = true;
    this.store.remove("seen");
    this.outbox.keepOnlyMessages();
    this.#changed();
  }

  #after(name, milliseconds, then) {
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
