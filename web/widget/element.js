/** <front-door-chat>: the launcher button and the panel in a shadow tree, the attributes, methods and events of the widget. */
import { Client } from "./client.js";
import { h, icon } from "./dom.js";
import { Panel } from "./panel.js";
import { reduce, words } from "./strings.js";
import { sheet } from "./styles.js";
import { TitleBadge } from "./title.js";

const PHONE = "(max-width: 480px), (max-height: 420px)";

export class FrontDoorChat extends HTMLElement {
  /** The folder widget.js was loaded from; set before the element is defined. */
  static base = "";
  static observedAttributes = ["data-language", "data-brand", "data-theme", "data-position"];

  #client = null;
  #panel = null;
  #identity = null;
  #language = null; // set by setLanguage, before the attribute
  #unread = -1;
  #stop = null; // aborts every listener outside the shadow tree
  #returnTo = null;
  #title = new TitleBadge();
  #phone = matchMedia(PHONE);

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet()];
  }

  connectedCallback() {
    this.#identity = this.#identityAttribute();
    this.#stop = new AbortController();
    this.#client = new Client(FrontDoorChat.base, () => ({
      language: this.#words.locale,
      page: location.href,
      ...(this.#identity && { identity: this.#identity }),
    }));
    this.#panel = new Panel(this.#client, () => this.close());
    this.#panel.onSeen = () => this.#markSeen();
    this.badge = h("span", { class: "badge", hidden: true, "aria-hidden": "true" });
    this.launcher = h(
      "button",
      { type: "button", class: "launcher", "aria-haspopup": "dialog", onclick: () => (this.#panel.isOpen ? this.close() : this.open()) },
      icon("chat"),
      icon("down"),
      this.badge,
    );
    this.shadowRoot.replaceChildren(this.#panel.element, this.launcher);
    this.#listen();
    this.#render();
    this.#client.start(Boolean(this.#identity));
    if (this.hasAttribute("data-open") || (this.#client.tabStore.get("open") && !this.#phone.matches)) this.#show(false);
    this.#emit("ready");
  }

  disconnectedCallback() {
    this.#stop.abort();
    this.#client.stop();
    this.#panel.hide();
    this.#title.show(0);
  }

  attributeChangedCallback() {
    if (this.#client) this.#render();
  }

  /** Opens the chat and moves the focus into it. */
  open() {
    if (this.#panel.isOpen) return;
    this.#returnTo = document.activeElement === this ? this.launcher : document.activeElement;
    this.#show(true);
    this.#emit("open");
  }

  /** Closes the chat and gives the focus back to where it came from. */
  close() {
    if (!this.#panel.isOpen) return;
    const inside = this.shadowRoot.activeElement;
    this.#panel.hide();
    this.#client.tabStore.remove("open");
    this.#render();
    if (!inside) return;
    const back = this.#returnTo?.isConnected && this.#returnTo !== document.body ? this.#returnTo : this.launcher;
    back.focus();
  }

  /** Sends `text` as the customer. */
  send(text) {
    if (String(text).trim()) this.#client.send(String(text).trim());
  }

  /** Says who the visitor is: `{user_id, name, email, hash}`; `null` when they have signed out. Rejects if the service refuses. */
  async identify(identity) {
    this.#identity = identity;
    await this.#client.identify({ forget: !identity });
    this.#render();
  }

  /** "en" or "zh"; `null` follows the page again. */
  setLanguage(language) {
    this.#language = language && reduce(language);
    this.#render();
    if (language && this.#client.session.known) this.#client.act("language", { language: this.#language });
  }

  get #words() {
    const wished = this.dataset.language;
    const page = document.documentElement.lang || navigator.language;
    return words(this.#language ?? reduce(wished && wished !== "auto" ? wished : page));
  }

  #identityAttribute() {
    try {
      return JSON.parse(this.dataset.identity ?? "null");
    } catch {
      console.error("front-door-chat: data-identity is not JSON; the visitor stays anonymous.");
      return null;
    }
  }

  #listen() {
    const { signal } = this.#stop;
    const client = this.#client;
    const on = (target, name, then) => target.addEventListener(name, then, { signal });
    client.addEventListener("change", () => this.#render(), { signal });
    client.addEventListener("notice", (event) => this.#panel.composer.tell(event.detail), { signal });
    on(window, "online", () => client.link.wake());
    on(window, "offline", () => this.#render());
    on(window, "pageshow", (event) => event.persisted && client.link.wake());
    on(document, "visibilitychange", () => {
      if (document.hidden) return;
      client.link.wake();
      this.#markSeen();
    });
    on(this.#phone, "change", (event) => this.#panel.setModal(event.matches));
    // iOS lays its keyboard over the page: follow what is left.
    for (const name of ["resize", "scroll"]) if (window.visualViewport) on(visualViewport, name, () => this.#fit());
    const language = new MutationObserver(() => this.#render());
    language.observe(document.documentElement, { attributeFilter: ["lang"] });
    signal.addEventListener("abort", () => language.disconnect());
  }

  #fit() {
    const covered = this.#panel.isOpen && this.#phone.matches && visualViewport.height < innerHeight - 1;
    const { style } = this.#panel.element;
    style.setProperty("height", covered ? `${visualViewport.height}px` : "");
    style.setProperty("top", covered ? `${visualViewport.offsetTop}px` : "");
  }

  #show(focus) {
    this.#client.open();
    this.#panel.show({ modal: this.#phone.matches, focus });
    this.#client.tabStore.set("open", true);
    this.#render();
  }

  #render() {
    const panel = this.#panel;
    const { say } = this.#words;
    panel.render(this.#words, this.dataset.brand);
    this.#markSeen();
    const unread = panel.isOpen ? 0 : this.#client.unread;
    const count = unread === 1 ? say("unread_one") : say("unread", { n: unread });
    this.launcher.setAttribute("aria-label", panel.isOpen ? say("close") : unread ? `${say("open")} – ${count}` : say("open"));
    this.launcher.setAttribute("aria-expanded", String(panel.isOpen));
    this.launcher.classList.toggle("opened", panel.isOpen);
    this.launcher.lang = this.#words.locale;
    this.badge.hidden = unread === 0;
    this.badge.textContent = unread > 99 ? "99+" : String(unread);
    this.#tell(this.#client.unread);
  }

  #tell(unread) {
    this.#title.show(unread);
    if (unread === this.#unread || this.#client.loading) return;
    if (this.#unread >= 0 || unread > 0) this.#emit("unread", { count: unread });
    this.#unread = unread;
  }

  #markSeen() {
    if (this.#panel.isOpen && !document.hidden && this.#panel.log.atEnd) this.#client.markSeen();
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`frontdoor:${name}`, { detail, bubbles: true, composed: true }));
  }
}
