"""Slack: an incoming webhook, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.

The message is Block Kit (https://docs.slack.dev/reference/block-kit/blocks). Texts are `plain_text`, in which Slack
looks for no mentions and no markup. A webhook takes about one message a second.
"""

from typing import Any

from connectors.desk_wording import in_language
from connectors.errors import SendError, Undeliverable
from connectors.message import JSON
from connectors.notice import Notice
from connectors.notice_wording import OPEN, facts, question, title
from connectors.vendor import VendorAnswer
from connectors.webhook_notices import WebhookNotifier, shortened

HEADER, SECTION, FIELD = 150, 3000, 2000  # characters


class SlackNotices(WebhookNotifier):
    """The connector."""

    vendor = "Slack"
    per_minute = 60

    def message(self, notice: Notice) -> JSON:
        """Title, facts, question and a button."""
        head = title(notice, self._language)
        fields = [_plain(f"{name}: {value}", FIELD) for name, value in facts(notice, self._language)][:10]
        blocks: list[JSON] = [{"type": "header", "text": _plain(head, HEADER)}]
        blocks += [{"type": "section", "fields": fields}] if fields else []
        blocks += [{"type": "section", "text": _plain(question(notice), SECTION)}] if notice.question else []
        if notice.link:
            button = {"type": "button", "text": _plain(in_language(OPEN, self._language), 75), "url": notice.link}
            blocks.append({"type": "actions", "elements": [button]})
        return {"text": head, "blocks": blocks}

    def judge(self, answer: VendorAnswer) -> SendError | None:
        """It says `ok`, or a word for what is wrong."""
        if answer.status == 200 and answer.body.strip() != b"ok":
            return Undeliverable("Slack has not taken it")
        return None


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": shortened(text, most), "emoji": False}
