"""Mails to the team: one that opens a ticket, and those that follow in its thread.

Every id is made of what the mail is about, so that a mail that was cut off is found again, and one that is sent twice
is one to mail servers (RFC 5322 section 3.6.4).
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

from connectors.desk import Handoff
from connectors.desks.email_words import MARKS
from connectors.fields import clean_line
from connectors.helpdesk_model import Draft, Post, Upload
from connectors.packet_document import Render, as_html, as_text, subject
from connectors.smtp import POLICY

SHOWN = 200  # messages of the conversation in the mail; programs cut longer mails, so all of it is beside it
OWN_ID = "X-Frontdoor-ID"
"""The Message-ID once more, as some mail services (Amazon SES, Exchange Online) put one of their own in its place."""
IMPORTANCE = {"low": "low", "normal": "normal", "high": "high", "urgent": "high"}
X_PRIORITY = {"low": "5", "high": "1"}
Document = Callable[[Handoff, Render], str]
HELP = {
    "en": "Just reply: what you write goes to the customer. In the first line, #note keeps it from the customer, "
    "#take says that you are on it, #close that it is solved, #return gives it to the bot, #reopen opens it again.",
    "zh": "直接回复即可，您写的内容会发给客户。首行写 #内部 则客户看不到；#接手 表示由您处理；#解决 表示已解决；"
    "#转回 交还机器人；#重开 重新打开。",
}


@dataclass(frozen=True, kw_only=True)
class Stationery:
    """What is the same on every mail. `language` is that of the team."""

    address: str
    brand: Mapping[str, str]
    language: str

    def opening(
        self, draft: Draft, write: Document, packet: Upload, *, message_id: str, reply_to: tuple[str, ...]
    ) -> EmailMessage:
        """The packet: to be read as text or as HTML, the JSON beside it, and the customer's files."""
        handoff, language = draft.handoff, self.language
        mail = self._mail(draft.queue, subject(handoff), message_id, reply_to, _name(handoff))
        importance = draft.priority or IMPORTANCE.get(handoff.urgency, "normal")
        mail["Importance"] = importance
        if importance in X_PRIORITY:
            mail["X-Priority"] = X_PRIORITY[importance]
        if draft.tags:
            mail["Keywords"] = ", ".join(clean_line(each) for each in draft.tags)
        for name, value in draft.fields.items():
            mail[name] = clean_line(str(value))[:900]
        shown = replace(handoff, transcript=handoff.transcript[-SHOWN:])
        head = (MARKS[language], HELP[language])
        _write(mail, "\n\n".join((*head, write(shown, as_text))))
        grey = "".join(f'<p style="color:#777">{html.escape(each)}</p>' for each in head)
        mail.add_alternative(grey + write(shown, as_html), subtype="html", charset="utf-8", cte="base64")
        _attach(mail, packet)
        if len(handoff.transcript) > SHOWN:
            whole = write(handoff, as_text).encode()
            name = f"conversation-{handoff.reference}.txt"
            _attach(mail, Upload(name=name, media_type="text/plain", data=whole))
        for each in draft.files:
            _attach(mail, each)
        return mail

    def following(
        self, post: Post, *, to: str, about: str, root: str, message_id: str, reply_to: tuple[str, ...]
    ) -> EmailMessage:
        """What was said later, or what became of the customer. `root` is the id of the mail that opened the ticket."""
        mail = self._mail(to, f"Re: {about}", message_id, reply_to, post.author_name)
        mail["In-Reply-To"] = root
        mail["References"] = root
        said = "\n".join(part for part in (post.heading, post.text) if part)
        _write(mail, f"{MARKS[self.language]}\n\n{said}\n")
        for each in post.files:
            _attach(mail, each)
        return mail

    def _mail(self, to: str, about: str, message_id: str, reply_to: tuple[str, ...], name: str) -> EmailMessage:
        mail = EmailMessage(policy=POLICY)
        brand = self.brand[self.language]
        shown = clean_line(name)
        mail["From"] = Address(display_name=f"{shown} ({brand})" if shown else brand, addr_spec=self.address)
        mail["To"] = to
        mail["Subject"] = clean_line(about)
        mail["Date"] = formatdate()
        mail["Message-ID"] = mail[OWN_ID] = message_id
        mail["Reply-To"] = ", ".join(reply_to)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is to be told to a customer
        mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
        return mail


def _name(handoff: Handoff) -> str:
    return str(handoff.customer.get("name") or "")


def _write(mail: EmailMessage, text: str) -> None:
    mail.set_content(text, charset="utf-8", cte="quoted-printable" if text.isascii() else "base64")


def _attach(mail: EmailMessage, file: Upload) -> None:
    kind, _, subtype = file.media_type.partition("/")
    if kind in {"message", "multipart"} or not subtype:
        kind, subtype = "application", "octet-stream"
    mail.add_attachment(file.data, maintype=kind, subtype=subtype, filename=clean_line(file.name))
