/** Where the customer writes: a growing text field, files, send. */
import { h, icon } from "./dom.js";
import { Tray } from "./tray.js";

const TYPING_ENDS = 5000;
const WARN_FROM = 0.9; // share of the longest message from which the limit is shown
const IME_KEY = 229; // Safari ends the composition before the Enter that confirmed it

export class Composer {
  #idle = 0;

  constructor(client) {
    this.client = client;
    this.field = h("textarea", {
      rows: 1,
      enterkeyhint: "send",
      "aria-describedby": "problem",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
      onpaste: (event) => this.#pasted(event),
    });
    this.input = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", onchange: () => this.#picked() });
    this.attach = h("button", { type: "button", class: "tool", onclick: () => this.input.click() }, icon("clip"));
    this.submit = h("button", { type: "submit", class: "send" }, icon("send"));
    this.problem = h("p", { class: "problem", id: "problem", role: "alert" });
    this.tray = new Tray(client, () => this.#update(), (text) => this.tell(text));
    this.tray.onRemoved = () => this.field.focus();
    const line = h("div", { class: "line" }, this.attach, this.input, this.field, this.submit);
    this.element = h("form", { class: "composer", onsubmit: (event) => this.#send(event) }, this.problem, this.tray.element, line);
    this.field.value = client.tabStore.get("draft") ?? "";
  }

  render(words) {
    this.words = words;
    const { say } = words;
    const { agent, owner } = this.client.conversation;
    const { file_types } = this.client.limits;
    this.field.placeholder = owner === "agent" && agent?.name ? say("write_agent", { name: agent.name }) : say("write");
    this.field.setAttribute("aria-label", say("message"));
    label(this.attach, say("attach"));
    label(this.submit, say("send"));
    this.input.accept = file_types.join(",");
    this.#update();
  }

  /** Shows a problem until the customer goes on. */
  tell(text) {
    this.problem.textContent = text;
  }

  /** Takes files that were pasted, dropped or picked. */
  addFiles(files) {
    this.tell("");
    this.client.open();
    this.tray.add([...files], this.words);
    this.field.focus();
  }

  #typed() {
    this.tell("");
    this.client.tabStore.set("draft", this.field.value);
    this.client.type(this.field.value.trim() !== "");
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.client.type(false), TYPING_ENDS);
    this.#update();
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === IME_KEY) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  #pasted(event) {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    this.addFiles(files);
  }

  #picked() {
    this.addFiles(this.input.files);
    this.input.value = "";
  }

  #send(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    if ((!text && !this.tray.ready.length) || this.tray.busy || this.#excess() > 0) return;
    clearTimeout(this.#idle);
    this.client.send(text, this.tray.ready);
    this.tray.clear();
    this.field.value = "";
    this.client.tabStore.remove("draft");
    this.tell("");
    this.#update();
    this.field.focus();
  }

  #excess() {
    return [...this.field.value.trim()].length - this.client.limits.text;
  }

  #update() {
    const excess = this.#excess();
    const nothing = !this.field.value.trim() && !this.tray.ready.length;
    this.submit.setAttribute("aria-disabled", String(nothing || this.tray.busy || excess > 0));
    if (excess > 0) this.tell(this.words.say("too_long", { n: excess }));
    const share = this.field.value.length / this.client.limits.text;
    this.element.classList.toggle("nearly", share > WARN_FROM);
    this.field.style.height = "auto";
    if (this.field.scrollHeight) this.field.style.height = `${Math.min(this.field.scrollHeight, 132)}px`;
  }
}

function label(button, text) {
  button.setAttribute("aria-label", text);
  button.title = text;
}
