"""What was masked of handoffs at other desks: shown to those who may see it, who say why, and it is written down."""

from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlsplit

from sqlalchemy import Connection

from connectors.message import JSON
from desk.errors import Refused
from desk.service import DeskService
from desk.signin import SignedIn
from storage import audit, elsewhere, handoffs, masked
from storage.elsewhere import Abroad
from storage.masked import Masked


class Originals:
    """Handoffs at helpdesks, and the values behind their marks."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def page(self, after: str, limit: int) -> JSON:
        """Handoffs, the newest first, and the id after which the next page begins."""
        found = await self._desk.db.read(elsewhere.page, self._desk.name, after=after, limit=limit + 1)
        shown = found[:limit]
        return {"handoffs": [_shown(each) for each in shown], "after": shown[-1].id if len(found) > limit else None}

    async def show(self, who: SignedIn, handoff_id: str, reason: str) -> JSON:
        """The values that were masked, with their marks. Raises `not_found`."""
        values = await self._desk.db.write(self._show, who, handoff_id, reason)
        return {"values": [{"mark": each.mark, "kind": each.kind, "original": each.original} for each in values]}

    def _show(self, tx: Connection, who: SignedIn, handoff_id: str, reason: str) -> Sequence[Masked]:
        row = handoffs.find(tx, handoff_id)
        values = masked.of_handoff(tx, handoff_id)
        if row is None or (row.desk == self._desk.name and not values):
            raise Refused("not_found")
        audit.record(
            tx, who.actor, "handoff.originals", at=self._desk.clock(), subject=handoff_id, subject_name=row.reference,
            details={"desk": row.desk, "reason": reason, "values": len(values)},
        )  # fmt: skip
        return values


def _shown(row: Abroad) -> JSON:
    """A row for the console; what a helpdesk says is its link is one only where browsers take it for one."""
    url = row.url if urlsplit(row.url).scheme in {"http", "https"} else ""
    return asdict(row) | {"url": url}
