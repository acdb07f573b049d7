"""What was masked of handoffs at other desks: shown to those who may see it, who say why, and it is written down."""

from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.message import JSON
from desk.errors import Refused
from desk.service import DeskService
from desk.signin import SignedIn
from storage import audit, handoffs, masked
from storage.masked import Masked


class Originals:
    """The values behind the marks of handoffs at helpdesks."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

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
