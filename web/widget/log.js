/** The scrolling list of messages. Only the newest part of a long history is in the DOM; scrolling up adds more. */
import { bubble, nameOf, showStatus } from "./bubble.js";
import { h, icon } from "./dom.js";

const PAGE = 60;
const NEAR = 80; // px from the end that still count as "at the end"
const GROUP_WITHIN = 300000; // ms between messages of one author that share a name line
/** Each of these closes the question of the one before. */
const STEPS = new Set(["solved_question", "ask_rating", "rated", "handoff_queued", "agent_joined", "returned", "left_queue", "abandoned"]);

export class Log {
  #rows = new Map(); // key → {row, signature}
  #from = 0;
  #oldest = null;
  #newest = null;
  #stuck = true;

  constructor(client) {
    this.client = client;
    this.intro = h("div", { class: "intro" });
    this.more = h("button", { type: "button", class: "more", hidden: true, onclick: () => this.#showEarlier() });
    this.list = h("div", { class: "list" });
    this.typing = h("div", { class: "typing", hidden: true });
    this.inner = h("div", { class: "inner" }, this.more, this.intro, this.list, this.typing);
    this.element = h("div", { class: "log", role: "log", tabindex: "0", "aria-live": "off", onscroll: () => this.#scrolled() }, this.inner);
    this.jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() }, icon("down"), h("span"));
    const observer = new ResizeObserver(() => this.#stuck && this.toEnd());
    observer.observe(this.element);
    observer.observe(this.inner);
  }

  /** Whether the newest message is in view. */
  get atEnd() {
    return this.#stuck;
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    this.#stuck = true;
    this.jump.hidden = true;
  }

  render(words) {
    const { say } = words;
    this.words = words;
    this.element.setAttribute("aria-label", say("log"));
    this.more.textContent = say("earlier");
    this.jump.lastChild.textContent = say("newest");
    this.#renderTyping(say);
    if (this.client.loading) return;
    const items = this.client.timeline();
    const newest = items.at(-1);
    this.#window(items);
    this.#place(items);
    this.more.hidden = this.#from === 0;
    this.intro.hidden = this.#from > 0;
    if (newest && newest.key !== this.#newest) {
      if (this.#stuck || newest.author === "customer") this.toEnd();
      else this.jump.hidden = false;
    }
    this.#newest = newest?.key;
    // What was there before is history, not news: announce only what comes from now on.
    setTimeout(() => this.element.setAttribute("aria-live", "polite"), 500);
  }

  #window(items) {
    const oldest = items[0]?.key;
    const tooMany = this.#stuck && items.length - this.#from > 3 * PAGE;
    if (oldest !== this.#oldest || tooMany) this.#from = Math.max(0, items.length - PAGE);
    this.#oldest = oldest;
  }

  #showEarlier() {
    const { scrollHeight, scrollTop } = this.element;
    const focused = this.element.getRootNode().activeElement === this.more;
    this.#from = Math.max(0, this.#from - PAGE);
    this.#stuck = false;
    this.render(this.words);
    this.element.scrollTop = scrollTop + this.element.scrollHeight - scrollHeight;
    if (focused) this.list.firstChild.focus({ preventScroll: true });
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    this.#stuck = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.#stuck) {
      this.jump.hidden = true;
      this.onEnd?.();
    }
    if (scrollTop < NEAR && this.#from > 0) this.#showEarlier();
  }

  /** Brings the rows in line with the items, touching only what changed. */
  #place(items) {
    const open = this.#openQuestions(items);
    const rows = new Map();
    let cursor = this.list.firstChild;
    for (let index = this.#from; index < items.length; index++) {
      const item = items[index];
      const old = this.#rows.get(item.key)?.row;
      const row = this.#row(item, items[index - 1], open.has(item.id));
      if (cursor && cursor === old) cursor = row;
      row.classList.toggle("last", items[index + 1]?.author !== item.author);
      rows.set(item.key, this.#rows.get(item.key));
      if (row === cursor) cursor = cursor.nextSibling;
      else this.list.insertBefore(row, cursor);
    }
    while (cursor) {
      const next = cursor.nextSibling;
      cursor.remove();
      cursor = next;
    }
    this.#rows = rows;
  }

  #row(item, before, live) {
    const day = this.words.day(item.at);
    const newDay = !before || this.words.day(before.at) !== day;
    const first = newDay || before.author !== item.author || before.name !== item.name || item.at - before.at > GROUP_WITHIN;
    const place = { day: newDay && day, first, live };
    const signature = JSON.stringify([this.words.language, place, this.#content(item)]);
    const known = this.#rows.get(item.key);
    if (known?.signature !== signature) {
      const row = bubble(item, place, this.client, this.words);
      const focused = known?.row.contains(this.element.getRootNode().activeElement);
      known?.row.replaceWith(row);
      if (focused) row.focus({ preventScroll: true });
      this.#rows.set(item.key, { row, signature });
    }
    const { row } = this.#rows.get(item.key);
    if (item.author === "customer") {
      const status = item.status ?? (item.seq <= this.client.agentSeen ? "seen" : "stored");
      row.classList.toggle("pending", status === "sending");
      row.classList.toggle("failed", status === "failed");
      showStatus(row, item, status, this.client, this.words);
    }
    return row;
  }

  /** What a row depends on. A customer's row stays the same element from the first try to the stored message. */
  #content(item) {
    if (item.author === "customer") return [item.text, item.attachments?.map(({ id }) => id) ?? []];
    return [item, this.client.helpful.get(item.id), this.client.answered.has(item.id)];
  }

  #openQuestions(items) {
    const step = items.findLast(({ custom }) => STEPS.has(custom?.kind));
    const email = this.client.conversation.email ? null : items.findLast(({ custom }) => custom?.kind === "ask_email");
    return new Set([step?.id, email?.id].filter(Boolean));
  }

  #renderTyping(say) {
    const who = this.client.typing;
    this.typing.hidden = !who;
    if (!who) return;
    const text = say("is_typing", { name: nameOf(who, say) });
    this.typing.replaceChildren(h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", {}, text));
  }
}
