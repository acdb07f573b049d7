"""What Rasa's REST and socket.io protocols have in common: claimed senders, and buttons that come back as text."""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import urljoin

from connectors.errors import Malformed
from connectors.fields import Fields
from connectors.languages import reduce_language
from connectors.message import JSON, Attachment, Content, Inbound, Outbound, Profile
from connectors.rendering import SOURCE

_SENDER = 120  # characters
_MESSAGE_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_BUTTON = re.compile(r"/button ([A-Za-z0-9._-]{1,160})")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Who a client says it speaks for. Nothing proves it, so these conversations are kept apart by channel."""

    channel: str
    sender: str

    @property
    def address(self) -> str:
        """Where answers go."""
        return f"{self.channel}:{self.sender}"


def claimed_sender(fields: Fields, name: str) -> str:
    """A sender id: 1 to 120 visible characters. Raises `Malformed`."""
    sender = fields.text(name, longest=_SENDER)
    if not sender or not sender.isprintable():
        raise fields.wrong(name, f"must be 1 to {_SENDER} visible characters")
    return sender


def read_inbound(claim: Claim, fields: Fields, text_limit: int, *extras: str) -> Inbound:
    """The event in a client's message. `extras` are the members that may carry `message_id` and `language`.

    Our buttons come back as text, which is their payload; any other text that begins with `/` is just text.
    Raises `Malformed` (`empty`, `bad_frame`) or `TooLarge` (`too_long`).
    """
    text = fields.text("message", longest=text_limit, default="", code="too_long")
    if not text:
        raise Malformed("must be text", code="empty", field="message")
    sources = [fields, *(found for name in extras if (found := fields.object(name)) is not None)]
    given = next((source for source in sources if "message_id" in source), None)
    message_id = given.matching("message_id", _MESSAGE_ID, "1 to 100 of A-Z, a-z, 0-9 and . _ : -") if given else ""
    language = next((source.text("language", longest=100) for source in sources if "language" in source), "")
    pressed = _BUTTON.fullmatch(text)
    return Inbound(
        channel=claim.channel,
        address=claim.address,
        external_id=message_id or f"{claim.channel}-{secrets.token_hex(12)}",
        content=Content() if pressed else Content(text=text),
        button=pressed[1] if pressed else "",
        profile=Profile(language=reduce_language(language)),
        raw=fields.data,
    )


def spoken(message: JSON) -> str:
    """The text of a message for clients that show nothing but text: an answer names its article in the last line."""
    article, text = message.get("article"), str(message["text"])
    if not article or not text:
        return text
    return f"{text}\n\n" + SOURCE["zh" if article["language"] == "zh" else "en"].format(title=article["title"])


def button_payload(token: str) -> str:
    """What a client sends back when the customer presses the button."""
    return f"/button {token}"


def is_image(attachment: JSON) -> bool:
    """Whether clients show it in place."""
    return str(attachment["media_type"]).startswith("image/")


def absolute(url: str, base: str) -> str:
    """A link that works outside our own pages."""
    return urljoin(base, url) if url else ""


def message_of(outbound: Outbound) -> JSON:
    """A message on its way out in the shape the history has (docs/protocol/web.md)."""
    content = outbound.content
    article = content.article
    return {
        "id": outbound.message_id,
        "seq": outbound.seq,
        "at": outbound.at,
        "author": str(outbound.author),
        "name": outbound.author_name,
        "language": outbound.language,
        "text": content.text,
        "buttons": [{"title": button.title, "token": button.token} for button in content.buttons],
        "article": {"title": article.title, "language": article.language} if article else None,
        "attachments": [_attachment(each) for each in content.attachments],
        "custom": content.custom,
    }


def _attachment(attachment: Attachment) -> JSON:
    return {"name": attachment.name, "media_type": attachment.media_type, "url": attachment.url}
