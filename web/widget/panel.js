/** The chat window around log and composer. */
import { Composer } from "./composer.js";
import { button, fill, h, icon, label } from "./dom.js";
import { Log, avatar, tag } from "./log.js";

const PATIENCE = 1200;
const CLOCK = 10000;

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
    this.where = h("div", { class: "where", role: "status" });
    this.handoff = button("pill handoff", () => this.#handOff());
    this.bar = h("div", {}, this.where, this.handoff);
    this.drop = h("div", { class: "drop", hidden: true });
    this.element = h(
      "section",
      { class: "panel", role: "dialog", hidden: true, onkeydown: (event) => this.#key(event), ...this.#drops() },
      h("header", {}, this.face, h("div", { class: "heading" }, this.title, this.subtitle), this.closer),
      this.connection,
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
  }

  #queueLines() {
    const { say, moment } = this.words;
    const { position, wait_seconds, opens_at } = this.client.conversation;
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
