"""A core with its status page on a real socket: a customer at the chat, a desk of one table, and the private link."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer

from connectors.desk import DeskEventKind
from connectors.message import JSON, Action
from desk.tiers import load_tiers
from frontdoor.arrivals import arrivals
from frontdoor.brain import Brain
from frontdoor.core import Core
from frontdoor.doors import Rules
from frontdoor.files import FileStore
from frontdoor.pages import add_pages, secure
from frontdoor.quota import CustomersFiles, Quota
from frontdoor.status_api import StatusApi
from frontdoor.status_page import StatusPage
from storage.bus import MemoryBus
from storage.database import Database
from storage.migrate import upgrade
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import ROOT, SETTINGS, Customer, Page


@dataclass
class StatusHouse:
    """`url` is where the page is served; `token` is what the customer was told."""

    url: str
    core: Core
    desk: TableDesk
    database: Database
    customer: Customer
    rasa: ScriptedRasa
    http: ClientSession
    page: StatusPage
    token: str = ""

    async def asked(self) -> None:
        """The customer asks for a human and gets the link."""
        await self.customer.say("my fridge is broken")
        await self.customer.sees("You said")
        await self.customer.do(Action.HUMAN)
        told = await self.customer.sees("/status/")
        self.token = told["text"].rpartition("/status/")[2]

    async def answered(self, text: str) -> None:
        """An agent takes the ticket and says something."""
        await self.desk.happens(DeskEventKind.TAKEN)
        await self.desk.happens(DeskEventKind.REPLIED, text)
        await self.customer.sees(text)

    async def resolved(self) -> None:
        """The agent calls it solved."""
        await self.desk.happens(DeskEventKind.RESOLVED)
        await self.customer.reaches("resolved")

    async def look(self) -> JSON:
        """The page's data."""
        response = await self.get(self.token)
        assert response.status == 200, await response.text()
        shown: JSON = await response.json()
        return shown

    async def get(self, token: str) -> ClientResponse:
        """The data behind any token."""
        return await self.http.get("/api/v1/status", headers={"Authorization": f"Bearer {token}"})

    async def post(self, what: str, **body: object) -> ClientResponse:
        """Do something on the page."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.http.post(f"/api/v1/status/{what}", json=body, headers=headers)


@asynccontextmanager
async def status_house(database_url: str, folder: Path) -> AsyncIterator[StatusHouse]:
    """Start everything, and stop it afterwards."""
    database, bus = Database(database_url), MemoryBus()
    await upgrade(database)
    store = FileStore(database, folder, key="k" * 32, max_bytes=20_000, types=frozenset({"image/png", "text/plain"}))
    files = CustomersFiles(
        database, store, Quota(files_per_hour=3, bytes_per_day=90_000, all_bytes=900_000), public_url="http://x"
    )
    settings = replace(SETTINGS, status_url="https://support.example", code_key="k" * 32)
    async with ScriptedRasa() as rasa:
        brain, desk = Brain(rasa.url, TOKEN, timeout_s=2), TableDesk(database, bus)
        core = Core(settings, database=database, bus=bus, brain=brain, link=store.link, discard=store.discard)
        page = StatusPage(core.steps, core.inbox, load_tiers(ROOT / "tiers.yml"), files)
        api = StatusApi(
            page, text=400, file_bytes=20_000, file_types=("image/png", "text/plain"),
            brand={"en": "Hearthline", "zh": "暖居家电"},
        )  # fmt: skip
        app = web.Application(middlewares=arrivals(Rules(connections_per_ip=500, request_s=20), 10_000))
        app.on_response_prepare.append(secure)
        app.router.add_routes(api.routes())
        add_pages(app, ROOT / "web")
        server = TestServer(app)
        await server.start_server()
        url = str(server.make_url("")).rstrip("/")
        async with core.running({"web": Page()}, {"table": desk}, files), ClientSession(url) as http:
            yield StatusHouse(
                url=url, core=core, desk=desk, database=database, customer=Customer(core), rasa=rasa, http=http,
                page=page,
            )  # fmt: skip
        await brain.close()
        await server.close()
        await bus.close()
        await database.close()
