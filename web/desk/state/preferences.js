/** What this browser remembers for its user. A browser that stores nothing still works. */

const PREFIX = "fd.desk.";

export function recall(name, fallback = null, { store = "localStorage" } = {}) {
  try {
    const stored = window[store].getItem(PREFIX + name);
    return stored === null ? fallback : JSON.parse(stored);
  } catch {
    return fallback;
  }
}

/** `store`: `localStorage`, or `sessionStorage` for what belongs to this window alone. `null` forgets. */
export function remember(name, value, { store = "localStorage" } = {}) {
  try {
    if (value === null) window[store].removeItem(PREFIX + name);
    else window[store].setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A full or forbidden store costs the convenience only.
  }
}

/** Names under `prefix` that are stored. */
export function recalled(prefix) {
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(PREFIX + prefix))
      .map((name) => name.slice(PREFIX.length));
  } catch {
    return [];
  }
}

/** `system` | `light` | `dark` */
export function theme() {
  return recall("theme", "system");
}

export function setTheme(choice) {
  remember("theme", choice);
  applyTheme();
}

export function applyTheme() {
  const choice = theme();
  document.documentElement.style.colorScheme = choice === "system" ? "light dark" : choice;
}
