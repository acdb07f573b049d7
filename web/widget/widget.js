/** Front Door chat widget, served at /widget.js, its other modules at /widget/. web/README.md describes it. */
import { Client } from "./widget/client.js";
import { button, h, icon } from "./widget/dom.js";
import { Panel } from "./widget/panel.js";
import { sheet } from "./widget/styles.js";

const TAG = "front-door-chat";
const PHONE = matchMedia("(max-width: 480px), (max-height: 420px)");
const BADGE = /^\(\d+\) /;

const reduce = (tag) => (/^zh\b/i.test(tag) ? "zh" : "en");

async function words(language) {
  const { default: table } = await import(`./widget/${language}.js`);
  const locale = language === "zh" ? "zh-CN" : "en";
  const date = (at, options) => new Intl.DateTimeFormat(locale, options).format(at);
  const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);
  const daysAgo = (at) => Math.round((midnight(Date.now()) - midnight(at)) / 86400000);
  const time = (at) => date(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const fillIn = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const say = (key, values = {}) => (typeof table[key] === "string" ? fillIn(table[key], values) : table[key]);
  return {
    language,
    locale,
    say,
    time,
    unread: (n) => fillIn(table.unread[n > 1 ? 1 : 0], { n }),
    day: (at) => [table.today, table.yesterday][daysAgo(at)] ?? date(at, { weekday: "short", day: "numeric", month: "short" }),
    moment: (at) =>
      say(daysAgo(at) ? "day_at" : "today_at", { time: time(at), day: date(at, { weekday: "long", day: "numeric", month: "long" }) }),
    size: (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1).replace(".0", "")} MB`),
  };
}

class FrontDoorChat extends HTMLElement {
  static observedAttributes = ["data-language", "data-brand"];

  #client = null;
  #panel = null;
  #words = null;
  #identity = null;
  #wished = null;
  #unread = 0;
  #stop = null;
  #loaded = null;
  #returnTo = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    this.badge = h("span", { class: "badge", "aria-hidden": "true" });
    this.launcher = button("round launcher", () => (this.#panel.isOpen ? this.close() : this.open()), icon("chat"), icon("down"), this.badge);
  }

  connectedCallback() {
    this.#stop = new AbortController();
    try {
      this.#identity = JSON.parse(this.dataset.identity ?? null);
    } catch {
      console.error("front-door-chat: data-identity is not JSON; the visitor stays anonymous.");
    }
    const describe = () => ({ language: this.#words.locale, page: location.href, identity: this.#identity ?? undefined });
    this.#client = new Client(new URL(".", import.meta.url).href, describe, this.#stop.signal);
    this.#panel = new Panel(this.#client, () => this.close(), () => this.#markSeen());
    this.#panel.fillScreen(PHONE.matches);
    this.#listen();
    this.#loaded = this.#speak().then(() => {
      this.shadowRoot.replaceChildren(this.#panel.element, this.launcher);
      this.#client.start(this.#identity);
      if ("open" in this.dataset || (this.#client.tab.get("open") && !PHONE.matches)) this.#show(false);
      this.#emit("ready");
    });
  }

  disconnectedCallback() {
    this.#stop.abort();
    this.#panel.hide();
    this.#count(0);
  }

  attributeChangedCallback() {
    if (this.#words) this.#speak();
  }

  async open() {
    await this.#loaded;
    if (this.#panel.isOpen) return;
    this.#returnTo = document.activeElement;
    this.#show(true);
    this.#emit("open");
  }

  close() {
    const inside = this.shadowRoot.activeElement;
    this.#panel.hide();
    this.#client.tab.remove("open");
    this.#render();
    if (!inside) return;
    this.launcher.focus();
    if (![this, document.body].includes(this.#returnTo)) this.#returnTo?.focus();
  }

  async send(text) {
    await this.#loaded;
    if (text.trim()) this.#client.send(text.trim());
  }

  /** `{user_id, name, email, hash}`, or `null` when the visitor has signed out. */
  async identify(identity) {
    await this.#loaded;
    this.#identity = identity;
    await this.#client.identify(identity);
  }

  /** "en" or "zh"; `null` follows the page again. */
  async setLanguage(language) {
    await this.#loaded;
    this.#wished = language;
    await this.#speak();
    if (language && this.#client.session.kept) this.#client.act("language", { language: this.#words.language });
  }

  async #speak() {
    const { language } = this.dataset;
    const page = document.documentElement.lang || navigator.language;
    this.#words = await words(reduce(this.#wished ?? (language && language !== "auto" ? language : page)));
    this.#render();
  }

  #listen() {
    const { signal } = this.#stop;
    const on = (target, names, then) => names.split(" ").forEach((name) => target.addEventListener(name, then, { signal }));
    const client = this.#client;
    const wake = () => {
      if (!document.hidden) client.link.wake();
      this.#render();
    };
    on(client, "change", () => this.#render());
    on(client, "notice", ({ detail }) => this.#panel.composer.tell(detail));
    on(window, "online offline pageshow", wake);
    on(document, "visibilitychange", wake);
    on(PHONE, "change", () => this.#panel.fillScreen(PHONE.matches));
    on(visualViewport, "resize scroll", () => this.#fit());
    const observer = new MutationObserver(() => this.#speak());
    observer.observe(document.documentElement, { attributeFilter: ["lang"] });
    signal.addEventListener("abort", () => observer.disconnect());
  }

  #fit() {
    const { height, offsetTop } = visualViewport;
    const covered = PHONE.matches && height < innerHeight - 1;
    Object.assign(this.#panel.element.style, { height: covered ? `${height}px` : "", top: covered ? `${offsetTop}px` : "" });
  }

  #show(focus) {
    this.#client.open();
    this.#client.tab.set("open", true);
    this.#panel.show(focus);
    this.#render();
  }

  #render() {
    const panel = this.#panel;
    if (!this.#words) return;
    const { say, unread, locale } = this.#words;
    const opened = panel.isOpen;
    panel.render(this.#words, this.dataset.brand || say("brand"));
    this.#markSeen();
    const count = this.#client.unread;
    this.launcher.lang = locale;
    this.launcher.ariaLabel = opened ? say("close") : count ? `${say("open")} – ${unread(count)}` : say("open");
    this.launcher.ariaExpanded = opened;
    this.launcher.classList.toggle("opened", opened);
    this.badge.hidden = opened || !count;
    this.badge.textContent = count;
    if (!this.#client.loading) this.#count(count);
  }

  /** The number goes in front of the page's title, too. */
  #count(unread) {
    if (unread === this.#unread) return;
    const title = this.#unread ? document.title.replace(BADGE, "") : document.title;
    this.#unread = unread;
    document.title = unread ? `(${unread}) ${title}` : title;
    this.#emit("unread", { count: unread });
  }

  #markSeen() {
    if (this.#panel.isOpen && !document.hidden && this.#panel.log.atEnd) this.#client.markSeen();
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`frontdoor:${name}`, { detail, bubbles: true, composed: true }));
  }
}

function addElement() {
  if (document.querySelector(TAG)) return;
  const element = document.createElement(TAG);
  const script = [...document.scripts].find(({ src }) => src === import.meta.url);
  Object.assign(element.dataset, script?.dataset);
  document.body.append(element);
}

if (!customElements.get(TAG)) {
  customElements.define(TAG, FrontDoorChat);
  if (document.body) addElement();
  else addEventListener("DOMContentLoaded", addElement, { once: true });
}
