"""`kill -9` around a cursor: whatever page was being fetched, every message is stored once and answered once."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yaml
from sqlalchemy import Connection, select

from storage import messages, work
from storage.database import Database
from tests.contract.vendor_bench import until
from tests.fakes.installation import Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.vendors.wecom import WeComVendor
from tests.fakes.vendors.wecom_bench import Told, WeComBench, item

CURSOR = "storage/channel_state.py: keep"


@pytest.fixture
async def wecom() -> AsyncIterator[WeComVendor]:
    async with WeComVendor() as wecom:
        yield wecom
    assert wecom.wrongs == []


@pytest.fixture
async def rasa() -> AsyncIterator[ScriptedRasa]:
    async with ScriptedRasa() as rasa:
        yield rasa


@pytest.fixture
async def installation(tmp_path: Path, rasa: ScriptedRasa, wecom: WeComVendor) -> AsyncIterator[Installation]:
    installation = Installation(tmp_path, rasa.url)
    channels = {"web": {"enabled": False}, "wecom": WeComBench(wecom).settings()}
    (tmp_path / "channels.yml").write_text(yaml.safe_dump(channels), encoding="utf-8")
    await installation.prepare()
    yield installation
    await installation.stop()


async def call(installation: Installation, told: Told, wecom: WeComVendor) -> None:
    """WeCom calls; a service that dies meanwhile does not answer."""
    for each in told.items:
        wecom.put(each)
    async with aiohttp.ClientSession() as http:
        try:
            url = f"{installation.url}/webhooks/wecom/webhook"
            async with http.post(url, params=told.query, data=told.body) as response:
                assert response.status == 200
        except aiohttp.ClientError:
            pass


def texts_of(tx: Connection) -> list[str]:
    """What customers have said, as it is stored."""
    query = select(messages.message.c.content).where(messages.message.c.author == "customer")
    return [row.content["text"] for row in tx.execute(query.order_by(messages.message.c.id))]


async def nothing_is_left(database: Database, messages_stored: int) -> None:
    """Wait until so many messages are stored, and all work is done."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if len(await database.read(texts_of)) >= messages_stored and not (await database.read(work.counts))["pending"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"stored {await database.read(texts_of)}, work {await database.read(work.counts)}")


@pytest.mark.parametrize("when", ["inside", "after"])
async def test_killed_while_the_cursor_is_written(
    installation: Installation, wecom: WeComVendor, rasa: ScriptedRasa, when: str
) -> None:
    # given: a customer who is known already, and a page of three messages
    bench = WeComBench(wecom)
    await installation.start()
    await call(installation, bench.message("first", "m0"), wecom)
    await until(lambda: wecom.texts("ann") == ["You said: first"])
    await installation.kill()
    rasa.delay_s = 0.3  # nothing is answered before the service is dead
    items = [item(f"m{number}", "ann", text={"content": f"line {number}"}) for number in (1, 2, 3)]
    # when: the service dies with the whole page on disk, and the cursor not yet (inside), or just so (after)
    await installation.start(crash_at=f"{CURSOR} | {when}")
    calling = asyncio.create_task(call(installation, bench.callback(*items), wecom))
    await installation.crashed()
    await calling
    database = Database(installation.settings.database_url)
    assert await database.read(texts_of) == ["first", "line 1", "line 2", "line 3"]
    cursors = [each.get("cursor") for each in wecom.syncs]
    # then: the next life finds what is left to do, and does nothing twice
    await installation.start()
    expected = ["first", "line 1", "line 2", "line 3"]
    await until(lambda: wecom.texts("ann") == [f"You said: {text}" for text in expected], within_s=30)
    await nothing_is_left(database, len(expected))
    assert await database.read(texts_of) == expected
    assert wecom.texts("ann") == [f"You said: {text}" for text in expected]
    again = [each.get("cursor") for each in wecom.syncs[len(cursors) :]]
    assert again[0] == ("1" if when == "inside" else "4")
    await database.close()


async def test_killed_again_and_again_while_pages_are_fetched(installation: Installation, wecom: WeComVendor) -> None:
    # given: twelve messages of four customers, one to a page
    bench = WeComBench(wecom)
    wecom.page = 1
    items = [item(f"m{n}", f"customer-{n % 4}", text={"content": f"{n % 4}: {n // 4}"}) for n in range(12)]
    await installation.start()
    # when: the service is killed after every few pages
    for number in range(3):
        seen = len(wecom.syncs)
        told = bench.callback(*items[4 * number : 4 * number + 4])
        calling = asyncio.create_task(call(installation, told, wecom))
        await until(lambda seen=seen, number=number: len(wecom.syncs) > seen + number, within_s=30)
        await installation.kill()
        await calling
        await installation.start()
    # then
    database = Database(installation.settings.database_url)
    await nothing_is_left(database, 12)
    stored = await database.read(texts_of)
    assert sorted(stored) == sorted(f"{n % 4}: {n // 4}" for n in range(12))
    for customer in range(4):
        assert [each for each in stored if each[0] == str(customer)] == [f"{customer}: {n}" for n in range(3)]
    assert max(Counter(each.text for each in wecom.said).values()) == 1
    await database.close()
