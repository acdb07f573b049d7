"""Many handoffs at once, at the desk's real code and a real database, with consoles that look on."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher

from connectors.desk import Handoff, Line, Reason
from connectors.message import JSON, Author, Content
from desk.assigner import Assigner
from desk.connector import BuiltInDesk
from desk.live import Live
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
from storage.ticket_lists import Filter
from storage.turns import offers

TOGETHER = 8  # handoffs at the same time, as the lanes of a worker open them
LOOK_EVERY_S = 0.2
CAPACITY = 4


@dataclass(kw_only=True)
class Seen:
    """What the flood was like; times in seconds."""

    opened_s: list[float] = field(default_factory=list)
    counts_s: list[float] = field(default_factory=list)
    page_s: list[float] = field(default_factory=list)
    offered_s: list[float] = field(default_factory=list)  # from the handoff to the agent's screen
    places_told: int = 0
    cut_off: int = 0  # consoles that could not follow
    in_order: bool = False
    took_s: float = 0.0


class Flood:
    """`handoffs` at once, and `agents` with a console each; the first ones are offered what they can take."""

    def __init__(self, database: Database, bus: MemoryBus, tiers: Tiers, folder: Path, agents: int) -> None:
        self.db, self.bus, self.tiers, self._agents = database, bus, tiers, agents
        files = FileStore(database, folder, key="k" * 32, max_bytes=1, types=frozenset())
        self.service = DeskService(
            database, bus, tiers, Ports(files=files, search=_no_articles),
            passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)),
        )  # fmt: skip
        self.desk, self.live = BuiltInDesk(database, bus, tiers), Live(self.service)
        self.seen, self._handed_over = Seen(), dict[str, float]()
        self._screens: list[Screen] = []
        self._all_here = asyncio.Event()

    async def run(self, handoffs: int) -> Seen:
        """The whole of it."""
        await upgrade(self.db)
        tasks = [asyncio.create_task(Assigner(self.service).run()), asyncio.create_task(self._count_places())]
        people = [await self._person(number) for number in range(self._agents)]
        tasks += [asyncio.create_task(self._console(person)) for person in people]
        await self._all_here.wait()
        looking = asyncio.create_task(self._look_on(self._screens[0].agent))
        began = time.perf_counter()
        gate = asyncio.Semaphore(TOGETHER)
        await asyncio.gather(*(self._hand_over(number, gate) for number in range(handoffs)))
        self.seen.took_s = time.perf_counter() - began
        self.seen.in_order = await self._the_first_are_offered(handoffs)
        for task in (looking, *tasks):
            task.cancel()
        await asyncio.gather(looking, *tasks, return_exceptions=True)
        self.seen.cut_off = sum(screen.closing for screen in self._screens)
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
        self._screens.append(screen)
        if len(self._screens) == self._agents:
            self._all_here.set()
        await screen.write(_Wire(self))  # type: ignore[arg-type]  # all that is asked of a socket here

    def arrived(self, frame: JSON) -> None:
        """A frame is on an agent's screen."""
        if frame["type"] == "ticket" and frame["ticket"].get("offer"):
            handed_over = self._handed_over.pop(frame["ticket"]["number"], None)
            if handed_over is not None:
                self.seen.offered_s.append(time.perf_counter() - handed_over)

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
                (self.seen.counts_s, self.service.counts(agent)),
                (self.seen.page_s, self.service.page(agent, Filter(view="queue"), 50, None)),
            ):
                began = time.perf_counter()
                await look
                times.append(time.perf_counter() - began)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _count_places(self) -> None:
        async with self.bus.subscribe("desk-hints") as hints:
            async for hint in hints:
                self.seen.places_told += hint.get("kind") == "position"

    async def _the_first_are_offered(self, handoffs: int) -> bool:
        """Everybody's hands are full with those who came first; the others wait in the order in which they came."""
        room = min(handoffs, self._agents * CAPACITY, 100)  # of which one page shows
        found = await self.db.read(offers)
        for _ in range(200):
            if len(found) >= room:
                break
            await asyncio.sleep(0.05)
            found = await self.db.read(offers)
        waiting, _ = await self.service.page(self._screens[0].agent, Filter(view="queue"), 100, None)
        queued = [row["queued_at"] for row in waiting]
        first = sorted(row.queued_at for row in found)
        return queued == sorted(queued) and first == queued[: len(first)]


class _Wire:
    """The socket's end: an agent's browser that keeps up."""

    def __init__(self, flood: Flood) -> None:
        self._flood = flood

    async def send_json(self, frame: JSON) -> None:
        self._flood.arrived(frame)

    async def close(self, *, code: int) -> None:
        """Nothing more comes."""


async def _no_articles(_query: str, _language: str, _limit: int) -> list[Suggestion]:
    return []
