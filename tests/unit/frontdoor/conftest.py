"""The core as it runs, with a scripted Rasa at the wire, a desk of one table, and a customer at a stored channel."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from connectors.channel import Limits, Receipt, Standing
from connectors.message import JSON, Action, Attachment, Content, Inbound, Outbound, Profile
from connectors.ports import Accepted
from frontdoor.brain import Brain
from frontdoor.core import Core, CoreSettings
from storage.bus import MemoryBus
from storage.database import Database
from storage.migrate import upgrade
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = CoreSettings(
    desk="table", text_limit=4000, abandoned_after_s=900, idle_after_s=600, zone="Asia/Shanghai", mail_channel="mail"
)


async def until(happened: Callable[[], object], *, within_s: float = 5) -> None:
    """Wait until something has happened."""
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


def unlinked(attachment: Attachment, *, kept: bool = False) -> str:
    """A link that leads nowhere."""
    return f"/{attachment.id}"


class Page:
    """A stored channel: the customer reads the history."""

    name = "web"
    limits = Limits()
    standing = Standing.OWN
    stored_is_delivered = True

    async def send(self, message: Outbound) -> Receipt:
        raise AssertionError("a stored message needs no sending")

    async def close(self) -> None: ...


@dataclass
class Customer:
    """Somebody at a web page."""

    core: Core
    address: str = "visitor"
    language: str = "en"
    sent: int = field(default=0)

    async def say(self, text: str, *, client_id: str = "") -> Accepted:
        return await self._accept(client_id, content=Content(text=text))

    async def press(self, token: str) -> Accepted:
        return await self._accept("", button=token)

    async def do(self, action: Action, **data: object) -> Accepted:
        return await self._accept("", action=action, data=data)

    async def _accept(self, client_id: str, **what: object) -> Accepted:
        self.sent += 1
        return await self.core.inbox.accept(
            Inbound(
                channel="web", address=self.address, external_id=client_id or f"client-{self.sent:04}",
                profile=Profile(language=self.language), **what,  # type: ignore[arg-type]
            )
        )  # fmt: skip

    async def snapshot(self) -> JSON:
        return await self.core.portal.open("web", self.address, Profile())

    async def state(self) -> str:
        return str((await self.snapshot())["conversation"]["state"])

    async def messages(self) -> list[JSON]:
        return await self.core.portal.history((await self.snapshot())["conversation"]["id"], 0)

    async def transcript(self) -> list[str]:
        return [f"{each['author']}: {each['text']}" for each in await self.messages()]

    async def sees(self, part: str, *, within_s: float = 5) -> JSON:
        """Wait until a message contains `part`."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            for message in await self.messages():
                if part in message["text"]:
                    return message
            await asyncio.sleep(0.01)
        raise AssertionError(f"{part!r} never came; there is {await self.transcript()}")

    async def reaches(self, state: str, *, within_s: float = 5) -> None:
        """Wait until the conversation is in a state."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if await self.state() == state:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"state {state} was not reached, it is {await self.state()}: {await self.transcript()}")


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    await upgrade(database)
    yield database
    await database.close()


@pytest.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    bus = MemoryBus()
    yield bus
    await bus.close()


@pytest.fixture
async def rasa() -> AsyncIterator[ScriptedRasa]:
    async with ScriptedRasa() as rasa:
        yield rasa


@pytest.fixture
async def desk(database: Database, bus: MemoryBus) -> TableDesk:
    return TableDesk(database, bus)


@pytest.fixture
def discarded() -> list[str]:
    """Ids of the files that were removed."""
    return []


@pytest.fixture
async def core(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa, desk: TableDesk, discarded: list[str]
) -> AsyncIterator[Core]:
    async def discard(file_ids: Sequence[str]) -> None:
        discarded.extend(file_ids)

    brain = Brain(rasa.url, TOKEN, timeout_s=2)
    core = Core(SETTINGS, database=database, bus=bus, brain=brain, link=unlinked, discard=discard)
    async with core.running({"web": Page()}, {"table": desk}):
        yield core
    await brain.close()


@pytest.fixture
def customer(core: Core) -> Customer:
    return Customer(core)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with tiers and a few articles."""
    for name in ("frontdoor.yml", "channels.yml", "desks.yml", "tiers.yml", "credentials.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("config.yml", "domain.yml", "endpoints.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "data/kb/warranty", tmp_path / "data/kb/warranty")
    (tmp_path / ".cache").mkdir()
    monkeypatch.setenv("FRONTDOOR_ROOT", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("FRONTDOOR_ADMIN_PASSWORD", raising=False)
    return tmp_path
