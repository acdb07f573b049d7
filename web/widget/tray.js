/** Files on their way: checked here, uploaded at once, shown above the text field until they are sent. */
import { h, icon, plain } from "./dom.js";

const AT_ONCE = 5;
const PREVIEW = 56; // px

export class Tray {
  #files = new Map(); // File → {element, abort, answer}

  /** `onChange()` when something was added, finished or removed; `onProblem(text)` tells the customer. */
  constructor(client, onChange, onProblem) {
    Object.assign(this, { client, onChange, onProblem });
    this.element = h("div", { class: "tray", hidden: true });
  }

  get busy() {
    return [...this.#files.values()].some(({ answer }) => !answer);
  }

  get ready() {
    return [...this.#files.values()].map(({ answer }) => answer).filter(Boolean);
  }

  /** Takes what can be sent and says why the rest cannot. */
  add(files, words) {
    for (const file of files) {
      const problem = this.#problem(file, words);
      if (problem) this.onProblem(problem);
      else this.#start(file, words);
    }
  }

  clear() {
    for (const { abort } of this.#files.values()) abort.abort();
    this.#files.clear();
    this.#show();
  }

  #problem(file, { say, size }) {
    const { file_bytes, file_types } = this.client.limits;
    const name = plain(file.name);
    if (this.#files.size >= AT_ONCE) return say("too_many", { n: AT_ONCE });
    if (file.size === 0) return say("empty_file", { name });
    if (file.size > file_bytes) return say("too_big", { name, limit: size(file_bytes) });
    // Without a type from the browser the service decides: it looks at the bytes anyway.
    const allowed = !file.type || !file_types.length || file_types.includes(file.type);
    if (!allowed) return say("bad_type", { name, types: file_types.map(shortType).join(", ") });
    return "";
  }

  async #start(file, words) {
    const { say, size } = words;
    const name = plain(file.name);
    const abort = new AbortController();
    const progress = h("progress", { max: 1, value: 0, "aria-label": say("uploading", { name }) });
    const remove = h("button", { type: "button", "aria-label": say("remove", { name }), onclick: () => this.#remove(file) }, icon("close"));
    const face = h("span", { class: "face" }, icon("file"));
    const label = h("span", { class: "label" }, h("bdi", {}, name), h("small", {}, size(file.size)));
    const entry = { abort, element: h("div", { class: "upload" }, face, label, progress, remove) };
    this.#files.set(file, entry);
    this.#show();
    preview(file).then((canvas) => canvas && face.replaceChildren(canvas));
    try {
      entry.answer = await this.client.upload(file, (share) => (progress.value = share), abort.signal);
      progress.remove();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#files.delete(file);
      const { file_types, file_bytes } = this.client.limits;
      if (error.status === 413) this.onProblem(say("too_big", { name, limit: size(file_bytes) }));
      else if (error.status === 415) this.onProblem(say("bad_type", { name, types: file_types.map(shortType).join(", ") }));
      else this.onProblem(say("upload_failed", { name }));
    }
    this.#show();
  }

  #remove(file) {
    this.#files.get(file)?.abort.abort();
    this.#files.delete(file);
    this.#show();
    this.onRemoved?.();
  }

  #show() {
    this.element.replaceChildren(...[...this.#files.values()].map(({ element }) => element));
    this.element.hidden = this.#files.size === 0;
    this.onChange();
  }
}

const shortType = (type) => ({ "text/plain": "TXT" })[type] ?? type.split("/")[1].replace(/^.*[.]/, "").toUpperCase();

/** A small picture of an image file, or null. Drawn on a canvas: blob: images would need a wider policy of the page. */
async function preview(file) {
  if (!file.type.startsWith("image/")) return null;
  try {
    const bitmap = await createImageBitmap(file, { resizeHeight: 2 * PREVIEW, resizeQuality: "medium" });
    const side = Math.min(bitmap.width, bitmap.height);
    const canvas = h("canvas", { width: 2 * PREVIEW, height: 2 * PREVIEW });
    const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    canvas.getContext("2d").drawImage(bitmap, left, top, side, side, 0, 0, 2 * PREVIEW, 2 * PREVIEW);
    bitmap.close();
    return canvas;
  } catch {
    return null; // not an image after all
  }
}
