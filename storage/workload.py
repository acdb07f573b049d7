"""What the desk did, as the staffing plan counts it: where tickets came and went, and when something was said."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.passages import Passage, passage
from storage.ticket_entries import MESSAGE, NOTE, entry


@dataclass(frozen=True, kw_only=True)
class Workload:
    """`passages` ticket by ticket, each in order; `said`: times (ms) in order, by ticket."""

    passages: tuple[Passage, ...]
    said: dict[str, tuple[int, ...]]


def workload(tx: Connection, since: int, until: int) -> Workload:
    """All of it from `since` until before `until` (ms)."""
    wanted = (passage.c.at >= since, passage.c.at < until)
    names = tuple(passage.c[name] for name in Passage.__dataclass_fields__)
    rows = tx.execute(select(*names).where(*wanted).order_by(passage.c.ticket_id, passage.c.at, passage.c.id))
    found = tuple(Passage(**row._mapping) for row in rows)
    uttered = (entry.c.at >= since, entry.c.at < until, entry.c.kind.in_((MESSAGE, NOTE)), ~entry.c.before)
    times: dict[str, list[int]] = {}
    for ticket_id, at in tx.execute(select(entry.c.ticket_id, entry.c.at).where(*uttered).order_by(entry.c.at)):
        times.setdefault(ticket_id, []).append(at)
    return Workload(passages=found, said={ticket_id: tuple(each) for ticket_id, each in times.items()})
