"""`frontdoor desk …` with helpdesks: adding one, looking at it, and comparing both sides."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from connectors.desk import TicketChange
from frontdoor.cli.app import app
from frontdoor.problems import ConfigurationError
from frontdoor.resync import Compared, Difference, compare, repair
from frontdoor.settings import load
from storage import desk_ledger, work
from tests.contract.helpdesk_bench import HelpdeskHouse, helpdesk_house
from tests.contract.test_zammad_desk import ZammadBench
from tests.fakes.desks.zammad import TOKEN, ZammadVendor

RUN = CliRunner()


@contextmanager
def beside(vendor: ZammadVendor) -> Iterator[ZammadVendor]:
    """A helpdesk on a loop of its own, as commands have one, too."""
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(loop.run_until_complete, vendor.__aenter__()).result()
        serving = thread.submit(loop.run_forever)
        try:
            yield vendor
        finally:
            loop.call_soon_threadsafe(loop.stop)
            serving.result()
            thread.submit(loop.run_until_complete, vendor.__aexit__()).result()
            loop.close()


@pytest.fixture
def vendor() -> Iterator[ZammadVendor]:
    with beside(ZammadVendor()) as vendor:
        yield vendor
    assert vendor.wrongs == []


def call(*arguments: str, typed: str = "") -> tuple[int, str]:
    result = RUN.invoke(app, list(arguments), input=typed)
    return result.exit_code, " ".join(result.output.split())


def test_a_helpdesk_is_added_looked_at_and_given_a_test_ticket(project: Path, vendor: ZammadVendor) -> None:
    typed = "\n".join([vendor.url, TOKEN, "", "Users", "chat@hearthline.example", ""])
    code, said = call("desk", "add", "zammad", "--ticket", typed=typed)
    assert code == 0, said
    assert "a test ticket is there" in said
    assert "it is closed" in said
    assert "It gets no handoffs yet: no route leads to it." in said
    (ticket,) = vendor.tickets.values()
    assert ticket.state == "closed"
    assert yaml.safe_load((project / "desks.yml").read_text())["zammad"]["token"] == "${ZAMMAD_TOKEN}"
    assert TOKEN not in said + (project / "desks.yml").read_text()
    assert load(project, {}).desks.enabled == ("built_in", "zammad")
    code, said = call("desk", "list")
    assert code == 0
    assert "zammad (zammad) called at /desks/zammad/webhook gets no handoffs" in said
    code, said = call("desk", "add", "zammad")
    assert (code, "has 'zammad' already" in said) == (1, True)


def test_routes_are_listed_as_they_decide(project: Path) -> None:
    (project / "desks.yml").write_text(
        "webhook: {url: 'https://desk.example', secret: a-secret-of-some-length-41c9b2}\n"
        "routes:\n  - {desk: webhook, queue: VIP, when: {tier: [senior], language: [en, zh]}, instead: [built_in]}\n"
    )
    code, said = call("desk", "list")
    assert (code, "Route 1: tier senior; language en or zh → webhook, VIP; else to built_in" in said) == (0, True)
    assert "gets no handoffs" not in said


def test_a_desk_whose_name_a_channel_has_too_keeps_its_secrets_apart(project: Path) -> None:
    call("channel", "add", "webhook", "--set", "url=http://127.0.0.1:1", typed="\n")
    code, said = call("desk", "add", "webhook", "--set", "url=http://127.0.0.1:1", typed="\n")
    assert "url takes no signed request" in said, code
    assert yaml.safe_load((project / "desks.yml").read_text())["webhook"]["secret"] == "${WEBHOOK_DESK_SECRET}"
    made = load(project, {})
    assert made.channels.webhook.secret != made.desks.webhook.secret  # type: ignore[attr-defined]


def test_what_is_wrong_over_there_is_told_with_a_remedy(project: Path, vendor: ZammadVendor) -> None:
    own = {"zammad": {"url": vendor.url, "token": TOKEN, "queue": "Nowhere"}}
    (project / "desks.yml").write_text(yaml.safe_dump(own))
    code, said = call("desk", "test", "zammad")
    assert code == 1
    assert "has no group Nowhere" in said
    assert "Known: Senior, Users." in said
    own["zammad"] |= {"token": "another-token-of-somebody"}
    (project / "desks.yml").write_text(yaml.safe_dump(own))
    code, said = call("desk", "test", "zammad")
    assert code == 1
    assert "Compare url and token" in said
    code, said = call("desk", "resync", "zammad", "--repair")
    assert (code, "Nothing was mended" in said) == (1, True)


@pytest.mark.parametrize("name", ["my-desk", "a" * 26, "model_config", "enabled"])
def test_a_name_that_no_desk_can_have_is_told(project: Path, name: str) -> None:
    (project / "desks.yml").write_text(yaml.safe_dump({name: {"kind": "zammad", "url": "http://127.0.0.1:1"}}))
    with pytest.raises(ConfigurationError, match="cannot be a desk's name"):
        load(project, {})


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "zendsk"), "There is no kind 'zendsk'"),
        (("add", "zammad", "--name", "built_in"), "cannot be named 'built_in'"),
        (("add", "zammad", "--set", "url=ftp://x"), "is not a web address"),
        (("test", "nobody"), "There is no helpdesk 'nobody'"),
        (("resync", "nobody"), "There is no helpdesk 'nobody'"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_written(
    project: Path, arguments: tuple[str, ...], told: str
) -> None:
    before = (project / "desks.yml").read_text()
    code, said = call("desk", *arguments)
    assert code == 1
    assert told in said
    assert (project / "desks.yml").read_text() == before


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[HelpdeskHouse]:
    async with ZammadVendor() as fake, helpdesk_house(ZammadBench(fake), tmp_path, sqlite_template) as house:
        yield house


async def compared(house: HelpdeskHouse) -> Compared:
    (found,) = [each async for each in compare(house.desk, house.database)]
    return found


async def test_both_sides_agree_after_an_ordinary_handoff(house: HelpdeskHouse) -> None:
    await house.handed_over()
    await house.customer.say("are you there?")
    await house.settled()
    assert (await compared(house)).differences == ()


async def test_what_was_lost_on_either_side_is_found_and_mended(house: HelpdeskHouse) -> None:
    ticket_id = await house.handed_over()
    await house.customer.say("never arrived")
    await house.settled()
    said = await house.customer.sees("never arrived")
    await house.database.write(desk_ledger.drop_entry, house.desk.name, ticket_id, said["id"])
    remarks = house.bench.vendor.tickets[ticket_id].remarks  # type: ignore[attr-defined]
    remarks[:] = [each for each in remarks if "never arrived" not in each.text]
    await house.bench.replies(ticket_id, "Nobody told you of this.")
    found = await compared(house)
    assert set(found.differences) == {Difference.MISSING, Difference.UNREAD}
    await repair(house.desk, house.database, found)
    await house.core.steps.bus.publish("work", {"lane": ""})
    for lane in await house.database.read(work.waiting_lanes):
        await house.core.steps.bus.publish("work", {"lane": lane})
    await house.customer.sees("Nobody told you of this.")
    await house.settled()
    assert "never arrived" in await house.bench.shown(ticket_id)
    assert (await compared(house)).differences == ()


async def test_a_ticket_that_was_deleted_there_is_opened_anew(house: HelpdeskHouse) -> None:
    ticket_id = await house.handed_over()
    del house.bench.vendor.tickets[ticket_id]  # type: ignore[attr-defined]
    found = await compared(house)
    assert found.differences == (Difference.GONE,)
    await repair(house.desk, house.database, found)
    for lane in await house.database.read(work.waiting_lanes):
        await house.core.steps.bus.publish("work", {"lane": lane})
    await house.settled()
    (new,) = await house.bench.tickets_of(await house.reference())
    assert new != ticket_id
    assert "I want a human" in await house.bench.shown(new)
    assert (await compared(house)).differences == ()


async def test_what_is_over_is_not_opened_anew_and_gets_nothing_that_was_meant_for_the_bot(
    house: HelpdeskHouse,
) -> None:
    """given a resolved ticket, when the customer goes on with the bot and it is deleted there, then it stays so."""
    ticket_id = await house.handed_over()
    await house.bench.resolves(ticket_id)
    await house.read_now(ticket_id)
    await house.customer.reaches("resolved")
    await house.customer.say("just between me and the bot")
    await house.customer.sees("You said: just between")
    await house.settled()
    assert (await compared(house)).differences == ()
    del house.bench.vendor.tickets[ticket_id]  # type: ignore[attr-defined]
    found = await compared(house)
    assert found.differences == (Difference.GONE,)
    await repair(house.desk, house.database, found)
    assert await house.database.read(work.waiting_lanes) == []


async def test_a_handoff_whose_work_was_given_up_is_opened(house: HelpdeskHouse) -> None:
    await house.bench.goes_down()
    await house.customer.say("human please")
    await house.customer.sees("reference")
    await house.database.write(lambda tx: tx.execute(work.work.update().values(status="dead")))
    await house.bench.comes_back()
    found = await compared(house)
    assert found.differences == (Difference.NEVER_OPENED,)
    await repair(house.desk, house.database, found)
    for lane in await house.database.read(work.waiting_lanes):
        await house.core.steps.bus.publish("work", {"lane": lane})
    await house.customer.reaches("queued")


async def test_a_reading_that_was_overtaken_by_our_own_act_is_made_again(house: HelpdeskHouse) -> None:
    """given a ticket that we resolve while it is being read, then what was read before is not taken for its state."""
    ticket_id = await house.handed_over()
    reading = await house.desk.read(ticket_id)
    await house.desk.change(ticket_id, TicketChange.ABANDONED, {"change_id": "change:1"})
    name = house.desk.name
    assert await house.database.write(desk_ledger.keep_reading, name, ticket_id, reading) is False
    again = await house.desk.read(ticket_id)
    assert again.events == ()
    assert await house.database.write(desk_ledger.keep_reading, name, ticket_id, again) is True


def test_group_chats_are_sent_a_test(project: Path) -> None:
    code, said = call("desk", "test", "notices")
    assert (code, "desks.yml has no notices" in said) == (1, True)
    unreachable = {"notices": [{"kind": "slack", "url": "http://127.0.0.1:9/services/T0/B0/x"}]}
    (project / "desks.yml").write_text(yaml.safe_dump(unreachable))
    code, said = call("desk", "test", "notices")
    assert code == 1
    assert "notice 1 (slack) was not taken" in said


def test_all_that_is_wrong_in_the_file_is_told_at_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_TOKEN_NOBODY_SET", raising=False)
    (project / "desks.yml").write_text(
        "zammad:\n  url: helpdesk.example.com\n  token: ${A_TOKEN_NOBODY_SET}\n  quue: Users\n"
        "  placements: {senior: {priority: 3}}\nzendsk: {}\n"
        "routes:\n  - {desk: zamad, instead: [nobody], when: {langauge: [en]}}\n"
    )
    with pytest.raises(ConfigurationError) as told:
        load(project, {})
    assert {(each.where, each.what) for each in told.value.problems} == {
        ("desks.yml:2 zammad.url", "'helpdesk.example.com' is not a web address"),
        ("desks.yml:3 zammad.token", "refers to the environment variable A_TOKEN_NOBODY_SET, which is not set"),
        ("desks.yml:4 zammad.quue", "is not a setting"),
        ("desks.yml:6 zendsk", "'zendsk' is not a desk"),
        ("desks.yml:8 routes[0].desk", "'zamad' is not a desk that is on"),
        ("desks.yml:8 routes[0].instead", "'nobody' is not a desk that is on"),
        ("desks.yml:8 routes[0].when.langauge", "is not a setting"),
    }
