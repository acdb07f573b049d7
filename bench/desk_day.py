"""A day at the desk: customers, agents and a clock that jumps, around the desk's real code and a real database.

Customers come as a Poisson process by the hour; handling times are lognormal. Agents let offers pass and ignore them,
go to lunch, and lose their connection with customers on their hands; workers are restarted at any moment. After every
look of the desk its promises are checked by a plain recount; see `bench.desk_checks`.
"""

import asyncio
import heapq
import itertools
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher

from bench.desk_checks import Checks, lives
from connectors.desk import Handoff, Line, Reason, TicketChange
from connectors.message import Author, Content
from desk.assigner import Assigner
from desk.connector import BuiltInDesk
from desk.errors import Refused
from desk.passwords import Passwords
from desk.ports import Ports, Suggestion
from desk.service import DeskService
from desk.sla_watch import SlaWatch
from desk.tiers import Tiers
from frontdoor.files import FileStore
from storage import tickets, turns
from storage.agents import Agent, add_agent, change_agent, find_agent, mark_alive
from storage.bus import MemoryBus
from storage.database import Database
from storage.migrate import upgrade
from storage.tables import new_id
from storage.ticket_lists import queue_length

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
OPENS_AT = 1_795_309_200_000  # 2026-11-22 09:00 in Shanghai
BY_HOUR = (5, 9, 11, 8, 6, 8, 9, 9, 8, 8, 11, 8)
"""How the day's conversations are spread over the hours from nine to nine, in percent."""
STAFF = (("front_line", 0.0044), ("coordinator", 0.0016), ("senior", 0.0008))
"""Agents of each tier for each conversation of the day."""
LOOK_MS = 10 * SECOND
JOBS_MS = 60 * SECOND
HOME_MS = 24 * HOUR
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
"""Nobody logs in."""


@dataclass
class Clock:
    """Time that jumps from one thing that happens to the next."""

    now: int = OPENS_AT

    def __call__(self) -> int:
        return self.now


@dataclass(kw_only=True)
class Figures:
    """What the day was like."""

    conversations: int = 0
    offers: int = 0
    ignored: int = 0
    passed: int = 0
    taken: int = 0
    gave_up: int = 0
    outages: int = 0
    restarts: int = 0
    waits_s: list[float] = field(default_factory=list)


@dataclass
class Person:
    """An agent as the simulation knows them: back at `absent_until` (ms)."""

    id: str
    tier: str
    absent_until: int = 0


class Day:
    """A day, or the first `hours` of it, with so many `conversations`. `told` hears of each that came."""

    def __init__(
        self,
        database: Database,
        tiers: Tiers,
        *,
        folder: Path,
        conversations: int,
        seed: int,
        hours: int = len(BY_HOUR),
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self.db, self.tiers, self.clock, self.bus = database, tiers, Clock(), MemoryBus()
        self.figures, self.chance, self._told = Figures(), random.Random(seed), told  # noqa: S311
        self.people: dict[str, Person] = {}
        self._wanted, self._folder, self._hours = conversations, folder, hours
        self._due: list[tuple[int, int, Callable[[], Awaitable[None]]]] = []
        self._order = itertools.count()
        self._asked: set[tuple[str, str, int | None]] = set()
        self.checks = Checks(self.db, self.tiers, self.clock)
        self._start_workers()

    async def run(self) -> Figures:
        """The whole day, until the last customer has been served. Raises AssertionError for a broken promise."""
        await upgrade(self.db)
        await self._hire()
        self._customers_come()
        for every, work in ((LOOK_MS, self._look_again), (JOBS_MS, self._jobs)):
            self._again(every, work)
        async with self.bus.subscribe("desk-turns") as woken:
            waking = asyncio.create_task(self._count_wakes(woken))
            while self._due:
                at, _, work = heapq.heappop(self._due)
                self.clock.now = max(self.clock.now, at)
                before = self._wakes
                await work()
                await asyncio.sleep(0)
                if self._wakes != before:
                    await self._look()
                if self.figures.conversations == self._wanted and not await self.db.read(lives):
                    break
            waking.cancel()
        await self.checks.at_the_end(self.figures.conversations)
        return self.figures

    def at(self, after_ms: float, work: Callable[[], Awaitable[None]]) -> None:
        """Something happens later."""
        heapq.heappush(self._due, (self.clock.now + round(after_ms), next(self._order), work))

    _wakes = 0

    async def _count_wakes(self, woken: object) -> None:
        async for _ in woken:  # type: ignore[attr-defined]
            self._wakes += 1

    def _again(self, every_ms: int, work: Callable[[], Awaitable[None]]) -> None:
        async def and_again() -> None:
            await work()
            self.at(every_ms, and_again)

        self.at(every_ms, and_again)

    def _start_workers(self) -> None:
        """Two of them, who know nothing but what the database says."""
        files = FileStore(self.db, self._folder, key="k" * 32, max_bytes=1, types=frozenset())
        ports = Ports(files=files, search=_no_articles)
        self.desk = BuiltInDesk(self.db, self.bus, self.tiers, clock=self.clock)
        self.service = DeskService(self.db, self.bus, self.tiers, ports, clock=self.clock, passwords=CHEAP)
        other = DeskService(self.db, self.bus, self.tiers, ports, clock=self.clock, passwords=CHEAP)
        self.workers = (Assigner(self.service), Assigner(other))
        service = self.service
        self.sla = SlaWatch(service.db, service.bus, service.acting, service.policy, service.clock)

    async def _hire(self) -> None:
        grades = tuple(self.tiers.grades)
        for tier, share in STAFF:
            for number in range(max(2, math.ceil(self._wanted * share * len(BY_HOUR) / self._hours))):
                added = await self.db.write(
                    add_agent, login=f"{tier}{number}", name=f"{tier} {number}", email="", role="agent", tiers=(tier,),
                    grade=grades[number % len(grades)], languages=("zh", "en") if number % 2 == 0 else ("zh",),
                    skills=(), capacity=4, language="zh", password="-",  # noqa: S106 (nobody logs in)
                )  # fmt: skip
                assert added is not None
                self.people[added.id] = Person(added.id, tier)
                await self.db.write(mark_alive, [added.id], self.clock() + HOME_MS)
                self._plan_absences(added.id)

    def _plan_absences(self, agent_id: str) -> None:
        chance = self.chance
        self.at(chance.uniform(0.2, 0.5) * self._hours * HOUR, lambda: self._goes_to_lunch(agent_id))
        if chance.random() < 0.4:
            self.at(chance.uniform(0.1, 0.8) * self._hours * HOUR, lambda: self._is_cut_off(agent_id))
        if agent_id == next(iter(self.people)):
            for hour in range(self._hours):
                self.at(hour * HOUR + chance.uniform(0, HOUR), self._restart)

    def _customers_come(self) -> None:
        shares = BY_HOUR[: self._hours]
        rates = [share / sum(shares) for share in shares]
        peak = max(rates)
        moments, at = 0, 0.0
        while moments < self._wanted:  # a Poisson process, thinned to the hour's rate
            at += self.chance.expovariate(self._wanted * peak / HOUR)
            hour = int(at // HOUR) % len(rates)
            if self.chance.random() < rates[hour] / peak:
                moments += 1
                self.at(at, self._arrives)

    async def _arrives(self) -> None:
        chance, name = self.chance, new_id()
        reason = chance.choices(
            (Reason.NO_ANSWER, Reason.REQUESTED, Reason.COMPLAINT, Reason.SENSITIVE), (60, 25, 11, 4)
        )[0]
        packet = Handoff(
            id=name, conversation_id=f"c-{name}", channel=chance.choice(("web", "web", "wechat", "email")),
            reference=f"FD-{name[-8:]}", reason=reason, reason_detail="",
            language=chance.choices(("zh", "en"), (75, 25))[0],
            customer={"id": name, "name": "王芳"}, question="怎么退货？", summary="",
            urgency=chance.choices(("normal", "high", "urgent", "low"), (80, 12, 3, 5))[0],
            transcript=(self._line("怎么退货？"),), created_at=self.clock(),
        )  # fmt: skip
        ticket_id = (await self.desk.open(packet)).ticket_id
        self.figures.conversations += 1
        self._told()
        self.at(chance.expovariate(1 / (90 * MINUTE)), lambda: self._gives_up(ticket_id))

    def _line(self, text: str) -> Line:
        return Line(
            message_id=new_id(), author=Author.CUSTOMER, author_name="", at=self.clock(), content=Content(text=text)
        )

    async def _gives_up(self, ticket_id: str) -> None:
        row = await self.db.read(tickets.find_ticket, ticket_id)
        if row is not None and row.state == tickets.QUEUED:
            await self.desk.change(ticket_id, TicketChange.WITHDRAWN, {})
            self.figures.gave_up += 1

    async def _look(self) -> None:
        """What a worker does when it is woken; now and then two do it at once."""
        who = self.workers if self.chance.random() < 0.1 else self.workers[:1]
        await asyncio.gather(*(worker.turn() for worker in who))
        for row in await self.db.read(turns.offers):
            key = (row.id, row.offered_to or "", row.offered_until)
            if key not in self._asked:
                self._asked.add(key)
                self.figures.offers += 1
                self._answers(row.id, row.offered_to or "")
                self.at((row.offered_until or 0) - self.clock() + 1, self._look)
        await self.checks.now()

    async def _look_again(self) -> None:
        if await self.db.read(queue_length):
            await self._look()

    async def _jobs(self) -> None:
        await self.workers[0].watch()
        await self.sla.run()

    def _answers(self, ticket_id: str, agent_id: str) -> None:
        fate = self.chance.random()
        if fate < 0.03:
            self.figures.ignored += 1
        elif fate < 0.07:
            self.at(self.chance.uniform(2, 8) * SECOND, lambda: self._passes(ticket_id, agent_id))
        else:
            self.at(self.chance.uniform(1, 10) * SECOND, lambda: self._takes(ticket_id, agent_id))

    async def _passes(self, ticket_id: str, agent_id: str) -> None:
        if agent := await self._at_the_screen(agent_id):
            self.figures.passed += await self._does(self.service.assignment.pass_on, agent, ticket_id)

    async def _takes(self, ticket_id: str, agent_id: str) -> None:
        agent = await self._at_the_screen(agent_id)
        if agent is None or not await self._does(self.service.moves.take, agent, ticket_id):
            return
        self.figures.taken += 1
        row = await self.db.read(tickets.find_ticket, ticket_id)
        assert row is not None
        self.figures.waits_s.append((self.clock() - row.queued_at) / SECOND)
        self.at(self.chance.uniform(5, 40) * SECOND, lambda: self._replies(ticket_id, agent_id))
        handling = self.chance.lognormvariate(math.log(6), 0.7) * MINUTE
        self.at(min(handling, HOUR), lambda: self._resolves(ticket_id, agent_id))

    async def _replies(self, ticket_id: str, agent_id: str) -> None:
        agent = await self._at_the_screen(agent_id)
        said = agent and await self._does(self.service.moves.reply, agent, ticket_id, new_id(), Content(text="您好"))
        if said and self.chance.random() < 0.3:
            self.at(self.chance.uniform(10, 90) * SECOND, lambda: self._says_more(ticket_id))

    async def _says_more(self, ticket_id: str) -> None:
        row = await self.db.read(tickets.find_ticket, ticket_id)
        if row is not None and row.live:
            await self.desk.append(ticket_id, self._line("还有一个问题"))

    async def _resolves(self, ticket_id: str, agent_id: str) -> None:
        person = self.people[agent_id]
        if person.absent_until > self.clock():
            self.at(person.absent_until - self.clock() + MINUTE, lambda: self._resolves(ticket_id, agent_id))
        elif agent := await self._at_the_screen(agent_id):
            await self._does(self.service.moves.resolve, agent, ticket_id, "")

    async def _does(self, move: object, agent: Agent, *about: object) -> bool:
        try:
            await self.service.act(move, agent, *about)  # type: ignore[arg-type]
        except Refused:
            return False  # it is another's by now
        return True

    async def _at_the_screen(self, agent_id: str) -> Agent | None:
        there = self.people[agent_id].absent_until <= self.clock()
        return await self.db.read(find_agent, agent_id) if there else None

    async def _goes_to_lunch(self, agent_id: str) -> None:
        await self.db.write(change_agent, agent_id, presence="away")
        self.at(45 * MINUTE, lambda: self._is_back(agent_id))
        await self.bus.publish("desk-turns", {})

    async def _is_cut_off(self, agent_id: str) -> None:
        """The laptop sleeps: nothing is said, the heartbeat just ends."""
        self.figures.outages += 1
        length = self.chance.uniform(1, 40) * MINUTE
        self.people[agent_id].absent_until = self.clock() + round(length)
        await self.db.write(change_agent, agent_id, alive_at=self.clock())
        self.at(length, lambda: self._is_back(agent_id))

    async def _is_back(self, agent_id: str) -> None:
        agent = await self.db.read(find_agent, agent_id)
        if agent is not None:
            await self.service.set_presence(agent, "online")
        await self.db.write(mark_alive, [agent_id], self.clock() + HOME_MS)
        await self.bus.publish("desk-turns", {})

    async def _restart(self) -> None:
        self.figures.restarts += 1
        self._start_workers()


async def _no_articles(_query: str, _language: str, _limit: int) -> list[Suggestion]:
    return []


def database_in(folder: Path) -> Database:
    """A new SQLite database."""
    return Database(f"sqlite:///{folder / 'day.db'}")
