/** The staffing plan: asked for by tier and week, told how far it is, and kept to. */

import { t } from "../i18n/index.js";
import { lines, put, withParams } from "../net/api.js";
import { run, toast } from "./notices.js";
import { mondayOf, weekLater } from "./rota.js";
import { changed, state } from "./store.js";

/** The form of the page as the service asks for it. Shares are written in percent, the time in minutes. */
export function makePlan(values) {
  const { tier, monday, target, within, shrinkage, weeks } = values;
  return run("staffing", async () => {
    const asked = { tier, monday, weeks };
    if (target) asked.target = Number(target) / 100;
    if (within) asked.within_s = Math.round(Number(within) * 60);
    if (shrinkage) asked.shrinkage = Number(shrinkage) / 100;
    Object.assign(state.staffing, { progress: 0, error: null });
    changed();
    try {
      await lines(withParams("staffing", asked), ({ progress, plan }) => {
        if (plan) Object.assign(state.staffing, { plan, day: plan.hours[0]?.weekday ?? 0 });
        else state.staffing.progress = progress;
        changed();
      });
    } catch (error) {
      state.staffing.error = error;
    }
    state.staffing.progress = null;
    changed();
  });
}

/** People on the rota by weekday and hour, as the plan has them, become what the rota is measured by. */
export function adoptPlan() {
  const { plan } = state.staffing;
  return run("staffing.adopt", async () => {
    const people = Array.from({ length: 7 }, () => Array(24).fill(0));
    for (const { weekday, hour, rostered } of plan.hours) people[weekday][hour] = rostered;
    await put(`staffing/${encodeURIComponent(plan.tier)}`, { people });
    plan.adopted = true;
    toast(t("staffing.adopted"), "success");
    changed();
  });
}

export function showDay(day) {
  state.staffing.day = day;
  changed();
}

/** `[value, text]` of last week, this one and the next three. */
export function weeksToPlan(now) {
  const first = weekLater(mondayOf(now), -1);
  return Array.from({ length: 5 }, (_, index) => weekLater(first, index));
}
