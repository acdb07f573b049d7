/** What the protocol's codes are called. A code this console does not know yet is shown as it is. */

import { state } from "../state/store.js";
import { en } from "./en.js";
import { pick, t } from "./index.js";

const named = (group) => (code) => (`${group}.${code}` in en ? t(`${group}.${code}`) : code);

export const reasonName = named("reason");
export const urgencyName = named("urgency");
export const sentimentName = named("sentiment");
export const stateName = named("state");
export const roleName = named("role");
export const roleAbout = (role) => t(`role_about.${role}`);
export const languageName = named("language");
export const audienceName = named("audience");
export const decisionName = named("decision");
export const presenceName = named("presence");

const channelTitle = named("channel");

/** A channel; a second bot of a kind (`telegram_shop`) is called as its kind is. */
export function channelName(name) {
  const title = channelTitle(name);
  return title === name ? channelTitle(name.split("_")[0]).replace(/^[a-z].*/u, name) : title;
}

const slotTitle = named("slot");

/** A slot of the bot, such as `order_number`. */
export function slotName(code) {
  const title = slotTitle(code);
  return title === code ? code.replaceAll("_", " ") : title;
}

export function tierName(id) {
  return pick(state.tiers.find((tier) => tier.id === id)?.name) || id;
}

export function skillName(id) {
  return pick(state.skills.find((skill) => skill.id === id)?.name) || id;
}

export function gradeName(id) {
  return pick(state.grades.find((grade) => grade.id === id)?.name) || id;
}
