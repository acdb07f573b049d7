/** Single-key shortcuts. They rest while one writes or a dialog is open, and can be turned off (WCAG 2.1.4). */

import { openActionDialog, take } from "../state/actions.js";
import { openBegin } from "../state/begin.js";
import { choose } from "../state/chosen.js";
import { accept, offers, pass } from "../state/offers.js";
import { recall } from "../state/preferences.js";
import { go, toTicket } from "../state/route.js";
import { state } from "../state/store.js";
import { shown } from "../state/tickets.js";
import { openDialog } from "../ui/modal.js";
import { setMode, showArticles } from "./composer.js";
import { openEscalate } from "./escalation.js";
import { bringIntoSight } from "./queue.js";

/** `keys` as shown; a first key that leads to a second one is followed by a space. */
export const SHORTCUTS = [
  { keys: "J", text: "help.next", act: () => step(1) },
  { keys: "K", text: "help.previous", act: () => step(-1) },
  { keys: "T", text: "help.take", act: () => current()?.can.includes("take") && take(current().id) },
  { keys: "Y", text: "help.accept", act: () => offers()[0] && accept(offers()[0].id) },
  { keys: "X", text: "help.pass", act: () => offers()[0] && pass(offers()[0].id) },
  { keys: "R", text: "help.reply", act: () => current()?.can.includes("reply") && setMode(current().id, "reply") },
  { keys: "N", text: "help.note", act: () => current()?.can.includes("note") && setMode(current().id, "note") },
  { keys: "A", text: "help.articles", act: () => current() && showArticles() },
  { keys: "E", text: "help.resolve", act: () => openActionDialog("resolve") },
  { keys: "B", text: "help.return", act: () => openActionDialog("return") },
  { keys: "H", text: "help.transfer", act: () => openActionDialog("transfer") },
  { keys: "U", text: "help.escalate", act: () => current()?.can.includes("escalate") && openEscalate(current()) },
  { keys: "Z", text: "help.snooze", act: () => openActionDialog("snooze") },
  { keys: "M", text: "help.merge", act: () => openActionDialog("merge") },
  { keys: "C", text: "help.begin", act: () => openBegin() },
  { keys: "/", text: "help.search", act: () => document.getElementById("search")?.focus() },
  { keys: "V", text: "search.toggle", act: () => state.route.ticketId && choose(state.route.ticketId) },
  { keys: "Ctrl K", text: "search.palette_open", act: () => openDialog("palette") },
  { keys: "G Q", text: "help.go_queue", act: () => go("#/queue") },
  { keys: "G M", text: "help.go_mine", act: () => go("#/mine") },
  { keys: "G T", text: "search.go_team", act: () => go("#/team") },
  { keys: "G D", text: "search.go_breaching", act: () => go("#/breaching") },
  { keys: "G Z", text: "search.go_snoozed", act: () => go("#/snoozed") },
  { keys: "G S", text: "search.go_search", act: () => go("#/search") },
  { keys: "G A", text: "help.go_all", act: () => go("#/all") },
  { keys: "G R", text: "help.go_resolved", act: () => go("#/resolved") },
  { keys: "G K", text: "help.go_knowledge", act: () => go("#/knowledge") },
  { keys: "G L", text: "help.go_learning", act: () => go("#/learning") },
  { keys: "?", text: "help.help", act: () => openDialog("help") },
];

const SECOND_KEY_WITHIN = 1_200;
let leader = { key: "", until: 0 };

export function listenForShortcuts() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && !state.dialog && writes(event.target)) event.target.blur();
    if (isPalette(event)) {
      event.preventDefault();
      openDialog("palette");
      return;
    }
    if (!wanted(event)) return;
    const pressed = event.key.length === 1 ? event.key.toUpperCase() : event.key;
    const keys = leader.until > Date.now() ? `${leader.key} ${pressed}` : pressed;
    leader = { key: "", until: 0 };
    const shortcut = SHORTCUTS.find((each) => each.keys === keys);
    if (shortcut) {
      event.preventDefault();
      shortcut.act();
    } else if (SHORTCUTS.some((each) => each.keys.startsWith(`${keys} `)))
      leader = { key: keys, until: Date.now() + SECOND_KEY_WITHIN };
  });
}

/** Also while one writes: it takes no letter away. */
function isPalette(event) {
  const held = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
  return held && state.phase === "ready" && !state.dialog;
}

function wanted(event) {
  if (state.phase !== "ready" || state.dialog || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
    return false;
  return !writes(event.target) && recall("shortcuts", true);
}

/** True for what takes letters itself; Escape leads out of it, back to the shortcuts. */
function writes(target) {
  return target.matches("input, textarea, select");
}

function current() {
  return state.thread ? state.tickets.get(state.thread.id) : undefined;
}

function step(by) {
  if (state.route.page !== "tickets") return;
  const tickets = shown();
  const at = tickets.findIndex((ticket) => ticket.id === state.route.ticketId);
  const next = tickets[at === -1 ? 0 : at + by];
  if (!next) return;
  go(toTicket(next.id));
  bringIntoSight(next.id);
}
