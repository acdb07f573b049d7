/** What the company knows of the customer, beside the ticket. */

import { get } from "../net/api.js";
import { changed } from "./store.js";

export async function loadCard(thread) {
  try {
    const { card, consent } = await get(`tickets/${encodeURIComponent(thread.id)}/card`);
    Object.assign(thread, { card, cardConsent: consent });
  } catch {
    // The ticket is shown all the same; it is asked for again with the ticket.
  }
  changed();
}
