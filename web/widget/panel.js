/** The chat window: header, connection line, log, who is in charge, text field. */
import { Composer } from "./composer.js";
import { fill, h, icon } from "./dom.js";
import { Log } from "./log.js";

const PATIENCE = 1200; // ms a connection may take before the customer is told
const CLOCK = 10000; // waiting times are counted down this often
const FOCUSABLE = "button, a[href], input, textarea, [tabindex='0']";

export class Panel {
  #clock = 0;
  #late = 0;
  #patience = 0;

  /** `onClose()` when the customer closes it. */
  constructor(client, onClose) {
    Object.assign(this, { client, onClose });
    this.log = new Log(client);
    this.log.onEnd = () => this.onSeen?.();
    this.composer = new Composer(client);
    this.face = h("div", { class: "avatar bot", "aria-hidden": "true" });
    this.title = h("h2", { id: "title" });
    this.subtitle = h("p", { class: "subtitle" });
    this.closer = h("button", { type: "button", class: "tool", onclick: onClose }, icon("close"));
    this.connection = h("div", { class: "connection", role: "status" });
    this.status = h("div", { class: "where", role: "status" });
    this.handoff = h("button", { type: "button", class: "handoff", onclick: () => this.#handOff() });
    this.bar = h("div", { class: "bar" }, this.status, this.handoff);
    this.drop = h("div", { class: "drop", hidden: true });
    this.element = h(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, onkeydown: (event) => this.#key(event) },
      h("header", {}, this.face, h("div", { class: "heading" }, this.title, this.subtitle), this.closer),
      this.connection,
      h("div", { class: "scroller" }, this.log.element, this.log.jump),
      this.bar,
      this.composer.element,
      this.drop,
    );
    this.#acceptDrops();
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** `modal`: it fills a phone's screen, so that nothing behind it may get the focus. */
  show({ modal, focus }) {
    this.element.hidden = false;
    this.setModal(modal);
    this.#clock = setInterval(() => this.renderBar(), CLOCK);
    this.log.toEnd();
    this.composer.render(this.words);
    // On a phone the keyboard would cover what the customer came to read.
    if (focus) (modal ? this.closer : this.composer.field).focus({ preventScroll: true });
  }

  hide() {
    this.element.hidden = true;
    clearInterval(this.#clock);
  }

  setModal(modal) {
    this.modal = modal;
    this.element.classList.toggle("full", modal);
    if (modal) this.element.setAttribute("aria-modal", "true");
    else this.element.removeAttribute("aria-modal");
  }

  render(words, brand) {
    this.words = words;
    const { say } = words;
    const name = brand || say("brand");
    this.element.lang = words.locale;
    this.title.textContent = name;
    this.element.setAttribute("aria-label", say("dialog", { brand: name }));
    this.element.removeAttribute("aria-labelledby");
    this.closer.setAttribute("aria-label", say("close"));
    this.closer.title = say("close");
    this.drop.textContent = say("drop");
    fill(this.log.intro, words.language + name, () => [
      h("div", { class: "avatar bot" }, icon("bot")),
      h("p", { class: "hello" }, name),
      h("p", {}, say("intro")),
    ]);
    this.#renderHead(say);
    this.renderConnection();
    this.renderBar();
    this.log.render(words);
    this.composer.render(words);
  }

  #renderHead(say) {
    const { owner, agent, state } = this.client.conversation;
    const name = agent?.name || "";
    const human = owner === "agent" && name;
    fill(this.face, human ? `agent ${name}` : "bot", () => (human ? [...name][0].toUpperCase() : icon("bot")));
    this.face.className = `avatar ${human ? "agent" : "bot"}`;
    const text = { agent: "head_agent", queue: state === "failed" ? "head_offline" : "head_queue" }[owner] ?? "head_bot";
    const line = human || owner !== "agent" ? say(text, { name }) : say("head_queue");
    fill(this.subtitle, `${owner}${line}`, () => [
      owner === "bot" && h("span", { class: "tag" }, say("bot")),
      h("span", {}, line),
    ]);
  }

  /** The connection line, which appears only when a connection takes its time. */
  renderConnection() {
    const { state } = this.client.link;
    const lost = state === "waiting" || state === "connecting";
    if (!lost) {
      this.#late = 0;
      clearTimeout(this.#patience);
      this.#patience = 0;
    } else if (!this.#patience) {
      this.#late = Date.now() + PATIENCE;
      this.#patience = setTimeout(() => this.renderConnection(), PATIENCE + 10);
    }
    const offline = lost && !navigator.onLine;
    const shown = offline || (lost && Date.now() >= this.#late);
    const key = offline ? "offline" : state === "waiting" ? "reconnecting" : "connecting";
    const text = shown ? this.words.say(key) : "";
    if (this.connection.textContent !== text) this.connection.textContent = text;
  }

  /** Who is in charge, how long it will take, and the way to a person or back. */
  renderBar() {
    const { say } = this.words;
    const { owner, ticket, agent } = this.client.conversation;
    const queue = owner === "queue";
    const lines = queue ? this.#queueLines() : owner === "agent" && agent?.name ? [say("agent_here", { name: agent.name })] : [];
    if (ticket && owner !== "bot") lines.push(say("reference", { ticket }));
    fill(this.status, JSON.stringify(lines), () => lines.map((line, index) => h(index ? "small" : "span", {}, line)));
    const busy = this.client.acting(queue ? "leave_queue" : "human");
    const label = queue ? (busy ? "leaving" : "leave") : busy ? "human_asked" : "human";
    fill(this.handoff, label + this.words.language, () => [icon(queue ? "close" : "person"), h("span", {}, say(label))]);
    this.handoff.setAttribute("aria-disabled", String(busy));
    this.handoff.hidden = owner === "agent";
    this.bar.className = `bar ${owner}`;
  }

  #queueLines() {
    const { say, moment } = this.words;
    const { position, wait_seconds, opens_at } = this.client.conversation;
    if (opens_at > Date.now()) return [say("opens", { when: moment(opens_at) })];
    const lines = [position > 0 ? say("place", { n: position }) : say("searching")];
    if (typeof wait_seconds === "number") {
      const left = wait_seconds - (Date.now() - this.client.since) / 1000;
      lines.push(left >= 60 ? say("wait_minutes", { n: Math.ceil(left / 60) }) : say(left > 5 ? "wait_soon" : "wait_any"));
    }
    return lines;
  }

  #handOff() {
    const action = this.client.conversation.owner === "queue" ? "leave_queue" : "human";
    if (!this.client.acting(action)) this.client.act(action);
  }

  #key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this.onClose();
    }
    if (event.key === "Tab" && this.modal) this.#trap(event);
  }

  #trap(event) {
    const stops = [...this.element.querySelectorAll(FOCUSABLE)].filter((node) => node.tabIndex >= 0 && node.checkVisibility());
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (event.target !== from) return;
    event.preventDefault();
    to.focus();
  }

  #acceptDrops() {
    let inside = 0;
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    const show = (change) => {
      inside = change ? Math.max(0, inside + change) : 0;
      this.drop.hidden = inside === 0;
    };
    const on = (name, then) =>
      this.element.addEventListener(name, (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        then(event);
      });
    on("dragenter", () => show(1));
    on("dragleave", () => show(-1));
    on("dragover", () => {});
    on("drop", (event) => {
      show(0);
      this.composer.addFiles(event.dataTransfer.files);
    });
  }
}
