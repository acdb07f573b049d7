"""Parts of messages, as the outbox hands them to a channel."""

from typing import Any

from connectors.message import Author, Content, Outbound
from tests.contract.vendor_bench import CUSTOMER


def outbound(address: str = CUSTOMER, **content: Any) -> Outbound:
    """One part."""
    return Outbound(
        message_id="m", conversation_id="c", address=address, author=Author.BOT, seq=1, at=0, content=Content(**content)
    )
