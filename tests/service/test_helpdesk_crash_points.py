"""Killed (SIGKILL) exactly there, with a helpdesk as the desk: one ticket, every line once, every answer once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from tests.contract.test_zammad_desk import ZammadBench
from tests.fakes.crashing import POINTS
from tests.fakes.desks.webhook import SECRET, FakeWebhookDesk, signed
from tests.fakes.desks.zammad import ZammadVendor
from tests.fakes.installation import Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.visitor import Visitor
from tests.service.test_crash_points import nothing_left, restarted

ALWAYS = ("helpdesk, it has the ticket", "helpdesk, keeping it in the transaction")
SITES = ("frontdoor/desk_intake.py: _promise", "frontdoor/desk_intake.py: _keep")


def points() -> list[object]:
    """Where two systems must agree always, all of them in the soak test."""
    named = [name for name in POINTS if name.startswith("helpdesk")]
    named += [f"{site} | {when}" for site in SITES for when in ("inside", "after")]
    return [pytest.param(name, marks=[] if name in ALWAYS else pytest.mark.slow) for name in named]


@pytest.fixture
async def bench() -> AsyncIterator[ZammadBench]:
    async with ZammadVendor() as vendor:
        yield ZammadBench(vendor)
        assert vendor.wrongs == []


@pytest.mark.parametrize("point", points())
async def test_a_ticket_at_a_helpdesk_survives_a_crash(
    tmp_path: Path, rasa: ScriptedRasa, bench: ZammadBench, point: str
) -> None:
    """given a service that is killed at one point, then there is one ticket, and all is said once, in order."""
    desks = {"built_in": {"enabled": False}, "zammad": bench.settings() | {"poll_s": 1}}
    installation = Installation(tmp_path, rasa.url, desks=desks)
    await installation.prepare()
    await installation.start(crash_at=point)
    again = asyncio.create_task(restarted(installation))
    try:
        async with Visitor(installation.url) as visitor:
            await visitor.say("hello")
            await visitor.sees("You said: hello", within_s=60)
            await visitor.say("human please")
            await visitor.sees("is with our team", within_s=60)
            (ticket,) = bench.vendor.tickets
            await bench.takes(ticket)
            bench.vendor.remark(ticket, "I am on it.", public=True, author="a1")
            await visitor.sees("I am on it.", within_s=60)
            await again
            await visitor.say("my number is 7")
            await visitor.until(lambda: not visitor._pending, within_s=60)
            for _ in range(300):
                shown = await bench.shown(ticket)
                if "my number is 7" in shown:
                    break
                await asyncio.sleep(0.1)
        await nothing_left(installation)
    finally:
        again.cancel()
        await installation.stop()
    assert list(bench.vendor.tickets) == [ticket]
    lines = "\n".join(each.text for each in bench.vendor.tickets[ticket].remarks[1:])  # the first is the packet
    assert [lines.count(text) for text in ("You said: hello", "human please", "my number is 7")] == [1, 1, 1]
    said = [text for text in visitor.transcript if text.startswith("agent: ")]
    assert said == ["agent: I am on it."]
    assert visitor.doubled == []


async def told(installation: Installation, body: bytes) -> None:
    """A desk of our own protocol tells what happened, as often as it takes."""
    async with aiohttp.ClientSession() as http:
        for _ in range(300):
            with suppress(aiohttp.ClientError):
                headers = {"Front-Door-Signature": signed(body)}
                url = f"{installation.url}/desks/webhook/webhook"
                async with http.post(url, data=body, headers=headers) as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.1)
    raise AssertionError("it was never taken")


@pytest.mark.slow
@pytest.mark.parametrize("point", [f"{site} | {when}" for site in SITES for when in ("inside", "after")])
async def test_what_a_desk_tells_survives_a_crash(tmp_path: Path, rasa: ScriptedRasa, point: str) -> None:
    """given a desk that can only tell, and is not asked, then its answer reaches the customer once."""
    async with FakeWebhookDesk() as vendor:
        desk = {"url": f"{vendor.url}/frontdoor", "secret": SECRET}
        installation = Installation(tmp_path, rasa.url, desks={"built_in": {"enabled": False}, "webhook": desk})
        await installation.prepare()
        await installation.start(crash_at=point)
        again = asyncio.create_task(restarted(installation))
        try:
            async with Visitor(installation.url) as visitor:
                await visitor.say("human please")
                await visitor.sees("is with our team", within_s=60)
                (ticket,) = vendor.tickets
                vendor.tell("taken", ticket, agent={"id": "a1", "name": "Li Na"})
                vendor.tell("replied", ticket, text="I am on it.", agent={"id": "a1", "name": "Li Na"})
                await told(installation, vendor.told(ticket))
                await visitor.sees("I am on it.", within_s=60)
                await again
            await nothing_left(installation)
        finally:
            again.cancel()
            await installation.stop()
        assert [text for text in visitor.transcript if text.startswith("agent: ")] == ["agent: I am on it."]
        assert (visitor.doubled, vendor.wrongs) == ([], [])
