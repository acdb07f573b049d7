"""Follow-ups as the console uses them: lists, what can be done, and the clock that says whose time has come."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from sqlalchemy import Connection

from connectors.message import JSON
from desk.acting import Acting
from desk.announcer import Announcer
from desk.errors import Refused
from desk.follow_up_moves import Followed, FollowUpMoves, may_follow
from desk.follow_up_rules import HOUR_MS
from desk.permissions import can
from desk.ports import Begin
from desk.tiers import Tiers
from storage import followups
from storage.agents import Agent
from storage.bus import Bus
from storage.database import Database
from storage.followups import CANCELLED, DONE, DUE, MISSED, PLANNED, FollowUp

P = ParamSpec("P")
TURN_EVERY_S = 10.0
VIEWS = {"open": (DUE, MISSED, PLANNED), "due": (DUE, MISSED), "planned": (PLANNED,), "done": (DONE, CANCELLED)}
_SHOWN = (
    "id", "ticket_id", "number", "customer_name", "channel", "reason", "due_at", "tier", "state", "note", "outcome",
    "outcome_note", "created_by", "created_at", "done_at",
)  # fmt: skip


class FollowUps:
    """All methods raise `desk.errors.Refused`."""

    def __init__(
        self, db: Database, bus: Bus, tiers: Tiers, acting: Acting, announcer: Announcer, clock: Callable[[], int],
        desk: str, begin: Begin | None,
    ) -> None:  # fmt: skip
        self.moves = FollowUpMoves(desk=desk, tiers=tiers, clock=clock)
        self._db, self._bus, self._tiers, self._clock = db, bus, tiers, clock
        self._acting, self._announcer, self._begin = acting, announcer, begin

    async def page(self, agent: Agent, view: str, *, mine: bool) -> JSON:
        """A list, and how many there are in each state."""
        tiers = self._tiers_of(agent, mine=mine)
        found = await self._db.read(followups.page, states=VIEWS[view], agent_id=agent.id, tiers=tiers)
        return {"follow_ups": [self.shown(row) for row in found], "counts": await self.counts(agent)}

    async def counts(self, agent: Agent) -> JSON:
        """How many are due, missed and planned that concern a person."""
        return await self._db.read(followups.counts, agent_id=agent.id, tiers=self._tiers_of(agent, mine=False))

    async def of_ticket(self, ticket_id: str) -> list[JSON]:
        """Those of a ticket that the agent may see."""
        return [self.shown(row) for row in await self._db.read(followups.of_ticket, ticket_id)]

    async def do(
        self, move: Callable[Concatenate[Connection, Agent, P], Followed], agent: Agent, *args: P.args,
        **kwargs: P.kwargs,
    ) -> JSON:  # fmt: skip
        """Do something with a follow-up and tell everyone."""

        @wraps(move)
        def run(tx: Connection) -> Followed:
            done = move(tx, agent, *args, **kwargs)
            if done.act is None:
                return done
            return Followed(follow_up=done.follow_up, act=self._acting.follow(tx, done.act))

        done = await self._db.write(run)
        if done.act is not None:
            await self._announcer.acted(done.act)
        await self._tell(done.follow_up)
        return {"follow_up": self.shown(done.follow_up)}

    async def reach(self, agent: Agent, follow_up_id: str) -> str:
        """Have the ticket in which one writes to the customer; its id. Of a conversation that only the bot had, a
        ticket is begun. Raises `unavailable` when that takes too long.
        """
        row = await self._db.read(followups.find, follow_up_id)
        if row is None or not may_follow(agent, row):
            raise Refused("not_found")
        if row.ticket_id is None:
            row = await self._with_ticket(row, agent)
        await self.do(self.moves.reach, agent, follow_up_id)
        return str(row.ticket_id)

    async def turn(self) -> None:
        """Whose time has come is due; what was due for too long is missed."""
        now = self._clock()
        patience = self._tiers.aftersales.missed_after_hours * HOUR_MS
        for before, after, due_before in ((DUE, MISSED, now - patience), (PLANNED, DUE, now)):
            for row in await self._db.write(followups.turn, before=before, after=after, due_before=due_before, at=now):
                await self._tell(row, reminder=True)

    def shown(self, row: FollowUp) -> JSON:
        """A follow-up on the screen."""
        shown: JSON = {name: getattr(row, name) for name in _SHOWN}
        return shown | {"agent": {"id": row.agent_id, "name": row.agent_name} if row.agent_id else None}

    async def _with_ticket(self, row: FollowUp, agent: Agent) -> FollowUp:
        if self._begin is None:
            raise Refused("unavailable")
        try:
            ticket_id = await self._begin.go_on(row.conversation_id)
        except KeyError as error:
            raise Refused("not_found") from error
        except TimeoutError as error:
            raise Refused("unavailable") from error
        return await self._db.write(followups.change, row.id, at=self._clock(), ticket_id=ticket_id)

    async def _tell(self, row: FollowUp, *, reminder: bool = False) -> None:
        await self._bus.publish("desk", {"type": "follow_up", "follow_up_id": row.id, "reminder": reminder})

    def _tiers_of(self, agent: Agent, *, mine: bool) -> tuple[str, ...] | None:
        if mine:
            return ()
        return None if can(agent, "see_all") else agent.tiers
