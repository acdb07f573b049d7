/**
 * What the customer sent and the service has not yet acknowledged: kept in storage, one entry per frame, shared by all tabs.
 *
 * A tab holds a lease on each of its entries, so that two tabs never send the same one; entries of closed tabs are
 * taken over by another. Client ids stay the same on every try, so the service counts each entry once whatever happens.
 */
import { alone, newId } from "./store.js";

const LEASE = 20000;
const RENEW = 6000;
const ACK_WITHIN = 15000; // then send again
const PREFIX = "out:";

export class Outbox {
  #tab = newId();
  #sent = new Map(); // client id → time of the last try on this connection
  #order = 0;
  #timer = 0;
  #clock = 0;

  /** `send(frame)` returns whether the frame was handed to a connection. */
  constructor(store, send, onChange) {
    Object.assign(this, { store, send, onChange });
    this.#clock = setInterval(() => this.#tend(), RENEW);
    addEventListener("pagehide", this.#release);
  }

  /** This page is done with it: another tab may take over. */
  stop() {
    clearInterval(this.#clock);
    clearTimeout(this.#timer);
    removeEventListener("pagehide", this.#release);
    this.#release();
  }

  /** All entries, oldest first: `{frame, at, order, show, failed?, notBefore?}`. */
  list() {
    const entries = this.store.keys(PREFIX).map((key) => this.store.get(key));
    return entries.filter(Boolean).sort((a, b) => a.at - b.at || a.order - b.order);
  }

  /** Adds a frame; `show` is what the log shows meanwhile. Returns the client id. */
  add(frame, show = {}) {
    const client_id = newId();
    this.#write({ frame: { ...frame, client_id }, show, at: Date.now(), order: this.#order++ });
    this.pump();
    return client_id;
  }

  /** The service has it. Returns the entry, or null if it was gone. */
  settle(clientId) {
    const entry = this.store.get(PREFIX + clientId);
    this.store.remove(PREFIX + clientId);
    this.#sent.delete(clientId);
    return entry;
  }

  /** The service refused it: try later if it says when, else keep it for the customer to decide. Returns the entry. */
  fail({ client_id, code, message, retry_after }) {
    const entry = this.store.get(PREFIX + client_id);
    if (!entry) return null;
    this.#sent.delete(client_id);
    if (retry_after) this.#write({ ...entry, notBefore: Date.now() + retry_after * 1000 });
    else if (entry.frame.type === "action") this.store.remove(PREFIX + client_id);
    else this.#write({ ...entry, failed: { code, message } });
    this.#later(retry_after * 1000);
    return entry;
  }

  /** Sends a failed entry again, under its old id. */
  retry(clientId) {
    const { failed, notBefore, ...entry } = this.store.get(PREFIX + clientId) ?? {};
    if (!entry.frame) return;
    this.#write(entry);
    this.pump();
  }

  discard(clientId) {
    this.settle(clientId);
    this.onChange();
  }

  /** Another conversation begins: presses and actions belong to the old one. */
  keepOnlyMessages() {
    for (const { frame } of this.list()) if (frame.type !== "message") this.settle(frame.client_id);
  }

  clear() {
    for (const { frame } of this.list()) this.settle(frame.client_id);
  }

  /** A connection is ready: whatever it carried before may not have arrived. */
  async resume() {
    this.#sent.clear();
    await this.takeOver();
  }

  /** Takes over what no living tab holds, and sends. */
  async takeOver() {
    const free = (entry) => entry.tab !== this.#tab && entry.lease < Date.now();
    if (this.list().some(free)) {
      await alone(`${this.store.prefix}outbox`, () => {
        for (const entry of this.list().filter(free)) {
          this.store.set(PREFIX + entry.frame.client_id, { ...entry, tab: this.#tab, lease: Date.now() + LEASE });
        }
      });
    }
    this.pump();
  }

  /** Hands over everything of this tab that waits, in order. */
  pump() {
    const now = Date.now();
    for (const { frame, tab, failed, notBefore = 0 } of this.list()) {
      if (tab !== this.#tab || failed) continue;
      if (notBefore > now) return this.#later(notBefore - now);
      if (now - (this.#sent.get(frame.client_id) ?? 0) < ACK_WITHIN) continue;
      if (!this.send(frame)) return undefined;
      this.#sent.set(frame.client_id, now);
    }
    return undefined;
  }

  #write(entry) {
    this.store.set(PREFIX + entry.frame.client_id, { ...entry, tab: this.#tab, lease: Date.now() + LEASE });
    this.onChange();
  }

  #later(milliseconds) {
    if (!(milliseconds >= 0)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.pump(), milliseconds + 50);
  }

  async #tend() {
    const now = Date.now();
    for (const entry of this.list()) {
      if (entry.tab === this.#tab && entry.lease - now < LEASE / 2) {
        this.store.set(PREFIX + entry.frame.client_id, { ...entry, lease: now + LEASE });
      }
    }
    await this.takeOver();
  }

  #release = () => {
    for (const entry of this.list()) {
      if (entry.tab === this.#tab) this.store.set(PREFIX + entry.frame.client_id, { ...entry, tab: "", lease: 0 });
    }
    this.#sent.clear();
  };
}
