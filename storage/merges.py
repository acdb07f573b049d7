"""Merged tickets: which one others were merged into, and in which of their conversations the customer is."""

from sqlalchemy import ColumnElement, Connection, FromClause, func, or_, select

from connectors.message import Author
from storage import conversations, histories
from storage.ticket_entries import EVENT, MESSAGE, entry
from storage.tickets import CASE, LIVE, Ticket, columns, find_ticket, ticket, ticket_of

DEEPEST = 10
"""Mergers in a row that are followed; nobody merges so often, and a circle must end."""
MERGED_IN = "merged_in"
"""The event in the surviving ticket."""


def survivor(tx: Connection, ticket_id: str) -> str:
    """The ticket in which this one lives on: itself, unless it was merged into another that is still there."""
    current = ticket_id
    for _ in range(DEEPEST):
        into = tx.execute(select(ticket.c.merged_into).where(ticket.c.id == current)).scalar_one_or_none()
        if into is None or find_ticket(tx, into) is None:
            return current
        current = into
    return current


def counted_in(rows: FromClause, handoff_id: ColumnElement[str]) -> FromClause:
    """`rows` about handoffs, joined with the tickets they count for: of a merged one, the one in which it lives on,
    however many mergers that took.
    """
    own, last = ticket.alias("own"), _survivors()
    lives_on = func.coalesce(last.c.survivor, own.c.id)
    joined = rows.join(own, own.c.handoff_id == handoff_id).outerjoin(last, last.c.merged == own.c.id)
    return joined.join(ticket, ticket.c.id == lives_on)


def _survivors() -> FromClause:
    """Each merged ticket with the one at the end of its mergers. A circle has no end, and ends all the same: steps that
    are known already are not gone again.
    """
    first, further, end = ticket.alias("first"), ticket.alias("further"), ticket.alias("end")
    begun = select(first.c.id.label("merged"), first.c.merged_into.label("survivor"))
    steps = begun.where(first.c.merged_into.is_not(None)).cte("mergers", recursive=True)
    following = select(steps.c.merged, further.c.merged_into).join(further, further.c.id == steps.c.survivor)
    steps = steps.union(following.where(further.c.merged_into.is_not(None)))
    ended = select(steps.c.merged, steps.c.survivor).join(end, end.c.id == steps.c.survivor)
    return ended.where(end.c.merged_into.is_(None)).subquery("survivors")


def branches(tx: Connection, ticket_id: str) -> list[Ticket]:
    """The tickets that were merged into this one, and those that were merged into them."""
    found: list[Ticket] = []
    level = [ticket_id]
    for _ in range(DEEPEST):
        rows = tx.execute(select(*columns).where(ticket.c.merged_into.in_(level)).order_by(ticket.c.id)).all()
        if not rows:
            break
        found += [ticket_of(row) for row in rows]
        level = [row.id for row in rows]
    return found


def siblings(tx: Connection, held: Ticket) -> list[Ticket]:
    """The other open cases of the ticket's customer, on whichever channel, the newest first."""
    found = conversations.find(tx, held.conversation_id)
    theirs = histories.conversations_of(tx, found.person_id) if found else [held.conversation_id]
    query = select(*columns).where(
        ticket.c.conversation_id.in_(theirs), ticket.c.state.in_(LIVE), ticket.c.kind == CASE, ticket.c.id != held.id
    )
    return [ticket_of(row) for row in tx.execute(query.order_by(ticket.c.id.desc()))]


def written_last(tx: Connection, ticket_id: str) -> int:
    """When the customer last wrote in a ticket (ms); 0: never."""
    said = (entry.c.ticket_id == ticket_id, entry.c.kind == MESSAGE, entry.c.author == str(Author.CUSTOMER))
    return tx.execute(select(func.max(entry.c.at)).where(*said)).scalar_one_or_none() or 0


def here(tx: Connection, held: Ticket, merged: list[Ticket]) -> Ticket:
    """Of a ticket and those merged into it, the one in whose conversation the customer wrote last."""
    wrote = (entry.c.kind == MESSAGE) & (entry.c.author == str(Author.CUSTOMER))
    merger = (entry.c.kind == EVENT) & (entry.c.event == MERGED_IN)
    query = select(entry.c.data).where(entry.c.ticket_id == held.id, or_(wrote, merger))
    data = tx.execute(query.order_by(entry.c.n.desc()).limit(1)).scalar_one_or_none()
    via = data.get("via") if data else None
    return next((each for each in merged if each.id == via), held)
