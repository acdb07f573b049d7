/** One entry of the log as a DOM element. */
import { fill, h, hidden, icon, plain } from "./dom.js";
import { emailForm, ratedLine, ratingForm, solvedForm } from "./forms.js";
import { markdown, safeUrl } from "./markdown.js";

const TICKS = { sending: "clock", stored: "tick", seen: "ticks", failed: "alert" };
const AGAIN_AFTER = 1500; // a double click is one press

/** The name line's text for whoever wrote `item`. */
export function nameOf(item, say) {
  const names = { customer: say("you"), bot: say("assistant"), agent: "", system: say("system") };
  return (item.author !== "customer" && plain(item.name)) || names[item.author] || "";
}

/**
 * `place`: `{day, first, live}` – a date to show above, whether the author changes here, whether its question is open.
 * `client` takes what the customer answers.
 */
export function bubble(item, place, client, words) {
  const { say, time } = words;
  const mine = item.author === "customer";
  const name = nameOf(item, say);
  const spoken = hidden(`${name} ${time(item.at)}: `);
  const head =
    place.first && (item.author === "bot" || item.author === "agent")
      ? h(
          "div",
          { class: "name" },
          h("bdi", {}, name),
          item.author === "bot" && h("span", { class: "tag" }, say("bot")),
          h("time", { datetime: new Date(item.at).toISOString() }, time(item.at)),
        )
      : spoken;
  const content = [
    item.text && h("div", { class: "text", dir: "auto" }, mine ? item.text : markdown(item.text)),
    ...(item.attachments ?? []).map((file) => attachment(file, client, words)),
  ].filter(Boolean);
  return h(
    "div",
    { class: `row ${item.author}${place.first ? " first" : ""}`, tabindex: "-1" },
    place.day && h("div", { class: "day" }, h("span", {}, place.day)),
    place.first && item.author !== "customer" && item.author !== "system" && avatar(item, name),
    head,
    content.length > 0 && h("div", { class: "bubble" }, content),
    item.article && article(item, client, words),
    item.buttons?.length > 0 && choices(item, client),
    item.custom?.kind && question(item, place.live, client, words),
    mine && h("div", { class: "meta", "aria-live": "off" }),
  );
}

/** Shows how far the customer's own message has come; called again whenever that changes. */
export function showStatus(row, item, status, client, { say, time }) {
  const meta = row.querySelector(".meta");
  fill(meta, `${status}${item.at}${say("stored")}`, () => [
    status === "failed" &&
      h("span", { class: "problem", role: "alert" }, item.failed.message || say("failed"), ` `),
    status === "failed" && h("button", { type: "button", onclick: () => client.outbox.retry(item.client_id) }, say("retry")),
    status === "failed" && h("button", { type: "button", onclick: () => client.outbox.discard(item.client_id) }, say("discard")),
    status !== "failed" && h("time", {}, time(item.at)),
    h("span", { class: `tick ${status}` }, icon(TICKS[status]), hidden(say(status))),
  ]);
}

function avatar(item, name) {
  const face = item.author === "bot" ? icon("bot") : [...name.trim()][0]?.toUpperCase() ?? icon("person");
  return h("div", { class: `avatar ${item.author}`, "aria-hidden": "true" }, face);
}

function attachment(file, client, { say, size }) {
  const href = safeUrl(client.api.url(file.url));
  const name = plain(file.name);
  if (!href) return null;
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.media_type)) {
    const image = h("img", { src: href, alt: name || say("image"), decoding: "async" });
    return h("a", { class: "picture", href, target: "_blank", rel: "noopener noreferrer" }, image);
  }
  return h(
    "a",
    { class: "file", href, target: "_blank", rel: "noopener noreferrer", download: name },
    icon("file"),
    h("span", {}, h("bdi", {}, name || say("file")), h("small", {}, size(file.size))),
  );
}

function choices({ buttons }, client) {
  let pressed = "";
  function press(button) {
    if (pressed === button.token) return;
    pressed = button.token;
    setTimeout(() => (pressed = ""), AGAIN_AFTER);
    client.press(button);
  }
  return h(
    "div",
    { class: "choices", role: "group" },
    buttons.map((button) => h("button", { type: "button", class: "choice", onclick: () => press(button) }, plain(button.title))),
  );
}

function article(item, client, { say, language }) {
  const helpful = client.helpful.get(item.id) ?? item.helpful;
  const tell = (value) => client.act("feedback", { message_id: item.id, helpful: value });
  const answer = (value) =>
    h("button", { type: "button", "aria-label": `${say("helpful")} ${say(value ? "yes" : "no")}`, onclick: () => tell(value) }, say(value ? "yes" : "no"));
  const feedback =
    typeof helpful === "boolean"
      ? h("p", { class: "feedback" }, icon("tick"), say(helpful ? "thanks_yes" : "thanks_no"))
      : h("p", { class: "feedback" }, h("span", {}, say("helpful")), answer(true), answer(false));
  const title = { class: "title", lang: item.article.language !== language && item.article.language };
  return h(
    "div",
    { class: "article" },
    h("p", { class: "source" }, icon("book"), say("source")),
    h("p", title, h("bdi", {}, plain(item.article.title))),
    feedback,
  );
}

/** What a notice asks the customer, while it is open. */
function question(item, live, client, words) {
  const { kind, score } = item.custom;
  const about = item.id;
  if (kind === "rated" && score >= 1 && score <= 5) return ratedLine(words, score);
  if (!live || client.answered.has(about)) return null;
  if (kind === "solved_question") return solvedForm(words, (solved) => client.act("solved", { solved }, about));
  if (kind === "ask_rating") return ratingForm(words, (score, comment) => client.act("rate", { score, comment }, about));
  if (kind === "ask_email") return emailForm(words, about, (email) => client.act("contact", { email }, about));
  return null;
}
