"""Feishu (飞书) and Lark: a custom bot (自定义机器人) of a group.

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: an interactive card; with 签名校验 a signature over
the time, which may be off by an hour at most; up to 20 KB, 100 requests a minute and 5 a second. Whether it was taken
says `code` in a 200: 0, or 19021 (signature), 19022 (address not allowed), 19024 (keyword missing), 11232 (too often).
"""

import base64
import hashlib
import hmac
import time

from connectors.desk_wording import in_language
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.message import JSON
from connectors.notice import Notice, NoticeKind
from connectors.notice_wording import OPEN, facts, question, title
from connectors.vendor import VendorAnswer
from connectors.webhook_notices import LATER_S, WebhookNotifier, shortened

TOO_OFTEN = {11232, 99991400}
KNOWN = {
    19021: "the signature is wrong, or the clock", 19022: "this machine's address is not allowed",
    19024: "a keyword of the bot is missing",
}  # fmt: skip
COLOURS = {NoticeKind.OPENED: "blue", NoticeKind.OFFLINE: "orange", NoticeKind.REFUSED: "red", NoticeKind.TEST: "grey"}


class FeishuNotices(WebhookNotifier):
    """The connector."""

    vendor = "Feishu"
    per_minute = 100

    def message(self, notice: Notice) -> JSON:
        """One card, signed where there is a secret."""
        fields = [
            {"is_short": True, "text": _plain(f"{name}: {value}")} for name, value in facts(notice, self._language)
        ]
        elements: list[JSON] = [{"tag": "div", "fields": fields}]
        elements += [{"tag": "div", "text": _plain(question(notice))}] if notice.question else []
        if notice.link:
            button = {
                "tag": "button", "text": _plain(in_language(OPEN, self._language)), "type": "primary",
                "url": notice.link,
            }  # fmt: skip
            elements.append({"tag": "action", "actions": [button]})
        header = {"template": COLOURS[notice.kind], "title": _plain(title(notice, self._language))}
        card = {"config": {"wide_screen_mode": True}, "header": header, "elements": elements}
        return {**self._signature(), "msg_type": "interactive", "card": card}

    def judge(self, answer: VendorAnswer) -> SendError | None:
        """`code` counts, whatever the status."""
        said = answer.json()
        code = said.get("code", said.get("StatusCode"))
        if code == 0 or answer.status >= 500 or answer.status == 429:
            return None
        if code in TOO_OFTEN:
            return TryLater("Feishu wants to be told later", after=LATER_S)
        if type(code) is not int:
            return OutcomeUnknown("Feishu answered what it does not document") if answer.status == 200 else None
        return Undeliverable(f"Feishu has not taken it: {KNOWN.get(code, code)}")

    def _signature(self) -> JSON:
        secret = self._settings.secret.get_secret_value()
        if not secret:
            return {}
        now = str(int(time.time()))
        digest = hmac.new(f"{now}\n{secret}".encode(), b"", hashlib.sha256).digest()
        return {"timestamp": now, "sign": base64.b64encode(digest).decode()}


def _plain(text: str) -> JSON:
    return {"tag": "plain_text", "content": shortened(text, 500)}
