/**
 * What the widget keeps in the browser, under one prefix, as JSON.
 *
 * Falls back to memory where storage is blocked or full: everything works, but ends with the page.
 */
export class Store {
  #area = null;
  #memory = new Map();

  /** `area` is "localStorage" (shared by all tabs) or "sessionStorage" (this tab). */
  constructor(prefix, area) {
    this.prefix = prefix;
    try {
      this.#area = window[area];
    } catch {
      // Storage is forbidden here (sandboxed frame, blocked site data): memory serves.
    }
  }

  get(key) {
    if (this.#memory.has(key)) return this.#memory.get(key);
    try {
      return JSON.parse(this.#area?.getItem(this.prefix + key) ?? "null");
    } catch {
      return null;
    }
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
    try {
      this.#area?.removeItem(this.prefix + key);
    } catch {
      // Nothing was stored then.
    }
  }

  /** Names of all entries that start with `start`. */
  keys(start) {
    const found = new Set(this.#memory.keys());
    try {
      for (let index = 0; index < (this.#area?.length ?? 0); index++) {
        const name = this.#area.key(index);
        if (name.startsWith(this.prefix)) found.add(name.slice(this.prefix.length));
      }
    } catch {
      // Memory is all there is.
    }
    return [...found].filter((key) => key.startsWith(start));
  }

  /** Calls `listener(key, oldValue, newValue)` when another tab changes an entry; returns a function that stops it. */
  watch(listener) {
    const parse = (text) => (text ? JSON.parse(text) : null);
    const onStorage = (event) => {
      if (event.storageArea !== this.#area || !event.key?.startsWith(this.prefix)) return;
      listener(event.key.slice(this.prefix.length), parse(event.oldValue), parse(event.newValue));
    };
    addEventListener("storage", onStorage);
    return () => removeEventListener("storage", onStorage);
  }
}

/** Runs `work` while no other tab runs work of the same name, where the browser can tell (secure pages). */
export function alone(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : Promise.resolve(work());
}

/** A fresh id of 22 characters of [0-9a-z], unique without secure-context APIs. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(22));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}
