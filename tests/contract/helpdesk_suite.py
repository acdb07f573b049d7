"""What every helpdesk must do: one passes by giving its bench to a subclass of `HelpdeskSuite`.

    class TestZammad(HelpdeskSuite):
        @pytest.fixture
        async def bench(self) -> AsyncIterator[ZammadBench]:
            async with ZammadVendor() as vendor:
                yield ZammadBench(vendor)

Everything happens over the wire: a customer chats, the connector asks the helpdesk, its people answer there.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.channel import Request
from connectors.desk import CheckedDesk, ForgettingDesk, Handoff, Line, TicketChange, WebhookDesk
from connectors.errors import Forged, OutcomeUnknown, TryLater, Undeliverable
from connectors.message import Action, Author, Content
from storage import handoffs
from storage.tables import new_id
from tests.contract.desk_suite import AT, packet
from tests.contract.helpdesk_bench import PICTURE, HelpdeskBench, HelpdeskHouse, helpdesk_house
from tests.contract.vendor_bench import PUBLIC_URL, Hook
from tests.fakes.desks.base import FakeFile
from tests.fakes.vendors.base import Trouble

PRIVATE = "my card number is 4111-1111-1111-1111"
HARD = "王芳：您好👨‍👩‍👧‍👦 <b>не жирный</b> & “quotes” \\ 100 % 𠮷野家"


class HelpdeskSuite:
    """The tests. Real differences are declared in `Features`, or said by the bench in one place."""

    @pytest.fixture
    async def bench(self) -> HelpdeskBench:
        """The helpdesk under test."""
        raise NotImplementedError

    @pytest.fixture
    async def house(self, bench: HelpdeskBench, tmp_path: Path, empty_database: Path) -> AsyncIterator[HelpdeskHouse]:
        async with helpdesk_house(bench, tmp_path, empty_database) as house:
            lag = min(house.desk.features.finds_after_s, bench.search_lag_s)
            house.desk.features = replace(house.desk.features, finds_after_s=lag)  # type: ignore[misc]
            yield house
        assert bench.wrongs() == [], "something was asked that the vendor does not document"

    # a ticket

    async def test_a_handoff_becomes_one_ticket_with_everything_in_it(self, house: HelpdeskHouse) -> None:
        await house.customer.say("delivery 送货 👋")
        await house.customer.sees("days")
        ticket_id = await house.handed_over()
        reference = await house.reference()
        assert reference.startswith("FD-")
        await house.customer.sees(reference)
        assert await house.bench.tickets_of(reference) == [ticket_id]
        shown = await house.bench.shown(ticket_id)
        for part in (reference, "delivery 送货 👋", "I want a human"):
            assert part in shown
        handoff = await house.database.read(handoffs.find_by_reference, reference)
        assert handoff is not None
        link = f"{PUBLIC_URL}/desk/#handoff={handoff.id}"
        assert link in shown.replace("\\", ""), "nothing leads back to us"
        packet_file = (await house.bench.files(ticket_id))[f"handoff-{reference}.json"]
        assert json.loads(packet_file)["url"] == link

    async def test_asking_again_gives_the_same_ticket(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        first = await house.desk.open(handoff)
        refs = await asyncio.gather(*(house.desk.open(handoff) for _ in range(3)))
        assert {ref.ticket_id for ref in (first, *refs)} == {first.ticket_id}
        assert first.number == handoff.reference
        assert len(await house.bench.tickets_of(handoff.reference)) == 1

    async def test_a_request_whose_answer_was_lost_makes_no_second_ticket(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        self.lose_the_answer(house)
        with pytest.raises((OutcomeUnknown, TryLater)):
            await house.desk.open(handoff)
        ref = await self.patiently(house, handoff)
        assert await house.bench.tickets_of(handoff.reference) == [ref]

    async def test_what_the_customer_says_later_is_there_once_and_in_order(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.takes(ticket_id)
        await house.read_now(ticket_id)
        await house.customer.reaches("with_agent")  # so that the bot is silent
        for text in ("first 一", "second 二", "third 三"):
            await house.customer.say(text)
        await house.settled()
        again = Line(
            message_id=(await house.customer.sees("third 三"))["id"], author=Author.CUSTOMER, author_name="", at=AT,
            content=Content(text="third 三"),
        )  # fmt: skip
        await house.desk.append(ticket_id, again)
        shown = await house.bench.shown(ticket_id)
        places = [shown.index(text) for text in ("first 一", "second 二", "third 三")]
        assert places == sorted(places)
        assert [shown.count(text) for text in ("first 一", "second 二", "third 三")] == [1, 1, 1]
        said = await house.customer.transcript()
        await house.read_now(ticket_id)
        assert await house.customer.transcript() == said, "our own words came back"

    async def test_an_error_after_the_fact_makes_no_second_ticket(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        self.fail_after_the_fact(house)
        with pytest.raises((OutcomeUnknown, TryLater)):
            await house.desk.open(handoff)
        ref = await self.patiently(house, handoff)
        assert await house.bench.tickets_of(handoff.reference) == [ref]

    async def test_a_line_whose_answer_was_lost_is_not_said_twice(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        line = Line(
            message_id=new_id(), author=Author.CUSTOMER, author_name="", at=AT, content=Content(text="once 只此")
        )
        self.lose_the_answer(house)
        with pytest.raises((OutcomeUnknown, TryLater)):
            await house.desk.append(ticket_id, line)
        await self.until_taken(house, ticket_id, line)
        assert (await house.bench.shown(ticket_id)).count("once 只此") == 1

    async def test_a_long_conversation_arrives_whole(self, house: HelpdeskHouse) -> None:
        lines = tuple(
            Line(
                message_id=new_id(), author=Author.CUSTOMER if n % 2 else Author.BOT, author_name="", at=AT + n,
                content=Content(text=f"line {n}: {HARD}"),
            )
            for n in range(2_000)
        )  # fmt: skip
        handoff = replace(await self.stored(house), transcript=lines)
        ref = await house.desk.open(handoff)
        files = await house.bench.files(ref.ticket_id)
        kept = files[f"handoff-{handoff.reference}.json"].decode()
        assert kept.count(f": {HARD}".replace("\\", "\\\\")) == 2_000
        assert "line 1999: " in kept

    async def test_a_ticket_that_is_not_ours_is_undeliverable(self, house: HelpdeskHouse) -> None:
        line = Line(message_id=new_id(), author=Author.CUSTOMER, author_name="", at=AT, content=Content(text="hello"))
        with pytest.raises(Undeliverable):
            await house.desk.append("999999", line)
        with pytest.raises(Undeliverable):
            await house.desk.change("999999", TicketChange.WITHDRAWN, {})

    # its people answer

    async def test_a_public_reply_reaches_the_customer_and_a_private_note_never(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.notes(ticket_id, "between us: he is right")
        await house.bench.replies(ticket_id, f"Here I am. {HARD}")
        await house.looks(ticket_id)
        said = await house.customer.sees("Here I am.")
        assert said["author"] == "agent"
        assert said["text"].split() == f"Here I am. {HARD}".split()
        await house.bench.notes(ticket_id, "between us: still")
        await house.read_now(ticket_id)
        transcript = "\n".join(await house.customer.transcript())
        assert "between us" not in transcript
        assert transcript.count("Here I am.") == 1
        assert await house.customer.state() in {"waiting_customer", "with_agent"}

    async def test_the_customer_hears_who_helps(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.takes(ticket_id)
        await house.looks(ticket_id)
        await house.customer.sees("Li Na")
        await house.customer.reaches("with_agent")

    async def test_files_go_both_ways(self, house: HelpdeskHouse) -> None:
        features = house.desk.features
        if not (features.files_in or features.files_out):
            pytest.skip("declared: this desk has no files")
        ticket_id = await house.handed_over()
        if features.files_out:
            file = await house.attach(house.customer, "发票 photo.png", PICTURE)
            await house.send_file(house.customer, file, "my photo")
            await house.settled()
            assert PICTURE in (await house.bench.files(ticket_id)).values()
        if features.files_in:
            answer = FakeFile(name="说明书.png", data=PICTURE + b"answer", media_type="image/png")
            await house.bench.replies(ticket_id, "The manual.", [answer])
            await house.looks(ticket_id)
            said = await house.customer.sees("The manual.")
            assert [each["size"] for each in said["attachments"]] == [len(answer.data)]

    async def test_resolving_asks_the_customer_whose_rating_comes_back(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.replies(ticket_id, "Done.")
        await house.bench.resolves(ticket_id)
        await house.looks(ticket_id)
        await house.customer.reaches("resolved")
        await house.customer.do(Action.SOLVED, solved=True)
        await house.customer.do(Action.RATE, score=5, comment="很好 great")
        await house.customer.reaches("rated")
        await house.settled()
        assert "很好 great" in await house.bench.shown(ticket_id)
        await house.read_now(ticket_id)
        assert sum("solved" in text.lower() for text in await house.customer.transcript()) <= 2

    async def test_a_ticket_is_opened_again_from_either_side(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.bench.takes(ticket_id)
        await house.bench.resolves(ticket_id)
        await house.read_now(ticket_id)
        await house.customer.reaches("resolved")
        await house.customer.do(Action.SOLVED, solved=False)
        await house.customer.reaches("queued")
        await house.settled()
        assert not await house.bench.resolved(ticket_id)
        await house.bench.resolves(ticket_id)
        await house.read_now(ticket_id)
        await house.customer.reaches("resolved")
        await house.bench.reopens(ticket_id)
        await house.read_now(ticket_id)
        await house.customer.reaches("with_agent")

    async def test_who_answers_a_resolved_ticket_that_is_open_again_has_the_conversation(
        self, house: HelpdeskHouse
    ) -> None:
        ticket_id = await house.handed_over()
        await house.bench.resolves(ticket_id)
        await house.read_now(ticket_id)
        await house.customer.reaches("resolved")
        await house.bench.reopens(ticket_id)
        await house.bench.replies(ticket_id, "One more question.")
        await house.read_now(ticket_id)
        await house.customer.sees("One more question.")
        assert await house.customer.state() in {"with_agent", "waiting_customer"}

    async def test_a_reply_that_is_changed_or_taken_back_is_not_hidden(self, house: HelpdeskHouse) -> None:
        features = house.desk.features
        if not (features.edits or features.deletions):
            pytest.skip("declared: nothing that was said changes there")
        ticket_id = await house.handed_over()
        reply = await house.bench.replies(ticket_id, "It costs 10.")
        await house.read_now(ticket_id)
        await house.customer.sees("It costs 10.")
        if features.edits:
            await house.bench.edits(ticket_id, reply, "It costs 12.")
            for _ in range(2):
                await house.read_now(ticket_id)
            await house.customer.sees("Correction: It costs 12.")
        if features.deletions:
            await house.bench.deletes(ticket_id, reply)
            for _ in range(2):
                await house.read_now(ticket_id)
            await house.customer.sees("has taken a message back")
        transcript = await house.customer.transcript()
        assert sum("It costs 12." in text for text in transcript) <= 1
        assert sum("taken a message back" in text for text in transcript) <= 1

    # the customer goes

    async def test_a_customer_who_leaves_the_queue_closes_the_ticket(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        await house.customer.do(Action.LEAVE_QUEUE)
        await house.until(lambda: house.bench.resolved(ticket_id))
        said = await house.customer.transcript()
        await house.read_now(ticket_id)
        assert await house.customer.transcript() == said

    async def test_every_change_may_be_repeated(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        for change in (TicketChange.ABANDONED, TicketChange.REOPENED, TicketChange.RATED, TicketChange.IDLE):
            for _ in range(2):
                data = {"score": 4, "comment": "谢谢", "change_id": f"change:{change}"}
                await house.desk.change(ticket_id, change, data)
        assert not await house.bench.resolved(ticket_id)
        assert (await house.bench.shown(ticket_id)).count("谢谢") == 1

    # trouble

    async def test_a_desk_that_is_down_gets_everything_once_when_it_is_back(self, house: HelpdeskHouse) -> None:
        people = [house.somebody(f"visitor-{n}") for n in range(3)]
        await house.bench.goes_down()
        for n, each in enumerate(people):
            await each.say(f"human please, number {n}")
            await each.sees("reference")
        await house.bench.comes_back()
        for each in people:
            await each.reaches("queued", within_s=20)
        tickets = [await house.bench.tickets_of(await house.reference(each)) for each in people]
        assert [len(each) for each in tickets] == [1, 1, 1]
        assert await house.attempts() == 3

    async def test_more_than_it_allows_is_asked_later(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        self.refuse(house, Trouble(status=429, headers={"Retry-After": "1"}, body={"error": "too many"}))
        began = time.monotonic()
        with pytest.raises(TryLater) as told:
            await house.desk.open(handoff)
        assert told.value.after == 1
        await self.patiently(house, handoff)
        assert time.monotonic() - began >= 1, "it was asked before it wanted"
        assert len(await house.bench.tickets_of(handoff.reference)) == 1

    async def test_what_is_forged_or_malformed_is_refused(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        if not isinstance(house.desk, WebhookDesk) or house.bench.call(ticket_id) is None:
            pytest.skip("declared: nobody calls us")
        await house.bench.replies(ticket_id, "Here I am.")
        statuses = [await house.deliver(hook) for hook in house.bench.forged(ticket_id)]
        assert statuses
        assert set(statuses) == {403}
        hook = house.bench.call(ticket_id) or Hook()
        odd = {name.lower(): "\udcff" for name in hook.headers}  # what aiohttp makes of a byte that is no text
        with pytest.raises(Forged):
            house.desk.verify(Request(method="POST", path="", query={}, headers=odd, body=hook.body, remote=""))
        assert {await house.deliver(hook) for hook in house.bench.malformed()} <= {400}

    async def test_a_call_that_comes_twice_changes_nothing(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        hook = house.bench.call(ticket_id)
        if hook is None:
            pytest.skip("declared: nobody calls us")
        await house.bench.replies(ticket_id, "Only once.")
        hook = house.bench.call(ticket_id) or hook
        assert {await house.deliver(hook) for _ in range(3)} <= {200, 403}
        await house.customer.sees("Only once.")
        await house.settled()
        assert sum("Only once." in text for text in await house.customer.transcript()) == 1

    async def test_logs_and_names_keep_secrets_and_texts(
        self, house: HelpdeskHouse, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ticket_id = await house.handed_over()
        self.refuse(house, Trouble(status=503, body={"error": "no"}))
        await house.customer.say(PRIVATE)
        await house.settled()
        if house.bench.call(ticket_id) is not None:
            for hook in house.bench.forged(ticket_id):
                await house.deliver(hook)
        told = capsys.readouterr()
        logged = "\n".join(record.getMessage() + str(record.exc_info or "") for record in caplog.records)
        seen = logged + told.out + told.err + repr(house.desk) + repr(vars(house.desk)) + repr(house.settings)
        assert house.bench.secrets, "name what must never be seen"
        for secret in house.bench.secrets:
            assert secret not in seen
        assert "4111-1111" not in logged + told.out + told.err

    # around it

    async def test_it_says_how_it_is_set_up(self, house: HelpdeskHouse) -> None:
        assert isinstance(house.desk, CheckedDesk)
        found = await house.desk.check()
        assert found
        assert [each for each in found if not each.ok] == []

    async def test_it_forgets(self, house: HelpdeskHouse) -> None:
        if not house.desk.features.forgets:
            assert not isinstance(house.desk, ForgettingDesk)
            pytest.skip("declared: this desk cannot delete")
        assert isinstance(house.desk, ForgettingDesk)
        ticket_id = await house.handed_over()
        reference = await house.reference()
        for _ in range(2):
            await house.desk.forget(ticket_id)
        assert await house.bench.tickets_of(reference) == []

    async def test_closing_twice_is_harmless(self, house: HelpdeskHouse) -> None:
        await house.desk.close()
        await house.desk.close()

    # what differs

    def refuse(self, house: HelpdeskHouse, trouble: Trouble) -> None:
        """The next request that writes is answered with this. A real server that never does: override, and skip."""
        house.bench.trouble(trouble)

    def lose_the_answer(self, house: HelpdeskHouse) -> None:
        """The next request that writes is carried out, and its answer never arrives."""
        house.bench.trouble(Trouble(status=504, sends=True))

    def fail_after_the_fact(self, house: HelpdeskHouse) -> None:
        """The next request that writes is carried out, and answered with an error of the server."""
        house.bench.trouble(Trouble(status=500, sends=True, body={"error": "oops"}))

    async def patiently(self, house: HelpdeskHouse, handoff: Handoff) -> str:
        """Open, as often as it takes: the id of the ticket."""
        for _ in range(50):
            try:
                return (await house.desk.open(handoff)).ticket_id
            except (TryLater, OutcomeUnknown) as error:
                await asyncio.sleep(min(getattr(error, "after", None) or 0.02, 1))
        raise AssertionError("it was never opened")

    async def until_taken(self, house: HelpdeskHouse, ticket_id: str, line: Line) -> None:
        """Append, as often as it takes."""
        for _ in range(50):
            try:
                await house.desk.append(ticket_id, line)
                return
            except (TryLater, OutcomeUnknown) as error:
                await asyncio.sleep(min(getattr(error, "after", None) or 0.02, 1))
        raise AssertionError("it was never taken")

    async def stored(self, house: HelpdeskHouse) -> Handoff:
        """A packet whose handoff is in the store, as the ledger asks for."""
        await house.customer.say("hello")
        conversation = (await house.customer.snapshot())["conversation"]["id"]
        made = packet(conversation_id=conversation, attachments=())
        await house.database.write(
            handoffs.add, id=made.id, conversation_id=conversation, reference=made.reference, reason=str(made.reason),
            status="returned", packet=made.to_json(), seq=0, desk=house.desk.name, created_at=AT, updated_at=AT,
        )  # fmt: skip
        return made
