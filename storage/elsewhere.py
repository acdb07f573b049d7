"""Handoffs at other desks than ours, for those who may see what was masked of them."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from storage.desk_ledger import desk_ticket
from storage.handoffs import handoff
from storage.masked import masked_value


@dataclass(frozen=True, kw_only=True)
class Abroad:
    """A handoff at a helpdesk. `number` and `url` are that helpdesk's own, empty while it has no ticket; times in ms;
    `masked` is how many values got a mark.
    """

    id: str
    reference: str
    desk: str
    number: str
    url: str
    status: str
    created_at: int
    opened_at: int | None
    masked: int


def page(tx: Connection, own: str, *, after: str = "", limit: int = 50) -> list[Abroad]:
    """Up to `limit` handoffs at other desks than `own`, the newest first, older than the one called `after`."""
    marks = select(func.count()).where(masked_value.c.handoff_id == handoff.c.id).scalar_subquery()
    there = and_(desk_ticket.c.handoff_id == handoff.c.id, desk_ticket.c.desk == handoff.c.desk)
    query = (
        select(
            *(handoff.c[name] for name in ("id", "reference", "desk", "status", "created_at", "opened_at")),
            func.coalesce(desk_ticket.c.number, "").label("number"),
            func.coalesce(desk_ticket.c.url, "").label("url"),
            marks.label("masked"),
        )
        .outerjoin(desk_ticket, there)
        .where(handoff.c.desk != own)
        .order_by(handoff.c.id.desc())
        .limit(limit)
    )
    rows = tx.execute(query.where(handoff.c.id < after) if after else query)
    return [Abroad(**row._mapping) for row in rows]
