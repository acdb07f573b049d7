/** The chat window around log and composer. */
import { button, fill, h, icon, label, plain } from "./dom.js";
import { Log, avatar, tag } from "./log.js";

const PATIENCE = 1200;
const CLOCK = 10000;
const TYPING_ENDS = 5000;
const AT_ONCE = 5;
const IME_KEY = 229; // Safari: the Enter that ends a composition

/** Where the customer writes, and files, which are checked and uploaded at once. */
class Composer {
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

export class Panel {
  #clock = 0;
  #lostAt = 0;

  constructor(client, onClose, onEnd) {
    Object.assign(this, { client, onClose });
    this.log = new Log(client, onEnd);
    this.composer = new Composer(client);
    this.face = h("div");
    this.title = h("h2");
    this.subtitle = h("div", { class: "subtitle muted" });
    this.closer = button("round tool", onClose, icon("close"));
    this.connection = h("div", { class: "connection", role: "status" });
    this.banners = h("div", { class: "banners", role: "status" });
    this.where = h("div", { class: "where", role: "status" });
    this.handoff = button("pill handoff", () => this.#handOff());
    this.bar = h("div", {}, this.where, this.handoff);
    this.drop = h("div", { class: "drop", hidden: true });
    this.element = h(
      "section",
      { class: "panel", role: "dialog", hidden: true, onkeydown: (event) => this.#key(event), ...this.#drops() },
      h("header", {}, this.face, h("div", { class: "heading" }, this.title, this.subtitle), this.closer),
      this.connection,
      this.banners,
      h("div", { class: "scroller" }, this.log.element, this.log.jump),
      this.bar,
      this.composer.element,
      this.drop,
    );
  }

  get isOpen() {
    return !this.element.hidden;
  }

  show(focus) {
    this.element.hidden = false;
    this.#clock = setInterval(() => this.#renderBar(), CLOCK);
    this.log.toEnd();
    // A phone's keyboard would cover the log.
    if (focus) (this.modal ? this.closer : this.composer.field).focus({ preventScroll: true });
  }

  hide() {
    this.element.hidden = true;
    clearInterval(this.#clock);
  }

  fillScreen(modal) {
    this.modal = modal;
    this.element.classList.toggle("full", modal);
    this.element.setAttribute("aria-modal", modal);
  }

  render(words, brand) {
    const { say } = words;
    const { owner, agent, state } = this.client.conversation;
    const name = owner === "agent" ? (agent?.name ?? "") : "";
    const head = name ? "agent" : owner === "bot" ? "bot" : state === "failed" ? "failed" : "queue";
    this.words = words;
    this.title.textContent = brand;
    this.element.lang = words.locale;
    this.element.setAttribute("aria-label", brand);
    label(this.closer, say("close"));
    this.drop.textContent = say("drop");
    fill(this.face, name, avatar(name ? "agent" : "bot", name));
    fill(this.subtitle, head + name + words.language, head === "bot" && tag(say), h("span", {}, say(`head_${head}`, { name })));
    this.#renderConnection();
    this.#renderBar();
    this.log.render(words, brand);
    this.composer.render(words);
  }

  #renderConnection() {
    const { state } = this.client.link;
    const lost = state === "waiting" || state === "connecting";
    if (lost && !this.#lostAt) setTimeout(() => this.#renderConnection(), PATIENCE);
    this.#lostAt = lost && (this.#lostAt || Date.now());
    const text = lost && !navigator.onLine ? "offline" : lost && Date.now() - this.#lostAt >= PATIENCE - 1 ? state : "";
    fill(this.connection, text + this.words.language, text && this.words.say(text));
  }

  #renderBar() {
    const { say, language } = this.words;
    const { owner, ticket } = this.client.conversation;
    const action = owner === "queue" ? "leave_queue" : "human";
    const busy = this.client.acting(action);
    const lines = owner === "queue" ? this.#queueLines() : [];
    if (ticket && owner !== "bot") lines.push(say("reference", { ticket }));
    fill(this.where, lines.join("\n"), lines.map((line, index) => h(index ? "small" : "span", {}, line)));
    fill(this.handoff, action + busy + language, icon(owner === "queue" ? "close" : "person"), say(busy ? `${action}_busy` : action));
    this.handoff.setAttribute("aria-disabled", busy);
    this.handoff.hidden = owner === "agent";
    this.bar.className = `bar ${owner}`;
    const { banners = [] } = this.client.conversation;
    fill(this.banners, JSON.stringify(banners), banners.map(({ text }) => h("p", {}, text)));
  }

  #queueLines() {
    const { say, moment } = this.words;
    const { position, wait_seconds, opens_at, state } = this.client.conversation;
    if (state === "failed") return [];
    if (opens_at > Date.now()) return [say("opens", { when: moment(opens_at) })];
    const left = wait_seconds - (Date.now() - this.client.since) / 1000;
    const wait = left >= 60 ? "wait_minutes" : left > 5 ? "wait_soon" : "wait_any";
    const place = position > 0 ? say("place", { n: position }) : say("searching");
    return wait_seconds == null ? [place] : [place, say(wait, { n: Math.ceil(left / 60) })];
  }

  #handOff() {
    const action = this.client.conversation.owner === "queue" ? "leave_queue" : "human";
    if (!this.client.acting(action)) this.client.act(action);
  }

  #key(event) {
    if (event.key === "Escape" && !event.isComposing) this.onClose();
    if (event.key !== "Tab" || !this.modal) return;
    const all = this.element.querySelectorAll("button, a, input, textarea, [tabindex='0']");
    const stops = [...all].filter((node) => node.tabIndex >= 0 && node.checkVisibility());
    if (event.shiftKey) stops.reverse();
    if (event.target !== stops.at(-1)) return;
    event.preventDefault();
    stops[0].focus();
  }

  #drops() {
    const on = (over) => (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      this.drop.hidden = !over;
      if (event.type === "drop") this.composer.take(event, event.dataTransfer.files);
    };
    return { ondragover: on(true), ondragleave: on(false), ondrop: on(false) };
  }
}
