/** Short messages on the page, and what screen readers hear. */

import { changed, state } from "./store.js";

const STAY = 7_000;
const STAYING = new Set(["error", "whisper"]);
let next = 1;

/** `kind`: info | success | error | whisper. The last two stay until dismissed. */
export function toast(text, kind = "info") {
  const id = next++;
  state.toasts = [...state.toasts.slice(-3), { id, text, kind }];
  changed();
  if (!STAYING.has(kind)) setTimeout(() => dismiss(id), STAY);
  return id;
}

export function dismiss(id) {
  state.toasts = state.toasts.filter((each) => each.id !== id);
  changed();
}

export function announce(text) {
  state.announcement = text;
  changed();
}

/**
 * Runs `work` once at a time under `name` (buttons with that name are disabled meanwhile) and shows what goes wrong.
 * Resolves to what `work` gave, or to `undefined` when it failed.
 */
export async function run(name, work) {
  if (state.busy.has(name)) return undefined;
  state.busy.add(name);
  changed();
  try {
    return await work();
  } catch (error) {
    if (error.name !== "AbortError" && error.code !== "signed_out") toast(error.message, "error");
    return undefined;
  } finally {
    state.busy.delete(name);
    changed();
  }
}
