"""Reply windows of conversations: how long, and for how many messages, answers reach the customer where they are."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, case, select

from connectors.message import Author
from storage.conversations import conversation
from storage.openings import OpeningRow, opening
from storage.tickets import HELD, ticket

_channel = case((conversation.c.reply_channel != "", conversation.c.reply_channel), else_=conversation.c.channel)
_address = case((conversation.c.reply_channel != "", conversation.c.reply_address), else_=conversation.c.address)
_ITS_OWN = and_(opening.c.channel == _channel, opening.c.address == _address)


def of_conversations(tx: Connection, conversation_ids: Sequence[str]) -> dict[str, OpeningRow]:
    """The windows of those conversations that have one, open or not, by their ids."""
    query = (
        select(conversation.c.id, opening.c.until, opening.c.left)
        .join_from(conversation, opening, _ITS_OWN)
        .where(conversation.c.id.in_(conversation_ids))
    )
    return {row.id: OpeningRow(until=row.until, left=row.left) for row in tx.execute(query)}


def closing(tx: Connection, *, since: int, before: int, limit: int) -> list[tuple[str, int]]:
    """Up to `limit` held tickets in which the customer waits for an answer, and whose window closes between `since` and
    `before` (ms): their ids and when.
    """
    query = (
        select(ticket.c.id, opening.c.until)
        .join_from(opening, conversation, _ITS_OWN)
        .join(ticket, ticket.c.conversation_id == conversation.c.id)
        .where(opening.c.until > since, opening.c.until <= before, ticket.c.state.in_(HELD))
        .where(ticket.c.last["author"].as_string() == str(Author.CUSTOMER))
        .order_by(opening.c.until)
        .limit(limit)
    )
    return [(row.id, row.until) for row in tx.execute(query)]
