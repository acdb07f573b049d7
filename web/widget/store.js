/** What the widget keeps in the browser; in memory where storage is blocked or full. */
export class Store {
  #memory = new Map();
  #area = null;

  constructor(prefix, area) {
    this.prefix = prefix;
    try {
      this.#area = window[area];
    } catch {
      // forbidden here
    }
  }

  get(key) {
    return this.#memory.get(key) ?? JSON.parse(this.#area?.getItem(this.prefix + key) ?? null);
  }

  set(key, value) {
    try {
      this.#area.setItem(this.prefix + key, JSON.stringify(value));
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  remove(key) {
    this.#memory.delete(key);
    this.#area?.removeItem(this.prefix + key);
  }

  all(start) {
    const stored = Object.keys(this.#area ?? {}).map((key) => key.startsWith(this.prefix) && key.slice(this.prefix.length));
    const keys = new Set([...stored, ...this.#memory.keys()]);
    return [...keys].filter((key) => key && key.startsWith(start)).map((key) => this.get(key));
  }

  watch(listener, signal) {
    const parse = (text) => JSON.parse(text ?? null);
    const onStorage = ({ key, oldValue, newValue }) =>
      key?.startsWith(this.prefix) && listener(key.slice(this.prefix.length), parse(oldValue), parse(newValue));
    addEventListener("storage", onStorage, { signal });
  }
}

/** No other tab runs `work` meanwhile, where the browser can tell (secure pages). */
export const alone = async (name, work) => (navigator.locks ? navigator.locks.request(name, work) : work());

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(22)), (byte) => (byte % 36).toString(36)).join("");

/**
 * What the service has not acknowledged, one entry per frame, shared by all tabs. A tab holds a lease on its entries,
 * so no two send the same; the client id stays the same on every try, so the service counts each once.
 */

const LEASE = 20000;
const TEND = 6000;
const ACK_WITHIN = 15000;
const KEY = "out:";

export class Outbox {
  #tab = newId();
  #sent = new Map();
  #newest = 0;

  constructor(store, send, onChange, signal) {
    Object.assign(this, { store, send, onChange });
    const clock = setInterval(() => this.#tend(), TEND);
    addEventListener("pagehide", () => this.#release(), { signal });
    signal.addEventListener("abort", () => {
      clearInterval(clock);
      this.#release();
    });
  }

  list() {
    return this.store.all(KEY).sort((a, b) => a.at - b.at);
  }

  add(frame, show = {}) {
    this.#newest = Math.max(Date.now(), this.#newest + 1);
    this.#hold({ frame: { ...frame, client_id: newId() }, show, at: this.#newest });
    this.onChange();
    this.pump();
  }

  settle(clientId) {
    const entry = this.store.get(KEY + clientId);
    this.store.remove(KEY + clientId);
    this.onChange();
    return entry;
  }

  /** Later, if the service says when; else the customer decides. */
  fail({ client_id, code, message, retry_after }) {
    const entry = this.store.get(KEY + client_id);
    this.#sent.delete(client_id);
    if (!entry) return null;
    if (retry_after) {
      this.#hold({ ...entry, notBefore: Date.now() + retry_after * 1000 });
      setTimeout(() => this.pump(), retry_after * 1000 + 50);
    } else if (entry.frame.type === "action") this.settle(client_id);
    else this.#hold({ ...entry, failed: { code, message } });
    return entry;
  }

  retry(clientId) {
    const entry = this.store.get(KEY + clientId);
    if (entry) this.#hold({ ...entry, failed: undefined });
    this.onChange();
    this.pump();
  }

  connected() {
    this.#sent.clear();
    this.takeOver();
  }

  async takeOver() {
    const free = ({ tab, lease }) => tab !== this.#tab && lease < Date.now();
    const take = () => this.list().filter(free).forEach((entry) => this.#hold(entry));
    if (this.list().some(free)) await alone(`${this.store.prefix}outbox`, take);
    this.pump();
  }

  pump() {
    const now = Date.now();
    for (const { frame, tab, failed, notBefore } of this.list()) {
      if (tab !== this.#tab || failed || now - this.#sent.get(frame.client_id) < ACK_WITHIN) continue;
      if (notBefore > now || !this.send(frame)) return;
      this.#sent.set(frame.client_id, now);
    }
  }

  #hold(entry, tab = this.#tab, lease = Date.now() + LEASE) {
    this.store.set(KEY + entry.frame.client_id, { ...entry, tab, lease });
  }

  #mine() {
    return this.list().filter(({ tab }) => tab === this.#tab);
  }

  #tend() {
    this.#mine().forEach((entry) => this.#hold(entry));
    this.takeOver();
  }

  #release() {
    this.#sent.clear();
    this.#mine().forEach((entry) => this.#hold(entry, "", 0));
  }
}

class ApiError extends Error {
  constructor(status, { code, message } = {}, retryAfter = 0) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }
}

export class Session {
  current = null;

  /** `describe()`: language, page, identity. */
  constructor(base, store, describe) {
    Object.assign(this, { base, store, describe });
  }

  get kept() {
    return this.store.get("session");
  }

  url(path) {
    return new URL(path, this.base).href;
  }

  async ensure() {
    this.current ??= await alone(`${this.store.prefix}session`, () => this.#open());
    return this.current;
  }

  /** JSON both ways. Throws `ApiError`; status 0: no answer. */
  async call(path, { body, signal, timeout = 15000 } = {}) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeout);
    signal?.addEventListener("abort", () => abort.abort());
    const headers = { ...(body && { "Content-Type": "application/json" }), ...this.#bearer() };
    const options = { method: body ? "POST" : "GET", body: JSON.stringify(body), headers, cache: "no-store", credentials: "omit" };
    try {
      const response = await fetch(this.url(`api/v1/web/${path}`), { ...options, signal: abort.signal });
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      throw new ApiError(response.status, answer.error, Number(response.headers.get("Retry-After")));
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(0);
    } finally {
      clearTimeout(timer);
    }
  }

  /** By XMLHttpRequest, because fetch tells no progress. */
  async upload(file, onProgress, signal) {
    await this.ensure();
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", file);
      request.open("POST", this.url("api/v1/web/attachments"));
      request.setRequestHeader("Authorization", this.#bearer().Authorization);
      request.responseType = "json";
      request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
      request.onloadend = () => {
        if (request.status === 201) return resolve(request.response);
        if (request.status === 401) this.current = null;
        return reject(new ApiError(request.status, request.response?.error));
      };
      signal.addEventListener("abort", () => request.abort());
      request.send(form);
    });
  }

  #bearer() {
    return this.current && { Authorization: `Bearer ${this.current.token}` };
  }

  async #open() {
    const { identity, ...page } = this.describe();
    const { token, user } = this.kept ?? {};
    let answer;
    try {
      answer = await this.call("session", { body: { ...page, token, identity } });
    } catch (error) {
      if (error.code !== "identity_invalid") throw error;
      console.error(`front-door-chat: ${error.message}; the visitor stays anonymous.`);
      // The conversation of a verified visitor is not for somebody whose identity failed.
      answer = await this.call("session", { body: { ...page, token: user ? undefined : token } });
    }
    this.store.set("session", { token: answer.token, conversation: answer.conversation_id, user: answer.verified });
    return answer;
  }
}
