/** Quality reviews: one's own, and those one may write or decide. */

import { get, post } from "../net/api.js";
import { closeDialog, openDialog } from "../ui/modal.js";
import { run } from "./notices.js";
import { may } from "./pages.js";
import { changed, state } from "./store.js";

export async function loadQuality() {
  const { quality } = state;
  quality.error = null;
  try {
    take(await get("quality/mine"));
    if (may("quality")) take(await get("quality"));
  } catch (error) {
    quality.error = error;
  }
  changed();
}

export function showReviews(view) {
  state.quality.view = view;
  changed();
}

/** Opens the scorecard, with what was said in the conversation. */
export function openCard(review) {
  return run(`review.${review.id}`, async () => {
    const found = await get(pathOf(review));
    openDialog(review.state === "appealed" ? "quality_decide" : "quality_card", { review: found });
  });
}

export async function writeReview(review, values) {
  take(await post(pathOf(review), { ...cardOf(values), comment: values.comment.trim() }));
  closeDialog();
}

export async function decideAppeal(review, values, other) {
  const card = other ? { card: cardOf(values) } : {};
  take(await post(`${pathOf(review)}/decide`, { decision: values.decision.trim(), ...card }));
  closeDialog();
}

export async function appeal(review, { reason }) {
  take(await post(`${pathOf(review)}/appeal`, { reason: reason.trim() }));
  closeDialog();
}

/** What the fields of a scorecard say: points, and remarks where there are any. */
function cardOf(values) {
  const scores = {};
  const remarks = {};
  for (const { id } of state.quality.items) {
    scores[id] = values[`score_${id}`] === "" ? null : Number(values[`score_${id}`]);
    const remark = { comment: values[`comment_${id}`].trim(), entry_id: values[`entry_${id}`] };
    if (remark.comment || remark.entry_id) remarks[id] = remark;
  }
  return { scores, remarks };
}

function take(found) {
  Object.assign(state.quality, found);
  changed();
}

const pathOf = (review) => `quality/reviews/${encodeURIComponent(review.id)}`;
