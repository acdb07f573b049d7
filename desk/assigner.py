"""Gives waiting tickets to agents: looks at who waits and who is there, and offers what the settings say.

Woken by what happens, and looking by itself every so often, so that nothing depends on being woken. Any number of
workers may do it at once: each offer is a transaction of its own in which the rows decide.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from desk.assignment import Choice
from desk.clockwork import for_each
from desk.errors import Refused
from desk.following import logged
from desk.permissions import ABILITIES
from desk.queueing import choices, ending
from desk.service import DeskService
from storage import agent_sessions, agents, turns
from storage.agents import Agent
from storage.tickets import Ticket

LOOK_EVERY_S = 1.0
CALM_S = 0.05
WATCH_EVERY_S = 5.0
TOGETHER = 8  # offers that are written at the same time
AT_ONCE = 200  # tickets of a tier that is gone
MINUTE_MS = 60_000
JUMP_S = 2.0  # a difference between the clock and the one that nobody sets


class Assigner:
    """One worker's part. `turn` and `watch` may run in many workers at once."""

    def __init__(self, desk: DeskService, steady: Callable[[], float] | None = None) -> None:
        """`steady` is a clock in seconds that nobody sets: with it, absence counts anew from each jump of the other,
        since what that one says of silence before is worth nothing.
        """
        self._desk, self._steady = desk, steady
        self._clocks: tuple[int, float] | None = None  # at the last look
        self._counted_from = 0  # ms
        self._one = asyncio.Lock()
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Give tickets out whenever something happened, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for topic in ("desk-turns", "desk"):
                group.create_task(self._listen(topic))
            while True:
                await self._woken.wait()
                self._woken.clear()
                await logged(self.look())
                await asyncio.sleep(CALM_S)  # what comes in a flood meanwhile is looked at together

    async def look(self) -> None:
        """The same as `turn`, for those who don't count."""
        await self.turn()

    async def turn(self) -> int:
        """End offers that nobody answered, and make new ones; how many tickets found somebody."""
        async with self._one:
            desk = self._desk
            over = await desk.db.read(ending, desk.tiers, desk.clock())
            await for_each({each: partial(self._lapsed, each) for each in over}, job="offers")
            chosen = await desk.db.read(choices, desk.tiers, desk.clock())
            found = 0
            for first in range(0, len(chosen), TOGETHER):
                some = chosen[first : first + TOGETHER]
                found += sum(await asyncio.gather(*(self._hand_out(choice, auto=auto) for choice, auto in some)))
            return found

    async def watch(self) -> None:
        """Take tickets out of the hands of those who are not there, or do not answer."""
        desk, settings, now = self._desk, self._desk.tiers.assignment, self._desk.clock()
        everyone = await desk.db.read(agents.all_agents)
        # Who works without a console, through the interface alone, is there while they use it.
        used = await desk.db.read(agent_sessions.used_since, now - settings.offline_requeue_s * 1000)
        gone = [each.id for each in everyone if is_gone(each, now, settings.offline_requeue_s) and each.id not in used]
        listened_ms = now - self._listening_since(now)
        if listened_ms < settings.offline_requeue_s * 1000:
            gone = [each.id for each in everyone if each.disabled]
        people, attempt = {each.id: each for each in everyone}, desk.acting.attempt
        stranded = await desk.db.read(turns.stranded, ABILITIES["answer"])
        released = {row: partial(attempt, desk.moves.release, people[by], row, by) for row, by in stranded}
        await for_each(released, job="released")
        homeless = await desk.db.read(turns.homeless, list(desk.tiers.tiers), AT_ONCE)
        await for_each({each: partial(attempt, desk.assignment.rehome, each) for each in homeless}, job="rehomed")
        waiting = await desk.db.read(turns.unanswered, holders=gone)
        await for_each({row.id: partial(self._requeue, row, "offline") for row in waiting}, job="offline")
        if settings.idle_requeue_min and listened_ms >= settings.idle_requeue_min * MINUTE_MS:
            since = now - settings.idle_requeue_min * MINUTE_MS
            silent = await desk.db.read(turns.unanswered, silent_since=since)
            late = {row.id: partial(self._requeue, row, "idle") for row in silent if self._is_late(row, since, now)}
            await for_each(late, job="idle")

    def _listening_since(self, now: int) -> int:
        """From when on silence counts: for ever, until the clock jumps."""
        if self._steady is not None:
            steady = self._steady()
            if self._clocks is not None and abs((now - self._clocks[0]) / 1000 - (steady - self._clocks[1])) > JUMP_S:
                self._counted_from = now
            self._clocks = now, steady
        return self._counted_from

    def _is_late(self, row: Ticket, since: int, now: int) -> bool:
        hours = self._desk.tiers.hours_of(row.tier)
        return hours.is_open(now) and hours.business_ms(int(row.last["at"]), now) >= now - since

    async def _requeue(self, row: Ticket, why: str) -> None:
        await self._desk.acting.attempt(self._desk.assignment.requeue, row.id, row.agent_id or "", why)

    async def _hand_out(self, choice: Choice, *, auto: bool) -> bool:
        move = self._desk.assignment.give if auto else self._desk.assignment.offer
        try:
            return await self._desk.acting.attempt(move, choice) is not None
        except Refused:  # somebody was faster
            return False

    async def _lapsed(self, ticket_id: str) -> None:
        act = await self._desk.acting.attempt(self._desk.assignment.lapse, ticket_id)
        if act is not None and act.entry is not None and act.entry.data.get("away"):
            agent_id = str(act.entry.data["agent_id"])
            for hint in ({"type": "user", "agent_id": agent_id}, {"type": "set_away", "agent_id": agent_id}):
                await self._desk.bus.publish("desk", hint)
            await self._desk.bus.publish("desk", {"type": "agents"})

    async def _listen(self, topic: str) -> None:
        async with self._desk.bus.subscribe(topic) as hints:
            async for hint in hints:
                if topic == "desk-turns" or hint.get("type") in ("agents", "user"):
                    self._woken.set()


def is_gone(agent: Agent, now: int, after_s: int) -> bool:
    """Whether all consoles of an agent have been closed for so long, or the agent works here no more."""
    return agent.disabled or agent.alive_at < now - after_s * 1000
