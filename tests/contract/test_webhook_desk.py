"""The webhook desk, held to the contract and to its published schemas."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from connectors.channel import Request
from connectors.desk import DeskEventKind, TicketChange
from connectors.desk_protocol import told_in
from connectors.errors import OutcomeUnknown
from connectors.fields import Fields
from connectors.message import JSON, Action
from frontdoor.resync import Difference, compare
from storage import desk_ledger, work
from tests.contract.helpdesk_bench import HelpdeskHouse, helpdesk_house
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.test_conformance import receiver
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.base import FakeFile
from tests.fakes.desks.bench import FakeBench
from tests.fakes.desks.webhook import DOCS, EVENTS, PREVIOUS, SECRET, FakeWebhookDesk, signed
from tests.fakes.vendors.base import Trouble


class WebhookBench(FakeBench):
    """The fake, and what its people do."""

    kind = "webhook"
    secrets = (SECRET, PREVIOUS)

    vendor: FakeWebhookDesk
    house: HelpdeskHouse  # to follow links of ours

    def settings(self) -> JSON:
        return {
            "url": f"{self.vendor.url}/frontdoor", "secret": SECRET, "previous_secret": PREVIOUS, "poll": True,
            "poll_s": 0.2, "requests_per_minute": 100_000, "tags": ["bot"], "priorities": {"urgent": "P1"},
            "placements": {"senior": {"queue": "Senior", "tags": ["vip"]}},
            "fields": {"order": "{slot:order_number}", "ref": "{reference}"},
        }  # fmt: skip

    async def shown(self, ticket_id: str) -> str:
        ticket = self.vendor.tickets[ticket_id]
        said = [f"{each.text}\n{' '.join(file.name for file in each.files)}" for each in ticket.remarks]
        return "\n".join([ticket.subject, ticket.data["handoff"].get("url", ""), *said])

    async def files(self, ticket_id: str) -> dict[str, bytes]:
        """The packet as it came, and what its links lead to."""
        ticket = self.vendor.tickets[ticket_id]
        packet = json.dumps(ticket.data["handoff"], ensure_ascii=False).encode()
        found = {f"handoff-{ticket.subject}.json": packet}
        for file in [file for remark in ticket.remarks for file in remark.files]:
            link = urlsplit(file.data.decode())
            async with self.house.client.get(f"{link.path}?{link.query}") as response:
                found[file.name] = await response.read()
        return found

    async def takes(self, ticket_id: str, agent: str = "a1") -> None:
        self.vendor.tell("taken", ticket_id, agent=self.agent(agent))

    async def replies(self, ticket_id: str, text: str, files: Sequence[FakeFile] = (), agent: str = "a1") -> str:
        attached = []
        for number, file in enumerate(files):
            self.vendor.files[str(number)] = file.data
            attached.append({"url": f"{self.vendor.url}/files/{number}", "name": file.name})
        told = self.vendor.tell("replied", ticket_id, text=text, attachments=attached, agent=self.agent(agent))
        return str(told["id"])

    async def notes(self, ticket_id: str, text: str, agent: str = "a1") -> None:
        self.vendor.tell("noted", ticket_id, text=text, agent=self.agent(agent))

    async def edits(self, ticket_id: str, reply_id: str, text: str) -> None:
        self.vendor.tell("edited", ticket_id, reply_id=reply_id, text=text)

    async def deletes(self, ticket_id: str, reply_id: str) -> None:
        self.vendor.tell("deleted", ticket_id, reply_id=reply_id)

    async def resolves(self, ticket_id: str) -> None:
        self.vendor.tickets[ticket_id].state = "closed"
        self.vendor.tell("resolved", ticket_id, agent=self.agent("a1"))

    async def reopens(self, ticket_id: str) -> None:
        self.vendor.tickets[ticket_id].state = "open"
        self.vendor.tell("reopened", ticket_id, agent=self.agent("a1"))

    def agent(self, who: str) -> JSON:
        return {"id": who, "name": self.vendor.people[who]}

    def call(self, ticket_id: str) -> Hook:
        return self.signed(self.vendor.told(ticket_id))

    def signed(self, body: bytes, **how: Any) -> Hook:
        headers = {"Content-Type": "application/json", "Front-Door-Signature": signed(body, **how)}
        return Hook(headers=headers, body=body)

    def forged(self, ticket_id: str) -> Iterable[Hook]:
        yield from super().forged(ticket_id)
        body = self.vendor.told(ticket_id)
        yield self.signed(body, secret="somebody else's secret of 32 ch.")
        yield self.signed(body, at=1_700_000_000)
        right = self.signed(body)
        yield Hook(headers=right.headers, body=right.body + b" ")

    def malformed(self) -> Iterable[Hook]:
        yield from (self.signed(each) for each in MALFORMED)


REPLY: JSON = {"type": "replied", "id": "e-1", "ticket_id": "T-1", "text": "hello"}
WRONG: Sequence[JSON] = (
    {"version": "2", "events": []}, {"version": "1"}, {"version": "1", "events": [REPLY] * 101},
    *({"version": "1", "events": [REPLY | change]} for change in (
        {"id": ""}, {"id": "two words"}, {"id": 7}, {"ticket_id": "x" * 65}, {"text": 7}, {"type": ""},
        {"type": "edited"}, {"type": "taken"}, {"attachments": [{"url": "file:///etc/passwd"}]},
        {"attachments": [{"url": "https://files.example/1"}] * 11},
    )),
)  # fmt: skip
MALFORMED = (b"[]", b"{", *(json.dumps(each).encode() for each in WRONG))


@pytest.fixture
async def bench() -> AsyncIterator[WebhookBench]:
    async with FakeWebhookDesk() as vendor:
        yield WebhookBench(vendor)


@pytest.fixture
async def house(bench: WebhookBench, tmp_path: Path, empty_database: Path) -> AsyncIterator[HelpdeskHouse]:
    async with helpdesk_house(bench, tmp_path, empty_database) as house:
        bench.house = house
        yield house
    assert bench.wrongs() == []


class TestWebhookDesk(HelpdeskSuite):
    """The webhook desk passes."""

    @pytest.fixture
    async def bench(self, bench: WebhookBench) -> WebhookBench:
        return bench

    @pytest.fixture
    async def house(self, house: HelpdeskHouse) -> HelpdeskHouse:
        return house

    async def test_the_ticket_goes_where_the_settings_say(self, house: HelpdeskHouse, bench: WebhookBench) -> None:
        handoff = replace(await self.stored(house), queue="Returns", urgency="urgent", triage={"tier": "senior"})
        await house.desk.open(handoff)
        (ticket,) = bench.vendor.tickets.values()
        asked = {name: ticket.data[name] for name in ("queue", "priority", "tags", "fields")}
        fields = {"order": "HL2026112201", "ref": handoff.reference}
        assert asked == {"queue": "Returns", "priority": "P1", "tags": ["bot", "vip"], "fields": fields}

    async def test_a_change_is_told_as_a_word_and_as_a_sentence(
        self, house: HelpdeskHouse, bench: WebhookBench
    ) -> None:
        ticket_id = await house.handed_over()
        await house.desk.change(ticket_id, TicketChange.RATED, {"score": 5, "comment": "好", "change_id": "c-1"})
        note = bench.vendor.tickets[ticket_id].remarks[-1]
        assert (note.id, note.text) == ("c-1", "The customer's rating: 5 of 5. “好”")
        assert note.data == {"change": "rated", "data": {"score": 5, "comment": "好"}}

    async def test_an_answer_without_a_ticket_is_none(self, house: HelpdeskHouse, bench: WebhookBench) -> None:
        handoff = await self.stored(house)
        bench.trouble(Trouble(status=200, body={"ok": True}, sends=True))
        with pytest.raises(OutcomeUnknown):
            await house.desk.open(handoff)
        assert [await self.patiently(house, handoff)] == await bench.tickets_of(handoff.reference)

    async def test_a_ticket_that_is_not_known_here_is_told_again_later(
        self, house: HelpdeskHouse, bench: WebhookBench
    ) -> None:
        ticket_id = await house.handed_over()
        told = [bench.vendor.tell("replied", each, text=f"To {each}.") for each in ("T-0", ticket_id)]
        body = json.dumps({"version": "1", "events": told}).encode()
        assert await house.deliver(bench.signed(body)) == 404
        await house.customer.sees(f"To {ticket_id}.")

    async def test_both_secrets_count_while_they_change(self, house: HelpdeskHouse, bench: WebhookBench) -> None:
        bench.vendor.secret = PREVIOUS  # it has not changed yet
        ticket_id = await house.handed_over()
        await bench.replies(ticket_id, "Still here.")
        assert await house.deliver(bench.signed(bench.vendor.told(ticket_id), secret=PREVIOUS)) == 200
        await house.customer.sees("Still here.")

    async def test_what_a_later_version_tells_is_left_aside(self, house: HelpdeskHouse, bench: WebhookBench) -> None:
        ticket_id = await house.handed_over()
        bench.vendor.tell("merged", ticket_id, into="T-7")
        bench.vendor.tell("replied", ticket_id, text="All the same.", mood="good", agent={"id": "a1", "age": 7})
        await house.looks(ticket_id)
        await house.customer.sees("All the same.")

    async def test_a_file_that_lies_inside_our_network_is_not_fetched(
        self, house: HelpdeskHouse, bench: WebhookBench
    ) -> None:
        ticket_id = await house.handed_over()
        inside = [{"url": "https://127.0.0.1:1/secret", "name": "a.png"}, {"url": "http://[", "name": "b.png"}]
        bench.vendor.tell("replied", ticket_id, text="Look.", attachments=inside)
        bench.vendor.tell("replied", ticket_id, attachments=inside[:1])
        await house.looks(ticket_id)
        assert not (await house.customer.sees("Look.")).get("attachments")
        await house.customer.sees("📎 a.png")

    async def test_our_own_change_that_comes_back_is_no_news(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.resolves(ticket_id)
        await house.looks(ticket_id)
        await house.customer.reaches("resolved")
        await house.customer.do(Action.SOLVED, solved=False)
        await house.customer.reaches("queued")
        await house.settled()
        await house.bench.reopens(ticket_id)  # it tells what we have told it
        said = await house.customer.transcript()
        await house.looks(ticket_id)
        await house.settled()
        assert await house.customer.transcript() == said

    async def test_what_was_heard_while_we_changed_the_ticket_is_heard_again(
        self, house: HelpdeskHouse, bench: WebhookBench
    ) -> None:
        ticket_id = await house.handed_over()
        told = asdict(told_in(Fields(bench.vendor.tell("replied", ticket_id, text="One moment."))))
        reading = await house.desk.hear(ticket_id, [told])  # type: ignore[attr-defined]
        await house.desk.change(ticket_id, TicketChange.ABANDONED, {"change_id": "c-1"})
        keep, name = desk_ledger.keep_reading, house.desk.name
        assert await house.database.write(keep, name, ticket_id, reading) is False
        again = await house.desk.hear(ticket_id, [told, told])  # type: ignore[attr-defined]
        assert [each.content.text for each in again.events] == ["One moment."]
        assert await house.database.write(keep, name, ticket_id, again) is True
        assert (await house.desk.hear(ticket_id, [told])).events == ()  # type: ignore[attr-defined]

    async def test_however_much_has_happened_is_asked_for_page_by_page(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        for _ in range(120):
            await house.bench.notes("T-0", "of another ticket")
        await house.bench.replies(ticket_id, "Far behind.")
        await house.read_now(ticket_id)
        await house.customer.sees("Far behind.")

    async def test_both_sides_can_be_compared(self, house: HelpdeskHouse, bench: WebhookBench) -> None:
        ticket_id = await house.handed_over()
        await house.customer.say("never arrived")
        await house.settled()
        said = await house.customer.sees("never arrived")
        assert [each.differences async for each in compare(house.desk, house.database)] == [()]
        await house.database.write(desk_ledger.drop_entry, house.desk.name, ticket_id, said["id"])
        assert [each.differences async for each in compare(house.desk, house.database)] == [(Difference.MISSING,)]
        del bench.vendor.tickets[ticket_id]
        assert [each.differences async for each in compare(house.desk, house.database)] == [(Difference.GONE,)]

    async def test_nothing_of_what_was_told_stays_in_the_work(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.replies(ticket_id, "Between you and me.")
        await house.looks(ticket_id)
        await house.customer.sees("Between you and me.")
        await house.settled()
        kept = await house.database.read(lambda tx: tx.execute(select(work.work.c.kind, work.work.c.payload)).all())
        assert not [row for row in kept if row.kind == "desk_read" and "Between you" in json.dumps(row.payload)]

    async def test_a_file_that_cannot_be_had_keeps_no_reply_back_for_ever(
        self, house: HelpdeskHouse, bench: WebhookBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.desks.webhook.PATIENCE_S", 0)
        ticket_id = await house.handed_over()
        lost = [{"url": f"{bench.vendor.url}/lost", "name": "a.png"}]
        bench.vendor.tell("replied", ticket_id, text="With a picture.", attachments=lost)
        gone = [{"url": "https://files.example.invalid/1", "name": "b.png"}]
        bench.vendor.tell("replied", ticket_id, text="And another.", attachments=gone)
        await house.looks(ticket_id)
        await house.customer.sees("With a picture.")
        await house.customer.sees("And another.")

    async def test_typing_is_shown_and_never_kept(self, house: HelpdeskHouse, bench: WebhookBench) -> None:
        event = {"type": "typing", "id": "e-1", "ticket_id": "T-1", "agent": {"id": "a1"}, "on": False}
        body = json.dumps({"version": "1", "events": [event]}).encode()
        hook = bench.signed(body)
        seen = Request(method="POST", path="", query={}, headers=hook.headers, body=body, remote="")
        (told,) = house.desk.parse(seen)  # type: ignore[attr-defined]
        assert (told.kind, told.on, told.agent_id) == (DeskEventKind.TYPING, False, "a1")


async def test_the_example_works_with_a_running_service(tmp_path: Path, empty_database: Path) -> None:
    desk = receiver.Desk(SECRET.encode(), "")
    async with TestServer(receiver.application(desk)) as server:
        bench = WebhookBench(FakeWebhookDesk())
        bench.settings = lambda: {"url": str(server.make_url("/")), "secret": SECRET}  # type: ignore[method-assign]
        async with helpdesk_house(bench, tmp_path, empty_database) as house:
            desk.events_url = str(house.client.make_url("/desks/webhook/webhook"))
            ticket_id = await house.handed_over(text="I want a human 人工")
            desk.tell("taken", ticket_id)
            desk.tell("replied", ticket_id, text="Here I am. 您好")
            await house.customer.sees("Here I am. 您好")
            desk.tell("resolved", ticket_id)
            await house.customer.reaches("resolved")
            await house.customer.do(Action.SOLVED, solved=False)
            await house.customer.reaches("queued")
            lines = [each["text"] for each in desk.tickets[ticket_id]["lines"].values()]
            assert "I want a human 人工" in lines


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_what_is_refused_is_not_in_the_schema(body: JSON) -> None:
    assert not EVENTS.is_valid(body)


def test_the_schemas_are_schemas_and_describe_every_member() -> None:
    for name in ("desk-request-1", "desk-events-1"):
        schema = json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))
        assert jsonschema_rs.meta.is_valid(schema)
        for part in schema["$defs"].values():
            for member in part.get("properties", {}).values():
                assert {"description", "$ref", "const"} & set(member)
