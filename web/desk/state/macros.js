/**
 * Canned replies: found by their shortcut, filled with what the ticket knows, and what else they do once sent.
 * What a ticket doesn't know is asked for before: nothing is sent with a hole in it.
 */

import { del, get, post, put } from "../net/api.js";
import { language } from "../i18n/index.js";
import { closeDialog, openDialog } from "../ui/modal.js";
import { changeDraft, draft } from "./drafts.js";
import { run } from "./notices.js";
import { changed, state } from "./store.js";

const MOST = 7;
const PLACE = /\{\s*([A-Za-z_][\w.]*)\s*\}/gu;

export async function loadMacros() {
  try {
    const { macros, variables } = await get("macros");
    state.macros = { all: macros, variables, error: null };
  } catch (error) {
    state.macros.error = error;
  }
  changed();
}

/** Somebody changed one: those on the screen are fetched again. */
export function macrosChanged() {
  if (state.macros.all) loadMacros();
}

/** What a macro says to a customer who speaks `spoken`, or else in the language there is: `{title, text}`. */
export function wordsOf(macro, spoken) {
  const other = spoken === "zh" ? "en" : "zh";
  const found = macro.texts[spoken] ? spoken : other;
  const title = macro.titles[language()] || macro.titles[found] || Object.values(macro.titles)[0] || "";
  return { title, text: macro.texts[found] ?? "", language: found };
}

/** Those that `query` may mean, the best first: the beginning of a shortcut, or a part of anything else. */
export function candidates(query, ticket) {
  const wanted = query.toLowerCase();
  const rank = (macro) => {
    const { title } = wordsOf(macro, ticket.language);
    if (macro.shortcut.toLowerCase().startsWith(wanted)) return 0;
    return `${macro.shortcut} ${title} ${macro.folder} ${macro.tags.join(" ")}`.toLowerCase().includes(wanted) ? 1 : 2;
  };
  return (state.macros.all ?? [])
    .filter((macro) => !macro.retired && rank(macro) < 2)
    .filter((macro) => macro.scope !== "tier" || macro.tier === ticket.tier)
    .sort((one, other) => rank(one) - rank(other) || other.used - one.used)
    .slice(0, MOST);
}

/** Puts a macro into the reply between `from` and `to`; asks first for what the ticket does not know. */
export async function insertMacro(ticket, macro, from, to, inserted) {
  await run(`macro.${ticket.id}`, async () => {
    const { text, language: spoken } = wordsOf(macro, ticket.language);
    const { values } = await get(`tickets/${encodeURIComponent(ticket.id)}/variables`);
    const known = values[spoken];
    const missing = [...new Set([...text.matchAll(PLACE)].map(([, name]) => name))].filter((name) => !known[name]);
    const finish = (given) => {
      const filled = text.replace(PLACE, (_, name) => known[name] || given[name] || "");
      place(ticket, macro, filled, from, to);
      inserted(from + filled.length);
    };
    if (missing.length === 0) finish({});
    else openDialog("macro_fill", { macro, missing, text, finish: (given) => (closeDialog(), finish(given)) });
  });
}

function place(ticket, macro, text, from, to) {
  const { reply, actions = [], macros = [] } = draft(ticket.id);
  const more = macro.actions.filter((each) => !actions.some((one) => one.do === each.do && one.value === each.value));
  changeDraft(ticket.id, {
    mode: "reply",
    reply: reply.slice(0, from) + text + reply.slice(to),
    actions: [...actions, ...more],
    macros: [...new Set([...macros, macro.id])],
  });
  changed();
}

/** Takes back one of the actions that would be done with the reply. */
export function dropAction(ticketId, action) {
  const { actions = [] } = draft(ticketId);
  changeDraft(ticketId, { actions: actions.filter((each) => each !== action) });
  changed();
}

export async function saveMacro(macro, body) {
  if (macro) await put(`macros/${encodeURIComponent(macro.id)}`, { ...body, version: macro.version });
  else await post("macros", body);
  closeDialog();
  await loadMacros();
}

export function deleteMacro(macro) {
  return run(`macro.${macro.id}`, async () => {
    await del(`macros/${encodeURIComponent(macro.id)}`);
    closeDialog();
    await loadMacros();
  });
}
