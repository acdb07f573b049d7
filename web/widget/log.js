/** The list of messages: the newest part is in the DOM, scrolling up adds more. */
import { button, fill, h, hidden, icon, markdown, plain, safeUrl } from "./dom.js";

const AGAIN_AFTER = 1500; // ms between presses
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/;

export const nameOf = ({ author, name }, say) =>
  (author !== "customer" && plain(name)) || { customer: say("you"), bot: say("assistant"), system: say("system") }[author] || "";

export function avatar(author, name) {
  const face = author === "agent" && name ? [...name][0].toUpperCase() : icon(author === "agent" ? "person" : "bot");
  return h("div", { class: `round avatar ${author}`, "aria-hidden": "true" }, face);
}

/** `day`: a date to show above; `first`: the author changes here; `live`: its question is open. */
export function bubble(item, { day, first, live }, client, words) {
  const { say, time } = words;
  const { author, text, article, buttons = [], attachments = [], custom } = item;
  const named = first && (author === "bot" || author === "agent");
  const name = nameOf(item, say);
  const content = [
    text && h("div", { class: "text", dir: "auto" }, author === "customer" ? text : markdown(text)),
    ...attachments.map((file) => attachment(file, client, words)),
  ].filter(Boolean);
  return h(
    "div",
    { class: `row ${author} ${first ? "first" : ""}`, tabindex: -1 },
    day && h("span", { class: "day" }, day),
    named && h("div", { class: "name" }, avatar(author, name), h("bdi", {}, name), author === "bot" && tag(say), h("time", {}, time(item.at))),
    !named && hidden(`${name} ${time(item.at)}`),
    content[0] && h("div", { class: "bubble" }, content),
    article && card(item, client, words),
    buttons[0] && h("div", { class: "choices" }, buttons.map((each) => choice(each, client))),
    custom?.kind && question(item, live, client, words),
    author === "customer" && h("div", { class: "meta", "aria-live": "off" }),
  );
}

export const tag = (say) => h("span", { class: "tag" }, say("bot"));

export function showStatus(row, item, { outbox, agentSeen }, { say, time, language }) {
  const { key, failed } = item;
  const status = item.status ?? (item.seq <= agentSeen ? "seen" : "stored");
  for (const name of ["sending", "failed"]) row.classList.toggle(name, status === name);
  const problem = failed && [
    h("span", { class: "problem", role: "alert" }, failed.message || say("failed")),
    button("pill", () => outbox.retry(key), say("retry")),
    button("pill", () => outbox.settle(key), say("discard")),
  ];
  const tick = h("span", {}, !failed && icon(status), hidden(say(status)));
  fill(row.querySelector(".meta"), status + language, problem ?? h("time", {}, time(item.at)), tick);
}

function attachment({ name, url, media_type, size }, { session }, words) {
  const href = url && safeUrl(session.url(url));
  const link = { href, target: "_blank", rel: "noopener noreferrer" };
  if (href && /^image\/(png|jpeg|gif|webp)$/.test(media_type))
    return h("a", { ...link, class: "picture" }, h("img", { src: `${href}&thumbnail=1`, alt: plain(name) || words.say("image") }));
  return h("a", { ...link, class: "file" }, icon("clip"), h("span", {}, h("bdi", {}, plain(name)), h("small", {}, words.size(size))));
}

function choice(each, client) {
  let pressed = 0;
  const press = () => {
    if (Date.now() - pressed > AGAIN_AFTER) client.press(each);
    pressed = Date.now();
  };
  return button("pill", press, plain(each.title));
}

function card({ id, article, helpful }, client, { say, language }) {
  const given = client.helpful.get(id) ?? helpful;
  const answer = (word, value) => button("pill", () => client.act("feedback", { message_id: id, helpful: value }), say(word));
  const ask = [h("span", {}, say("helpful")), answer("yes", true), answer("no", false)];
  return h(
    "div",
    { class: "article" },
    h("small", { class: "muted" }, say("source")),
    h("div", { lang: article.language !== language && article.language }, h("strong", {}, h("bdi", {}, plain(article.title)))),
    h("div", { class: "feedback small muted", role: "group" }, given == null ? ask : say(given ? "thanks_yes" : "thanks_no")),
  );
}

function question({ id, custom: { kind, score } }, live, client, { say }) {
  const act = (action, details) => client.act(action, details, id);
  if (kind === "rated") return h("div", { class: "stars", role: "img", "aria-label": say("rated", { n: score }) }, stars(score, say));
  if (!live || client.answered.has(id)) return null;
  if (kind === "ask_rating") return ratingForm(act, say);
  if (kind === "ask_email") return emailForm(act, say);
  const answer = (word, solved) => button("pill", () => act("solved", { solved }), say(word));
  return kind === "solved_question" && h("div", { class: "choices" }, answer("solved_yes", true), answer("solved_no", false));
}

const stars = (score, say, input) =>
  say("stars").map((name, index) => h("label", { class: `star ${index < score ? "on" : ""}` }, input?.(name, index + 1), icon("star")));

function ratingForm(act, say) {
  const problem = h("span", { class: "problem", role: "alert" });
  const comment = h("textarea", { class: "field", rows: 2, maxlength: 1000, "aria-label": say("comment"), placeholder: say("comment") });
  let score = 0;
  const choose = (name, value) => {
    score = value;
    problem.textContent = "";
    chosen.textContent = name;
    labels.forEach((star, index) => star.classList.toggle("on", index < value));
  };
  const input = (name, value) =>
    h("input", { type: "radio", name: "score", "aria-label": `${value} – ${name}`, onchange: () => choose(name, value) });
  const labels = stars(0, say, input);
  const chosen = h("small", { "aria-hidden": "true" });
  const submit = (event) => {
    event.preventDefault();
    if (score) act("rate", { score, comment: comment.value.trim() });
    else problem.textContent = say("rate_missing");
  };
  return h(
    "form",
    { class: "form", onsubmit: submit },
    h("fieldset", {}, h("legend", {}, say("rate")), h("div", { class: "stars" }, labels), chosen),
    comment,
    problem,
    h("button", { class: "primary" }, say("rate_send")),
  );
}

function emailForm(act, say) {
  const problem = h("span", { class: "problem", id: "bad", role: "alert" });
  const field = h("input", { class: "field", type: "email", id: "email", placeholder: "name@example.com", autocomplete: "email", "aria-describedby": "bad" });
  const submit = (event) => {
    event.preventDefault();
    const email = field.value.trim();
    if (EMAIL.test(email)) return act("contact", { email });
    problem.textContent = say("email_bad");
    field.setAttribute("aria-invalid", "true");
    return field.focus();
  };
  return h(
    "form",
    { class: "form", novalidate: true, onsubmit: submit },
    h("label", { for: "email" }, say("email")),
    h("div", { class: "line" }, field, h("button", { class: "primary" }, say("save"))),
    problem,
  );
}

const PAGE = 60;
const NEAR = 80;
const GROUP_WITHIN = 300000;
/** Each of these closes the question of the one before. */
const STEPS = /^(solved_question|ask_rating|rated|handoff_queued|agent_joined|returned|left_queue|abandoned)$/;

export class Log {
  /** Whether the newest message is, and stays, in view. */
  atEnd = true;
  #rows = new Map(); // key → {row, signature}
  #from = 0;
  #ends = [];
  #top = 0;

  constructor(client, onEnd) {
    Object.assign(this, { client, onEnd });
    this.more = button("pill more", () => this.#showEarlier());
    this.intro = h("div", { class: "intro" });
    this.list = h("div");
    this.typing = h("div", { class: "typing small muted" });
    this.part = h("div", { "aria-live": "off" });
    const inner = h("div", {}, this.more, this.intro, this.list, this.part, this.typing);
    this.element = h("div", { class: "log", role: "log", tabindex: 0, "aria-live": "off", onscroll: () => this.#scrolled() }, inner);
    this.jump = button("pill jump", () => this.toEnd());
    const observer = new ResizeObserver(() => this.atEnd && this.toEnd());
    for (const node of [this.element, inner]) observer.observe(node);
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    this.atEnd = true;
    this.jump.hidden = true;
  }

  render(words, brand) {
    const { client, element } = this;
    const { say, language } = words;
    this.words = words;
    element.setAttribute("aria-label", say("log"));
    this.more.textContent = say("earlier");
    this.jump.textContent = say("newest");
    fill(this.intro, language + brand, avatar("bot"), h("h3", {}, brand), say("intro"));
    const { typing } = client;
    this.typing.hidden = !typing;
    const who = typing && say("is_typing", { name: nameOf(typing, say) });
    const part = typing?.text && h("div", { class: "row bot" }, h("div", { class: "bubble" }, h("div", { class: "text", dir: "auto" }, markdown(typing.text))));
    fill(this.part, String(typing?.text), part);
    fill(this.typing, String(who), h("i"), h("i"), h("i"), who);
    if (client.loading) return;
    const items = client.timeline();
    const [oldest, newest] = this.#ends;
    this.#ends = [items[0]?.key, items.at(-1)?.key];
    if (oldest !== this.#ends[0] || (this.atEnd && items.length - this.#from > 3 * PAGE)) this.#from = Math.max(0, items.length - PAGE);
    this.#place(items);
    this.more.hidden = !this.#from;
    this.intro.hidden = !!this.#from;
    if (newest !== this.#ends[1]) {
      if (this.atEnd || items.at(-1)?.author === "customer") this.toEnd();
      else this.jump.hidden = false;
    }
    // History is not news.
    setTimeout(() => element.setAttribute("aria-live", "polite"), 500);
  }

  #showEarlier() {
    const { element, more, list } = this;
    const below = element.scrollHeight - element.scrollTop;
    const focused = element.getRootNode().activeElement === more;
    this.#from = Math.max(0, this.#from - PAGE);
    this.atEnd = false;
    this.#place(this.client.timeline());
    more.hidden = !this.#from;
    this.intro.hidden = !!this.#from;
    element.scrollTop = element.scrollHeight - below;
    if (focused) list.firstChild.focus({ preventScroll: true });
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const near = scrollHeight - scrollTop - clientHeight < NEAR;
    // Only scrolling up leaves the end: more may have come since the scroll began.
    this.atEnd = near || (this.atEnd && scrollTop >= this.#top);
    this.#top = scrollTop;
    if (near) {
      this.jump.hidden = true;
      this.onEnd();
    } else if (scrollTop < NEAR && this.#from) this.#showEarlier();
  }

  #place(items) {
    const step = items.findLast(({ custom }) => STEPS.test(custom?.kind));
    const email = !this.client.conversation.email && items.findLast(({ custom }) => custom?.kind === "ask_email");
    const rows = new Map();
    let cursor = this.list.firstChild;
    for (let index = this.#from; index < items.length; index++) {
      const item = items[index];
      const old = this.#rows.get(item.key);
      const now = this.#row(old, item, items[index - 1], item === step || item === email);
      if (cursor === old?.row) cursor = now.row.nextSibling;
      else this.list.insertBefore(now.row, cursor);
      now.row.classList.toggle("last", items[index + 1]?.author !== item.author);
      rows.set(item.key, now);
    }
    for (const [key, { row }] of this.#rows) if (!rows.has(key)) row.remove();
    this.#rows = rows;
  }

  #row(old, item, before, live) {
    const { client, words } = this;
    const { author, name, at } = item;
    const day = words.day(at);
    const newDay = !before || words.day(before.at) !== day;
    const first = newDay || before.author !== author || before.name !== name || at - before.at > GROUP_WITHIN;
    const place = { day: newDay && day, first, live };
    // A customer's row stays the same element from the first try to the stored message.
    const content = author === "customer" ? [item.text, item.attachments?.map(({ url }) => !!url)] : [item, client.helpful.get(item.id), client.answered.has(item.id)];
    const signature = JSON.stringify([words.language, place, content]);
    const row = old?.signature === signature ? old.row : bubble(item, place, client, words);
    if (old && row !== old.row) {
      const focused = old.row.contains(this.element.getRootNode().activeElement);
      old.row.replaceWith(row);
      if (focused) row.focus({ preventScroll: true });
    }
    if (author === "customer") showStatus(row, item, client, words);
    return { row, signature };
  }
}
