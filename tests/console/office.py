"""The built-in desk with its pages, as a browser meets them: all of it real, with bad days on demand."""

import asyncio
import datetime
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from argon2 import PasswordHasher
from sqlalchemy import Connection

from connectors.desk import Handoff, Line, TicketChange
from connectors.message import JSON, Attachment, Author, Content, Profile
from desk.api import routes
from desk.connector import BuiltInDesk
from desk.live import Live
from desk.passwords import Passwords
from desk.people import NewPerson
from desk.ports import Ports, Suggestion
from desk.service import DeskService
from desk.tiers import load_tiers
from frontdoor.article_folder import ArticleFolder
from frontdoor.files import FileStore
from frontdoor.pages import add_pages, secure
from storage import conversations, messages, reply_drafts
from storage.agents import Agent, change_agent
from storage.bus import MemoryBus
from storage.clock import now_ms
from storage.database import Database
from storage.migrate import upgrade
from storage.reach import Outlets
from storage.tables import new_id
from storage.ticket_entries import Entry, timeline
from tests.console.library import Lessons, Replays

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse 9"
OUTLETS = Outlets(sending=frozenset({"wechat", "telegram", "email"}), windowed=frozenset({"wechat"}))
TIERS = ("front_line", "coordinator", "senior")
ARTICLES = ROOT / "tests/fixtures/kb"
FILE_TYPES = frozenset({"image/png", "text/plain", "application/pdf"})


@dataclass(kw_only=True)
class Weather:
    """What goes wrong between the console and the desk."""

    down: bool = False  # nothing gets through, open sockets are cut
    sockets_blocked: bool = False
    only_sockets: bool = False  # sockets get through even while the rest is down
    lose_answers: int = 0  # so many changes are made, but their answers are lost
    delay: float = 0.0  # seconds before a change is made
    refuse: dict[str, JSON] = field(default_factory=dict)  # end of a path → error instead of acting
    seen: list[tuple[str, str]] = field(default_factory=list)  # method and path of all that got through


@dataclass(kw_only=True)
class Office:
    """A running desk. The customer's side speaks through `say`, `types`, `saw` and `change`."""

    origin: str
    db: Database
    bus: MemoryBus
    desk: BuiltInDesk
    service: DeskService
    files: FileStore
    weather: Weather
    articles: list[Suggestion]
    kb: Path  # the folder of articles
    replays: Replays
    lessons: Lessons
    sockets: set[web.WebSocketResponse] = field(default_factory=set)
    conversations: dict[str, str] = field(default_factory=dict)  # by ticket

    async def person(self, login: str, name: str, *, settled: bool = True, **about: Any) -> str:
        """Somebody with PASSWORD; `settled`: it is their own already. Returns the id."""
        values: dict[str, Any] = {"role": "agent", "tiers": TIERS, "language": "en"} | about
        agent, _ = await self.service.people.add(NewPerson(login=login, name=name, password=PASSWORD, **values))
        if settled:
            await self.db.write(change_agent, agent.id, must_change=False)
        return agent.id

    async def agent(self, login: str) -> Agent:
        """Somebody who works here."""
        return await self.service.people.find_login(login)

    async def kept_draft(self, login: str, ticket_id: str, reply: str) -> None:
        """Wait until the service has this unsent reply."""
        agent = await self.agent(login)
        for _ in range(500):
            if (await self.db.read(reply_drafts.find, agent.id, ticket_id)).reply == reply:
                return
            await asyncio.sleep(0.02)
        raise AssertionError("it was never kept")

    async def conversation(self) -> str:
        """A new conversation."""
        return (await self.db.write(conversations.begin, "web", new_id(), Profile())).id

    async def open(self, handoff: Handoff) -> str:
        """A new ticket, in a conversation of its own unless the handoff names one."""
        conversation_id = handoff.conversation_id or await self.conversation()
        ticket_id = (await self.desk.open(replace(handoff, conversation_id=conversation_id))).ticket_id
        self.conversations[ticket_id] = conversation_id
        return ticket_id

    async def say(
        self,
        ticket_id: str,
        text: str,
        author: Author = Author.CUSTOMER,
        *,
        name: str = "",
        files: tuple[Attachment, ...] = (),
    ) -> None:
        """The customer (or the bot) says something."""
        line = Line(
            message_id=new_id(),
            author=author,
            author_name=name,
            at=now_ms(),
            content=Content(text=text, attachments=files),
        )
        await self.desk.append(ticket_id, line)

    async def types(self, ticket_id: str, on: bool = True) -> None:
        """The customer types."""
        frame = {"type": "typing", "author": "customer", "on": on}
        await self.bus.publish(f"conversation:{self.conversations[ticket_id]}", frame)

    async def saw(self, ticket_id: str, entry_id: str) -> None:
        """The customer got an entry and has read it."""
        conversation_id = self.conversations[ticket_id]
        await self.db.write(
            messages.add,
            conversation_id=conversation_id,
            seq=1,
            author=Author.AGENT,
            content=Content(text="…"),
            message_id=entry_id,
        )
        await self.db.write(_customer_saw, conversation_id)
        await self.bus.publish(f"conversation:{conversation_id}", {"type": "seen", "by": "customer", "seq": 1})

    async def entries(self, ticket_id: str) -> list[Entry]:
        """What is on the ticket's timeline."""
        return await self.db.read(timeline, ticket_id)

    async def change(self, ticket_id: str, change: TicketChange, **data: Any) -> None:
        """Something became of the customer."""
        await self.desk.change(ticket_id, change, data)

    async def file(self, conversation_id: str, name: str, data: bytes) -> Attachment:
        """A stored file."""

        async def chunks() -> AsyncIterator[bytes]:
            yield data

        return await self.files.save(conversation_id, name, chunks())

    async def cut(self, code: int = 1012) -> None:
        """Close every socket."""
        for each in tuple(self.sockets):
            await each.close(code=code)

    async def storm(self) -> None:
        """Nothing gets through any more."""
        self.weather.down = True
        await self.cut()

    def calm(self) -> None:
        """All is well again."""
        self.weather.down = self.weather.sockets_blocked = self.weather.only_sockets = False
        self.weather.delay = 0.0
        self.weather.refuse.clear()

    @web.middleware
    async def around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The weather."""
        weather = self.weather
        api = request.path.startswith("/desk/api/")
        socket = request.path.endswith("/socket")
        if api and ((weather.down and not (socket and weather.only_sockets)) or (weather.sockets_blocked and socket)):
            return self._hang_up(request)
        if api:
            weather.seen.append((request.method, request.path.removeprefix("/desk/api/")))
        if request.method == "POST":
            for end, error in weather.refuse.items():
                if request.path.endswith(end):
                    return web.json_response({"error": error}, status=error.get("status", 400))
            await asyncio.sleep(weather.delay)
        response = await handler(request)
        if request.method in ("POST", "PUT") and weather.lose_answers:
            weather.lose_answers -= 1
            return self._hang_up(request)
        return response

    @staticmethod
    def _hang_up(request: web.Request) -> web.Response:
        if request.transport:
            request.transport.close()
        return web.Response(status=503)

    async def attachment(self, request: web.Request) -> web.StreamResponse:
        """A file behind its signed link."""
        query = request.query
        row, path = await self.files.open(request.match_info["id"], query["expires"], query["signature"])
        response = web.FileResponse(path)
        response.content_type = row.media_type
        return response

    async def remember_socket(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Keep sockets, to cut them."""
        if isinstance(response, web.WebSocketResponse):
            self.sockets.add(response)


@asynccontextmanager
async def running_office(
    folder: Path, port: int = 0, kb: Path = ARTICLES, *, door: socket.socket | None = None
) -> AsyncIterator[Office]:
    """An office on a loopback port, or behind a door that listens already, with a copy of the articles in `kb`."""
    db, bus = Database(f"sqlite:///{folder / 'desk.db'}"), MemoryBus()
    await upgrade(db)
    tiers = load_tiers(_always_open(folder))
    articles: list[Suggestion] = []

    async def search(query: str, _language: str, limit: int) -> list[Suggestion]:
        words = query.lower().split()
        fitting = [each for each in articles if any(word in f"{each.title} {each.text}".lower() for word in words)]
        return (fitting or ([] if "nothing" in words else articles))[:limit]

    files = FileStore(db, folder / "files", key="k" * 32, max_bytes=1_000_000, types=FILE_TYPES)
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    replays, lessons = Replays(), Lessons()
    ports = Ports(
        files=files,
        search=search,
        outlets=OUTLETS,
        articles=ArticleFolder(Path(shutil.copytree(kb, folder / "kb")), datetime.date.today),
        replay=replays,
        learning=lessons,
    )
    service = DeskService(db, bus, tiers, ports, passwords=passwords)
    live = Live(service)
    office = Office(
        origin="",
        db=db,
        bus=bus,
        desk=BuiltInDesk(db, bus, tiers),
        service=service,
        files=files,
        weather=Weather(),
        articles=articles,
        kb=folder / "kb",
        replays=replays,
        lessons=lessons,
    )
    app = web.Application(middlewares=[office.around])
    app.on_response_prepare.extend([office.remember_socket, secure])
    app.add_routes(routes(service, live))
    app.router.add_get("/api/v1/attachments/{id}", office.attachment)
    add_pages(app, ROOT / "web")
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await (web.SockSite(runner, door.dup()) if door else web.TCPSite(runner, "127.0.0.1", port)).start()
    office.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield office
    finally:
        await office.cut()
        await live.close()
        await runner.cleanup()
        await bus.close()
        await db.close()


def _customer_saw(tx: Connection, conversation_id: str) -> None:
    conversations.update_conversation(tx, conversation_id, customer_seen=1)


def _always_open(folder: Path) -> Path:
    """The shipped tiers, without closing time."""
    shipped = (ROOT / "tiers.yml").read_text(encoding="utf-8")
    path = folder / "tiers.yml"
    path.write_text(shipped.replace("09:00-21:00", "00:00-24:00"), encoding="utf-8")
    return path
