/** Signing in and out, and what follows from it. */

import { ApiError, del, get, patch, post, put, useToken, whenProofNeeded, whenRefused } from "../net/api.js";
import { chosenByUser, language, setLanguage, t } from "../i18n/index.js";
import { askProof, loadEntrance, loadTwoFactor } from "./access.js";
import { openArticle } from "./article.js";
import { pruneDrafts } from "./drafts.js";
import { openHandoff } from "./elsewhere.js";
import { goLive, leaveLive, restartLive } from "./live.js";
import { toast } from "./notices.js";
import { restoreOutgoing } from "./outgoing.js";
import { may } from "./pages.js";
import { tellShift } from "./rota.js";
import { parse, replace } from "./route.js";
import { changed, state } from "./store.js";
import { openSearch } from "./search.js";
import { adoptFilters, loadList, restoreFilters } from "./tickets.js";
import { openThread } from "./thread.js";

const SSO_CODES = ["sso_failed", "sso_unknown", "sso_away", "sso_taken", "too_many", "signed_out"];

export async function start() {
  whenRefused((code) => (code === "signed_out" ? signedOut(true) : demand(code)));
  whenProofNeeded(askProof);
  loadEntrance();
  addEventListener("hashchange", follow);
  cameBack();
  state.route = parse(location.hash);
  if (state.route.page === "reset") {
    show("reset");
    return;
  }
  await resume();
}

/** Goes on with the cookie's session, if there is one: at the start, and when the socket said that the session is over. */
export async function resume() {
  show("starting");
  try {
    enter(await get("me"));
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) show("unreachable");
  }
}

export async function signIn(login, password) {
  enter(await post("session", { login, password }));
}

/** The second step: a code of the agent's app. */
export async function giveCode(code) {
  enter(await post("session/code", { code }));
}

/** What the company's log-in sent back with the browser, for the log-in page to explain. */
function cameBack() {
  if (!location.hash.startsWith("#sso=")) return;
  const code = location.hash.slice(5);
  state.access.failed = SSO_CODES.includes(code) ? code : "sso_failed";
  history.replaceState(null, "", "#/queue");
}

/** `account` as the service gives it at log-in: `{user, csrf, session_id, stage}`; only `stage` while a code is due. */
function enter(account) {
  useToken(account.csrf);
  state.user = account.user ?? null;
  state.sessionId = account.session_id ?? "";
  if (account.stage) {
    demand(account.stage);
    return;
  }
  if (chosenByUser() && account.user.language !== language()) storeLanguage();
  else setLanguage(account.user.language);
  if (!may("see_tier") && state.route.page === "tickets") replace("#/knowledge");
  pruneDrafts();
  restoreFilters();
  restoreOutgoing();
  show("ready");
  if (state.access.failed) toast(t(`sso.${state.access.failed}`), "error");
  state.access.failed = "";
  follow();
  goLive(resume);
  tellShift();
}

/** Who came by the company's log-in goes on to log out there, too. */
export async function signOut() {
  const onward = await del("session");
  signedOut();
  if (onward?.url) location.assign(onward.url);
}

export async function signOutEverywhere() {
  await del("sessions");
  signedOut();
}

/** `expired`: it was not the agent who ended the session, so the log-in page explains. */
function signedOut(expired = false) {
  state.expired = expired && state.user !== null;
  leave();
  state.user = null;
  Object.assign(state.access, { own: null, enrolling: null, codes: null });
  show("signed_out");
}

/** One step of the log-in comes before anything else: `awaits_code`, `must_change` or `must_enrol`. */
function demand(stage) {
  leave();
  if (stage === "must_enrol") loadTwoFactor();
  show(stage);
}

function leave() {
  leaveLive();
  state.thread = null;
  state.dialog = null;
  state.menu = "";
  state.tickets.clear();
}

/** Other sessions end; this one goes on with the new cookie and token the answer brings. */
export async function changePassword(current, next) {
  const forced = state.phase === "must_change";
  const account = await post("password", { current, new: next });
  if (forced) enter(account);
  else {
    useToken(account.csrf);
    state.user = account.user;
    state.sessionId = account.session_id;
    restartLive();
  }
  toast(t("password.changed"), "success");
}

export async function useResetLink(token, next) {
  await post("password/reset", { token, new: next });
  replace("#/queue");
  show("signed_out");
  toast(t("password.changed"), "success");
}

export async function setPresence(presence) {
  state.user = (await put("presence", { presence })).user;
  changed();
}

export async function chooseLanguage(choice) {
  setLanguage(choice, true);
  changed();
  if (state.phase === "ready") {
    restartLive();
    await storeLanguage();
  }
}

async function storeLanguage() {
  try {
    state.user = (await patch("me", { language: language() })).user;
  } catch {
    // This browser shows the chosen language anyway.
  }
}

function show(phase) {
  state.phase = phase;
  changed();
}

/** Goes where the address says. */
function follow() {
  const { view } = state.route;
  state.route = parse(location.hash);
  const refiltered = adoptFilters(state.route.filters);
  state.menu = "";
  if (state.route.page === "reset") show("reset");
  if (state.phase !== "ready") return;
  openThread(state.route.page === "tickets" ? state.route.ticketId : "");
  openArticle(state.route.articleId);
  openHandoff(state.route.handoffId);
  if (state.route.page === "search") openSearch(state.route.q, state.route.section);
  if (state.route.view !== view || refiltered) {
    state.list.found = null;
    loadList();
  }
  changed();
}
