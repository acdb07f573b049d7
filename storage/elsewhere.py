"""Handoffs at other desks than ours: how they stand there, and what of them is still to be delivered."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from storage import handoffs
from storage import work as works
from storage.clock import now_ms
from storage.conversations import conversation
from storage.desk_ledger import desk_ticket
from storage.handoffs import REQUESTED, HandoffRow, handoff
from storage.masked import masked_value
from storage.work import desk_lane, work


@dataclass(frozen=True, kw_only=True)
class Abroad:
    """A handoff at a helpdesk. `number` (else the id) and `url` are the ticket's, empty without one; `state` and
    `held` (whether somebody there has it) are as they were read last, `agent` is that person's name where customers may
    know it; times in ms; `masked` is how many values got a mark.

    `waiting` is how much is still to be delivered, the first of it since `waiting_since`; `given_up`, how much of it
    nobody tries to deliver any more. That can be tried `again`, unless the customer has been handed over anew since.
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
    state: str
    held: bool
    agent: str
    waiting: int
    waiting_since: int | None
    given_up: int
    again: bool


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A desk, how many handoffs have no ticket there yet, since when (ms) the first of them, and of how many handoffs
    something was given up.
    """

    desk: str
    count: int = 0
    since: int | None = None
    given_up: int = 0


def page(tx: Connection, own: str, *, desk: str = "", after: str = "", limit: int = 50) -> list[Abroad]:
    """Up to `limit` handoffs at other desks than `own`, or at one, the newest first, older than the one called
    `after`.
    """
    query = _query(handoff.c.desk == desk if desk else handoff.c.desk != own).where(handoff.c.desk != own)
    query = query.where(handoff.c.id < after) if after else query
    return _found(tx, query.order_by(handoff.c.id.desc()).limit(limit))


def find(tx: Connection, handoff_id: str) -> Abroad | None:
    """One of them, or None."""
    return next(iter(_found(tx, _query(handoff.c.id == handoff_id))), None)


def desks(tx: Connection, own: str = "") -> list[str]:
    """The names of the desks, other than `own`, that ever had a handoff; one look into the index for each."""
    names: list[str] = []
    query = select(func.min(handoff.c.desk))
    while (name := tx.execute(query.where(handoff.c.desk > names[-1]) if names else query).scalar()) is not None:
        names.append(name)
    return [name for name in names if name != own]


def waiting(tx: Connection) -> list[Waiting]:
    """What every desk has not got, our own too, for those that ever had a handoff."""
    wait = select(handoff.c.desk, func.count(), func.min(handoff.c.created_at)).where(REQUESTED)
    names = desks(tx)
    waits = dict.fromkeys(names, (0, None))
    waits |= {desk: (count, since) for desk, count, since in tx.execute(wait.group_by(handoff.c.desk))}
    about = work.c.payload["handoff_id"].as_string()
    lost = select(handoff.c.desk, func.count(handoff.c.id.distinct()).label("number")).join(work, about == handoff.c.id)
    lost = lost.where(works.DEAD, work.c.lane.startswith(desk_lane("")))
    given = {row.desk: row.number for row in tx.execute(lost.group_by(handoff.c.desk))}
    return [
        Waiting(desk=name, count=waits[name][0], since=waits[name][1], given_up=given.get(name, 0)) for name in names
    ]


def deliver_again(tx: Connection, row: HandoffRow) -> str:
    """Promise once more what was given up of a handoff; the lane in which it is done."""
    lane = desk_lane(row.conversation_id)
    works.revive(tx, [each.id for each in _left(tx, [lane], works.DEAD).get(row.id, ())])
    if row.status == "refused":
        handoffs.change(tx, row.id, status="requested", updated_at=now_ms())
    return lane


def _query(condition: ColumnElement[bool]) -> Select[Any]:
    marks = select(func.count()).where(masked_value.c.handoff_id == handoff.c.id).scalar_subquery()
    there = and_(desk_ticket.c.handoff_id == handoff.c.id, desk_ticket.c.desk == handoff.c.desk)
    current = conversation.c.handoff_id == handoff.c.id
    return (
        select(
            *(handoff.c[name] for name in ("id", "reference", "desk", "status", "created_at", "opened_at")),
            handoff.c.conversation_id,
            current.label("current"),
            case((current, conversation.c.agent_name), else_="").label("agent"),
            func.coalesce(func.nullif(desk_ticket.c.number, ""), desk_ticket.c.ticket_id, "").label("number"),
            *(func.coalesce(desk_ticket.c[name], "").label(name) for name in ("url", "state", "owner")),
            marks.label("masked"),
        )
        .join(conversation, conversation.c.id == handoff.c.conversation_id)
        .outerjoin(desk_ticket, there)
        .where(condition)
    )


def _found(tx: Connection, query: Select[Any]) -> list[Abroad]:
    rows = [dict(row._mapping) for row in tx.execute(query)]
    lanes = [desk_lane(row.pop("conversation_id")) for row in rows]
    waiting, given = _left(tx, lanes, works.PENDING), _left(tx, lanes, works.DEAD)
    return [_abroad(row, waiting.get(row["id"], []), given.get(row["id"], [])) for row in rows]


def _abroad(row: dict[str, Any], waiting: list[Any], given: list[Any]) -> Abroad:
    current, owner = bool(row.pop("current")), row.pop("owner")
    return Abroad(
        **row, held=bool(owner), waiting=len(waiting), given_up=len(given), again=bool(given) and current,
        waiting_since=min((each.created_at for each in waiting), default=None),
    )  # fmt: skip


def _left(tx: Connection, lanes: list[str], condition: ColumnElement[bool]) -> dict[str, list[Any]]:
    """Work of lanes, by the handoff that it is about."""
    about = work.c.payload["handoff_id"].as_string().label("about")
    query = select(work.c.id, work.c.created_at, about).where(work.c.lane.in_(lanes), condition)
    found: dict[str, list[Any]] = defaultdict(list)
    for row in tx.execute(query.order_by(work.c.id)):
        found[row.about].append(row)
    return found
