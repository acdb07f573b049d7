"""A mail that leaves: plain text with a greeting, who writes, and the headers that keep a thread together.

Nothing in it makes another program answer (RFC 3834), and its Message-ID is the same on every try.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from typing import cast

from connectors.fields import clean_line
from connectors.mail.quotes import bare_subject
from connectors.message import JSON, Author, Outbound
from connectors.smtp import POLICY

SENTENCES: dict[str, dict[str, str]] = {
    "subject": {"en": "A message from {brand}", "zh": "来自{brand}的消息"},
    "greeting": {"en": "Hello,", "zh": "您好！"},
    "file": {"en": "Please find the file attached: {name}", "zh": "请查收附件：{name}"},
    "bot": {
        "en": "{brand}\nThis answer is from our assistant (a bot). Just reply to this mail to go on; if you'd rather "
        "write with a person, say so in your reply.",
        "zh": "{brand}\n本邮件由智能助手回复。直接回复本邮件即可继续咨询；需要人工客服时，在回复里说一声就好。",
    },
    "agent": {"en": "{name}\n{brand}", "zh": "{name}\n{brand}客服"},
    "team": {"en": "{brand}", "zh": "{brand}客服"},
}
"""What stands around an answer."""
REFERENCES = 12
"""Message ids that a mail names: the first and the last ones (RFC 5322 section 3.6.4 wants all, servers do not)."""


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """What is the same on every mail."""

    sender: str
    brand: Mapping[str, str]

    def compose(
        self,
        message: Outbound,
        *,
        message_id: str,
        reply_to: str,
        thread: JSON,
        file: tuple[str, str, bytes] | None = None,
    ) -> EmailMessage:
        """The mail for one part of a message. `thread` is what is kept of the customer's last mail (`thread_of`),
        `file` a name, a media type and the bytes.
        """
        language = "zh" if message.language == "zh" else "en"
        brand = self.brand[language]
        mail = EmailMessage(policy=POLICY)
        mail["From"] = self._address(brand, self.sender)
        mail["To"] = message.address
        mail["Subject"] = _subject(thread, language, brand)
        mail["Date"] = formatdate(message.at / 1000)
        mail["Message-ID"] = message_id
        if reply_to:
            mail["Reply-To"] = self._address(brand, reply_to)
        _keep_together(mail, thread)
        if message.author is not Author.AGENT:
            mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
        text = _text(message, language, brand, file[0] if file else "")
        mail.set_content(text, charset="utf-8", cte="quoted-printable" if text.isascii() else "base64")
        if file is not None:
            name, media_type, data = file
            kind, _, subtype = media_type.partition("/")
            mail.add_attachment(data, maintype=kind, subtype=subtype or "octet-stream", filename=clean_line(name))
        return mail

    def _address(self, name: str, address: str) -> Address:
        return Address(display_name=clean_line(name), addr_spec=address)


def thread_of(*, message_id: str, references: tuple[str, ...], subject: str) -> JSON:
    """What must be kept of a customer's mail to answer it."""
    kept = [each for each in references if each != message_id]
    if len(kept) > REFERENCES:
        kept = [kept[0], *kept[-REFERENCES + 1 :]]
    return {"message_id": message_id, "references": kept, "subject": bare_subject(subject)}


def _keep_together(mail: EmailMessage, thread: JSON) -> None:
    if message_id := cast(str, thread.get("message_id", "")):
        known = [each for each in (*thread.get("references", ()), message_id) if each.isascii()]
        mail["In-Reply-To"] = f"<{message_id}>"
        mail["References"] = " ".join(f"<{each}>" for each in known)


def _subject(thread: JSON, language: str, brand: str) -> str:
    subject = clean_line(thread.get("subject", ""))
    return f"Re: {subject}" if subject else SENTENCES["subject"][language].format(brand=brand)


def _text(message: Outbound, language: str, brand: str, file_name: str) -> str:
    lines = []
    if message.part == 0:
        lines.append(SENTENCES["greeting"][language])
    if message.content.text:
        lines.append(message.content.text)
    if file_name:
        lines.append(SENTENCES["file"][language].format(name=clean_line(file_name)))
    who = {Author.AGENT: "agent", Author.BOT: "bot"}.get(message.author, "team")
    if who == "agent" and not message.author_name:
        who = "team"
    signature = SENTENCES[who][language].format(brand=brand, name=clean_line(message.author_name))
    return "\n\n".join(lines) + f"\n\n-- \n{signature}\n"
