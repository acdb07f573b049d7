/** Conversations that agents begin. */

import { get, post } from "../net/api.js";
import { t } from "../i18n/index.js";
import { closeDialog, openDialog } from "../ui/modal.js";
import { run, toast } from "./notices.js";
import { go, toTicket } from "./route.js";

/** Asks on which channels one may begin, then shows the form. `id` stays the same however often it is submitted. */
export function openBegin() {
  return run("begin", async () => {
    const { channels } = await get("conversations/ways");
    if (channels.length === 0) return;
    openDialog("begin", { id: crypto.randomUUID(), channels, channel: channels[0] });
  });
}

export async function begin(id, values) {
  const begun = await post("conversations", { ...values, client_id: id });
  closeDialog();
  if (begun.taken) go(toTicket(begun.id, "mine"));
  else toast(t("begin.elsewhere", { number: begun.number }), "success");
}
