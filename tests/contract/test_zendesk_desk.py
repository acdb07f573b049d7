"""Zendesk passes the suite of all helpdesks, and what is particular about it."""

import base64
import datetime
import hashlib
import hmac
import html
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest
from pydantic import ValidationError

from connectors.desk import ForgettingDesk
from connectors.desks.zendesk_settings import ZendeskSettings
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.helpdesk import Helpdesk
from connectors.helpdesk_model import Post, TicketState
from connectors.message import JSON, Action, Author
from tests.contract.helpdesk_bench import HelpdeskBench, HelpdeskHouse
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.base import FakeFile
from tests.fakes.desks.bench import FakeBench
from tests.fakes.desks.zendesk import EMAIL, TOKEN, ZendeskVendor
from tests.fakes.vendors.base import Trouble

SECRET = "zendesk-signing-5f0c2a9d41"
PUBLISHED = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # signs the test of a webhook that is not saved yet


class ZendeskBench(FakeBench):
    """A Zendesk whose trigger calls us."""

    kind = "zendesk"
    secrets = (TOKEN, SECRET, base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode())
    resolved_state = "solved"
    vendor: ZendeskVendor

    def settings(self) -> JSON:
        return {
            "url": self.vendor.url, "email": EMAIL, "token": TOKEN, "webhook_secret": SECRET, "queue": "Support",
            "requester": "chat@hearthline.example", "tags": ["Front Door"],
            "placements": {"senior": {"queue": "Senior", "priority": "high"}},
            "fields": {"Front Door reference": "{reference}", "63": "{channel}"},
        }  # fmt: skip

    def as_written(self, text: str) -> str:
        return f'<div class="zd-comment" dir="auto"><p>{html.escape(text)}</p></div>'

    async def deletes(self, ticket_id: str, reply_id: str) -> None:
        self._remark(ticket_id, reply_id).public = False  # the most that an agent can do

    def call(self, ticket_id: str) -> Hook:
        ticket = self.vendor.tickets.get(ticket_id)
        return self.sign(
            Hook.json({"ticket_id": ticket_id, "external_id": ticket.data["external_id"] if ticket else ""})
        )

    def sign(self, hook: Hook, *, secret: str = SECRET, age_s: float = 0) -> Hook:
        moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age_s)
        stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        proof = base64.b64encode(hmac.new(secret.encode(), stamp.encode() + hook.body, hashlib.sha256).digest())
        signed = {"X-Zendesk-Webhook-Signature": proof.decode(), "X-Zendesk-Webhook-Signature-Timestamp": stamp}
        return replace(hook, headers={**hook.headers, **signed})

    def forged(self, ticket_id: str) -> Iterable[Hook]:
        hook = self.call(ticket_id)
        yield replace(hook, headers={"Content-Type": "application/json"})
        yield replace(hook, body=hook.body + b" ")
        yield self.sign(hook, age_s=400)
        yield self.sign(hook, secret=PUBLISHED)

    def malformed(self) -> Iterable[Hook]:
        yield self.sign(Hook(body=b"{"))
        yield self.sign(Hook.json({"ticket_id": "x"}))
        yield self.sign(Hook.json({"type": "zen:event-type:ticket.status_changed", "detail": {"id": True}}))


class TestZendesk(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[HelpdeskBench]:
        async with ZendeskVendor() as vendor:
            yield ZendeskBench(vendor)

    async def test_a_token_that_is_taken_no_more_is_put_right_by_people(self, house: HelpdeskHouse) -> None:
        """given a helpdesk that does not know us for a while, then what is asked there waits."""
        handoff = await self.stored(house)
        house.bench.trouble(Trouble(status=401))
        with pytest.raises(TryLater):
            await house.desk.open(handoff)
        assert await house.attempts() == 0

    async def test_everything_has_its_place(self, house: HelpdeskHouse) -> None:
        vendor = self.vendor(house)
        ref = await house.desk.open(replace(await self.stored(house), triage={"tier": "senior"}, urgency="low"))
        ticket = vendor.tickets[ref.ticket_id]
        assert (ticket.data["group_id"], ticket.data["priority"]) == (32, "high")
        assert ticket.data["tags"] == ["front_door"]
        fields = {each["id"]: each["value"] for each in ticket.data["custom_fields"]}
        assert fields == {61: ref.number, 63: "web"}
        requester = vendor.users[ticket.data["requester_id"]]
        assert (requester["name"], requester["email"], requester["locale_id"]) == ("王芳", "wang@example.com", 10)
        assert ref.url == f"{vendor.url}/agent/tickets/{ref.ticket_id}"
        assert not any(each.public for each in ticket.remarks)

    async def test_who_is_known_by_phone_is_the_requester(self, house: HelpdeskHouse) -> None:
        vendor = self.vendor(house)
        vendor.users[977] = {"id": 977, "role": "end-user", "phone": "+8613800138000", "email": None}
        made = await self.stored(house)
        ref = await house.desk.open(
            replace(made, customer={"name": "王芳", "phone": "+86 138 0013 8000", "email": "[1]"})
        )
        assert vendor.tickets[ref.ticket_id].data["requester_id"] == 977

    async def test_a_ticket_that_the_list_does_not_show_yet_is_not_made_twice(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        self.lose_the_answer(house)
        self.vendor(house).lags = 3
        for _ in range(2):  # its answer is lost; then it is not in the list, and the key says that it is there
            with pytest.raises(OutcomeUnknown):
                await house.desk.open(handoff)
        assert await house.bench.tickets_of(handoff.reference) == [await self.patiently(house, handoff)]

    async def test_a_closed_ticket_goes_on_in_a_follow_up(self, house: HelpdeskHouse) -> None:
        vendor, root = self.vendor(house), await house.handed_over()
        await house.bench.takes(root)
        await house.bench.resolves(root)
        await house.read_now(root)
        await house.customer.reaches("resolved")
        vendor.tickets[root].state = "closed"
        await house.customer.do(Action.SOLVED, solved=False)
        await house.customer.say("It broke again 又坏了")
        await house.settled()
        _, follow_up = await house.bench.tickets_of(await house.reference())
        assert vendor.tickets[follow_up].data["requester_id"] == vendor.tickets[root].data["requester_id"]
        assert (await house.bench.shown(follow_up)).count("又坏了") == 1
        assert vendor.tickets[follow_up].state == "open"
        await house.bench.replies(follow_up, "A new one is on its way.")
        await house.looks(follow_up)
        await house.customer.sees("A new one is on its way.")
        assert isinstance(house.desk, ForgettingDesk)
        await house.desk.forget(root)
        assert (vendor.tickets, vendor.trash) == ({}, {})

    async def test_what_is_closed_is_opened_again_as_a_follow_up(self, house: HelpdeskHouse) -> None:
        assert isinstance(house.desk, Helpdesk)
        vendor, root = self.vendor(house), await house.handed_over()
        vendor.tickets[root].state = "closed"
        await house.desk.move(root, TicketState.RESOLVED)
        assert len(vendor.tickets) == 1
        for _ in range(2):
            await house.desk.move(root, TicketState.OPEN)
        assert [each.state for each in vendor.tickets.values()] == ["closed", "new"]

    async def test_a_tag_gives_the_conversation_back_to_the_bot(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.takes(ticket_id)
        await house.read_now(ticket_id)
        await house.customer.reaches("with_agent")
        self.vendor(house).tickets[ticket_id].data["tags"].append("back_to_bot")
        await house.looks(ticket_id)
        await house.customer.reaches("bot")

    async def test_what_is_blackened_is_taken_back_and_files_with_malware_stay(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        bad = FakeFile(name="x.png", data=b"EICAR", media_type="image/png")
        reply = await house.bench.replies(ticket_id, "Your card is 4111.", [bad])
        await house.read_now(ticket_id)
        assert not (await house.customer.sees("Your card is 4111.")).get("attachments")
        await house.bench.edits(ticket_id, reply, "▇▇▇▇ ▇▇▇▇")
        await house.read_now(ticket_id)
        await house.customer.sees("has taken a message back")

    async def test_what_the_customer_writes_there_is_no_reply(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        self.vendor(house).users[999] = {"id": 999, "name": "Ann", "role": "end-user", "email": "ann@h.example"}
        self.vendor(house).remark(ticket_id, "<p>by mail</p>", public=True, data={"author_id": 999})
        await house.read_now(ticket_id)
        assert not any("by mail" in text for text in await house.customer.transcript())

    async def test_administrators_learn_of_changes_by_asking(self, house: HelpdeskHouse) -> None:
        vendor, ticket_id = self.vendor(house), await house.handed_over()
        _, start = await house.desk.changed("")
        found, cursor = await house.desk.changed(start)
        assert found == [ticket_id]
        assert await house.desk.changed(cursor) == ([], cursor)
        vendor.remark(ticket_id, "news")
        assert (await house.desk.changed(cursor))[0] == [ticket_id]

    async def test_an_agents_change_at_the_same_moment_is_not_overwritten(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        assert isinstance(house.desk, Helpdesk)
        self.vendor(house).hasty = 2
        with pytest.raises(TryLater):
            await house.desk.move(ticket_id, TicketState.RESOLVED)
        assert not await house.bench.resolved(ticket_id)
        self.vendor(house).hasty = 0
        await house.desk.move(ticket_id, TicketState.RESOLVED)
        assert await house.bench.resolved(ticket_id)

    async def test_events_of_something_else_and_tests_of_the_webhook_are_ignored(self, house: HelpdeskHouse) -> None:
        assert isinstance(house.bench, ZendeskBench)
        for payload in (
            {"type": "zen:event-type:user.created", "detail": {"id": "1"}},
            {"ticket_id": "{{ticket.id}}", "external_id": "{{ticket.external_id}}"},
        ):
            assert await house.deliver(house.bench.sign(Hook.json(payload))) == 200

    async def test_a_ticket_that_is_updated_too_often_does_not_keep_others_waiting(self, house: HelpdeskHouse) -> None:
        assert isinstance(house.desk, Helpdesk)
        busy, other = await house.handed_over(), await house.handed_over(house.somebody("visitor-2"))
        note = Post(message_id="m1", author=Author.CUSTOMER, author_name="", at=0, heading="Customer", text="and?")
        for _ in range(30):
            await house.desk.post(busy, note)
        with pytest.raises(TryLater, match="no more updates") as told:
            await house.desk.post(busy, note)
        assert told.value.after
        assert await house.desk.post(other, note)

    def test_a_priority_that_zendesk_does_not_have_is_refused_at_once(self) -> None:
        with pytest.raises(ValidationError, match="no priority hot"):
            ZendeskSettings.model_validate(
                {"url": "https://h.zendesk.com", "email": EMAIL, "token": "t-1", "priorities": {"high": "hot"}}
            )

    async def test_errors_say_which_field_and_nothing_that_was_written(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        body = {"error": "RecordInvalid", "details": {"requester": [{"description": "Email: wang@example.com is bad"}]}}
        self.refuse(house, Trouble(status=422, body=body))
        with pytest.raises(Undeliverable, match=r"^Zendesk answered 422 \(RecordInvalid, requester\)$"):
            await house.desk.open(handoff)

    def vendor(self, house: HelpdeskHouse) -> ZendeskVendor:
        assert isinstance(house.bench, ZendeskBench)
        return house.bench.vendor
