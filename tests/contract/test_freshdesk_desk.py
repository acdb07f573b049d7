"""Freshdesk passes the suite of all helpdesks, and what is particular about it."""

import base64
import html
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.desk import ForgettingDesk, Handoff
from connectors.desks.freshdesk import Freshdesk
from connectors.desks.freshdesk_settings import FreshdeskSettings
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.message import JSON
from tests.contract.helpdesk_bench import HelpdeskBench, HelpdeskHouse, helpdesk_house
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.bench import FakeBench
from tests.fakes.desks.freshdesk import ATTACHED, KEY, FreshdeskVendor
from tests.fakes.vendors.base import Trouble

SECRET = "freshdesk-hook-77e0d1c2ab"


class FreshdeskBench(FakeBench):
    """A Freshdesk whose automation rule calls us."""

    kind = "freshdesk"
    secrets = (KEY, SECRET, base64.b64encode(f"{KEY}:X".encode()).decode())
    open_state, resolved_state = "2", "4"
    vendor: FreshdeskVendor
    more: JSON = {}  # noqa: RUF012 - a test's own settings

    def settings(self) -> JSON:
        return {
            "url": self.vendor.url, "key": KEY, "webhook_secret": SECRET, "queue": "Support", "tags": ["front_door"],
            "requester": "chat@hearthline.example", "placements": {"senior": {"queue": "Senior", "priority": "Urgent"}},
            "fields": {"Reference": "{reference}", "cf_orders": "{slot:order_number}", "Topic": "{channel}"},
            **self.more,
        }  # fmt: skip

    def as_written(self, text: str) -> str:
        quote = '<div class="freshdesk_quote"><blockquote>On Monday, Ann wrote: help</blockquote></div>'
        return f"<div>{html.escape(text)}</div>{quote}"

    async def edits(self, ticket_id: str, reply_id: str, text: str) -> None:
        self._remark(ticket_id, reply_id).data["source"] = 2  # only notes can be changed: it was a public one
        await super().edits(ticket_id, reply_id, text)

    async def tickets_of(self, reference: str) -> list[str]:
        kept = [each for each in self.vendor.tickets.values() if not each.data["deleted"]]
        return [each.id for each in kept if reference in each.subject]

    def call(self, ticket_id: str) -> Hook:
        return Hook.json({"ticket_id": int(ticket_id)}, X_Front_Door_Secret=SECRET)

    def forged(self, ticket_id: str) -> Iterable[Hook]:
        hook = self.call(ticket_id)
        yield replace(hook, headers={"Content-Type": "application/json"})
        yield replace(hook, headers={**hook.headers, "X-Front-Door-Secret": SECRET[:-1]})

    def malformed(self) -> Iterable[Hook]:
        headers = {"X-Front-Door-Secret": SECRET}
        yield Hook(body=b"{", headers=headers)
        yield Hook(body=b'{"freshdesk_webhook": {"ticket_id": "x"}}', headers=headers)


class TestFreshdesk(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[HelpdeskBench]:
        async with FreshdeskVendor() as vendor:
            yield FreshdeskBench(vendor)

    @pytest.fixture
    def vendor(self, bench: FreshdeskBench) -> FreshdeskVendor:
        return bench.vendor

    async def test_a_token_that_is_taken_no_more_is_put_right_by_people(self, house: HelpdeskHouse) -> None:
        """given a helpdesk that does not know us for a while, then what is asked there waits."""
        handoff = await self.stored(house)
        house.bench.trouble(Trouble(status=401))
        with pytest.raises(TryLater):
            await house.desk.open(handoff)
        assert await house.attempts() == 0

    async def test_everything_has_its_place(self, house: HelpdeskHouse, vendor: FreshdeskVendor) -> None:
        made = replace(await self.stored(house), triage={"tier": "senior"}, slots={"order_number": "2026"})
        ref = await house.desk.open(made)
        ticket = vendor.tickets[ref.ticket_id]
        assert (ticket.data["group_id"], ticket.data["priority"], ticket.data["source"]) == (32, 4, 7)
        assert ticket.data["custom_fields"] == {"cf_reference": ref.number, "cf_orders": 2026, "cf_topic": "web"}
        assert vendor.contacts[ticket.data["requester_id"]]["email"] == "wang@example.com"
        assert ticket.data["description"] == "<p>退货地址填错了怎么办？</p>", "it is shown to the requester"
        (packet,) = ticket.remarks
        assert not packet.public
        assert "<b>Conversation</b>" in packet.text
        assert ref.url == f"{vendor.url}/a/tickets/{ref.ticket_id}"

    async def test_a_packet_whose_answer_was_lost_is_not_there_twice(
        self, house: HelpdeskHouse, vendor: FreshdeskVendor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handoff, written = await self.stored(house), Freshdesk.packet

        def packet(desk: Freshdesk, made: Handoff) -> str:
            monkeypatch.undo()
            self.lose_the_answer(house)
            return written(desk, made)

        monkeypatch.setattr(Freshdesk, "packet", packet)
        with pytest.raises(OutcomeUnknown):
            await house.desk.open(handoff)
        ticket_id = await self.patiently(house, handoff)
        assert len(vendor.tickets[ticket_id].remarks) == 1

    async def test_a_value_that_a_field_does_not_take_is_left_away(
        self, house: HelpdeskHouse, vendor: FreshdeskVendor
    ) -> None:
        made = replace(await self.stored(house), slots={"order_number": "HL-1"}, channel="telegram")
        ref = await house.desk.open(made)
        assert vendor.tickets[ref.ticket_id].data["custom_fields"] == {"cf_reference": ref.number}

    async def test_who_gave_a_phone_number_is_known_by_it(self, house: HelpdeskHouse, vendor: FreshdeskVendor) -> None:
        made = replace(
            await self.stored(house), customer={"name": "王芳", "phone": "+86 138 0013 8000", "email": "[1]"}
        )
        ref = await house.desk.open(made)
        contact = vendor.contacts[vendor.tickets[ref.ticket_id].data["requester_id"]]
        assert (contact["phone"], contact["name"], contact["email"]) == ("+8613800138000", "王芳", None)

    async def test_what_is_forwarded_or_comes_from_contacts_is_no_reply(
        self, house: HelpdeskHouse, vendor: FreshdeskVendor
    ) -> None:
        ticket_id = await house.handed_over()
        for more in ({"source": 8}, {"incoming": True}, {"user_id": 6999, "source": 2}):
            vendor.remark(ticket_id, f"<p>not for you {more}</p>", public=True, author="a1", data=more)
        await house.bench.replies(ticket_id, "For you.")
        await house.read_now(ticket_id)
        await house.customer.sees("For you.")
        transcript = "\n".join(await house.customer.transcript())
        assert "not for you" not in transcript
        assert "On Monday" not in transcript

    async def test_a_tag_gives_the_conversation_back_to_the_bot(
        self, house: HelpdeskHouse, vendor: FreshdeskVendor
    ) -> None:
        ticket_id = await house.handed_over()
        await house.bench.takes(ticket_id)
        await house.read_now(ticket_id)
        await house.customer.reaches("with_agent")
        vendor.tickets[ticket_id].data["tags"].append("back_to_bot")
        await house.looks(ticket_id)
        await house.customer.reaches("bot")

    async def test_without_being_administrator_replies_have_no_name(
        self, house: HelpdeskHouse, vendor: FreshdeskVendor
    ) -> None:
        vendor.administrator = False
        ticket_id = await house.handed_over()
        await house.bench.takes(ticket_id)
        await house.bench.replies(ticket_id, "Here I am.")
        await house.read_now(ticket_id)
        await house.customer.sees("Here I am.")
        checked: Any = house.desk
        assert [each.what for each in await checked.check() if not each.ok] == [
            "the account may not know agents' names: customers do not read who answers"
        ]

    async def test_files_that_do_not_fit_into_the_ticket_are_named(
        self, house: HelpdeskHouse, vendor: FreshdeskVendor
    ) -> None:
        ticket_id = await house.handed_over()
        vendor.tickets[ticket_id].remarks[0].files[0].data = bytes(ATTACHED)
        file = await house.attach(house.customer, "发票.txt", b"1 kettle")
        await house.send_file(house.customer, file, "my invoice")
        await house.settled()
        shown = await house.bench.shown(ticket_id)
        assert "my invoice" in shown
        assert "[发票.txt]" in shown

    async def test_it_learns_of_changes_by_asking(self, house: HelpdeskHouse, vendor: FreshdeskVendor) -> None:
        desk, ticket_id = house.desk, await house.handed_over()
        vendor.tickets[ticket_id].changed_at -= 60
        found, cursor = await desk.changed("2026-01-01T00:00:00Z")
        assert found == [ticket_id]
        assert await desk.changed(cursor) == ([], cursor)
        vendor.remark(ticket_id, "news")
        assert (await desk.changed(cursor))[0] == [ticket_id]

    async def test_a_customer_can_be_deleted_with_all_that_is_theirs(
        self, bench: FreshdeskBench, vendor: FreshdeskVendor, tmp_path: Path, empty_database: Path
    ) -> None:
        bench.more = {"delete_contacts": True}
        async with helpdesk_house(bench, tmp_path, empty_database) as house:
            assert isinstance(house.desk, ForgettingDesk)
            shared = await house.handed_over(house.somebody("visitor-2"))
            own = (await house.desk.open(await self.stored(house))).ticket_id
            for ticket_id in (own, own, shared, shared):
                await house.desk.forget(ticket_id)
        assert own not in vendor.tickets
        assert [each["email"] for each in vendor.contacts.values()] == ["chat@hearthline.example"]

    async def test_freshdesks_simple_content_is_read(self, house: HelpdeskHouse, bench: FreshdeskBench) -> None:
        ticket_id = await house.handed_over()
        await house.bench.replies(ticket_id, "Here I am.")
        hook = Hook.json({"freshdesk_webhook": {"ticket_id": int(ticket_id)}}, X_Front_Door_Secret=SECRET)
        assert await house.deliver(hook) == 200
        await house.customer.sees("Here I am.")

    async def test_errors_say_which_field_and_nothing_that_was_written(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        wrong = {"field": "email", "code": "invalid_value", "message": "wang@example.com is bad"}
        self.refuse(house, Trouble(status=400, body={"description": "Validation failed", "errors": [wrong]}))
        with pytest.raises(Undeliverable, match=r"^Freshdesk answered 400 \(email, invalid_value\)$"):
            await house.desk.open(handoff)

    def test_a_priority_that_freshdesk_does_not_have_is_refused_at_once(self) -> None:
        with pytest.raises(ValidationError, match="no priority hot"):
            FreshdeskSettings.model_validate(
                {"url": "https://h.freshdesk.com", "key": "k-1", "priorities": {"high": "hot"}}
            )
