"""The rota: who is to be there when, who is away, and shifts that agents want to swap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    delete,
    literal_column,
    select,
    types,
    update,
)

from storage.tables import insert_once, metadata, new_id

ASKED, ACCEPTED, APPROVED, DECLINED, CANCELLED = "asked", "accepted", "approved", "declined", "cancelled"
"""What becomes of a swap: a colleague is asked and accepts, a supervisor approves; or somebody does not want it."""
OPEN = (ASKED, ACCEPTED)
SHOWN = 200  # swaps that are shown

shift = Table(
    "shift",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("agent_id", String(26), ForeignKey("agent.id"), nullable=False),
    Column("tiers", types.JSON, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("series_id", String(26), nullable=False),  # shared by those that repeat weekly; else empty
    Column("uid", String(255), nullable=False),  # of the calendar file it came from; else empty
)
Index("ix_shift_starts_at", shift.c.starts_at)
Index("ix_shift_agent_id", shift.c.agent_id, shift.c.starts_at)
_IMPORTED = literal_column("uid") != literal_column("''")
Index(
    "uq_shift_uid", shift.c.agent_id, shift.c.uid, shift.c.starts_at, unique=True,
    sqlite_where=_IMPORTED, postgresql_where=_IMPORTED,
)  # fmt: skip

absence = Table(
    "absence",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("agent_id", String(26), ForeignKey("agent.id"), nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),  # holiday | illness | training | other
    Column("note", Text, nullable=False),
)
Index("ix_absence_starts_at", absence.c.starts_at)

swap = Table(
    "shift_swap",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("shift_id", String(26), nullable=False),
    Column("from_id", String(26), nullable=False),
    Column("to_id", String(26), nullable=False),
    Column("in_return", String(26), nullable=False),  # the other's shift; empty: the shift is only handed over
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("decided_by", String(60), nullable=False),
)
_LIVE = literal_column("state").in_([literal_column(f"'{state}'") for state in OPEN])
Index("uq_shift_swap_live", swap.c.shift_id, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)
Index("ix_shift_swap_updated_at", swap.c.updated_at)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """An agent is to be there for `tiers` from `starts_at` until `ends_at` (ms)."""

    id: str
    agent_id: str
    tiers: tuple[str, ...]
    starts_at: int
    ends_at: int
    note: str = ""
    series_id: str = ""
    uid: str = ""


@dataclass(frozen=True, kw_only=True)
class Absence:
    """An agent is away, whatever the shifts say."""

    id: str
    agent_id: str
    starts_at: int
    ends_at: int
    kind: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Swap:
    """`from_id` wants to give a shift to `to_id`, who may give the shift `in_return` for it."""

    id: str
    shift_id: str
    from_id: str
    to_id: str
    in_return: str = ""
    state: str = ASKED
    note: str = ""
    created_at: int
    updated_at: int
    decided_by: str = ""


_shift_columns = tuple(shift.c[name] for name in Shift.__dataclass_fields__)
_absence_columns = tuple(absence.c[name] for name in Absence.__dataclass_fields__)
_swap_columns = tuple(swap.c[name] for name in Swap.__dataclass_fields__)


def add_shifts(tx: Connection, new: Sequence[Shift]) -> int:
    """Keep shifts; how many are new: those of a calendar file that are known already stay as they are."""
    return sum(insert_once(tx, shift, **each.__dict__ | {"tiers": list(each.tiers)}) for each in new)


def shifts_between(tx: Connection, since: int, until: int, agent_id: str = "") -> list[Shift]:
    """Shifts of which something lies from `since` until before `until` (ms), of everybody or one agent, in order."""
    wanted: list[Any] = [shift.c.starts_at < until, shift.c.ends_at > since]
    wanted += [shift.c.agent_id == agent_id] if agent_id else []
    query = select(*_shift_columns).where(*wanted).order_by(shift.c.starts_at, shift.c.id)
    return [_shift(row) for row in tx.execute(query)]


def find_shift(tx: Connection, shift_id: str) -> Shift | None:
    """The shift, which nobody else can change until the transaction ends; or None."""
    row = tx.execute(select(*_shift_columns).where(shift.c.id == shift_id).with_for_update()).one_or_none()
    return _shift(row) if row else None


def read_shift(tx: Connection, shift_id: str) -> Shift | None:
    """The shift, or None."""
    row = tx.execute(select(*_shift_columns).where(shift.c.id == shift_id)).one_or_none()
    return _shift(row) if row else None


def change_shift(tx: Connection, /, shift_id: str, **values: Any) -> None:
    """Set fields of a shift."""
    stored = {name: list(value) if name == "tiers" else value for name, value in values.items()}
    tx.execute(update(shift).where(shift.c.id == shift_id).values(**stored))


def remove_shifts(tx: Connection, one: Shift, *, following: bool, at: int) -> int:
    """Take a shift away, with `following` those of its series that come after it; swaps of them are cancelled."""
    which: list[Any] = [shift.c.id == one.id]
    if following and one.series_id:
        which = [shift.c.series_id == one.series_id, shift.c.starts_at >= one.starts_at]
    gone = list(tx.execute(select(shift.c.id).where(*which)).scalars())
    ours = (swap.c.state.in_(OPEN), swap.c.shift_id.in_(gone) | swap.c.in_return.in_(gone))
    tx.execute(update(swap).where(*ours).values(state=CANCELLED, updated_at=at))
    return tx.execute(delete(shift).where(shift.c.id.in_(gone))).rowcount


def hand_over(tx: Connection, shift_id: str, from_id: str, to_id: str) -> bool:
    """Give a shift to somebody else; False when it is not `from_id`'s any more."""
    ours = (shift.c.id == shift_id, shift.c.agent_id == from_id)
    # Its calendar is the other's: the series and the file it came from know it no more.
    values = {"agent_id": to_id, "series_id": "", "uid": ""}
    return tx.execute(update(shift).where(*ours).values(**values)).rowcount == 1


def add_absence(tx: Connection, new: Absence) -> None:
    """Note that somebody is away."""
    tx.execute(absence.insert().values(**new.__dict__))


def absences_between(tx: Connection, since: int, until: int, agent_id: str = "") -> list[Absence]:
    """Absences of which something lies from `since` until before `until` (ms), in order."""
    wanted: list[Any] = [absence.c.starts_at < until, absence.c.ends_at > since]
    wanted += [absence.c.agent_id == agent_id] if agent_id else []
    query = select(*_absence_columns).where(*wanted).order_by(absence.c.starts_at, absence.c.id)
    return [Absence(**row._mapping) for row in tx.execute(query)]


def remove_absence(tx: Connection, absence_id: str) -> Absence | None:
    """Take an absence away; None when there is none."""
    row = tx.execute(delete(absence).where(absence.c.id == absence_id).returning(*_absence_columns)).one_or_none()
    return Absence(**row._mapping) if row else None


def ask_swap(tx: Connection, *, shift_id: str, from_id: str, to_id: str, note: str, at: int) -> Swap | None:
    """Ask a colleague to take a shift; None while another one is asked."""
    new = Swap(
        id=new_id(), shift_id=shift_id, from_id=from_id, to_id=to_id, note=note, created_at=at, updated_at=at
    )  # fmt: skip
    return new if insert_once(tx, swap, **new.__dict__) else None


def lock_swap(tx: Connection, swap_id: str) -> Swap | None:
    """The swap, which nobody else can change until the transaction ends; or None."""
    row = tx.execute(select(*_swap_columns).where(swap.c.id == swap_id).with_for_update()).one_or_none()
    return Swap(**row._mapping) if row else None


def change_swap(tx: Connection, /, swap_id: str, *, at: int, **values: Any) -> Swap:
    """Set fields of a swap."""
    changed = update(swap).where(swap.c.id == swap_id).values(**values, updated_at=at).returning(*_swap_columns)
    return Swap(**tx.execute(changed).one()._mapping)


def swaps_since(tx: Connection, since: int, agent_id: str = "") -> list[Swap]:
    """Swaps that are open, or changed since then (ms); of everybody or those that concern one agent. Newest first."""
    wanted: list[Any] = [swap.c.state.in_(OPEN) | (swap.c.updated_at >= since)]
    wanted += [(swap.c.from_id == agent_id) | (swap.c.to_id == agent_id)] if agent_id else []
    query = select(*_swap_columns).where(*wanted).order_by(swap.c.updated_at.desc(), swap.c.id.desc())
    return [Swap(**row._mapping) for row in tx.execute(query.limit(SHOWN))]


def _shift(row: Any) -> Shift:
    return Shift(**{**row._mapping, "tiers": tuple(row.tiers)})
