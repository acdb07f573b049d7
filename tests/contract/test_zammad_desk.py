"""Zammad passes the suite of all helpdesks, and what is particular about it."""

import hashlib
import hmac
import html
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest

from connectors.desk import Line
from connectors.desks.zammad import Zammad
from connectors.errors import Undeliverable
from connectors.message import JSON, Author, Content
from tests.contract.desk_suite import AT
from tests.contract.helpdesk_bench import PICTURE, HelpdeskBench, HelpdeskHouse
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.base import FakeFile, FakeTicket
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
    async def bench(self) -> AsyncIterator[HelpdeskBench]:
        async with ZammadVendor() as vendor:
            yield ZammadBench(vendor)

    async def test_a_customer_with_an_address_is_the_requester(self, house: HelpdeskHouse) -> None:
        vendor = vendor_of(house)
        await house.desk.open(replace(await self.stored(house), triage={"tier": "senior"}))
        (ticket,) = vendor.tickets.values()
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

    @pytest.mark.parametrize(
        ("users", "email", "expected"),
        [
            ("match", "Wang@example.com", 21),
            ("match", "new@example.com", "guess:chat@hearthline.example"),
            ("single", "wang@example.com", "guess:chat@hearthline.example"),
            ("create", "王@example.com", "guess:chat@hearthline.example"),
        ],
    )
    async def test_who_asks_is_as_the_settings_say(
        self, house: HelpdeskHouse, users: str, email: str, expected: object
    ) -> None:
        set_up(house, users=users)
        await house.desk.open(replace(await self.stored(house), customer={"email": email}))
        (ticket,) = vendor_of(house).tickets.values()
        assert ticket.data["customer_id"] == expected

    async def test_a_mail_reaches_the_customer_only_where_it_went_to_the_customer(self, house: HelpdeskHouse) -> None:
        vendor, ticket_id = vendor_of(house), (await house.desk.open(await self.stored(house))).ticket_id
        signed = '<div data-signature="true">Hearthline</div><blockquote type="cite">what you asked</blockquote>'
        for text, to in (("Where is it?", "supplier@example.com"), ("It is on its way.", "W <WANG@example.com>")):
            data = {"type": "email", "to": to}
            vendor.remark(ticket_id, f"<div>{text}</div>{signed}", public=True, author="a1", data=data)
        vendor.remark(ticket_id, "Nobody answers.", public=True, author="a1", data={"type": "phone"})
        vendor.remark(ticket_id, "We got your mail.", public=True, author="a1", data={"sender": "System"})
        reading = await house.desk.read(ticket_id)
        assert [(each.content.text, each.agent_name) for each in reading.events] == [("It is on its way.", "Li Na")]

    async def test_pictures_that_were_pasted_in_go_along(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        vendor = vendor_of(house)
        reply = vendor.remark(ticket_id, "", public=True, author="a1", files=[FakeFile(name="x.png", data=PICTURE)])
        other = vendor.tickets[ticket_id].remarks[0].id
        pasted = (
            f'<img src="/api/v1/ticket_attachment/{ticket_id}/{each}/0?view=inline">' for each in (reply.id, other)
        )
        reply.text = "Look here: " + "".join(pasted)
        await house.looks(ticket_id)
        said = await house.customer.sees("Look here:")
        assert [each["size"] for each in said["attachments"]] == [len(PICTURE)]

    async def test_a_reply_that_is_made_internal_is_taken_back(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        reply = await house.bench.replies(ticket_id, "It costs 10.")
        await house.read_now(ticket_id)
        next(each for each in vendor_of(house).tickets[ticket_id].remarks if each.id == reply).public = False
        await house.read_now(ticket_id)
        await house.customer.sees("has taken a message back")

    async def test_a_merged_ticket_is_over_and_takes_nothing_back(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.replies(ticket_id, "We look into it.")
        await house.read_now(ticket_id)
        ticket = vendor_of(house).tickets[ticket_id]
        ticket.state, ticket.remarks = "merged", []
        await house.bench.replies(ticket_id, "merged")
        await house.read_now(ticket_id)
        await house.customer.reaches("resolved")
        said = "\n".join(await house.customer.transcript())
        assert "taken a message back" not in said
        assert "merged" not in said

    async def test_every_closed_state_is_resolved_and_a_pending_one_is_not(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        ticket = vendor_of(house).tickets[ticket_id]
        for state, expected in (("pending close", []), ("solved by phone", ["resolved"])):
            ticket.state = state
            assert [each.kind for each in (await house.desk.read(ticket_id)).events] == expected

    async def test_what_has_changed_is_found_without_a_search_index(self, house: HelpdeskHouse) -> None:
        vendor, ids = vendor_of(house), set[str]()
        for n in range(230):
            ids.add(vendor.add(FakeTicket(id=vendor.number(), subject=f"{n}", state="new", data=TICKET)).id)
        found, cursor = await house.desk.changed("2026-01-01T00:00:00Z")
        assert set(found) == ids
        assert set((await house.desk.changed(cursor))[0]) <= ids
        assert await house.desk.changed("2126-01-01T00:00:00Z") == ([], "2126-01-01T00:00:00Z")

    async def test_only_administrators_delete(self, house: HelpdeskHouse) -> None:
        ticket_id = (await house.desk.open(await self.stored(house))).ticket_id
        vendor_of(house).admin = False
        with pytest.raises(Undeliverable, match="permission admin"):
            await house.desk.forget(ticket_id)  # type: ignore[attr-defined]

    async def test_names_that_are_not_there_are_found(self, house: HelpdeskHouse) -> None:
        await house.desk.open(await self.stored(house))
        set_up(
            house, queue="Gone", priorities={"low": "9 never"}, fields={"nothing": "{tier}"}, resolved_state="done"
        )  # fmt: skip
        found = [each.what for each in await house.desk.check() if not each.ok]  # type: ignore[attr-defined]
        assert found == [
            "Zammad has no group Gone", "Zammad has no priority 9 never", "Zammad has no state done",
            "Zammad has no field nothing",
        ]  # fmt: skip

    async def test_a_refusal_names_what_is_at_fault(self, house: HelpdeskHouse) -> None:
        set_up(house, queue="Nowhere")
        with pytest.raises(Undeliverable, match=r"422 \(group\)"):
            await house.desk.open(await self.stored(house))


TICKET: JSON = {"customer": 21, "group": "Users"}


def vendor_of(house: HelpdeskHouse) -> ZammadVendor:
    assert isinstance(house.bench, ZammadBench)
    vendor = house.bench.vendor
    assert isinstance(vendor, ZammadVendor)
    return vendor


def set_up(house: HelpdeskHouse, **settings: object) -> None:
    """As if this stood in desks.yml."""
    desk = house.desk
    assert isinstance(desk, Zammad)
    desk._common = desk._settings = desk._settings.model_copy(update=settings)
