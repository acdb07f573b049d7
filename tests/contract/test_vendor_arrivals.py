"""What vendors write into names and ids is stored, or left out, the same on every database."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.http import REFUSED
from connectors.message import Content, Event, Inbound, Profile, Pull, Reachable
from frontdoor.brain import Brain
from frontdoor.core import Core
from frontdoor.files import FileStore
from storage.bus import MemoryBus
from storage.customers import customer
from storage.database import Database
from storage.messages import message
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import SETTINGS

LONG = "x" * 161


@pytest.fixture
async def core(database: Database, tmp_path: Path) -> AsyncIterator[Core]:
    store = FileStore(database, tmp_path / "files", key="k" * 32, max_bytes=1000, types=frozenset())
    async with ScriptedRasa() as rasa:
        bus, brain = MemoryBus(), Brain(rasa.url, TOKEN, timeout_s=2)
        yield Core(SETTINGS, database=database, bus=bus, brain=brain, link=store.link, discard=store.discard)
        await brain.close()
        await bus.close()


def said(text: str = "hello", *, address: str = "ann", external_id: str = "1", **profile: Any) -> Inbound:
    """What Ann says."""
    return Inbound(
        channel="vendor",
        address=address,
        external_id=external_id,
        content=Content(text=text),
        profile=Profile(**profile),
    )


async def texts(database: Database) -> list[str]:
    """What customers have said."""
    query = select(message.c.content).where(message.c.author == "customer").order_by(message.c.seq)
    return await database.read(lambda tx: [row.content["text"] for row in tx.execute(query)])


@pytest.mark.parametrize(
    "event",
    [
        said(address=LONG),
        said(external_id=LONG),
        said(address="a\x00b"),
        said(external_id="1\x00"),
        said(address="\ud800"),
        Reachable(channel="vendor", address="a\x00b", reachable=False),
        Pull(channel="vendor", key="\x00"),
    ],
)
async def test_one_id_without_room_keeps_nothing_else_out(core: Core, database: Database, event: Event) -> None:
    """given a delivery with an id that no database has room for, then that event is counted, and the next is stored"""
    before = REFUSED.labels("vendor", "bad_id")._value.get()
    await core.intake.accept(event)
    await core.intake.accept(said("and this", external_id="2"))
    assert await texts(database) == ["and this"]
    assert REFUSED.labels("vendor", "bad_id")._value.get() == before + 1


async def test_the_longest_ids_and_any_text_are_stored(core: Core, database: Database) -> None:
    await core.intake.accept(said("嗨 👋", address="字" * 160, external_id="👋" * 160))
    assert await texts(database) == ["嗨 👋"]


async def test_of_what_a_channel_tells_of_a_customer_as_much_is_kept_as_there_is_room(
    core: Core, database: Database
) -> None:
    """given a name and addresses that are longer than anybody's, then the name is cut and the rest is not believed"""
    proven = frozenset({"email", "phone"})
    told = {"name": "名" * 400, "email": f"{'a' * 300}@b.example", "phone": "+" + "1" * 60, "user_id": "u" * 200}
    await core.intake.accept(said(**told, proven=proven))
    await core.intake.accept(said(**told, proven=proven, external_id="2"))
    (known,) = await database.read(lambda tx: tx.execute(select(customer)).all())
    assert known.name == "名" * 160
    assert (known.email, known.phone, known.user_id, known.proven_email, known.proven_phone) == ("", "", "", "", "")
