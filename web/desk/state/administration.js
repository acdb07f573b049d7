/** Accounts, one's own sessions, and the desk's switch. */

import { del, get, patch, post, put } from "../net/api.js";
import { openDialog } from "../ui/modal.js";
import { run } from "./notices.js";
import { changed, state } from "./store.js";

export async function loadUsers() {
  try {
    state.users = { all: (await get("users")).users, error: null };
  } catch (error) {
    state.users = { ...state.users, error };
  }
  changed();
}

export async function createUser(fields) {
  const created = await post("users", fields);
  await loadUsers();
  openDialog("user_created", created);
}

export async function changeUser(id, fields) {
  const { user } = await patch(`users/${encodeURIComponent(id)}`, fields);
  if (user.id === state.user.id) state.user = { ...state.user, ...user };
  await loadUsers();
}

export function resetUser(user) {
  return run(`reset.${user.id}`, async () =>
    openDialog("user_reset", { user, ...(await post(`users/${encodeURIComponent(user.id)}/reset`)) }),
  );
}

export async function signOutUser(id) {
  await del(`users/${encodeURIComponent(id)}/sessions`);
}

export async function loadSessions() {
  try {
    state.sessions = { all: (await get("sessions")).sessions, error: null };
  } catch (error) {
    state.sessions = { ...state.sessions, error };
  }
  changed();
}

export function endSession(id) {
  return run(`session.${id}`, async () => {
    await del(`sessions/${encodeURIComponent(id)}`);
    await loadSessions();
  });
}

export function setAccepting(accepting) {
  return run("accepting", async () => {
    state.accepting = (await put("desk", { accepting })).accepting;
  });
}
