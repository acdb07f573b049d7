"""Watches the SLA clocks: warns while there is time, notices what was not kept, and follows changes of tiers.yml."""

from collections.abc import Callable
from functools import partial

import structlog
from sqlalchemy import Connection

from desk import sla
from desk.acting import Acting
from desk.announcer import Act
from desk.clockwork import for_each
from desk.sla_keeping import BREACHED, WARNED, Keeping, shown
from desk.sla_policy import Policy
from storage import sla as store
from storage.bus import Bus
from storage.database import Database
from storage.settings import read_setting, write_setting
from storage.tickets import lock_ticket

log = structlog.get_logger(__name__)

WATCH_EVERY_S = 2.0
BATCH = 200
RENEWED_AT_ONCE = 50  # tickets in one transaction: others have to wait for it
TOLD_EVERY = 20 * RENEWED_AT_ONCE
POLICY = "sla.policy"
"""The setting that has the fingerprint of the policy by which all clocks run."""


class SlaWatch:
    """What is due is found in the store: nothing is forgotten while the service is down, nothing is told twice."""

    def __init__(self, db: Database, bus: Bus, acting: Acting, policy: Policy, clock: Callable[[], int]) -> None:
        self._db, self._bus, self._acting, self._policy, self._clock = db, bus, acting, policy, clock
        self._keeping = Keeping(policy)
        self._renewed = False

    async def run(self) -> None:
        """One look at everything that is due."""
        if not self._renewed:
            await self.renew()
            self._renewed = True
        failed: set[str] = set()
        while True:
            due = await self._db.read(store.to_look_at, self._clock(), BATCH + len(failed))
            failed |= await for_each(
                {each: partial(self._look_at, each) for each in due if each not in failed}, job="sla"
            )
            if len(due) - len(failed) < BATCH:
                return

    async def _look_at(self, ticket_id: str) -> None:
        act = await self._acting.attempt(self._notice, ticket_id)
        if act is not None:
            await self._tell(act)

    async def renew(self) -> None:
        """Let the clocks of open tickets run by what tiers.yml says now; begin those of tickets that have none."""
        if await self._db.read(read_setting, POLICY, "") == self._policy.fingerprint:
            return
        after, seen = "", 0
        while ids := await self._db.read(store.open_tickets, after, RENEWED_AT_ONCE):
            await self._db.write(self._renew, ids)
            after, seen = ids[-1], seen + len(ids)
            if seen % TOLD_EVERY == 0:
                log.info("sla.renewing", tickets=seen)
        await self._db.write(write_setting, POLICY, self._policy.fingerprint)
        log.info("sla.renewed", tickets=seen)

    def _renew(self, tx: Connection, ticket_ids: list[str]) -> None:
        now = self._clock()
        for ticket_id in ticket_ids:
            held = lock_ticket(tx, ticket_id)
            if held is None or not held.live:
                continue
            known = store.clocks_of_one(tx, ticket_id)
            if not known:
                answered_at = store.answered_at(tx, ticket_id)
                self._keeping.begin(tx, Act(ticket=held), now, answered_at=answered_at)
                continue
            clocks = tuple(sla.renewed(clock, held, self._policy, now) for clock in known)
            self._keeping.keep(tx, Act(ticket=held), known, clocks, now)
            shown(tx, held, clocks)

    def _notice(self, tx: Connection, ticket_id: str) -> Act | None:
        """Whatever is due of a ticket's clocks."""
        held, now = lock_ticket(tx, ticket_id), self._clock()
        known = store.clocks_of_one(tx, ticket_id) if held else ()
        clocks = tuple(sla.warn_if_near(sla.break_if_late(clock, now), now) for clock in known)
        if held is None or clocks == known:
            return None
        act = self._keeping.keep(tx, Act(ticket=held, before=held), known, clocks, now)
        first, *others = act.also
        return Act(ticket=shown(tx, act.ticket, clocks), before=held, entry=first, also=tuple(others))

    async def _tell(self, act: Act) -> None:
        """Who has the ticket, and supervisors, see it at once."""
        for entry in (act.entry, *act.also):
            if entry is not None and entry.event in {WARNED, BREACHED}:
                hint = {"type": "sla", "ticket_id": act.ticket.id, "event": entry.event, "data": entry.data}
                await self._bus.publish("desk", hint)
