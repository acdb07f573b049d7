"""Microsoft Teams: the workflow "Send webhook alerts to a channel", which takes an Adaptive Card.

https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using; up to 28 KB
and four requests a second. A workflow answers 202 before the card is shown: that it failed later stands in its history
only. The connectors of old answered 200 and said in words that Teams had not taken it.
"""

from connectors.desk_wording import in_language
from connectors.errors import SendError, TryLater, Undeliverable
from connectors.message import JSON
from connectors.notice import Notice
from connectors.notice_wording import OPEN, facts, question, title
from connectors.vendor import VendorAnswer
from connectors.webhook_notices import LATER_S, WebhookNotifier, shortened

CARD = "application/vnd.microsoft.card.adaptive"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


class TeamsNotices(WebhookNotifier):
    """The connector."""

    vendor = "Microsoft Teams"
    per_minute = 100

    def message(self, notice: Notice) -> JSON:
        """One card."""
        body: list[JSON] = [
            {
                "type": "TextBlock", "text": title(notice, self._language), "weight": "Bolder", "size": "Medium",
                "wrap": True,
            },
            {
                "type": "FactSet",
                "facts": [{"title": name, "value": value} for name, value in facts(notice, self._language)],
            },
        ]  # fmt: skip
        if notice.question:
            body.append({"type": "TextBlock", "text": shortened(question(notice), 500), "wrap": True})
        card: JSON = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": body}
        if notice.link:
            card["actions"] = [
                {"type": "Action.OpenUrl", "title": in_language(OPEN, self._language), "url": notice.link}
            ]
        return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": card}]}

    def judge(self, answer: VendorAnswer) -> SendError | None:
        """Words in a 200."""
        if answer.status == 200 and b"failed" in answer.body.lower():
            busy = b"429" in answer.body
            return TryLater("Microsoft Teams wants to be told later", after=LATER_S) if busy else _refused()
        return None


def _refused() -> SendError:
    return Undeliverable("Microsoft Teams has not taken it")
