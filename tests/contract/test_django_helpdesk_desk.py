"""django-helpdesk, a real one: the contract of helpdesks, and what is its own."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from connectors.desk import Line
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.helpdesk_model import Post, Thread, TicketState, Upload
from connectors.message import Author, Content
from storage.desk_ledger import keep_reading
from storage.tables import new_id
from tests.contract.helpdesk_bench import PICTURE, HelpdeskHouse, helpdesk_house, settings
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.fakes.desks.django_helpdesk import DjangoHelpdeskBench, Listener, called
from tests.fakes.servers.django_helpdesk import DjangoHelpdesk
from tests.fakes.servers.gateway import Gateway
from tests.fakes.vendors.base import Trouble


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """Whom the site calls."""
    with Listener() as listener:
        yield listener


@pytest.fixture(scope="module")
def server(listener: Listener) -> Iterator[DjangoHelpdesk]:
    """One for all tests."""
    with DjangoHelpdesk(followup_webhooks=(listener.url,), ticket_webhooks=(listener.url,)) as server:
        yield server


@pytest.fixture
async def bench(server: DjangoHelpdesk) -> AsyncIterator[DjangoHelpdeskBench]:
    """Reached by a line of its own."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with Gateway(server.url) as gateway, aiohttp.ClientSession(cookie_jar=jar) as session:
        yield DjangoHelpdeskBench(server, gateway, session)


class TestDjangoHelpdesk(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self, bench: DjangoHelpdeskBench) -> DjangoHelpdeskBench:
        return bench


@pytest.fixture
async def house(
    request: pytest.FixtureRequest, bench: DjangoHelpdeskBench, tmp_path: Path, empty_database: Path
) -> AsyncIterator[HelpdeskHouse]:
    """A service with a django-helpdesk, whose settings a test may change by `parametrize`."""
    bench.changes = getattr(request, "param", {})
    async with helpdesk_house(bench, tmp_path, empty_database) as house:
        yield house


def post(text: str, *files: Upload) -> Post:
    """Something that a customer said."""
    return Post(
        message_id=f"m-{text}", author=Author.CUSTOMER, author_name="", at=1, heading="Customer · now", text=text,
        files=files,
    )  # fmt: skip


async def test_the_site_calls_us(house: HelpdeskHouse, bench: DjangoHelpdeskBench, listener: Listener) -> None:
    """given the addresses of the page in the site's environment, when an agent answers, then what the site says makes
    us read it.
    """
    ticket_id = await house.handed_over()
    await bench.replies(ticket_id, "By the webhook.")
    path, body = listener.heard[-1]
    assert path.startswith("/desks/django_helpdesk/webhook?secret=")
    assert json.loads(body)["ticket"]["id"] == int(ticket_id)
    assert await house.deliver(called(body)) == 200
    await house.customer.sees("By the webhook.")


@settings(poll_s=3600)
async def test_agents_on_their_own_pages(house: HelpdeskHouse, bench: DjangoHelpdeskBench) -> None:
    ticket_id = await house.handed_over()
    await bench.updates(ticket_id, comment="Between us.", new_status="1")
    await bench.updates(ticket_id, comment="It costs 10.", public="1", new_status="3")
    await house.read_now(ticket_id)
    await house.customer.sees("It costs 10.")
    await house.customer.reaches("resolved")
    ticket = await bench.ask("GET", f"tickets/{ticket_id}/")
    reply = ticket["followup_set"][-1]
    form = {"title": reply["title"], "ticket": ticket_id, "comment": "It costs 12.", "public": "on"}
    await bench.sends(f"tickets/{ticket_id}/followup_edit/{reply['id']}/", **form)
    await house.read_now(ticket_id)
    await house.customer.sees("Correction: It costs 12.")
    assert "Between us." not in "\n".join(await house.customer.transcript())


async def test_nothing_that_customers_write_counts(house: HelpdeskHouse, bench: DjangoHelpdeskBench) -> None:
    """given words that are templates, Markdown and numbers of tickets, when posted, then people read them as they were
    written, and nothing else happens.
    """
    other, ticket_id = await house.handed_over(house.somebody("another")), await house.handed_over()
    words = [
        "{{ ticket.title }} {% now 'Y' %} {# gone #} {% endverbatim %} {{{ }}} X-HELPDESK-COMMENT-VERBATIM",
        f"see #{other} &lt;b&gt; &#42; <b>bold</b> <a@example.com>",
        "1. one", "- two", "# three", "> four", "===", "```",
        "    *five* _six_ `seven` ![eight](http://127.0.0.1/x.png) [nine](http://a.example) \\* C:\\temp 100%",
    ]  # fmt: skip
    before = await bench.shown(other)
    number = await house.desk.post(ticket_id, post("\n".join(words)))
    assert await bench.shown(other) == before
    page = await bench.read(f"tickets/{ticket_id}/")
    for line in words:
        assert " ".join(line.split()) in page
    (said,) = [each for each in (await house.desk.thread(ticket_id, "")).remarks if each.id == number]
    assert said.text == house.desk.written(post("\n".join(words)))


async def test_files_of_all_kinds_keep_their_names(house: HelpdeskHouse, bench: DjangoHelpdeskBench) -> None:
    """given endings that the site refuses, after it has made the followup, then one followup has them all."""
    ticket_id = await house.handed_over()
    kinds = {"照片.webp": "image/webp", "b.JPEG": "image/jpeg", "d.csv": "text/csv", "e": "application/pdf"}
    files = [Upload(name=name, media_type=kind, data=PICTURE) for name, kind in kinds.items()]
    before = len((await house.desk.thread(ticket_id, "")).remarks)
    await house.desk.post(ticket_id, post("my files", *files, Upload(name="f.txt", media_type="text/plain", data=b"")))
    assert len((await house.desk.thread(ticket_id, "")).remarks) == before + 1
    found = await bench.files(ticket_id)
    assert {name: found.get(name) for name in kinds} == dict.fromkeys(kinds, PICTURE)


async def test_a_note_does_not_become_the_resolution(house: HelpdeskHouse, bench: DjangoHelpdeskBench) -> None:
    ticket_id = await house.handed_over()
    await bench.ask("PATCH", f"tickets/{ticket_id}/", json={"status": 3, "resolution": "A new lamp."})
    await house.desk.post(ticket_id, post("The customer's rating: 1 of 5."))
    ticket = await bench.ask("GET", f"tickets/{ticket_id}/")
    assert (ticket["resolution"], ticket["status"]) == ("A new lamp.", 3)


@settings(
    fields={"frontdoor_handoff": "{handoff_id}" * 3, "colour": "red"}, priorities={"normal": "5"}, tags=["bot"],
    queue="999", placements={"senior": {"queue": "2"}}, agents={},
)  # fmt: skip
async def test_what_is_wrong_in_the_settings_is_told(house: HelpdeskHouse) -> None:
    told = "\n".join(each.what for each in await house.desk.check() if not each.ok)
    for part in ("no tickets in queue 999", "no fields colour", "has no tags", "agents' names"):
        assert part in told
    assert "queue 2" not in told


@settings(fields={"frontdoor_handoff": "{handoff_id}" * 3, "colour": "red"}, priorities={"normal": "5"})
async def test_a_value_that_a_field_refuses_loses_no_ticket(
    house: HelpdeskHouse, bench: DjangoHelpdeskBench, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket_id = await house.handed_over()
    ticket = await bench.ask("GET", f"tickets/{ticket_id}/")
    assert (ticket["priority"], ticket["custom_frontdoor_handoff"]) == (5, "")
    said = capsys.readouterr().out
    assert "fields_refused" in said
    assert "custom_colour" in said


@settings(requester="someone@example.com")
async def test_what_a_submitter_does_is_no_answer(house: HelpdeskHouse, bench: DjangoHelpdeskBench) -> None:
    """given somebody who follows the link in the site's mail and closes the ticket, then that is public, and yet no
    agent has said it.
    """
    ticket_id = await house.handed_over()
    await bench.replies(ticket_id, "I see.")
    await bench.resolves(ticket_id)
    await bench.accepts(ticket_id)
    await house.read_now(ticket_id)
    await house.customer.reaches("resolved")
    assert "Submitter accepted" in await bench.shown(ticket_id)
    assert "Submitter accepted" not in "\n".join(await house.customer.transcript())


@settings(poll_s=3600)
async def test_what_a_reading_learns_meanwhile_is_not_said_again(
    house: HelpdeskHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given a line whose answer was lost, when a reading comes to know it while it is looked for, then it is there."""
    ticket_id = await house.handed_over()
    line = Line(
        message_id=new_id(), author=Author.CUSTOMER, author_name="", at=1, content=Content(text="once 只此")
    )  # fmt: skip
    house.bench.trouble(Trouble(status=504, sends=True))
    with pytest.raises(OutcomeUnknown):
        await house.desk.append(ticket_id, line)
    reading, look = await house.desk.read(ticket_id), house.desk.thread

    async def thread(ticket_id: str, since: str) -> Thread:
        found = await look(ticket_id, since)
        await house.database.write(keep_reading, house.desk.name, ticket_id, reading)
        return found

    monkeypatch.setattr(house.desk, "thread", thread)
    await house.desk.append(ticket_id, line)
    assert (await house.bench.shown(ticket_id)).count("once 只此") == 1


@settings(poll_s=3600)
async def test_an_answer_that_says_nothing_is_no_empty_ticket(house: HelpdeskHouse, bench: DjangoHelpdeskBench) -> None:
    ticket_id = await house.handed_over()
    await bench.replies(ticket_id, "It costs 10.")
    await house.read_now(ticket_id)
    for body in ({}, {"id": int(ticket_id)}, []):
        bench.gateway.answers.append(Trouble(status=200, body=body))
        with pytest.raises(TryLater):
            await house.desk.read(ticket_id)


@settings(poll_s=3600)
async def test_what_happened_is_told_once(house: HelpdeskHouse, bench: DjangoHelpdeskBench) -> None:
    """given followups of this minute, which others may still come before, then they are told once, and looked at again
    after a minute, as they may have been corrected.
    """
    ticket_id = await house.handed_over()
    _, since = await house.desk.changed("")
    await bench.notes(ticket_id, "one")
    told, cursor = await house.desk.changed(since)
    assert told == [ticket_id]
    assert (await house.desk.changed(cursor))[0] == []
    await bench.notes(ticket_id, "two")
    assert (await house.desk.changed(cursor))[0] == [ticket_id]
    settled, _, *late = cursor.split()
    assert ticket_id in (await house.desk.changed(" ".join([settled, "0", *late])))[0]


@settings(resolved_status=99, closed_statuses=[99])
async def test_a_status_that_it_refuses_is_told(house: HelpdeskHouse) -> None:
    ticket_id = await house.handed_over()
    with pytest.raises(Undeliverable):
        await house.desk.move(ticket_id, TicketState.RESOLVED)
    assert any("no status 99" in each.what for each in await house.desk.check())
