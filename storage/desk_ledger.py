"""What helpdesks have of us: the tickets that were asked for, and each entry that both sides know.

`DeskLedger` implements `connectors.desk_ports.Ledger`; `keep_reading` is called in the transaction of what a reading
causes. Rows go with their handoff (`storage.retention`).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    and_,
    delete,
    select,
    update,
)

from connectors.desk import Entry, Progress, Reading
from connectors.desk_ports import Attempt, Opened
from storage import channel_state
from storage.clock import now_ms
from storage.conversations import conversation
from storage.database import Database
from storage.handoffs import handoff
from storage.locks import Locks
from storage.tables import insert_once, metadata

desk_ticket = Table(
    "desk_ticket",
    metadata,
    Column("desk", String(32), nullable=False),
    Column("handoff_id", String(26), ForeignKey("handoff.id"), nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("ticket_id", String(64), nullable=False, default=""),
    Column("number", String(64), nullable=False, default=""),
    Column("url", Text, nullable=False, default=""),
    Column("cursor", Text, nullable=False, default=""),
    Column("state", String(16), nullable=False, default=""),
    Column("owner", String(160), nullable=False, default=""),
    Column("turns", Integer, nullable=False, default=0),
    Column("expected", String(16), nullable=False, default=""),
    PrimaryKeyConstraint("desk", "handoff_id"),
)
Index("ix_desk_ticket_ticket_id", desk_ticket.c.desk, desk_ticket.c.ticket_id)
Index("ix_desk_ticket_handoff_id", desk_ticket.c.handoff_id)

desk_entry = Table(
    "desk_entry",
    metadata,
    Column("desk", String(32), nullable=False),
    Column("ticket_id", String(64), nullable=False),
    # Theirs, as far as it is known; while an entry of ours is on its way, "?" and our own.
    Column("external_id", String(160), nullable=False),
    Column("message_id", String(160), nullable=False, default=""),
    Column("ours", Boolean, nullable=False, default=False),
    Column("digest", String(64), nullable=False, default=""),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("desk", "ticket_id", "external_id"),
)
LOOK_AGAIN_S = 0.2
ON_ITS_WAY = "?"


class DeskLedger:
    """The ledger of one desk."""

    def __init__(self, database: Database, locks: Locks, desk: str) -> None:
        self._database, self._locks, self._desk = database, locks, desk
        self._here: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Have `name` to oneself, among all workers; waits for whoever has it."""
        async with self._here.setdefault(name, asyncio.Lock()):
            while True:
                async with self._locks.hold(f"desk:{self._desk}:{name}") as held:
                    if held:
                        yield
                        return
                await asyncio.sleep(LOOK_AGAIN_S)

    async def attempt(self, handoff_id: str) -> Attempt | None:
        """What is known of a handoff here."""
        return await self._database.read(find_attempt, self._desk, handoff_id)

    async def begin(self, handoff_id: str) -> None:
        """The request for the ticket is about to leave."""
        await self._database.write(begin, self._desk, handoff_id)

    async def retract(self, handoff_id: str) -> None:
        """It certainly did nothing."""
        await self._database.write(retract, self._desk, handoff_id)

    async def opened(self, handoff_id: str, opened: Opened) -> None:
        """The ticket exists."""
        await self._database.write(note_opened, self._desk, handoff_id, opened)

    async def of_ticket(self, ticket_id: str) -> Attempt | None:
        """The handoff that became this ticket."""
        return await self._database.read(find_by_ticket, self._desk, ticket_id)

    async def entries(self, ticket_id: str) -> list[Entry]:
        """All entries that are known of a ticket."""
        return await self._database.read(entries_of, self._desk, ticket_id)

    async def sending(self, ticket_id: str, message_id: str, digest: str) -> None:
        """An entry of ours is about to leave."""
        await self._database.write(note_sending, self._desk, ticket_id, message_id, digest)

    async def sent(self, ticket_id: str, message_id: str, external_id: str, digest: str) -> None:
        """It is there."""
        await self._database.write(note_sent, self._desk, ticket_id, message_id, external_id, digest)

    async def not_sent(self, ticket_id: str, message_id: str) -> None:
        """It certainly is not there."""
        await self._database.write(drop_sending, self._desk, ticket_id, message_id)

    async def expect(self, ticket_id: str, state: str) -> None:
        """We are about to give the ticket this state."""
        await self._database.write(note_expected, self._desk, ticket_id, state)

    async def moved(self, ticket_id: str, state: str) -> None:
        """It has this state now, by us."""
        await self._database.write(note_moved, self._desk, ticket_id, state)


def find_attempt(tx: Connection, desk: str, handoff_id: str) -> Attempt | None:
    """What is known of a handoff at a desk."""
    return _attempt(tx, and_(desk_ticket.c.desk == desk, desk_ticket.c.handoff_id == handoff_id))


def find_by_ticket(tx: Connection, desk: str, ticket_id: str) -> Attempt | None:
    """The handoff that became a ticket: the last, where a desk goes on with a ticket of before."""
    return _attempt(tx, and_(desk_ticket.c.desk == desk, desk_ticket.c.ticket_id == ticket_id)) if ticket_id else None


def tickets_of(tx: Connection, desk: str, *, after: str = "", limit: int = 200) -> list[Attempt]:
    """What a desk has, by the ids of handoffs, from `after` on."""
    query = _SELECT.where(desk_ticket.c.desk == desk, desk_ticket.c.handoff_id > after)
    return [_as_attempt(row) for row in tx.execute(query.order_by(desk_ticket.c.handoff_id).limit(limit))]


def begin(tx: Connection, desk: str, handoff_id: str) -> None:
    """The request for a ticket is about to leave, once more where it was begun before."""
    now = now_ms()
    begun = insert_once(
        tx, desk_ticket, desk=desk, handoff_id=handoff_id, began_at=now, ticket_id="", number="", url="",
        cursor="", state="", owner="", turns=0, expected="",
    )  # fmt: skip
    if not begun:
        ours = and_(desk_ticket.c.desk == desk, desk_ticket.c.handoff_id == handoff_id)
        tx.execute(update(desk_ticket).where(ours).values(began_at=now))


def retract(tx: Connection, desk: str, handoff_id: str) -> None:
    """It certainly did nothing."""
    unknown = and_(
        desk_ticket.c.desk == desk, desk_ticket.c.handoff_id == handoff_id, desk_ticket.c.ticket_id == ""
    )  # fmt: skip
    tx.execute(delete(desk_ticket).where(unknown))


def note_opened(tx: Connection, desk: str, handoff_id: str, opened: Opened) -> None:
    """The ticket exists."""
    begin(tx, desk, handoff_id)
    ours = and_(desk_ticket.c.desk == desk, desk_ticket.c.handoff_id == handoff_id)
    values = {"ticket_id": opened.ticket_id, "number": opened.number, "url": opened.url}
    tx.execute(update(desk_ticket).where(ours).values(**values))


def entries_of(tx: Connection, desk: str, ticket_id: str) -> list[Entry]:
    """All entries that are known of a ticket, oldest first."""
    query = select(desk_entry).where(desk_entry.c.desk == desk, desk_entry.c.ticket_id == ticket_id)
    return [_as_entry(row) for row in tx.execute(query.order_by(desk_entry.c.at, desk_entry.c.external_id))]


def note_sending(tx: Connection, desk: str, ticket_id: str, message_id: str, digest: str) -> None:
    """An entry of ours is about to leave."""
    insert_once(
        tx, desk_entry, desk=desk, ticket_id=ticket_id, external_id=ON_ITS_WAY + message_id, message_id=message_id,
        ours=True, digest=digest, at=now_ms(),
    )  # fmt: skip


def note_sent(tx: Connection, desk: str, ticket_id: str, message_id: str, external_id: str, digest: str) -> None:
    """It is there: its own name takes the place of ours."""
    drop_sending(tx, desk, ticket_id, message_id)
    insert_once(
        tx, desk_entry, desk=desk, ticket_id=ticket_id, external_id=external_id, message_id=message_id, ours=True,
        digest=digest, at=now_ms(),
    )  # fmt: skip


def drop_sending(tx: Connection, desk: str, ticket_id: str, message_id: str) -> None:
    """It is not on its way."""
    tx.execute(delete(desk_entry).where(*_named(desk, ticket_id, ON_ITS_WAY + message_id)))


def drop_entry(tx: Connection, desk: str, ticket_id: str, message_id: str) -> None:
    """Forget an entry of ours: it is not there, whatever was noted."""
    ours = (desk_entry.c.desk == desk, desk_entry.c.ticket_id == ticket_id, desk_entry.c.message_id == message_id)
    tx.execute(delete(desk_entry).where(*ours))


def note_expected(tx: Connection, desk: str, ticket_id: str, state: str) -> None:
    """We are about to give a ticket this state."""
    ours = and_(desk_ticket.c.desk == desk, desk_ticket.c.ticket_id == ticket_id)
    tx.execute(update(desk_ticket).where(ours).values(expected=state, turns=desk_ticket.c.turns + 1))


def note_moved(tx: Connection, desk: str, ticket_id: str, state: str) -> None:
    """A ticket has this state now, by us."""
    ours = and_(desk_ticket.c.desk == desk, desk_ticket.c.ticket_id == ticket_id)
    tx.execute(update(desk_ticket).where(ours).values(state=state, expected="", turns=desk_ticket.c.turns + 1))


def note_entry(tx: Connection, desk: str, ticket_id: str, entry: Entry) -> bool:
    """Remember an entry, or what it says now; whether it was unknown."""
    values = {"message_id": entry.message_id, "ours": entry.ours, "digest": entry.digest}
    at = entry.at or now_ms()
    name = {"desk": desk, "ticket_id": ticket_id, "external_id": entry.external_id}
    if insert_once(tx, desk_entry, **name, **values, at=at):
        return True
    tx.execute(update(desk_entry).where(*_named(desk, ticket_id, entry.external_id)).values(**values))
    return False


def keep_reading(tx: Connection, desk: str, ticket_id: str, reading: Reading) -> bool:
    """Remember what was read, in the transaction that stores what it causes; False when the ticket has got another
    state from us meanwhile, so that it has to be read again.
    """
    now = reading.progress
    ours = and_(desk_ticket.c.desk == desk, desk_ticket.c.ticket_id == ticket_id)
    values = {"cursor": now.cursor, "state": now.state, "owner": now.owner, "turns": now.turns}
    fresh = ours if now.since is None else and_(ours, desk_ticket.c.turns == now.since)
    if not tx.execute(update(desk_ticket).where(fresh).values(**values, expected=now.expected)).rowcount:
        return False
    for entry in reading.entries:
        if entry.ours and entry.message_id:
            drop_sending(tx, desk, ticket_id, entry.message_id)
        note_entry(tx, desk, ticket_id, entry)
    return True


def erase(tx: Connection, handoff_ids: Iterable[str]) -> None:
    """Forget handoffs that are being deleted."""
    ids = list(handoff_ids)
    tickets = select(desk_ticket.c.desk, desk_ticket.c.handoff_id, desk_ticket.c.ticket_id)
    for desk, handoff_id, ticket_id in tx.execute(tickets.where(desk_ticket.c.handoff_id.in_(ids))).all():
        tx.execute(delete(desk_entry).where(desk_entry.c.desk == desk, desk_entry.c.ticket_id == ticket_id))
        for each in {handoff_id, ticket_id}:  # what the desk itself remembers of it
            channel_state.drop(tx, f"desk:{desk}", f"ticket:{each}")
    tx.execute(delete(desk_ticket).where(desk_ticket.c.handoff_id.in_(ids)))


_SELECT = (
    select(desk_ticket, handoff.c.conversation_id, handoff.c.reference, conversation.c.language)
    .join(handoff, handoff.c.id == desk_ticket.c.handoff_id)
    .join(conversation, conversation.c.id == handoff.c.conversation_id)
)


def _attempt(tx: Connection, condition: Any) -> Attempt | None:
    row = tx.execute(_SELECT.where(condition).order_by(desk_ticket.c.handoff_id.desc()).limit(1)).first()
    return _as_attempt(row) if row else None


def _as_attempt(row: Any) -> Attempt:
    opened = Opened(ticket_id=row.ticket_id, number=row.number, url=row.url) if row.ticket_id else None
    progress = Progress(
        cursor=row.cursor, state=row.state, owner=row.owner, turns=row.turns, expected=row.expected
    )  # fmt: skip
    return Attempt(
        handoff_id=row.handoff_id, conversation_id=row.conversation_id, reference=row.reference,
        language=row.language or "en", began_at=row.began_at, opened=opened, progress=progress,
    )  # fmt: skip


def _as_entry(row: Any) -> Entry:
    known = not row.external_id.startswith(ON_ITS_WAY)
    return Entry(
        external_id=row.external_id if known else "", message_id=row.message_id, ours=row.ours, digest=row.digest,
        at=row.at,
    )  # fmt: skip


def _named(desk: str, ticket_id: str, external_id: str) -> tuple[Any, ...]:
    return (
        desk_entry.c.desk == desk, desk_entry.c.ticket_id == ticket_id, desk_entry.c.external_id == external_id
    )  # fmt: skip
