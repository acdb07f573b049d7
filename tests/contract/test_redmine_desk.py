"""Redmine, a real one: the contract of helpdesks, and what is its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import lxml.html
import pytest

from connectors.desks import redmine
from connectors.desks.redmine_words import verbatim
from connectors.errors import TryLater, Undeliverable
from connectors.helpdesk_model import Post, TicketState
from connectors.message import Author
from tests.contract.helpdesk_bench import PICTURE, HelpdeskHouse, helpdesk_house, settings
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.fakes.desks.base import FakeFile
from tests.fakes.desks.redmine import RedmineBench
from tests.fakes.servers.gateway import Gateway
from tests.fakes.servers.redmine import Redmine
from tests.fakes.vendors.base import Trouble


@pytest.fixture(scope="module")
def server() -> Iterator[Redmine]:
    """One for all tests."""
    with Redmine() as server:
        yield server


@pytest.fixture
async def bench(server: Redmine) -> AsyncIterator[RedmineBench]:
    """Reached by a line of its own, on which troubles happen to tickets, not to the files before them."""
    async with Gateway(server.url, spared="/uploads") as gateway, aiohttp.ClientSession() as session:
        yield RedmineBench(server, gateway, session)


class TestRedmine(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self, bench: RedmineBench) -> RedmineBench:
        return bench


@pytest.fixture
async def house(
    request: pytest.FixtureRequest, bench: RedmineBench, tmp_path: Path, empty_database: Path
) -> AsyncIterator[HelpdeskHouse]:
    """A service with a Redmine, whose settings a test may change by `parametrize`."""
    bench.changes = getattr(request, "param", {})
    async with helpdesk_house(bench, tmp_path, empty_database) as house:
        yield house


HARD = """*one* _two_ @three@ `four` +five+ %six% ==seven== ??eight?? "nine":http://a.example
!http://127.0.0.1/x.png! ![ten](http://127.0.0.1/x.png) [[Wiki]] {{include(Wiki)}} {{macro(0)}} !{{toc}} @li
see #TICKET, r1 commit:1 user:li attachment:x.png <b>bold</b> <pre>x</pre> </pre> </code> &lt; &amp; (c) -> --
# eleven
* twelve
h1. thirteen
> fourteen
|a|b|
```
~~~
---
===
    fifteen \\* C:\\temp 100 %"""


@pytest.mark.parametrize("formatting", ["common_mark", "markdown", "textile", "plain"])
async def test_nothing_that_customers_write_counts(bench: RedmineBench, formatting: str) -> None:
    """given words that are markup, macros, links and people, whatever the site's formatting, then people read them as
    they were written.
    """
    words = HARD.replace("TICKET", str(await bench.any_ticket()))
    html = await bench.rendered(verbatim(words, formatting), formatting)
    shown = lxml.html.fromstring(html).text_content().replace("\u2060", "")
    assert shown.split() == words.split()
    for mark in ("<img", "<strong", "<em", "<li", "<h1", "<td", 'class="issue', "/wiki/", "/users/"):
        assert mark not in html


async def test_long_lines_are_folded() -> None:
    words = " ".join(["word"] * 60) + "长" * 120
    lines = verbatim(words, "textile").split("\n")[1:-1]
    assert max(len(line) for line in lines) <= 100
    assert "".join(lines) == words


@settings(
    fields={"Front Door handoff": "{reference}", "Colour": "red"}, priorities={"normal": "Urgent"}, tags=["bot"],
    tracker="Support", placements={"senior": {"queue": "nowhere", "priority": "Top"}},
)  # fmt: skip
async def test_settings_meet_what_is_there(
    house: HelpdeskHouse, bench: RedmineBench, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket_id = await house.handed_over()
    issue = await bench.issue(ticket_id)
    assert (issue["tracker"]["name"], issue["priority"]["name"]) == ("Support", "Urgent")
    assert [each["value"] for each in issue["custom_fields"]] == [await house.reference()]
    assert "Colour" in capsys.readouterr().out
    told = "\n".join(each.what for each in await house.desk.check() if not each.ok)
    for part in ("no fields Colour", "no project nowhere", "no priority Top", "no tags"):
        assert part in told
    assert "lack rights" not in told


@settings(fields={"Front Door handoff": "{handoff_id}" * 300})
async def test_a_value_that_a_field_refuses_loses_no_ticket(house: HelpdeskHouse, bench: RedmineBench) -> None:
    issue = await bench.issue(await house.handed_over())
    assert issue["subject"].startswith(f"[{await house.reference()}]")
    assert [each["value"] for each in issue["custom_fields"]] == [None]


@settings(resolved_status="Nonsense")
async def test_a_status_that_it_does_not_give_is_told(house: HelpdeskHouse, bench: RedmineBench) -> None:
    ticket_id = await house.handed_over()
    with pytest.raises(Undeliverable, match="Nonsense"):
        await house.desk.move(ticket_id, TicketState.RESOLVED)
    assert any("no status Nonsense" in each.what for each in await house.desk.check())


@settings(queue="narrow")
async def test_what_it_does_not_allow_is_noticed(
    house: HelpdeskHouse, bench: RedmineBench, capsys: pytest.CaptureFixture[str]
) -> None:
    """given a role with few rights, when Redmine takes everything and does only some of it, then we say so."""
    ticket_id = await house.handed_over()
    line = Post(message_id="m", author=Author.CUSTOMER, author_name="", at=1, heading="Customer", text="hello")
    assert await house.desk.post(ticket_id, line)
    assert "desk.note_public" in capsys.readouterr().out
    with pytest.raises(Undeliverable, match="Resolved"):
        await house.desk.move(ticket_id, TicketState.RESOLVED)
    with pytest.raises(Undeliverable, match="delete"):
        await house.desk.forget(ticket_id)
    (wrong,) = [each for each in await house.desk.check() if not each.ok]
    assert "Edit issues, Set notes as private" in wrong.what


async def test_files_of_private_notes_stay_there(house: HelpdeskHouse, bench: RedmineBench) -> None:
    """given a private note with a file, which Redmine puts into an entry of its own that is not private."""
    ticket_id = await house.handed_over()
    token = await bench.upload(FakeFile(name="secret.png", data=PICTURE, media_type="image/png"))
    await bench.change(ticket_id, notes="Between us.", private_notes=True, uploads=[{"token": token}])
    await bench.replies(ticket_id, "**For** you: a_b_c 5*3")
    await house.read_now(ticket_id)
    said = await house.customer.sees("For you: a_b_c 5*3")
    assert not said.get("attachments")
    assert "Between us" not in "\n".join(await house.customer.transcript())


@settings(poll_s=3600)
async def test_an_answer_that_says_nothing_is_no_empty_ticket(house: HelpdeskHouse, bench: RedmineBench) -> None:
    ticket_id = await house.handed_over()
    await bench.replies(ticket_id, "It costs 10.")
    await house.read_now(ticket_id)
    for body in ({}, {"issue": {}}, []):
        bench.gateway.answers.append(Trouble(status=200, body=body))
        with pytest.raises(TryLater):
            await house.desk.read(ticket_id)


async def test_quotes_stay_there(house: HelpdeskHouse, bench: RedmineBench) -> None:
    """given an agent who uses the button "Quote" at our packet, then customers get the agent's own words."""
    ticket_id = await house.handed_over()
    quoted = "Front Door wrote in #note-1:\n> == Summary\n> secret\n>\n> more"
    await bench.replies(ticket_id, f"Hello:\n\n{quoted}\n\nMy own words.")
    await bench.replies(ticket_id, quoted)
    await house.read_now(ticket_id)
    said = await house.customer.sees("My own words.")
    assert said["text"].split() == ["Hello:", "My", "own", "words."]
    assert "secret" not in "\n".join(await house.customer.transcript())


@settings(poll_s=3600)
async def test_what_happened_is_told_when_seen_and_when_its_second_is_over(
    house: HelpdeskHouse, bench: RedmineBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given a second in which more may happen, then it is told once more when it is over; and again after a minute, as
    notes may have been corrected without a trace.
    """
    ticket_id = await house.handed_over()
    _, cursor = await house.desk.changed("")
    await bench.notes(ticket_id, "one")
    told, cursor = await house.desk.changed(cursor)
    assert ticket_id in told
    told, cursor = await house.desk.changed(cursor)
    assert ticket_id not in told
    monkeypatch.setattr(redmine, "SETTLED_S", -10)
    told, cursor = await house.desk.changed(cursor)
    assert ticket_id in told
    assert await house.desk.changed(cursor) == ([], cursor)
    assert ticket_id in (await house.desk.changed(f"{cursor.split()[0]} 0"))[0]
