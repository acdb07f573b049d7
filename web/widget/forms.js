/** The small questions under a notice: is it solved, how was it, where shall we write to. */
import { h, icon } from "./dom.js";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/;

/** Yes or no to "is it solved?"; `done(solved)`. */
export function solvedForm({ say }, done) {
  return h(
    "div",
    { class: "choices centred" },
    h("button", { type: "button", class: "choice", onclick: () => done(true) }, say("solved_yes")),
    h("button", { type: "button", class: "choice", onclick: () => done(false) }, say("solved_no")),
  );
}

/** One to five stars with a comment; `done(score, comment)`. A radio group, so arrow keys work as everywhere. */
export function ratingForm({ say }, done) {
  const problem = h("p", { class: "problem", role: "alert" });
  const chosen = h("span", { class: "chosen", "aria-hidden": "true" });
  const stars = h("div", { class: "stars" });
  const comment = h("textarea", { class: "field", rows: 2, maxlength: 1000, "aria-label": say("comment"), placeholder: say("comment") });
  let score = 0;

  function choose(value) {
    score = value;
    chosen.textContent = say("stars")[value - 1];
    problem.textContent = "";
    [...stars.children].forEach((star, index) => star.classList.toggle("on", index < value));
  }

  say("stars").forEach((name, index) => {
    const input = h("input", {
      type: "radio",
      name: "score",
      value: index + 1,
      "aria-label": `${index + 1} – ${name}`,
      onchange: () => choose(index + 1),
    });
    stars.append(h("label", { class: "star" }, input, icon("star")));
  });

  function submit(event) {
    event.preventDefault();
    if (score) done(score, comment.value.trim());
    else problem.textContent = say("rate_missing");
  }

  return h(
    "form",
    { class: "form", onsubmit: submit },
    h("fieldset", {}, h("legend", {}, say("rate")), stars, chosen),
    comment,
    problem,
    h("button", { class: "primary" }, say("rate_send")),
  );
}

/** The score that was given, as stars. */
export function ratedLine({ say }, score) {
  const stars = Array.from({ length: 5 }, (_, index) => h("span", { class: index < score ? "star on" : "star" }, icon("star")));
  return h("div", { class: "stars small", role: "img", "aria-label": say("rated", { n: score }) }, stars);
}

/** Where an answer shall go; `done(email)`. */
export function emailForm({ say }, id, done) {
  const problem = h("p", { class: "problem", id: `problem-${id}`, role: "alert" });
  const field = h("input", {
    class: "field",
    type: "email",
    id: `email-${id}`,
    autocomplete: "email",
    placeholder: "name@example.com",
    maxlength: 254,
    "aria-describedby": problem.id,
  });

  function submit(event) {
    event.preventDefault();
    const email = field.value.trim();
    if (EMAIL.test(email)) return done(email);
    problem.textContent = say("email_bad");
    field.setAttribute("aria-invalid", "true");
    return field.focus();
  }

  return h(
    "form",
    { class: "form", novalidate: true, onsubmit: submit },
    h("label", { for: field.id }, say("email")),
    h("div", { class: "line" }, field, h("button", { class: "primary" }, say("email_send"))),
    problem,
  );
}
