/** The second step of the log-in, and the company's own log-in. */

import { del, get, post } from "../net/api.js";
import { openDialog } from "../ui/modal.js";
import { run, toast } from "./notices.js";
import { changed, state } from "./store.js";
import { t } from "../i18n/index.js";

/** What the log-in page offers besides a password; without an answer it offers nothing. */
export async function loadEntrance() {
  state.access.entrance = await get("entrance").catch(() => null);
  changed();
}

/** Leaves for the company's log-in: `sso` to get in, `sso/link` to connect the own account. */
export function leaveFor(path) {
  return run("sso", async () => {
    location.assign((await post(path)).url);
  });
}

export async function loadTwoFactor() {
  try {
    state.access.own = await get("two-factor");
  } catch (error) {
    state.access.own = { error };
  }
  changed();
}

/** A new secret to scan; nothing is in force before a code of it was given. */
export function beginEnrolment() {
  return run("two_factor", async () => {
    state.access.enrolling = await post("two-factor");
  });
}

/** The codes are shown once, so they are kept until the agent says that they have them. */
export async function confirmEnrolment(code) {
  state.access.codes = (await post("two-factor/confirm", { code })).codes;
  state.access.enrolling = null;
  await loadTwoFactor();
}

export function renewCodes() {
  return run("two_factor", async () => {
    state.access.codes = (await post("two-factor/codes")).codes;
    await loadTwoFactor();
  });
}

export function disableTwoFactor() {
  return run("two_factor", async () => {
    await del("two-factor");
    await loadTwoFactor();
    toast(t("two_factor.is_off"), "success");
  });
}

export function codesKept() {
  state.access.codes = null;
  changed();
}

/** Something dangerous needs a code first: asks for it, and resolves to whether it was given. */
export function askProof() {
  const before = state.dialog;
  return new Promise((settle) => {
    openDialog("prove", {
      done: (given) => {
        state.dialog = before;
        changed();
        settle(given);
      },
    });
  });
}

export async function prove(code) {
  await post("session/proof", { code });
}

export async function resetTwoFactor(user) {
  await del(`users/${encodeURIComponent(user.id)}/two-factor`);
}

export async function unlinkSso(user) {
  await del(`users/${encodeURIComponent(user.id)}/sso`);
}

export async function loadSessionsOf(user) {
  state.access.others = { id: user.id, all: null };
  const { sessions } = await get(`users/${encodeURIComponent(user.id)}/sessions`);
  if (state.access.others.id === user.id) state.access.others = { id: user.id, all: sessions };
  changed();
}

export function endSessionOf(user, id) {
  return run(`session.${id}`, async () => {
    await del(`users/${encodeURIComponent(user.id)}/sessions/${encodeURIComponent(id)}`);
    await loadSessionsOf(user);
  });
}
