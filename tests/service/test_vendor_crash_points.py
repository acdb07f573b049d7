"""Killed exactly there, at vendors: between the parts of a message, around files, announcements, reports and windows.

What leaves by a vendor is never sent twice, and never lost without being marked.
"""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yaml
from aiohttp import web
from sqlalchemy import Connection, select, update

from connectors.message import JSON
from storage import messages, openings, work
from storage.database import Database
from storage.files import attachment
from storage.outbox import outbox
from tests.contract.vendor_bench import Hook, until
from tests.fakes.agent import Agent
from tests.fakes.crashing import POINTS
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.vendors.webhook import WebhookBench, WebhookVendor
from tests.fakes.vendors.whatsapp import WhatsappVendor
from tests.fakes.vendors.whatsapp_bench import WhatsappBench
from tests.service.test_crash_points import became

LONG = "One sentence that is long. Another one that is long. A third that is long."
PARTS = ["You said: One sentence that is long.", "Another one that is long.", "A third that is long."]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


class Program(WebhookVendor):
    """A program at the other end that shows everything, also what it has got before."""

    def routes(self) -> None:
        super().routes()
        self.got: list[tuple[str, str]] = []

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body: JSON = await request.json()
        self.got.append((body["id"], body.get("text", "")))
        return await super()._take(request)

    @property
    def shown(self) -> list[str]:
        return [text for _, text in self.got]


@pytest.fixture
async def program() -> AsyncIterator[Program]:
    async with Program() as program:
        yield program
    assert program.wrongs == []


@pytest.fixture
async def at_program(tmp_path: Path, rasa: ScriptedRasa, program: Program) -> AsyncIterator[Installation]:
    """A service with a webhook that takes short texts."""
    bench = WebhookBench(program)
    bench.more = {"text_length": 36, "typing": False}
    installation = await with_channel(tmp_path, rasa, "webhook", bench.settings())
    yield installation
    await installation.stop()


async def with_channel(root: Path, rasa: ScriptedRasa, kind: str, settings: JSON) -> Installation:
    installation = Installation(root, rasa.url)
    channels = {"web": {"enabled": False}, kind: settings}
    (root / "channels.yml").write_text(yaml.safe_dump(channels), encoding="utf-8")
    await installation.prepare()
    return installation


async def call(installation: Installation, kind: str, hook: Hook) -> None:
    """The vendor calls, and calls again until it is answered, as vendors do."""
    deadline = time.monotonic() + 60
    async with aiohttp.ClientSession() as http:
        while time.monotonic() < deadline:
            try:
                url = f"{installation.url}/webhooks/{kind}/webhook"
                async with http.post(url, params=hook.query, headers=hook.headers, data=hook.body) as response:
                    assert response.status == 200
                    return
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(0.1)
    raise AssertionError("the service did not come back")


async def again(installation: Installation) -> None:
    """The service dies at its point, and is started again."""
    await installation.crashed()
    await installation.start()


@pytest.mark.parametrize(
    ("point", "shown", "status"),
    [
        ("parts, before the second is claimed", 3, "sent"),
        ("parts, the second is claimed", 1, "unknown"),
        ("parts, the second has left", 2, "unknown"),
        ("parts, noting the second in the transaction", 2, "unknown"),
        ("parts, the second is noted", 3, "sent"),
        ("parts, the last has left", 3, "unknown"),
        ("parts, all are noted", 3, "sent"),
    ],
)
async def test_no_part_leaves_twice_and_none_is_lost_unmarked(
    at_program: Installation, program: Program, point: str, shown: int, status: str
) -> None:
    """given a message of three parts that is cut off at one point, then the parts before it have left once, and the
    rest follows, or the message is marked as one nobody knows of.
    """
    await at_program.start(crash_at=point)
    restarted = asyncio.create_task(again(at_program))
    bench = WebhookBench(program)
    await call(at_program, "webhook", bench.message(LONG, "m-1"))
    await restarted
    assert await became(at_program) == status
    assert program.shown == PARTS[:shown]
    assert len(set(program.got)) == len(program.got)


def test_every_point_of_parts_is_tried() -> None:
    (mark,) = test_no_part_leaves_twice_and_none_is_lost_unmarked.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in mark.args[1]} == {name for name in POINTS if name.startswith("parts")}


@pytest.mark.parametrize("point", [name for name in POINTS if name.startswith("media")])
async def test_a_file_is_on_its_message_once(
    at_program: Installation, program: Program, rasa: ScriptedRasa, point: str
) -> None:
    """given two files, when the service is killed while they are fetched, then each is on the message once, before the
    bot answers it once.
    """
    await at_program.start(crash_at=point)
    restarted = asyncio.create_task(again(at_program))
    bench, content = WebhookBench(program), base64.b64encode(PNG).decode()
    files = [{"name": f"{name}.png", "content": content} for name in "ab"]
    said = {"version": 1, "type": "message", "id": "m-1", "customer": {"id": "ann"}, "text": "see"}
    await call(at_program, "webhook", bench.event(**said, attachments=files))
    await restarted
    await until(lambda: program.shown, within_s=30)
    database = Database(at_program.settings.database_url)

    def kept(tx: Connection) -> tuple[list[str], set[str]]:
        query = select(messages.message.c.content).where(messages.message.c.author == "customer")
        on_it = tx.execute(query).scalar_one()["attachments"]
        stored = set(tx.execute(select(attachment.c.id)).scalars())
        return [each["name"] for each in on_it], {each["id"] for each in on_it} - stored

    assert await database.read(kept) == (["a.png", "b.png"], set())
    await database.close()
    assert program.shown == ["You said: see"]


@pytest.mark.parametrize(
    "point",
    [
        "frontdoor/intake.py: _arrived_or_promised | inside",
        "frontdoor/intake.py: _arrived_or_promised | after",
        "frontdoor/undelivered.py: _report | inside",
        "frontdoor/undelivered.py: _report | after",
    ],
)
async def test_a_report_is_noted_however_it_is_cut_off(at_program: Installation, program: Program, point: str) -> None:
    await at_program.start(crash_at=point)
    bench = WebhookBench(program)
    await call(at_program, "webhook", bench.message("hello", "m-1"))
    await until(lambda: program.got)
    restarted = asyncio.create_task(again(at_program))
    about = program.got[0][0]
    await call(at_program, "webhook", bench.event(type="status", message_id=about, status="failed", reason="no phone"))
    await restarted
    database = Database(at_program.settings.database_url)
    for _ in range(200):
        (row,) = await database.read(lambda tx: tx.execute(select(outbox.c.status, outbox.c.error)).all())
        if row.status == "undeliverable" and not (await database.read(work.counts))["pending"]:
            break
        await asyncio.sleep(0.1)
    await database.close()
    assert (row.status, row.error) == ("undeliverable", "no phone")


# reply windows


@pytest.fixture
async def whatsapp() -> AsyncIterator[WhatsappVendor]:
    async with WhatsappVendor() as whatsapp:
        yield whatsapp
    assert whatsapp.wrongs == []


@pytest.mark.parametrize(
    ("point", "asked"),
    [
        ("frontdoor/undelivered.py: _settle | inside", 1),
        ("frontdoor/undelivered.py: _settle | after", 1),
        ("window, before they are asked to write", 0),
        ("window, they have been asked to write", 1),
    ],
)
async def test_a_reply_that_comes_too_late_is_held_asked_for_once_and_leaves_once(
    tmp_path: Path, rasa: ScriptedRasa, whatsapp: WhatsappVendor, point: str, asked: int
) -> None:
    """given a window that is closed, when the service is killed around holding the reply and asking the customer to
    write, then they are asked at most once, and the reply leaves once when they write.
    """
    bench = WhatsappBench(whatsapp)
    installation = await with_channel(tmp_path, rasa, "whatsapp", bench.settings())
    database = Database(installation.settings.database_url)
    await installation.start(crash_at=point)
    try:
        await call(installation, "whatsapp", bench.message("human please", "1"))
        async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
            for _ in range(200):
                if queue := await agent.queue():
                    break
                await asyncio.sleep(0.1)
            ticket_id = str(queue[0]["id"])
            await agent.take(ticket_id)
            await until(lambda: any("has joined" in each.text for each in whatsapp.said))
            await database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
            await agent.reply(ticket_id, "It leaves tomorrow.")
        await again(installation)
        for _ in range(100):
            found = await database.read(statuses)
            if found.get("It leaves tomorrow.") == "held" and not {"pending", "sending"} & set(found.values()):
                break
            await asyncio.sleep(0.1)
        assert found["It leaves tomorrow."] == "held"
        assert len(whatsapp.templates) == asked
        assert not any("tomorrow" in each.text for each in whatsapp.said)
        await call(installation, "whatsapp", bench.message("yes?", "2"))
        await until(lambda: any("tomorrow" in each.text for each in whatsapp.said), within_s=30)
    finally:
        await installation.stop()
        await database.close()
    assert len([each for each in whatsapp.said if "tomorrow" in each.text]) == 1
    assert len(whatsapp.templates) == asked


def statuses(tx: Connection) -> dict[str, str]:
    """What became of every message that was to be sent, by its text."""
    query = select(outbox.c.status, messages.message.c.content)
    joined = query.join(messages.message, messages.message.c.id == outbox.c.message_id)
    return {row.content["text"]: row.status for row in tx.execute(joined)}
