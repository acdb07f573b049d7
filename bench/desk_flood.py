"""Many handoffs at once, at the desk's real code and a real database, with consoles that look on."""

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import Connection, func, select

from connectors.desk import Handoff, Line, Reason
from connectors.message import JSON, Author, Content
from desk.assigner import Assigner
from desk.connector import BuiltInDesk
from desk.hours import DAYS
from desk.live import Live
from desk.opening import OpeningHours
from desk.passwords import Passwords
from desk.ports import Ports, Suggestion
from desk.screen import Screen
from desk.service import DeskService
from desk.tiers import Tiers
from frontdoor.files import FileStore
from storage.agent_sessions import Session, add_session
from storage.agents import Agent, add_agent, change_agent
from storage.bus import MemoryBus
from storage.clock import now_ms
from storage.database import Database
from storage.migrate import upgrade
from storage.tables import new_id
from storage.ticket_entries import entry
from storage.ticket_lists import Filter
from storage.tickets import ticket

TOGETHER = 8  # handoffs at the same time, as the lanes of a worker open them
LOOK_EVERY_S = 0.2
CAPACITY = 4
ACCEPT_S, SOLVE_S = 1.0, 20.0  # how long an agent takes to accept an offer, and then to solve it
JOB_S = 1.0
NEVER = 1 << 60
SETTLE_S = 10.0  # at most, until what could be offered is


@dataclass(kw_only=True)
class Seen:
    """What the flood was like; times in seconds."""

    opened_s: list[float] = field(default_factory=list)
    counts_s: list[float] = field(default_factory=list)
    page_s: list[float] = field(default_factory=list)
    offered_s: list[float] = field(
        default_factory=list
    )  # from when a ticket waits and somebody has room, to the screen
    solved: int = 0
    overtaken: int = 0  # tickets before which one that came later was offered
    overtaken_s: float = 0.0  # by who came so much later, at most
    places_told: int = 0
    cut_off: int = 0  # consoles that could not follow
    took_s: float = 0.0


class Flood:
    """`handoffs` at once, and `agents` with a console each, who accept what they are offered and solve it in `solve_s`.
    It is day: the desk is open.
    """

    def __init__(
        self, database: Database, bus: MemoryBus, tiers: Tiers, folder: Path, agents: int, *,
        accept_s: float = ACCEPT_S, solve_s: float = SOLVE_S,
    ) -> None:  # fmt: skip
        tiers = always_open(tiers)
        self.db, self.bus, self.tiers, self._agents = database, bus, tiers, agents
        self._accept_s, self._solve_s = accept_s, solve_s
        files = FileStore(database, folder, key="k" * 32, max_bytes=1, types=frozenset())
        self.service = DeskService(
            database, bus, tiers, Ports(files=files, search=_no_articles),
            passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)),
        )  # fmt: skip
        self.desk, self.live = BuiltInDesk(database, bus, tiers), Live(self.service)
        self.seen, self._handed_over = Seen(), dict[str, float]()
        self._room: dict[str, deque[float]] = {}  # by agent: since when each place that is free has been
        self._screens: list[Screen] = []
        self._all_here, self._all_busy = asyncio.Event(), asyncio.Event()
        self._working: set[asyncio.Task[None]] = set()

    async def run(self, handoffs: int) -> Seen:
        """The whole of it."""
        await upgrade(self.db)
        tasks = [asyncio.create_task(Assigner(self.service).run()), asyncio.create_task(self._count_places())]
        tasks.append(asyncio.create_task(self._tell_places()))
        people = [await self._person(number) for number in range(self._agents)]
        tasks += [asyncio.create_task(self._console(person)) for person in people]
        await self._all_here.wait()
        looking = asyncio.create_task(self._look_on(self._screens[0].agent))
        began = time.perf_counter()
        gate = asyncio.Semaphore(TOGETHER)
        await asyncio.gather(*(self._hand_over(number, gate) for number in range(handoffs)))
        self.seen.took_s = time.perf_counter() - began
        await self._settled()
        for task in (looking, *tasks, *self._working):
            task.cancel()
        await asyncio.gather(looking, *tasks, *self._working, return_exceptions=True)
        overtaken_ms = await self.db.read(_overtaken)
        self.seen.overtaken, self.seen.overtaken_s = len(overtaken_ms), max(overtaken_ms, default=0) / 1000
        await self.live.close()
        return self.seen

    async def _person(self, number: int) -> tuple[Agent, str]:
        added = await self.db.write(
            add_agent, login=f"agent{number}", name=f"Agent {number}", email="", role="agent", tiers=("front_line",),
            grade="junior", languages=("zh", "en"), skills=(), capacity=CAPACITY, language="zh",
            password="-",  # noqa: S106 (nobody logs in)
        )  # fmt: skip
        assert added is not None
        agent = await self.db.write(change_agent, added.id, must_change=False)
        assert agent is not None
        now, session_id = now_ms(), new_id()
        session = Session(id=session_id, agent_id=agent.id, created_at=now, seen_at=now, address="", browser="")
        await self.db.write(add_session, session, session_id)
        return agent, session_id

    async def _console(self, who: tuple[Agent, str]) -> None:
        screen = Screen(who[0], who[1], "zh")
        await self.live.attach(screen)
        self._room[screen.agent.id] = deque([time.perf_counter()] * CAPACITY)
        self._screens.append(screen)
        if len(self._screens) == self._agents:
            self._all_here.set()
        await screen.write(_Wire(self, screen.agent))  # type: ignore[arg-type]  # all that is asked of a socket here
        self.seen.cut_off += 1

    def arrived(self, agent: Agent, frame: JSON) -> None:
        """A frame is on an agent's screen."""
        if frame["type"] != "ticket" or not frame["ticket"].get("offer"):
            return
        handed_over = self._handed_over.pop(frame["ticket"]["number"], None)
        if handed_over is not None:  # not offered before
            possible = max(handed_over, self._room[agent.id].popleft())
            self.seen.offered_s.append(time.perf_counter() - possible)
            if len(self.seen.offered_s) >= self._agents * CAPACITY:
                self._all_busy.set()
            if len(self.seen.offered_s) >= self._agents * CAPACITY:
                self._all_busy.set()
            working = asyncio.create_task(self._work(agent, frame["ticket"]["id"]))
            self._working.add(working)
            working.add_done_callback(self._working.discard)

    async def _work(self, agent: Agent, ticket_id: str) -> None:
        await asyncio.sleep(self._accept_s)
        await self.service.act(self.service.moves.take, agent, ticket_id)
        await asyncio.sleep(self._solve_s)
        began = time.perf_counter()
        await self.service.act(self.service.moves.resolve, agent, ticket_id, "")
        self._room[agent.id].append(began)
        self.seen.solved += 1

    async def _hand_over(self, number: int, gate: asyncio.Semaphore) -> None:
        async with gate:
            name, began = new_id(), time.perf_counter()
            reference = f"FD-{number:06}"
            self._handed_over[reference] = began
            said = Line(
                message_id=new_id(), author=Author.CUSTOMER, author_name="", at=now_ms(), content=Content(text="在吗")
            )
            packet = Handoff(
                id=name, conversation_id=f"c-{name}", channel="web", reference=reference, reason=Reason.NO_ANSWER,
                reason_detail="", language="zh", customer={"id": name, "name": "王芳"}, question="在吗", summary="",
                transcript=(said,), created_at=now_ms(),
            )  # fmt: skip
            await self.desk.open(packet)
            self.seen.opened_s.append(time.perf_counter() - began)

    async def _look_on(self, agent: Agent) -> None:
        while True:
            for times, look in (
                (self.seen.counts_s, partial(self.service.counts, agent)),
                (self.seen.page_s, partial(self.service.page, agent, Filter(view="queue"), 50, None)),
            ):
                began = time.perf_counter()
                await look()
                times.append(time.perf_counter() - began)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _count_places(self) -> None:
        async with self.bus.subscribe("desk-hints") as hints:
            async for hint in hints:
                self.seen.places_told += hint.get("kind") == "position"

    async def _tell_places(self) -> None:
        """The job of `desk.jobs` that tells what nobody's act has told."""
        while True:
            await asyncio.sleep(JOB_S)
            await self.service.announcer.catch_up()

    async def _settled(self) -> None:
        """Everybody's hands have been full; at most SETTLE_S."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all_busy.wait(), SETTLE_S)


class _Wire:
    """The socket's end: an agent's browser that keeps up."""

    def __init__(self, flood: Flood, agent: Agent) -> None:
        self._flood, self._agent = flood, agent

    async def send_json(self, frame: JSON) -> None:
        self._flood.arrived(self._agent, frame)

    async def close(self, *, code: int) -> None:
        """Nothing more comes."""


async def _no_articles(_query: str, _language: str, _limit: int) -> list[Suggestion]:
    return []


def always_open(tiers: Tiers) -> Tiers:
    """The same desk by day and night: what is measured does not depend on when."""
    weekly = dict.fromkeys(DAYS, ("00:00-24:00",))
    hours = OpeningHours.model_validate({"time_zone": "UTC", "weekly": weekly})
    return tiers.model_copy(update={"hours": hours})


def _overtaken(tx: Connection) -> list[int]:
    """For each ticket before which one that came later was offered: how much later that one came (ms)."""
    first = func.min(entry.c.at).label("at")
    offered = select(entry.c.ticket_id, first).where(entry.c.event == "offered").group_by(entry.c.ticket_id).subquery()
    query = select(ticket.c.queued_at, offered.c.at).outerjoin(offered, offered.c.ticket_id == ticket.c.id)
    came = [(queued_at, at or NEVER) for queued_at, at in tx.execute(query.order_by(ticket.c.queued_at, ticket.c.id))]
    found, sooner = [], list[tuple[int, int]]()  # offered, and when they came: of each offer the last who came
    for queued_at, at in reversed(came):
        later = [came_at for offered_at, came_at in sooner if offered_at < at]
        found += [max(later) - queued_at] if later else []
        if at < NEVER:
            sooner.append((at, queued_at))
    return found
