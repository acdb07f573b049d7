"""Zammad passes the suite of all helpdesks, and what is particular about it."""

import hashlib
import hmac
import html
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest

from connectors.desk import Line
from connectors.message import JSON, Author, Content
from tests.contract.desk_suite import AT
from tests.contract.helpdesk_bench import HelpdeskBench, HelpdeskHouse
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.bench import FakeBench
from tests.fakes.desks.zammad import TOKEN, ZammadVendor
from tests.fakes.vendors.base import Trouble

SECRET = "zammad-hmac-1f7d3c9b5a2e"


class ZammadBench(FakeBench):
    """A Zammad whose trigger calls us."""

    kind = "zammad"
    secrets = (TOKEN, SECRET)

    def settings(self) -> JSON:
        return {
            "url": self.vendor.url, "token": TOKEN, "webhook_secret": SECRET, "requester": "chat@hearthline.example",
            "placements": {"senior": {"queue": "Senior", "priority": "3 high"}},
        }  # fmt: skip

    def as_written(self, text: str) -> str:
        return f"<div>{html.escape(text)}</div>"

    def call(self, ticket_id: str) -> Hook:
        return self.sign(Hook.json({"ticket": {"id": int(ticket_id)}, "article": {"id": 1}}, X_Zammad_Delivery="d1"))

    def sign(self, hook: Hook) -> Hook:
        signature = hmac.new(SECRET.encode(), hook.body, hashlib.sha1).hexdigest()
        return replace(hook, headers={**hook.headers, "X-Hub-Signature": f"sha1={signature}"})

    def forged(self, ticket_id: str) -> Iterable[Hook]:
        hook = self.call(ticket_id)
        yield replace(hook, headers={"Content-Type": "application/json"})
        yield replace(hook, body=hook.body + b" ")

    def malformed(self) -> Iterable[Hook]:
        yield self.sign(Hook(body=b"{"))
        yield self.sign(Hook.json({"ticket": {"id": "x"}}))


class TestZammad(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[HelpdeskBench]:  # type: ignore[override]
        async with ZammadVendor() as vendor:
            yield ZammadBench(vendor)

    async def test_a_customer_with_an_address_is_the_requester(self, house: HelpdeskHouse) -> None:
        assert isinstance(house.bench, ZammadBench)
        await house.desk.open(replace(await self.stored(house), triage={"tier": "senior"}))
        (ticket,) = house.bench.vendor.tickets.values()
        assert ticket.data["customer_id"] == "guess:wang@example.com"
        assert (ticket.data["group"], ticket.data["priority"]) == ("Senior", "3 high")
        assert json.loads((await house.bench.files(ticket.id)).popitem()[1])

    async def test_a_line_that_is_refused_makes_no_ticket_refused(self, house: HelpdeskHouse) -> None:
        """given a ticket that is there, when it does not take a line of before, then it has all the others."""
        lines = tuple(
            Line(
                message_id=f"m{n}", author=Author.CUSTOMER, author_name="", at=AT + n, content=Content(text=f"line {n}")
            )
            for n in range(2)
        )
        handoff = replace(await self.stored(house), transcript=lines)
        await house.desk.open(replace(handoff, transcript=()))
        house.bench.trouble(Trouble(status=422))
        ref = await house.desk.open(handoff)
        shown = await house.bench.shown(ref.ticket_id)
        assert ("line 0" in shown, "line 1" in shown) == (False, True)
