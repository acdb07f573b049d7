"""Chatwoot passes the suite of all helpdesks, and what is particular about it."""

import hashlib
import hmac
import re
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest
from pydantic import ValidationError

from connectors.desk import TicketChange
from connectors.desks.chatwoot_settings import ChatwootSettings
from connectors.helpdesk_model import Post, Upload
from connectors.message import JSON, Author
from tests.contract.desk_suite import AT
from tests.contract.helpdesk_bench import HelpdeskBench, HelpdeskHouse
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.bench import FakeBench
from tests.fakes.desks.chatwoot import ACCOUNT, INBOX, TOKEN, ChatwootVendor

SECRET = "chatwoot-hook-8a3f1d6b9c2e"
URL_SECRET = "chatwoot-url-4e7b2a9d5f1c"
SPECIAL = re.compile(r"([\\`*_~\[\]])")


class ChatwootBench(FakeBench):
    """A Chatwoot whose account webhook calls us."""

    kind = "chatwoot"
    secrets = (TOKEN, SECRET, URL_SECRET)
    resolved_state = "resolved"
    vendor: ChatwootVendor

    def settings(self) -> JSON:
        return {
            "url": self.vendor.url, "account": ACCOUNT, "inbox": INBOX, "token": TOKEN, "webhook_secret": SECRET,
            "url_secret": URL_SECRET, "queue": "Support", "tags": ["front-door"],
            "placements": {"senior": {"queue": "Senior", "priority": "urgent"}},
        }  # fmt: skip

    async def shown(self, ticket_id: str) -> str:
        return "\n".join(each.text for each in self.vendor.tickets[ticket_id].remarks)

    def as_written(self, text: str) -> str:
        """The editor there writes Markdown."""
        return SPECIAL.sub(r"\\\1", text)

    def call(self, ticket_id: str) -> Hook:
        message = {"event": "message_created", "id": 1, "message_type": "outgoing", "private": False}
        return self.sign(Hook.json({**message, "conversation": {"id": int(ticket_id)}}, X_Chatwoot_Delivery="d1"))

    def sign(self, hook: Hook, at: float | None = None) -> Hook:
        moment = str(int(at or time.time()))
        digest = hmac.new(SECRET.encode(), moment.encode() + b"." + hook.body, hashlib.sha256).hexdigest()
        proof = {"X-Chatwoot-Signature": f"sha256={digest}", "X-Chatwoot-Timestamp": moment}
        return replace(hook, headers={**hook.headers, **proof})

    def forged(self, ticket_id: str) -> Iterable[Hook]:
        hook = self.call(ticket_id)
        yield replace(hook, headers={"Content-Type": "application/json"})
        yield replace(hook, headers={"Content-Type": "application/json"}, query={"secret": "guessed"})
        yield replace(hook, body=hook.body + b" ")
        yield replace(hook, headers={**hook.headers, "X-Chatwoot-Timestamp": str(int(time.time()) + 1)})
        yield self.sign(hook, at=time.time() - 600)

    def malformed(self) -> Iterable[Hook]:
        yield self.sign(Hook(body=b"{"))
        yield self.sign(Hook.json({"event": "conversation_status_changed", "id": "x"}))


class TestChatwoot(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[HelpdeskBench]:  # type: ignore[override]
        async with ChatwootVendor() as vendor:
            yield ChatwootBench(vendor)

    def vendor(self, house: HelpdeskHouse) -> ChatwootVendor:
        assert isinstance(house.bench, ChatwootBench)
        return house.bench.vendor

    async def test_a_ticket_goes_to_its_team_with_priority_and_labels(self, house: HelpdeskHouse) -> None:
        await house.desk.open(replace(await self.stored(house), triage={"tier": "senior"}))
        (ticket,) = self.vendor(house).tickets.values()
        assert (ticket.data["team_id"], ticket.data["priority"], ticket.data["labels"]) == (2, "urgent", ["front-door"])

    async def test_a_known_customer_keeps_the_contact(self, house: HelpdeskHouse) -> None:
        contacts = self.vendor(house).contacts
        contacts[9] = {"id": 9, "name": "Wang", "email": "Wang@Example.com"}
        await house.desk.open(await self.stored(house))
        (ticket,) = self.vendor(house).tickets.values()
        assert ticket.data["contact_id"] == 9
        assert list(contacts) == [9]

    async def test_what_the_customer_says_stands_there_as_theirs(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.customer.say("mine")
        await house.settled()
        last = self.vendor(house).tickets[ticket_id].remarks[-1]
        assert (last.text, last.data["kind"]) == ("mine", 0)

    async def test_a_bot_of_chatwoots_own_does_not_hide_the_ticket(self, house: HelpdeskHouse) -> None:
        self.vendor(house).bot = True
        ticket_id = await house.handed_over()
        await house.read_now(ticket_id)
        assert self.vendor(house).tickets[ticket_id].state == "open"
        assert await house.customer.state() == "queued"

    async def test_opening_again_leaves_the_ticket_to_whoever_had_it(self, house: HelpdeskHouse) -> None:
        self.vendor(house).administrator = False
        ticket_id = await house.handed_over()
        ticket = self.vendor(house).tickets[ticket_id]
        for owner in ("a1", ""):
            ticket.state, ticket.owner = "resolved", owner
            await house.desk.change(ticket_id, TicketChange.REOPENED, {})
            assert (ticket.state, ticket.owner) == ("open", owner)

    async def test_pending_gives_the_conversation_back_to_the_bot(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.takes(ticket_id)
        await house.read_now(ticket_id)
        self.vendor(house).tickets[ticket_id].state = "pending"
        await house.read_now(ticket_id)
        await house.customer.reaches("bot")

    async def test_more_messages_than_one_answer_has_are_all_read(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        for n in range(120):
            self.vendor(house).remark(ticket_id, f"note {n}", author="a1")
        await house.bench.replies(ticket_id, "After all those.")
        await house.read_now(ticket_id)
        await house.customer.sees("After all those.")

    async def test_a_version_that_does_not_sign_shows_the_secret_in_the_address(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        hook = replace(house.bench.call(ticket_id) or Hook(), headers={"Content-Type": "application/json"})
        assert await house.deliver(replace(hook, query={"secret": URL_SECRET})) == 200

    async def test_changes_that_every_message_brings_are_no_news(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.settled()
        asked = len(self.vendor(house).requests)
        call: JSON = {"event": "conversation_updated", "id": int(ticket_id)}
        await self.deliver(house, {**call, "changed_attributes": [{"waiting_since": {"current_value": 1}}]})
        await house.settled()
        assert len(self.vendor(house).requests) == asked
        await self.deliver(house, {**call, "changed_attributes": [{"assignee_id": {"current_value": 11}}]})
        await house.settled()
        assert len(self.vendor(house).requests) > asked

    async def test_more_files_than_one_message_takes_go_in_several(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        files = tuple(Upload(name=f"{n}.txt", media_type="text/plain", data=b"%d" % n) for n in range(32))
        post = Post(message_id="m", author=Author.BOT, author_name="", at=AT, heading="Bot", text="many", files=files)
        await house.desk.post(ticket_id, post)
        assert {f"{n}.txt" for n in range(32)} <= set(await house.bench.files(ticket_id))

    async def test_an_agent_who_types_is_seen(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        conversation = (await house.customer.snapshot())["conversation"]["id"]
        user = {"id": 11, "type": "user", "name": "Li Na"}
        typing = {"event": "conversation_typing_on", "conversation": {"id": int(ticket_id)}, "user": user}
        async with house.core.steps.bus.subscribe(f"conversation:{conversation}") as screen:
            await self.deliver(house, {**typing, "is_private": True})
            await self.deliver(house, typing)
            frame = await anext(aiter(screen))
        assert frame == {"type": "typing", "author": "agent", "name": "Li Na", "on": True}

    async def deliver(self, house: HelpdeskHouse, call: JSON) -> None:
        assert isinstance(house.bench, ChatwootBench)
        assert await house.deliver(house.bench.sign(Hook.json(call))) == 200

    async def test_polling_tells_each_change_once(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        ticket = self.vendor(house).tickets[ticket_id]
        ticket.changed_at = time.time() - 100
        found, cursor = await house.desk.changed(str(int(ticket.changed_at) - 10))
        assert list(found) == [ticket_id]
        assert list((await house.desk.changed(cursor))[0]) == []

    async def test_a_contact_of_ours_goes_with_its_last_conversation(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        assert len(self.vendor(house).contacts) == 1
        await house.desk.forget(ticket_id)
        assert self.vendor(house).contacts == {}


def test_a_priority_that_chatwoot_does_not_have_is_named() -> None:
    given = {"url": "https://chat.example.com", "account": 1, "inbox": 2, "token": "t-5d2a9c7e"}
    with pytest.raises(ValidationError, match="'p1' is none of Chatwoot's"):
        ChatwootSettings.model_validate({**given, "placements": {"senior": {"priority": "p1"}}})
