"""Every vendor's channel on the whole real system: asked, answered from an article, handed over, helped, rated."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml

from connectors.registry import VENDORS
from frontdoor.programs import rasa_python
from tests.conftest import absent
from tests.contract.vendor_bench import CUSTOMER, PUBLIC_URL, Hook, VendorBench
from tests.fakes.agent import Agent
from tests.fakes.vendors.base import Said
from tests.fakes.vendors.everyone import BENCHES, Vendors
from tests.journeys.system import System

PATIENT_S = 30.0


class Line:
    """One channel's customer, at the running system. Stands in for `House` where a bench delivers."""

    def __init__(
        self, bench: VendorBench, vendors: Vendors, client: aiohttp.ClientSession, *, customer: str = CUSTOMER,
        first_id: int = 5_000,
    ) -> None:  # fmt: skip
        self.bench, self.vendors, self.client, self.channel = bench, vendors, client, self
        self.name, self.address = bench.kind, customer
        self._ids = iter(range(first_id, first_id + 5_000))
        self._read = 0

    async def says(self, text: str) -> None:
        await self._deliver(self.bench.message(text, str(next(self._ids)), self.address))

    async def chooses(self, said: Said, index: int) -> None:
        """Press a button where there is one, type its number where not."""
        message_id = str(next(self._ids))
        pressed = self.bench.press(said, index, message_id, self.address) if said.choices else None
        await self._deliver(pressed or self.bench.message(str(index + 1), message_id, self.address))

    async def sees(self, part: str) -> Said:
        """The next thing shown that has `part` in it."""
        self.bench.listens()
        return await self._until(lambda: self._find(part), part)

    def _find(self, part: str) -> Said | None:
        shown = [each for each in self.bench.vendor.said if each.address == self.address]
        for number, said in enumerate(shown[self._read :], self._read + 1):
            if part in said.text:
                self._read = number
                return said
        return None

    async def _until(self, find: Callable[[], Said | None], part: str) -> Said:
        deadline = time.monotonic() + PATIENT_S
        while time.monotonic() < deadline:
            if found := find():
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{part!r} was never shown: {self.bench.vendor.said[-5:]}, {self.bench.vendor.wrongs}")

    async def _deliver(self, hook: Hook) -> None:
        assert await self.bench.deliver(self, hook) == 200  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    vendors = Vendors()
    yield vendors
    vendors.close()


@pytest.fixture(scope="module")
def omnichannel(tmp_path_factory: pytest.TempPathFactory, vendors: Vendors) -> Iterator[System]:
    """A running installation that has every channel."""
    if not rasa_python().exists():
        absent("Rasa's environment (make setup)")
    system = System(tmp_path_factory.mktemp("omnichannel"))
    channels = {kind: bench.settings() for kind, bench in vendors.benches.items()}
    (system.root / "channels.yml").write_text(yaml.safe_dump(channels, allow_unicode=True), encoding="utf-8")
    main = yaml.safe_load((system.root / "frontdoor.yml").read_text()) | {"public_url": PUBLIC_URL}
    (system.root / "frontdoor.yml").write_text(yaml.safe_dump(main))
    system.start()
    vendors.run(_choose_password(system))
    yield system
    system.stop()


async def _choose_password(system: System) -> None:
    """Sign in once; the first admin is made when everything is ready, a moment after we look."""
    deadline = time.monotonic() + PATIENT_S
    while True:
        try:
            async with Agent(system.url, "admin", system.admin_password) as agent:
                system.admin_password = agent.password
                return
        except AssertionError:
            assert time.monotonic() < deadline, system.screen
            await asyncio.sleep(0.2)


@pytest_asyncio.fixture(loop_scope="session")
async def colleague(omnichannel: System) -> AsyncIterator[Agent]:
    async with Agent(omnichannel.url, "admin", omnichannel.admin_password) as agent:
        yield agent


def test_every_kind_of_channel_has_a_journey() -> None:
    assert set(BENCHES) == set(VENDORS)


@pytest.mark.parametrize("kind", sorted(VENDORS))
async def test_from_a_question_to_a_rating(omnichannel: System, vendors: Vendors, colleague: Agent, kind: str) -> None:
    """given a customer at a vendor, when they ask, want a human, are helped and rate it, then all of it arrives."""
    async with aiohttp.ClientSession(omnichannel.url) as client:
        line = Line(vendors.benches[kind], vendors, client)
        await line.says("How long does delivery take?")
        await line.sees("day")
        await line.says("I want to talk to a person")
        await line.sees("in line for a colleague")
        ticket = await waiting(colleague, kind)
        assert ticket["channel"] == kind
        await colleague.take(ticket["id"])
        await line.sees("has joined")
        await colleague.reply(ticket["id"], "It leaves tomorrow. 明天发货。")
        await line.sees("明天发货")
        await line.says("Thank you very much")
        await colleague.call("POST", f"tickets/{ticket['id']}/resolve", note="")
        question = await line.sees("sorted out")
        await line.chooses(question, 0)
        scores = await line.sees("rate the help")
        await line.chooses(scores, 4)
        await line.sees("Thank you for your feedback")
        rated = await rating(colleague, ticket["id"])
        assert rated["score"] == 5
        await line.bench.leaves()
    assert vendors.benches[kind].vendor.wrongs == []


@pytest.mark.parametrize("kind", ["email", "line", "sms", "telegram", "wechat"])
async def test_a_call_back_is_booked(omnichannel: System, vendors: Vendors, colleague: Agent, kind: str) -> None:
    """given buttons, numbers or mail, when a customer books a call-back, then they are told, with an .ics."""
    async with aiohttp.ClientSession(omnichannel.url) as client:
        line = Line(vendors.benches[kind], vendors, client, customer="ben", first_id=20_000)
        await line.says("can someone call me back?")
        times = await line.sees("When shall we call you?")
        await line.chooses(times, 0)
        await line.sees("Which phone number")
        await line.says("13800138000")
        await line.chooses(await line.sees("Shall I book it?"), 0)
        await line.sees("Booked: we'll call you on 13800138000")
        await line.sees("Is there anything else I can do for you?")
        shown = [each for each in line.bench.vendor.said if each.address == "ben"]
        assert any(".ics" in f"{each.text} {[name for name, _ in each.files]}" for each in shown)
        await line.says("please cancel my appointment")
        await line.sees("is cancelled")
        ticket = await waiting(colleague, kind)
        await colleague.take(ticket["id"])
        await colleague.call("POST", f"tickets/{ticket['id']}/resolve", note="")


async def waiting(agent: Agent, kind: str) -> dict[str, Any]:
    """The ticket that waits from this channel."""
    for _ in range(200):
        for ticket in await agent.queue():
            if ticket["channel"] == kind:
                return ticket
        await asyncio.sleep(0.05)
    raise AssertionError("no ticket came")


async def rating(agent: Agent, ticket_id: str) -> dict[str, Any]:
    """The ticket's rating, once there is one."""
    for _ in range(200):
        found = (await agent.call("GET", f"tickets/{ticket_id}"))["ticket"]["rating"]
        if found:
            return dict(found)
        await asyncio.sleep(0.05)
    raise AssertionError("no rating came")
