"""The words of a handoff and of a line: every text that may hold what must not leave, each once, in the same order.

Ids, the reference, articles and what is counted are no customer's words, and stay as they are.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors.desk import Handoff, Line
from connectors.message import JSON, Attachment, Author, Button, Content

Change = Callable[[str, str], str]
"""`change(text, kind)`: what stands in the place of a text; with a kind, all of it is of that kind."""

_FIELDS = {
    "name": "names", "customer_name": "names", "full_name": "names", "contact_name": "names", "recipient": "names",
    "phone": "phones", "mobile": "phones", "tel": "phones", "telephone": "phones", "phone_number": "phones",
    "email": "emails", "e_mail": "emails", "mail": "emails", "address": "addresses", "delivery_address": "addresses",
    "shipping_address": "addresses", "id_card": "id_cards", "id_number": "id_cards", "passport": "id_cards",
    "bank_card": "bank_cards", "card_number": "bank_cards", "iban": "ibans", "wechat": "chat_ids", "qq": "chat_ids",
    "姓名": "names", "电话": "phones", "手机": "phones", "邮箱": "emails", "地址": "addresses", "身份证": "id_cards",
}  # fmt: skip
"""Members of the customer and slots that are of a kind by their names."""
_OURS = frozenset({"id", "message_id", "attachment_id", "change_id", "kind", "type", "segment", "tier", "category"})
"""Members that we write: ids, and words of the configuration."""


def handoff(packet: Handoff, change: Change) -> Handoff:
    """The packet with every text changed."""

    def words(text: str) -> str:
        return change(text, "")

    return replace(
        packet,
        customer=data(packet.customer, change),
        reason_detail=words(packet.reason_detail),
        question=words(packet.question),
        summary=words(packet.summary),
        transcript=tuple(line(each, change) for each in packet.transcript),
        failed=tuple(words(each) for each in packet.failed),
        slots=data(packet.slots, change),
        attachments=tuple(_attachment(each, change) for each in packet.attachments),
        triage=data(packet.triage, change),
    )


def line(said: Line, change: Change) -> Line:
    """A line with every text changed; of those who speak only the customer's name is one."""
    named = change(said.author_name, "names") if said.author is Author.CUSTOMER else said.author_name
    return replace(said, author_name=named, content=content(said.content, change))


def content(of: Content, change: Change) -> Content:
    """A message with every text changed. What a button sends is for our own pages, and does not leave."""
    return replace(
        of,
        text=change(of.text, ""),
        buttons=tuple(Button(title=change(each.title, "")) for each in of.buttons),
        attachments=tuple(_attachment(each, change) for each in of.attachments),
        custom=data(of.custom, change),
    )


def data(members: JSON, change: Change) -> JSON:
    """An object with every text in it changed, however deep."""
    return {name: _member(name, value, change) for name, value in members.items()}


def _attachment(file: Attachment, change: Change) -> Attachment:
    return replace(file, name=change(file.name, ""))


def _member(name: str, value: Any, change: Change) -> Any:
    """One member of an object. Its own name is no customer's word."""
    if isinstance(value, dict):
        return data(value, change)
    if isinstance(value, list | tuple):
        return [_member(name, each, change) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 10_000:
        changed = change(str(value), _FIELDS.get(name.casefold(), ""))
        return value if changed == str(value) else changed
    if not isinstance(value, str) or name in _OURS:
        return value
    return change(value, _FIELDS.get(name.casefold(), ""))
