/** Where the customer writes, and files, which are checked and uploaded at once. */
import { button, h, icon, label, plain } from "./dom.js";

const TYPING_ENDS = 5000;
const AT_ONCE = 5;
const IME_KEY = 229; // Safari: the Enter that ends a composition

export class Composer {
  #files = new Map(); // File → {element, abort, answer}
  #idle = 0;

  constructor(client) {
    this.client = client;
    this.field = h("textarea", {
      rows: 1,
      enterkeyhint: "send",
      "aria-describedby": "problem",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
      onpaste: (event) => this.take(event, event.clipboardData.files),
    });
    this.input = h("input", { type: "file", multiple: true, hidden: true, onchange: (event) => this.take(event, event.target.files) });
    this.attach = button("round tool", () => this.input.click(), icon("clip"));
    this.submit = h("button", { class: "round send" }, icon("send"));
    this.problem = h("div", { class: "problem", id: "problem", role: "alert" });
    this.tray = h("div");
    const line = h("div", { class: "line" }, this.attach, this.input, this.field, this.submit);
    this.element = h("form", { class: "composer", onsubmit: (event) => this.#send(event) }, this.problem, this.tray, line);
    this.field.value = client.tab.get("draft") ?? "";
  }

  render(words) {
    const { say } = words;
    this.words = words;
    this.field.placeholder = say("write");
    this.field.setAttribute("aria-label", say("message"));
    label(this.attach, say("attach"));
    label(this.submit, say("send"));
    this.input.accept = this.client.limits.file_types.join();
    this.#update();
  }

  tell(text) {
    this.problem.textContent = text;
  }

  take(event, files) {
    if (!files.length) return;
    event.preventDefault();
    this.tell("");
    this.client.open();
    for (const file of files) {
      const problem = this.#problem(file);
      if (problem) this.tell(problem);
      else this.#upload(file);
    }
    this.input.value = "";
    this.field.focus();
  }

  get #ready() {
    return [...this.#files.values()].map(({ answer }) => answer);
  }

  #problem(file, status) {
    const { say, size } = this.words;
    const { file_bytes, file_types } = this.client.limits;
    const name = plain(file.name);
    if (this.#files.size >= AT_ONCE) return say("too_many", { n: AT_ONCE });
    if (!file.size) return say("empty_file", { name });
    if (file.size > file_bytes || status === 413) return say("too_big", { name, limit: size(file_bytes) });
    if ((!file.type || !file_types.length || file_types.includes(file.type)) && status !== 415) return "";
    const types = file_types.map((type) => type.split(/[/.]/).at(-1).replace("plain", "txt").toUpperCase());
    return say("bad_type", { name, types: types.join(", ") });
  }

  async #upload(file) {
    const { say, size } = this.words;
    const name = plain(file.name);
    const abort = new AbortController();
    const progress = h("progress", { value: 0, "aria-label": say("uploading", { name }) });
    const remove = button("round tool", () => this.#remove(file, abort), icon("close"));
    const face = h("div", {}, icon("clip"));
    const entry = { element: h("div", { class: "file upload" }, face, h("span", {}, h("bdi", {}, name), h("small", {}, size(file.size))), progress, remove) };
    label(remove, say("remove", { name }));
    this.#files.set(file, entry);
    this.#update();
    preview(file, face);
    try {
      entry.answer = await this.client.session.upload(file, (share) => (progress.value = share), abort.signal);
      progress.remove();
    } catch ({ status }) {
      this.#files.delete(file);
      if (!abort.signal.aborted) this.tell(this.#problem(file, status) || say("upload_failed", { name }));
    }
    this.#update();
  }

  #remove(file, abort) {
    abort.abort();
    this.#files.delete(file);
    this.#update();
    this.field.focus();
  }

  #typed() {
    const { client, field } = this;
    this.tell("");
    client.tab.set("draft", field.value);
    client.type(!!field.value.trim());
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => client.type(false), TYPING_ENDS);
    this.#update();
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === IME_KEY) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  #send(event) {
    event.preventDefault();
    if (this.submit.getAttribute("aria-disabled") === "true") return;
    clearTimeout(this.#idle);
    this.client.send(this.field.value.trim(), this.#ready);
    this.client.tab.remove("draft");
    this.#files.clear();
    this.field.value = "";
    this.tell("");
    this.#update();
    this.field.focus();
  }

  #update() {
    const { field, tray, submit } = this;
    const text = field.value.trim();
    const excess = [...text].length - this.client.limits.text;
    const rows = [...this.#files.values()].map(({ element }) => element);
    if (rows.length !== tray.childElementCount || rows.some((row, index) => row !== tray.children[index])) tray.replaceChildren(...rows);
    submit.setAttribute("aria-disabled", (!text && !rows.length) || excess > 0 || this.#ready.includes(undefined));
    if (excess > 0) this.tell(this.words.say("too_long", { n: excess }));
    field.style.height = "auto";
    if (field.scrollHeight) field.style.height = `${field.scrollHeight}px`;
  }
}

/** On a canvas: a blob: image would need a wider policy of the page. */
async function preview(file, face) {
  if (!file.type.startsWith("image/")) return;
  try {
    const bitmap = await createImageBitmap(file, { resizeHeight: 88 });
    const canvas = h("canvas", { width: bitmap.width, height: bitmap.height });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    face.replaceChildren(canvas);
  } catch {
    // not an image after all
  }
}
