/** What admins do about somebody's log-ins: the sessions of a user, and a second step that was lost. */

import { t } from "../i18n/index.js";
import { endSessionOf, resetTwoFactor, unlinkSso } from "../state/access.js";
import { loadUsers } from "../state/administration.js";
import { toast } from "../state/notices.js";
import { state } from "../state/store.js";
import { button, spinner } from "../ui/controls.js";
import { formError, submitButton, submitting } from "../ui/form.js";
import { moment } from "../ui/format.js";
import { cancelButton, closeDialog, modal } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

export function userSessionsDialog({ user }) {
  const { all } = state.access.others;
  return modal(
    { title: t("user_sessions.title", { name: user.name }) },
    all ? sessions(user, all) : spinner(t("loading")),
    button({ text: t("dialog.close"), kind: "primary", onclick: closeDialog }),
  );
}

function sessions(user, all) {
  if (!all.length) return h("p", null, t("user_sessions.none"));
  return h(
    "ul",
    { class: "sessions" },
    all.map((each) =>
      h(
        "li",
        { key: each.id },
        h(
          "div",
          null,
          h("strong", null, each.agent || t("account.unknown_device")),
          h("p", { class: "hint" }, t("account.seen", { address: each.address, time: moment(each.seen_at) })),
        ),
        button({
          text: t("account.end_session"),
          small: true,
          disabled: state.busy.has(`session.${each.id}`),
          onclick: () => endSessionOf(user, each.id),
        }),
      ),
    ),
  );
}

export function resetTwoFactorDialog({ user }) {
  const words = { title: t("two_factor.reset_title", { name: user.name }), explain: t("two_factor.reset_explain"), act: t("two_factor.reset") };
  return taking("two_factor_reset", words, () => resetTwoFactor(user), t("two_factor.was_reset", { name: user.name }));
}

export function unlinkSsoDialog({ user }) {
  const words = { title: t("sso.unlink_title", { name: user.name }), explain: t("sso.unlink_explain"), act: t("sso.unlink") };
  return taking("sso_unlink", words, () => unlinkSso(user), t("sso.was_unlinked", { name: user.name }));
}

/** Takes a way to log in away from somebody. */
function taking(name, { title, explain, act }, take, told) {
  const work = async () => {
    await take();
    await loadUsers();
    closeDialog();
    toast(told, "success");
  };
  return modal(
    { title, form: submitting(name, work) },
    [h("p", null, explain), formError(name)],
    [cancelButton(), submitButton(name, act, "danger")],
  );
}
