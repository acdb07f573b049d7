"""Handoffs to try an endpoint with."""

import secrets
import time

from connectors.desk import Handoff, Line, Reason, Tried
from connectors.message import JSON, Author, Content
from connectors.portable import line_document, to_document

HARD = "王芳：您好 👨‍👩‍👧‍👦 𠮷野家 “quotes” <b>not bold</b> & \\ 100 % naïve"
"""Text that badly made programs spoil."""


def line(number: int, text: str) -> Line:
    """A message of the customer's or the bot's."""
    author = Author.CUSTOMER if number % 2 else Author.BOT
    at = int(time.time() * 1000) + number
    return Line(
        message_id=f"m-{secrets.token_hex(8)}", author=author, author_name="", at=at, content=Content(text=text)
    )


def handoff(lines: int = 3) -> Handoff:
    """A packet with something in every part, and so many messages."""
    said = tuple(line(number, f"{number}: {HARD}") for number in range(lines))
    return Handoff(
        id=f"conformance-{secrets.token_hex(8)}",
        conversation_id=f"conversation-{secrets.token_hex(4)}",
        channel="web",
        reference=f"FD-{secrets.token_hex(4).upper()}",
        reason=Reason.REQUESTED,
        reason_detail="客户要求转人工。",
        language="zh",
        customer={"id": "c-1", "name": "王芳", "email": "wang@example.com", "verified": False},
        question="退货地址填错了怎么办？",
        summary="A ticket of the conformance kit. It may be deleted.",
        transcript=said,
        tried=(Tried(article_id="return-address", title="退货地址", language="zh", confidence=0.41, shown=True),),
        slots={"order_number": "HL2026112201"},
        created_at=int(time.time() * 1000),
    )


def request(packet: Handoff) -> JSON:
    """What goes along when a ticket is opened, beside its id."""
    return {"handoff": to_document(packet), "queue": "", "priority": "", "tags": [], "fields": {}}


def appended(said: Line) -> JSON:
    """What goes along with a message, beside the ticket."""
    return {"line": line_document(said)}
