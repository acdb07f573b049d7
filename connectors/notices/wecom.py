"""WeCom (企业微信): a group robot (群机器人), https://developer.work.weixin.qq.com/document/path/91770.

Markdown of at most 4096 bytes, 20 messages a minute. Whether it was taken says `errcode` in a 200: 0, or 93000 (no such
robot), 45009 (too often).
"""

from connectors.desk_wording import in_language
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.message import JSON
from connectors.notice import Notice
from connectors.notice_wording import OPEN, facts, question, title
from connectors.vendor import VendorAnswer
from connectors.webhook_notices import LATER_S, WebhookNotifier

BYTES = 4096
TOO_OFTEN = {45009, -1}
KNOWN = {93000: "there is no such robot", 40058: "it finds the message wrong"}


class WeComNotices(WebhookNotifier):
    """The connector."""

    vendor = "WeCom"
    per_minute = 20

    def message(self, notice: Notice) -> JSON:
        """Markdown; of a message that is too long the question is cut."""
        lines = [f"**{title(notice, self._language)}**"]
        lines += [f"> {name}: {value}" for name, value in facts(notice, self._language)]
        end = f"\n[{in_language(OPEN, self._language)}]({notice.link.replace(')', '%29')})" if notice.link else ""
        head = "\n".join(lines)
        room = max(BYTES - len((head + end).encode()) - 2, 0)
        asked = question(notice).encode()[:room].decode(errors="ignore")
        content = head + (f"\n{asked}" if asked else "") + end
        return {"msgtype": "markdown", "markdown": {"content": content}}

    def judge(self, answer: VendorAnswer) -> SendError | None:
        """`errcode` counts."""
        code = answer.json().get("errcode")
        if answer.status != 200 or code == 0:
            return None
        if code in TOO_OFTEN:
            return TryLater("WeCom wants to be told later", after=LATER_S)
        if type(code) is not int:
            return OutcomeUnknown("WeCom answered what it does not document")
        return Undeliverable(f"WeCom has not taken it: {KNOWN.get(code, code)}")
