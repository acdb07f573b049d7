"""A whole desk for tests: real database, real aiohttp server, real socket; only the article search is a list, and
replays go as a test says.
"""

import asyncio
import functools
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientWebSocketResponse, web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from connectors.desk import DeskEvent, Handoff, Line, Reason, Tried
from connectors.message import JSON, Author, Content
from desk.access import Access
from desk.api import routes
from desk.connector import BuiltInDesk
from desk.live import Live
from desk.passwords import Passwords
from desk.people import NewPerson
from desk.ports import Ports, ReplayReport, ReplayUnavailable, Suggestion
from desk.service import DeskService
from desk.tiers import Tiers, load_tiers
from frontdoor.article_folder import ArticleFolder
from frontdoor.files import FileStore
from storage.bus import MemoryBus
from storage.database import Database
from storage.migrate import upgrade
from storage.reach import Outlets
from storage.tables import new_id
from storage.work import Work, conversation_lane, finish, head

ROOT = Path(__file__).parents[2]
OPEN_AT = 1_795_330_800_000  # 2026-11-22 15:00 in Shanghai, a Sunday; the shipped desk is open
PASSWORD = "correct horse 9"
OUTLETS = Outlets(sending=frozenset({"wechat", "telegram", "email"}), windowed=frozenset({"wechat"}))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now: int = OPEN_AT

    def __call__(self) -> int:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        """Let time pass."""
        self.now += int(minutes * 60_000)


@dataclass
class House:
    """Everything of one desk."""

    db: Database
    bus: MemoryBus
    clock: Clock
    tiers: Tiers
    desk: BuiltInDesk
    service: DeskService
    live: Live
    server: TestServer
    kb: Path
    replay: "Replays"
    searched: list[tuple[str, str, int]] = field(default_factory=list)
    clients: list[TestClient[Any, Any]] = field(default_factory=list)

    async def person(self, login: str, *, role: str = "agent", tiers: tuple[str, ...] = ("front_line",)) -> str:
        """Add a person; their id."""
        name = login.replace(".", " ").title()
        person = NewPerson(login=login, name=name, role=role, tiers=tiers, password="first password 1")
        agent, _ = await self.service.people.add(person)
        return agent.id

    async def console(self, login: str, *, role: str = "agent", tiers: tuple[str, ...] = ("front_line",)) -> "Console":
        """A new person who has logged in and chosen a password."""
        agent_id = await self.person(login, role=role, tiers=tiers)
        console = self.browser(agent_id)
        await console.log_in(login, "first password 1")
        answer = await console.post("/password", current="first password 1", new=PASSWORD)
        assert answer.status == 200, await answer.text()
        console.csrf = (await answer.json())["csrf"]
        return console

    def browser(self, agent_id: str = "") -> "Console":
        """A browser without cookies."""
        client = TestClient(self.server)
        self.clients.append(client)
        return Console(self, client, agent_id)

    async def handed_over(self, **changes: Any) -> str:
        """A conversation that the bot hands over; the ticket's id."""
        return (await self.desk.open(handoff(**changes))).ticket_id

    async def work(self, conversation_id: str) -> list[DeskEvent]:
        """The events the core has been promised and not been given yet."""
        found = []
        while item := await self.db.read(head, conversation_lane(conversation_id)):
            found.append(_event(item))
            await self.db.write(finish, item.id)
        return found


@dataclass
class Replays:
    """The bot's replay, as a test says it goes: implements `desk.ports.Replay`."""

    asked: list[tuple[str, JSON | None]] = field(default_factory=list)
    report: ReplayReport = field(default_factory=lambda: ReplayReport(asked=2, unchanged=2, changes=(), passes=True))
    away: bool = False

    async def __call__(self, article_id: str, content: JSON | None) -> ReplayReport:
        """What is to be reported."""
        self.asked.append((article_id, content))
        if self.away:
            raise ReplayUnavailable
        return self.report


def _event(item: Work) -> DeskEvent:
    assert item.kind == "desk_event"
    event = DeskEvent.from_json(item.payload)
    assert item.key == f"desk:{event.desk}:{event.id}"
    return event


@dataclass
class Console:
    """A browser at /desk/."""

    house: House
    client: TestClient[Any, Any]
    agent_id: str
    csrf: str = ""

    async def log_in(self, login: str, password: str) -> ClientResponse:
        """Log in and keep the CSRF token."""
        answer = await self.client.post("/desk/api/session", json={"login": login, "password": password})
        if answer.status == 200:
            self.csrf = (await answer.json())["csrf"]
        return answer

    async def get(self, path: str, **params: str) -> ClientResponse:
        """GET below /desk/api."""
        return await self.client.get(f"/desk/api{path}", params=params)

    async def post(self, path: str, **body: Any) -> ClientResponse:
        """POST below /desk/api."""
        return await self.send("POST", path, body)

    async def send(self, method: str, path: str, body: JSON | None = None, **headers: str) -> ClientResponse:
        """Any request that changes something."""
        headers = {"X-CSRF-Token": self.csrf} | headers
        return await self.client.request(method, f"/desk/api{path}", json=body, headers=headers)

    async def act(self, ticket_id: str, what: str, **body: Any) -> JSON:
        """Do something to a ticket that must work."""
        answer = await self.post(f"/tickets/{ticket_id}/{what}", **body)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def json(self, path: str, **params: str) -> JSON:
        """GET something that must be there."""
        answer = await self.get(path, **params)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def socket(self, language: str = "en") -> "Socket":
        """Open the socket and wait until it is ready."""
        origin = str(self.house.server.make_url("")).rstrip("/")
        path = f"/desk/api/socket?language={language}"
        socket = Socket(await self.client.ws_connect(path, headers={"Origin": origin}))
        await socket.expect("ready")
        return socket


@dataclass
class Socket:
    """The console's end of the socket."""

    raw: ClientWebSocketResponse

    async def send(self, **frame: Any) -> None:
        """Send a frame."""
        await self.raw.send_json(frame)

    async def expect(self, kind: str, **members: Any) -> JSON:
        """The next frame of a kind with these members; others are passed over."""
        async with asyncio.timeout(5):
            while True:
                frame = await self.raw.receive_json()
                if frame["type"] == kind and all(frame.get(name) == value for name, value in members.items()):
                    return frame

    async def silent(self, kind: str, seconds: float = 0.3) -> bool:
        """Whether no frame of a kind comes for a while."""
        try:
            async with asyncio.timeout(seconds):
                await self.expect(kind)
        except TimeoutError:
            return True
        return False

    async def closed(self) -> int | None:
        """The code the service closes the socket with."""
        async with asyncio.timeout(5):
            while not self.raw.closed:
                await self.raw.receive()
        return self.raw.close_code


def line(text: str, author: Author = Author.CUSTOMER, *, message_id: str = "", at: int = OPEN_AT) -> Line:
    """One thing that was said."""
    names = {Author.CUSTOMER: "王芳", Author.BOT: "Assistant"}
    return Line(
        message_id=message_id or new_id(),
        author=author,
        author_name=names.get(author, ""),
        at=at,
        content=Content(text=text),
    )


def handoff(**changes: Any) -> Handoff:
    """A packet like those of the core."""
    handoff_id = changes.pop("id", new_id())
    values: dict[str, Any] = {
        "id": handoff_id,
        "conversation_id": f"conversation-{handoff_id}",
        "channel": "web",
        "reference": f"FD-{handoff_id[-8:]}",
        "reason": Reason.NO_ANSWER,
        "reason_detail": "没有找到答案，已换一种说法再问过。",
        "language": "zh",
        "customer": {"id": "c1", "name": "王芳", "email": "wang@example.com", "user_id": "u-17", "verified": True},
        "question": "退货地址填错了怎么办？",
        "summary": "客户填错了退货地址。",
        "transcript": (line("退货地址填错了怎么办？"), line("请换一种说法。", Author.BOT), line("地址写错了")),
        "tried": (Tried(article_id="return-address", title="退货地址", language="zh", confidence=0.41, shown=True),),
        "failed": ("退货地址填错了怎么办？",),
        "slots": {"order_number": "HL2026112201"},
        "created_at": OPEN_AT,
    }
    return Handoff(**values | changes)


@functools.cache
def shipped_tiers() -> Tiers:
    """tiers.yml, which takes longer to read than most tests; nobody can change what it says."""
    return load_tiers(ROOT / "tiers.yml")


async def build(database_url: str, folder: Path, *, access: Access | None = None) -> AsyncIterator[House]:
    """Start everything, and stop it afterwards."""
    db, bus, clock = Database(database_url), MemoryBus(), Clock()
    await upgrade(db)
    tiers = shipped_tiers()
    searched: list[tuple[str, str, int]] = []

    async def search(query: str, language: str, limit: int) -> list[Suggestion]:
        searched.append((query, language, limit))
        return [Suggestion(article_id="a1", title="退货", language=language, confidence=0.83, text="…")]

    files = FileStore(db, folder, key="k" * 32, max_bytes=100_000, types=frozenset({"image/png", "text/plain"}))
    kb, replay = Path(shutil.copytree(ROOT / "tests" / "fixtures" / "kb", folder.with_name("kb"))), Replays()
    articles = ArticleFolder(kb, lambda: datetime.fromtimestamp(clock() / 1000, tiers.hours.time_zone).date())
    ports = Ports(
        files=files,
        search=search,
        outlets=OUTLETS,
        articles=articles,
        replay=replay,
        access=access or Access(key="k" * 32),
    )
    service = DeskService(
        db, bus, tiers, ports, clock=clock,
        passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)),
    )  # fmt: skip
    live = Live(service)
    app = web.Application()
    app.add_routes(routes(service, live))
    server = TestServer(app)
    await server.start_server()
    house = House(
        db=db,
        bus=bus,
        clock=clock,
        tiers=tiers,
        desk=BuiltInDesk(db, bus, tiers, clock=clock),
        service=service,
        live=live,
        server=server,
        kb=kb,
        replay=replay,
        searched=searched,
    )
    yield house
    await live.close()
    for client in house.clients:
        await client.session.close()  # all of them before the server, which waits for theirs to be closed
    await server.close()
    await bus.close()
    await db.close()
