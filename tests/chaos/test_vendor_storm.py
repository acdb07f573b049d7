"""A storm of webhooks: repeats, disorder, vendors that want a pause. Nothing is lost, doubled or out of order."""

import asyncio
import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import yaml

from connectors.message import JSON
from tests.contract.vendor_bench import PUBLIC_URL, Hook
from tests.fakes.installation import Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.everyone import Vendors

KINDS = {"webhook": 0.55, "line": 0.3, "whatsapp": 0.14, "telegram": 0.01}
"""Who sends how much: Telegram lets one message a second out to a chat, so a storm of it would last an hour."""
REPEATED = 0.2
AT_ONCE = 40  # requests
PAUSE_AFTER = 15  # messages
SETTLE_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One webhook call, and what it says."""

    kind: str
    address: str
    text: str
    hook: Hook


class Line:
    """Stands in for `House` where a bench delivers."""

    def __init__(self, client: aiohttp.ClientSession, kind: str) -> None:
        self.client, self.channel, self.name = client, self, kind


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    vendors = Vendors(tuple(KINDS))
    yield vendors
    vendors.close()


def storm(vendors: Vendors, count: int, chance: random.Random) -> list[Delivery]:
    """`count` deliveries, a fifth of them repeats, in disorder: also within one customer's messages."""
    unique: list[Delivery] = []
    fresh = round(count * (1 - REPEATED))
    for kind, share in KINDS.items():
        customers = max(2, round(fresh * share / 40))
        for number in range(round(fresh * share)):
            customer = number % customers
            address = f"9{customer:05}" if kind == "telegram" else f"storm-{kind}-{customer}"
            text = f"{kind}-{customer}-{number}"
            hook = vendors.benches[kind].message(text, str(10_000 + number), address)
            unique.append(Delivery(kind=kind, address=address, text=text, hook=hook))
    every = unique + chance.choices(unique, k=count - len(unique))
    # Neighbours change places: what a vendor sends again, or sends by another of its machines, overtakes.
    return sorted(every, key=lambda each: int(each.text.rpartition("-")[2]) + chance.uniform(0, 200))


@pytest.mark.parametrize("count", [1_500, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_nothing_is_lost_doubled_or_out_of_order(
    tmp_path: Path, rasa: ScriptedRasa, vendors: Vendors, count: int
) -> None:
    chance = random.Random(20_261_127)
    installation = Installation(tmp_path, rasa.url, public_url=PUBLIC_URL)
    channels = {kind: bench.settings() for kind, bench in vendors.benches.items()}
    (tmp_path / "channels.yml").write_text(yaml.safe_dump(channels), encoding="utf-8")
    await installation.prepare()
    await installation.start()
    try:
        deliveries = storm(vendors, count, chance)
        busy = asyncio.create_task(_busy(vendors))
        async with aiohttp.ClientSession(installation.url) as client:
            refused = await _deliver(client, vendors, deliveries)
        await _settled(installation.database)
        busy.cancel()
    finally:
        await installation.stop()
    sent = {(each.kind, each.text) for each in deliveries}
    stored = _stored(installation.database)
    assert refused == []
    assert sorted(text for texts in stored.values() for text in texts) == sorted(text for _, text in sent)
    for kind, bench in vendors.benches.items():
        assert bench.vendor.wrongs == []
        shown = defaultdict(list)
        for said in bench.vendor.said:
            shown[said.address].append(said.text)
        theirs = [texts for (channel, _), texts in stored.items() if channel == kind]
        assert sorted([f"You said: {text}" for text in texts] for texts in theirs) == sorted(shown.values())


async def _deliver(client: aiohttp.ClientSession, vendors: Vendors, deliveries: list[Delivery]) -> list[JSON]:
    """Deliver all, many at once; a vendor repeats what was not acknowledged. What was never taken."""
    gate, refused = asyncio.Semaphore(AT_ONCE), []

    async def one(delivery: Delivery) -> None:
        async with gate:
            for _ in range(5):
                status = await vendors.benches[delivery.kind].deliver(Line(client, delivery.kind), delivery.hook)  # type: ignore[arg-type]
                if status == 200:
                    return
                await asyncio.sleep(0.5)
            refused.append({"kind": delivery.kind, "status": status})

    async with asyncio.TaskGroup() as group:
        for delivery in deliveries:
            group.create_task(one(delivery))
    return refused


async def _busy(vendors: Vendors) -> None:
    """Again and again a vendor wants a pause before the next message."""
    asked = dict.fromkeys(vendors.benches, 0)
    while True:
        for kind, bench in vendors.benches.items():
            limited = bench.limited()
            assert isinstance(limited, Trouble)
            for _ in range(len(bench.vendor.said) // PAUSE_AFTER - asked[kind]):
                asked[kind] += 1
                vendors.loop.call_soon_threadsafe(bench.vendor.troubles.append, limited)
        await asyncio.sleep(0.05)


async def _settled(database: Path) -> None:
    """Wait until all work is done and all messages have left."""
    deadline = time.monotonic() + SETTLE_S
    while _left(database):
        assert time.monotonic() < deadline, f"{_left(database)} are left"
        await asyncio.sleep(0.5)


def _left(database: Path) -> int:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        work = db.execute("SELECT count(*) FROM work WHERE status = 'pending'").fetchone()[0]
        parcels = db.execute("SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending')").fetchone()[0]
    return int(work + parcels)


def _stored(database: Path) -> dict[tuple[str, str], list[str]]:
    """What each customer has said, in order."""
    query = """SELECT c.channel, c.address, json_extract(m.content, '$.text') FROM message m
        JOIN conversation c ON c.id = m.conversation_id WHERE m.author = 'customer' ORDER BY m.conversation_id, m.seq"""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        for channel, address, text in db.execute(query):
            found[channel, address].append(text)
    return dict(found)
