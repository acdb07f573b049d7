"""Handoffs at other desks: how they stand there, where a helpdesk's link leads, and what is delivered once more."""

from dataclasses import asdict
from urllib.parse import urlsplit

from sqlalchemy import Connection

from connectors.message import JSON
from desk.errors import Refused
from desk.permissions import can
from desk.service import DeskService
from desk.signin import SignedIn
from storage import audit, elsewhere, handoffs
from storage.elsewhere import Abroad


class Elsewhere:
    """The handoffs that others have. All methods raise `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def page(self, chosen: str, after: str, limit: int) -> JSON:
        """Handoffs, the newest first, the id after which the next page begins, and the desks that there are."""
        own = self._desk.name
        found = await self._desk.db.read(elsewhere.page, own, desk=chosen, after=after, limit=limit + 1)
        names = await self._desk.db.read(elsewhere.desks, own)
        shown = found[:limit]
        rest = shown[-1].id if len(found) > limit else None
        return {"handoffs": [_shown(each) for each in shown], "after": rest, "desks": names}

    async def one(self, who: SignedIn, handoff_id: str) -> JSON:
        """Where a link of a helpdesk leads: to the ticket, where the handoff is here by now, or to how it stands there.
        Raises `not_found`, `forbidden`.
        """
        row = await self._desk.db.read(handoffs.find, handoff_id)
        if row is None or (row.desk == self._desk.name and not row.ticket_id):
            raise Refused("not_found")
        if row.desk == self._desk.name:
            return {"ticket_id": row.ticket_id}
        if not can(who.agent, "originals"):
            raise Refused("forbidden")
        return await self._one(handoff_id)

    async def again(self, who: SignedIn, handoff_id: str) -> JSON:
        """Deliver what was given up once more; what is there is not said twice. Raises `not_found`, `closed`."""
        lane = await self._desk.db.write(self._again, who, handoff_id)
        await self._desk.bus.publish("work", {"lane": lane})
        return await self._one(handoff_id)

    async def _one(self, handoff_id: str) -> JSON:
        found = await self._desk.db.read(elsewhere.find, handoff_id)
        if found is None:
            raise Refused("not_found")
        return {"handoff": _shown(found)}

    def _again(self, tx: Connection, who: SignedIn, handoff_id: str) -> str:
        row, found = handoffs.find(tx, handoff_id), elsewhere.find(tx, handoff_id)
        if row is None or found is None or row.desk == self._desk.name:
            raise Refused("not_found")
        if not found.again:
            raise Refused("closed")
        lane = elsewhere.deliver_again(tx, row)
        audit.record(
            tx, who.actor, "handoff.again", at=self._desk.clock(), subject=row.id, subject_name=row.reference,
            details={"desk": row.desk, "count": found.given_up},
        )  # fmt: skip
        return lane


def _shown(row: Abroad) -> JSON:
    """A row for the console; what a helpdesk says is its link is one only where browsers take it for one."""
    url = row.url if urlsplit(row.url).scheme in {"http", "https"} else ""
    return asdict(row) | {"url": url}
