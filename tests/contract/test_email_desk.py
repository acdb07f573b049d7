"""The e-mail desk passes the suite of all helpdesks, with a real Dovecot for both sides; and what is particular about
it.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.errors import OutcomeUnknown, TryLater
from storage import desk_ledger
from tests.contract.helpdesk_bench import PICTURE, HelpdeskBench, HelpdeskHouse, helpdesk_house
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.fakes.desks.base import FakeFile
from tests.fakes.desks.email import EmailDeskBench, MailRoom
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.dovecot import Dovecot


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """One for all tests: each has mailboxes of its own in it."""
    with Dovecot() as server:
        yield server


class TestEmailDesk(HelpdeskSuite):
    """The contract. What differs: mail servers do not say when they want to be asked again."""

    @pytest.fixture
    async def bench(self, dovecot: Dovecot) -> AsyncIterator[HelpdeskBench]:
        async with MailRoom(dovecot) as room:
            yield EmailDeskBench(room)

    async def test_more_than_it_allows_is_asked_later(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        house.bench.trouble(Trouble(status=451))
        with pytest.raises(TryLater):
            await house.desk.open(handoff)
        await house.desk.open(handoff)
        assert len(await house.bench.tickets_of(handoff.reference)) == 1

    async def test_only_agents_who_write_to_us_answer_customers(self, house: HelpdeskHouse) -> None:
        bench = team(house)
        ticket_id = await house.handed_over()
        stranger = await bench.answer(ticket_id, "I am from outside")
        stranger.replace_header("From", "Li Na <li.na@elsewhere.example>")
        away = await bench.answer(ticket_id, "I am on holiday")
        away["Auto-Submitted"] = "auto-replied"
        aside = await bench.answer(ticket_id, "Colleague, have a look")
        to_us = str(aside["To"])
        aside.replace_header("To", "wang.wei@hearthline.example")
        aside["Cc"] = to_us
        for mail in (stranger, away, aside):
            await bench.deliver(mail)
        await bench.replies(ticket_id, "From inside")
        await house.customer.sees("From inside")
        said = "\n".join(await house.customer.transcript())
        for kept_back in ("outside", "holiday", "Colleague"):
            assert kept_back not in said

    async def test_the_packet_never_reaches_the_customer_however_it_is_quoted(self, house: HelpdeskHouse) -> None:
        bench = team(house)
        ticket_id = await house.handed_over()
        opened = (await bench.mails(ticket_id))[0]
        packet = str(opened.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        without_marks = await bench.answer(ticket_id, "")
        without_marks.set_content(f"Your answer.\n\n{packet}")
        nothing_own = await bench.answer(ticket_id, "")
        nothing_own.set_content(packet)
        forwarded = await bench.answer(ticket_id, "Second answer.")
        forwarded.replace_header("Subject", "Fwd: what the bot sent")
        for mail in (nothing_own, without_marks, forwarded):
            await bench.deliver(mail)
        await house.customer.sees("Second answer.")
        said = [text for text in await house.customer.transcript() if "answer." in text]
        assert said == ["agent: Your answer.", "agent: Second answer."]

    async def test_an_answer_says_that_the_ticket_is_there(self, house: HelpdeskHouse) -> None:
        """We were cut off, and an agent is faster than we are."""
        house.desk.features = replace(house.desk.features, finds_after_s=60)  # type: ignore[misc]
        self.lose_the_answer(house)
        await house.customer.say("I want a human")
        await house.customer.sees("reference")
        (ticket_id,) = await house.bench.tickets_of(await house.reference())
        await house.bench.replies(ticket_id, "Already here.")
        await house.customer.sees("Already here.")

    async def test_a_mail_service_with_ids_of_its_own_makes_no_second_ticket(self, house: HelpdeskHouse) -> None:
        team(house).room.renames = True
        handoff = await self.stored(house)
        self.lose_the_answer(house)
        with pytest.raises(OutcomeUnknown):
            await house.desk.open(handoff)
        await self.patiently(house, handoff)
        assert len(await house.bench.tickets_of(handoff.reference)) == 1

    async def test_what_is_remembered_of_a_ticket_goes_with_its_handoff(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        remembered = house.desk._ports.state
        assert await remembered.get(f"ticket:{ticket_id}")
        await house.database.write(desk_ledger.erase, [ticket_id])
        assert await remembered.get(f"ticket:{ticket_id}") is None


async def test_with_a_trusted_server_only_proven_answers_count_also_from_where_they_were_moved(
    dovecot: Dovecot, tmp_path: Path, empty_database: Path
) -> None:
    async with MailRoom(dovecot) as room:
        bench = EmailDeskBench(room)
        bench.more = {"trusted_server": "mx.hearthline.example", "move_to": "Done"}
        with dovecot.box(user=room.ours) as box:
            box.folder.create("Done")
        async with helpdesk_house(bench, tmp_path, empty_database) as house:
            ticket_id = await house.handed_over()
            await bench.replies(ticket_id, "Nobody vouches for this.")
            proven = await bench.answer(ticket_id, "This is proven.", [FakeFile(name="a.png", data=PICTURE)])
            proven["Authentication-Results"] = "mx.hearthline.example; spf=pass smtp.mailfrom=hearthline.example"
            await bench.deliver(proven)
            said = await house.customer.sees("This is proven.")
            assert [each["size"] for each in said["attachments"]] == [len(PICTURE)]
            assert not any("Nobody vouches" in text for text in await house.customer.transcript())


def team(house: HelpdeskHouse) -> EmailDeskBench:
    """The bench, as it is."""
    assert isinstance(house.bench, EmailDeskBench)
    return house.bench
