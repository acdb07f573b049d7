/** The wall: how the desk stands now, looked at again whenever something moved and every few seconds. */

import { get, post } from "../net/api.js";
import { run, toast } from "./notices.js";
import { t } from "../i18n/index.js";
import { changed, state } from "./store.js";

const EVERY = 5_000;
const CALM = 1_000;
let timer = 0;
let running = false;

/** Begins to look; the page calls it when it is shown. */
export function openWall() {
  running = true;
  look();
  loadBanners();
}

/** Stops looking. */
export function closeWall() {
  running = false;
  clearTimeout(timer);
}

/** Something moved on the desk: look again soon. */
export function wallMoved() {
  if (running) again(CALM);
}

function again(pause) {
  clearTimeout(timer);
  timer = setTimeout(look, pause);
}

async function look() {
  try {
    state.wall.now = await get("wall");
    state.wall.error = null;
  } catch (error) {
    state.wall.error = error;
  }
  changed();
  if (running) again(EVERY);
}

export async function loadBanners() {
  try {
    state.wall.banners = (await get("banners")).banners;
    changed();
  } catch {
    // The wall says that the line is down.
  }
}

/** `values`: `{en, zh, words, hours}` as the form has them. */
export async function putUpBanner({ en, zh, words, hours }) {
  const list = words.split(/[,，、]/u).map((word) => word.trim()).filter(Boolean);
  await post("banners", { text: { en, zh }, words: list, hours: Number(hours) });
  toast(t("banner.up"), "success");
  await loadBanners();
}

export function endBanner(id) {
  return run(`banner.${id}`, async () => {
    await post(`banners/${encodeURIComponent(id)}/end`);
    await loadBanners();
  });
}
