/** The customer's private page of one ticket: how far it is, what was said, and what they can do. */

import { Refused, act, look, newId, upload } from "./api.js";
import { current, moment, speak, t } from "./texts.js";

const EVERY = 15_000;
const STAGES = ["received", "in_progress", "waiting_for_you", "solved", "confirmed"];
const page = document.getElementById("page");
/** What is being written survives whatever else is drawn anew. */
const draft = { id: newId(), text: "", files: [], score: 0, comment: "" };
const state = { seen: null, gone: false, offline: false, busy: false, said: "", wrong: "", chosen: false, drawn: "" };

/** An element; strings become text, never markup. `on…` listens, other properties are attributes. */
function el(name, props, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props ?? {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "value") node.value = value;
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function draw() {
  const focused = document.activeElement?.id;
  const caret = focused === "text" || focused === "comment" ? document.activeElement.selectionStart : null;
  page.replaceChildren(...(state.gone ? gone() : state.seen ? ticket(state.seen) : [el("p", { role: "status" }, t("loading"))]));
  const again = focused ? document.getElementById(focused) : null;
  again?.focus();
  if (again && caret !== null) again.setSelectionRange(caret, caret);
}

function gone() {
  return [head(""), el("main", null, el("h1", null, t("gone")), el("p", null, t("gone_hint")))];
}

function head(brand) {
  return el(
    "header",
    null,
    el("span", { class: "brand" }, brand),
    el("button", { type: "button", id: "language", class: "quiet", lang: current() === "zh" ? "en" : "zh-CN", onclick: other }, t("other")),
  );
}

function other() {
  state.chosen = true;
  speak(current() === "zh" ? "en" : "zh");
  draw();
}

function ticket(seen) {
  document.title = t("title", { number: seen.number });
  const can = (what) => seen.can.includes(what);
  return [
    head(seen.brand[current()]),
    el(
      "main",
      null,
      el("h1", null, t("title", { number: seen.number })),
      el("p", { class: "now", role: "status" }, t(seen.stage === "confirmed" && seen.silent ? "now_silent" : `now_${seen.stage}`)),
      progress(seen.stage),
      facts(seen),
      state.offline && el("p", { class: "notice", role: "status" }, t("offline")),
      state.said && el("p", { class: "notice good", role: "status" }, state.said),
      state.wrong && el("p", { class: "notice bad", role: "alert" }, state.wrong),
      can("confirm") && confirmation(),
      can("rate") && !can("confirm") && rating(seen),
      said(seen),
      (can("write") || can("reopen")) && form(seen, can("write")),
      el("p", { class: "fine" }, t("private")),
    ),
  ];
}

function progress(stage) {
  if (stage === "closed") return null;
  const shown = stage === "waiting_for_you" ? STAGES : STAGES.filter((each) => each !== "waiting_for_you");
  const here = shown.indexOf(stage);
  const done = (index) => index < here || stage === "confirmed";
  return el(
    "ol",
    { class: "stages", "aria-label": t("stages") },
    shown.map((each, index) =>
      el("li", { class: done(index) ? "done" : index === here ? "here" : "", "aria-current": index === here ? "step" : null }, t(each)),
    ),
  );
}

function facts(seen) {
  const rows = [
    ["team", seen.team?.[current()]],
    ["agent", seen.agent],
    ["next", seen.next_update_at && moment(seen.next_update_at)],
    ["opens", seen.opens_at && moment(seen.opens_at)],
    ["opened", moment(seen.opened_at)],
    ["updated", moment(seen.updated_at)],
  ];
  return el("dl", null, rows.filter(([, value]) => value).map(([name, value]) => el("div", null, el("dt", null, t(name)), el("dd", null, value))));
}

function said(seen) {
  return el(
    "section",
    { "aria-labelledby": "said" },
    el("h2", { id: "said" }, t("said")),
    seen.messages.length ? el("ol", { class: "log" }, seen.messages.map(message)) : el("p", { class: "fine" }, t("nothing")),
  );
}

function message({ author, name, at, text, attachments = [] }) {
  const own = author === "customer";
  return el(
    "li",
    { class: own ? "own" : "" },
    el("p", { class: "who" }, own ? t("you") : name, " · ", el("time", { datetime: new Date(at).toISOString() }, moment(at))),
    text && el("p", { class: "words" }, text),
    attachments.map((file) => el("p", null, el("a", { href: file.url, target: "_blank", rel: "noopener noreferrer" }, file.name))),
  );
}

function confirmation() {
  return el(
    "section",
    { class: "ask", "aria-labelledby": "ask" },
    el("h2", { id: "ask" }, t("solved_question")),
    el(
      "div",
      { class: "row" },
      button("yes", "primary", () => run(() => act("confirmation", { client_id: newId() }, current()))),
      state.seen.can.includes("reopen") && button("reopen", "", () => run(() => act("reopening", { client_id: newId() }, current()))),
    ),
  );
}

function rating(seen) {
  const score = draft.score || seen.score || 0;
  const mark = (each) =>
    el(
      "label",
      null,
      el("input", { type: "radio", name: "score", id: `score-${each}`, value: String(each), checked: each === score, onchange: () => ((draft.score = each), draw()) }),
      el("span", null, String(each)),
    );
  return el(
    "form",
    { class: "ask", onsubmit: (event) => (event.preventDefault(), rate()) },
    el(
      "fieldset",
      null,
      el("legend", null, t("rate")),
      el("div", { class: "marks" }, el("span", { class: "fine" }, t("poor")), [1, 2, 3, 4, 5].map(mark), el("span", { class: "fine" }, t("excellent"))),
    ),
    seen.score ? el("p", { class: "fine" }, t("rated", { score: seen.score })) : null,
    el("label", { for: "comment" }, t("comment")),
    el("textarea", { id: "comment", rows: 2, maxlength: 1000, value: draft.comment, oninput: ({ target }) => (draft.comment = target.value) }),
    el("button", { type: "submit", class: "primary", disabled: state.busy || !draft.score }, t("send_rating")),
  );
}

function rate() {
  const { score, comment } = draft;
  return run(() => act("rating", { client_id: newId(), score, comment }, current()), () => Object.assign(draft, { score: 0, comment: "" }));
}

function form(seen, open) {
  return el(
    "form",
    { class: "write", onsubmit: (event) => (event.preventDefault(), send()) },
    el("label", { for: "text" }, t(open ? "add" : "reopen_label")),
    el("textarea", { id: "text", rows: 4, maxlength: seen.limits.text, value: draft.text, "aria-describedby": "hint", oninput: ({ target }) => (draft.text = target.value) }),
    el("p", { class: "fine", id: "hint" }, t("hint")),
    el("ul", { class: "files" }, draft.files.map((file, index) => el("li", null, file.name, button("remove", "quiet", () => (draft.files.splice(index, 1), draw()), { name: file.name })))),
    el(
      "div",
      { class: "row" },
      seen.limits.file_bytes > 0 &&
        el("label", { class: "pick" }, t("file"), el("input", { type: "file", id: "file", multiple: true, accept: seen.limits.file_types.join(), onchange: pick })),
      el("button", { type: "submit", class: "primary", disabled: state.busy }, t(open ? "send" : "reopen")),
    ),
  );
}

function pick({ target }) {
  draft.files = [...draft.files, ...target.files].slice(0, 10);
  draw();
}

function send() {
  const text = draft.text.trim();
  if (!text && draft.files.length === 0) return document.getElementById("text").focus();
  return run(
    async () => {
      const ids = [];
      for (const file of draft.files) ids.push((file.kept ??= await upload(file, current())).id);
      return act("messages", { client_id: draft.id, text, attachments: ids }, current());
    },
    () => Object.assign(draft, { id: newId(), text: "", files: [] }),
  );
}

function button(text, kind, onclick, values) {
  return el("button", { type: "button", class: kind, disabled: state.busy, onclick }, t(text, values));
}

/** Does something once; what was written stays until it is known to have arrived. */
async function run(work, done = () => {}) {
  if (state.busy) return;
  Object.assign(state, { busy: true, said: "", wrong: "" });
  draw();
  try {
    take(await work());
    done();
    state.said = t("sent");
    setTimeout(refresh, 1_000);
  } catch (error) {
    state.wrong = error instanceof Refused ? error.message : t("offline");
    state.gone = error.gone ?? false;
  }
  state.busy = false;
  draw();
}

function take(seen) {
  state.seen = seen;
  state.offline = false;
  if (!state.chosen) speak(seen.language);
}

/** What is new; the page is drawn only when there is something, so that nothing moves under the reader's hands. */
async function refresh() {
  try {
    take(await look(current()));
  } catch (error) {
    if (error instanceof Refused) state.gone = error.gone;
    else state.offline = true;
  }
  const now = JSON.stringify([{ ...state.seen, messages: state.seen?.messages.map(({ id }) => id) }, state.gone, state.offline, current()]);
  if (now === state.drawn) return;
  state.drawn = now;
  draw();
}

speak(current());
draw();
await refresh();
setInterval(() => document.visibilityState === "visible" && !state.gone && !state.busy && refresh(), EVERY);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && !state.gone && refresh());
