/** What this agent wants to be told of outside the page, in this browser: by kind, privately, or not at all now. */

import { recall, remember } from "./preferences.js";
import { changed } from "./store.js";

export const KINDS = ["queue", "assigned", "customer", "mentioned", "sla"];

/** Whether news of this kind may be shown: not while the agent does not want to be disturbed. */
export function wanted(kind) {
  return !undisturbed() && recall(`notify.${kind}`, true);
}

export function chooses(kind) {
  return recall(`notify.${kind}`, true);
}

export function choose(kind, on) {
  remember(`notify.${kind}`, on);
  changed();
}

/** Do not disturb. */
export function undisturbed() {
  return recall("notify.dnd", false);
}

/** Only that something happened is shown, never who wrote what. */
export function isPrivate() {
  return recall("notify.private", false);
}

export function set(name, on) {
  remember(`notify.${name}`, on);
  changed();
}
