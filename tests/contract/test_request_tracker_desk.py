"""Request Tracker, a real one: the contract of helpdesks, and what is its own."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from connectors.errors import Undeliverable
from connectors.helpdesk_model import TicketState
from tests.contract.helpdesk_bench import HelpdeskHouse, helpdesk_house, settings
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.fakes.desks.request_tracker import SECRET, RequestTrackerBench
from tests.fakes.servers.gateway import Gateway
from tests.fakes.servers.request_tracker import RequestTracker

PAGE = Path(__file__).resolve().parents[2] / "docs" / "desks" / "request_tracker.md"


@pytest.fixture(scope="module")
def server() -> Iterator[RequestTracker]:
    """One for all tests."""
    with RequestTracker() as server:
        yield server


@pytest.fixture
async def bench(server: RequestTracker) -> AsyncIterator[RequestTrackerBench]:
    """Reached by a line of its own."""
    async with Gateway(server.url) as gateway, aiohttp.ClientSession() as session:
        yield RequestTrackerBench(server, gateway, session)


class TestRequestTracker(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self, bench: RequestTrackerBench) -> RequestTrackerBench:
        return bench


@pytest.fixture
async def house(
    request: pytest.FixtureRequest, bench: RequestTrackerBench, tmp_path: Path, empty_database: Path
) -> AsyncIterator[HelpdeskHouse]:
    """A service with a Request Tracker, whose settings a test may change by `parametrize`."""
    bench.changes = getattr(request, "param", {})
    async with helpdesk_house(bench, tmp_path, empty_database) as house:
        yield house


@settings(poll_s=3600)
async def test_the_scrip_of_the_page_calls_us(house: HelpdeskHouse, server: RequestTracker) -> None:
    """given the Scrip as docs/desks/request_tracker.md has it, when an agent answers, then we know without asking."""
    condition, action = re.findall(r"```perl\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    url = str(house.client.make_url("/desks/request_tracker/webhook"))
    for old, new in {"https://support.example.com/desks/request_tracker/webhook": url, "the secret": SECRET}.items():
        assert old in action
        action = action.replace(old, new)
    assert "'front-door'" in condition
    ticket_id = await house.handed_over()
    await asyncio.to_thread(server.make_scrip, condition.replace("'front-door'", "'frontdoor'"), action)
    await house.bench.replies(ticket_id, "By the Scrip.")
    await house.customer.sees("By the Scrip.")


@settings(
    fields={"Topic": "{category}", "Front Door handoff": "{handoff_id}", "Colour": "red"}, priorities={"normal": "30"}
)
async def test_fields_that_it_does_not_know_are_told(
    house: HelpdeskHouse, bench: RequestTrackerBench, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket_id = await house.handed_over()
    ticket = (await bench.ask("GET", f"ticket/{ticket_id}"))["json"]
    fields = {each["name"]: each["values"] for each in ticket["CustomFields"]}
    assert len(fields["Front Door handoff"][0]) == 26
    assert (ticket["Priority"], ticket["Requestor"]) == ("30", [])
    assert ticket["Queue"]["id"] == str(bench.server.queues["Support"])
    assert "Colour" in capsys.readouterr().out
    (wrong,) = [each for each in await house.desk.check() if not each.ok]
    assert "Colour" in wrong.what


@settings(queue="Nowhere")
async def test_a_queue_that_is_not_there_loses_nobody(house: HelpdeskHouse, bench: RequestTrackerBench) -> None:
    await house.customer.say("human please")
    await house.customer.sees("reference")
    (wrong,) = [each for each in await house.desk.check() if not each.ok]
    assert "Nowhere" in wrong.what


async def test_only_what_agents_write_is_theirs(house: HelpdeskHouse, bench: RequestTrackerBench) -> None:
    """given a ticket with a requestor, when they mail and an agent answers with a quote, then only the agent's own
    words reach the customer.
    """
    ticket_id = await house.handed_over()
    await bench.ask("PUT", f"ticket/{ticket_id}", json={"Requestor": "mei"})
    await bench.replies(ticket_id, "From the customer's mail program.", agent="a2")
    quoted = '<div class="gmail_quote">On Monday, frontdoor wrote:<br><blockquote>secret packet</blockquote></div>'
    body = {"Content": f"<p>My own <b>words</b>.</p>{quoted}", "ContentType": "text/html"}
    await bench.ask("POST", f"ticket/{ticket_id}/correspond", json=body)
    body = {
        "Content": "On Monday 2026-11-23 10:00, frontdoor wrote:\n> secret packet\n\nPlain words.",
        "ContentType": "text/plain",
    }
    await bench.ask("POST", f"ticket/{ticket_id}/correspond", json=body)
    await house.read_now(ticket_id)
    await house.customer.sees("My own words.")
    await house.customer.sees("Plain words.")
    said = "\n".join(await house.customer.transcript())
    assert "mail program" not in said
    assert "secret packet" not in said


async def test_a_ticket_that_goes_into_another_is_done(house: HelpdeskHouse, bench: RequestTrackerBench) -> None:
    ticket_id = await house.handed_over()
    other = (await bench.ask("POST", "ticket", json={"Queue": "Records", "Subject": "another"}))["json"]["id"]
    await bench.replies(other, "Not for this customer.")
    await bench.ask("PUT", f"ticket/{ticket_id}", json={"MergeInto": other})
    await house.read_now(ticket_id)
    await house.customer.reaches("resolved")
    assert "Not for this" not in "\n".join(await house.customer.transcript())


@settings(resolved_status="nonsense")
async def test_a_status_that_it_refuses_is_found_in_its_200(house: HelpdeskHouse) -> None:
    ticket_id = await house.handed_over()
    with pytest.raises(Undeliverable, match="nonsense"):
        await house.desk.move(ticket_id, TicketState.RESOLVED)


async def test_what_happened_is_told_once(house: HelpdeskHouse, bench: RequestTrackerBench) -> None:
    """given things that happened just now, which others may still come before, when asked again, then they are not told
    again, and what is new is.
    """
    ticket_id = await house.handed_over()
    _, since = await house.desk.changed("")
    await bench.notes(ticket_id, "one")
    told, cursor = await house.desk.changed(since)
    assert told == [ticket_id]
    assert cursor.startswith(f"{since}:")
    assert (await house.desk.changed(cursor))[0] == []
    await bench.notes(ticket_id, "two")
    assert (await house.desk.changed(cursor))[0] == [ticket_id]
