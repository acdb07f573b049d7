"""ServiceNow passes the suite of all helpdesks, and what is particular about it."""

import datetime
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest
from pydantic import ValidationError

from connectors.desk import Line, TicketChange
from connectors.desks.servicenow_journal import files_of
from connectors.desks.servicenow_settings import ServiceNowSettings
from connectors.errors import TryLater, Undeliverable
from connectors.message import JSON, Author, Content
from storage.tables import new_id
from tests.contract.desk_suite import AT
from tests.contract.helpdesk_bench import HelpdeskBench, HelpdeskHouse
from tests.contract.helpdesk_suite import HelpdeskSuite
from tests.contract.vendor_bench import Hook
from tests.fakes.desks.bench import FakeBench
from tests.fakes.desks.servicenow import BASIC, CLIENT, CLIENT_SECRET, PASSWORD, USER, ServiceNowVendor

SECRET = "servicenow-hook-9d3f7b1e5a2c"


class ServiceNowBench(FakeBench):
    """An instance whose business rule calls us; it is signed in to with a password."""

    kind = "servicenow"
    secrets = (PASSWORD, BASIC, SECRET)
    resolved_state = "6"
    open_state = "2"
    vendor: ServiceNowVendor

    def settings(self) -> JSON:
        return {
            "url": self.vendor.url, "username": USER, "password": PASSWORD, "queue": "Service Desk",
            "webhook_secret": SECRET, "returned_state": "5", "fields": {"u_channel": "{channel}"},
            "placements": {"senior": {"queue": "Senior", "priority": "1/1"}},
        }  # fmt: skip

    async def shown(self, ticket_id: str) -> str:
        ticket = self.vendor.tickets[ticket_id]
        return "\n".join([ticket.subject, ticket.data["description"], *(each.text for each in ticket.remarks)])

    async def files(self, ticket_id: str) -> dict[str, bytes]:
        return {file.name: file.data for *_, file in self.vendor.tickets[ticket_id].data.get("files", ())}

    def call(self, ticket_id: str) -> Hook:
        return self.sign(Hook.json({"sys_id": ticket_id, "number": "INC1", "table": "incident"}))

    def sign(self, hook: Hook) -> Hook:
        return replace(hook, headers={**hook.headers, "X-Front-Door-Secret": SECRET})

    def forged(self, ticket_id: str) -> Iterable[Hook]:
        hook = self.call(ticket_id)
        yield replace(hook, headers={"Content-Type": "application/json"})
        yield replace(hook, headers={**hook.headers, "X-Front-Door-Secret": "guessed"})

    def malformed(self) -> Iterable[Hook]:
        yield self.sign(Hook(body=b"{"))
        yield self.sign(Hook.json({"sys_id": "../incident"}))


class OAuthBench(ServiceNowBench):
    """The same, signed in to with an application's credentials."""

    secrets = (CLIENT_SECRET, SECRET)

    def settings(self) -> JSON:
        left = {name: each for name, each in super().settings().items() if name != "password"}
        return {**left, "username": USER.title(), "client_id": CLIENT, "client_secret": CLIENT_SECRET}


def vendor_of(house: HelpdeskHouse) -> ServiceNowVendor:
    assert isinstance(house.bench, ServiceNowBench)
    return house.bench.vendor


class TestServiceNow(HelpdeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[HelpdeskBench]:  # type: ignore[override]
        async with ServiceNowVendor() as vendor:
            yield ServiceNowBench(vendor)

    async def test_a_ticket_has_group_caller_and_urgency(self, house: HelpdeskHouse) -> None:
        caller = vendor_of(house).user("Wang Fang", "wang.fang", "wang@example.com")
        await house.desk.open(replace(await self.stored(house), triage={"tier": "senior"}))
        (ticket,) = vendor_of(house).tickets.values()
        assert ticket.data["assignment_group"] == vendor_of(house).groups["Senior"]
        assert (ticket.data["impact"], ticket.data["urgency"], ticket.data["u_channel"]) == ("1", "1", "web")
        assert ticket.data["caller_id"] == caller["sys_id"]

    async def test_an_address_that_would_be_a_query_finds_nobody(self, house: HelpdeskHouse) -> None:
        handoff = await self.stored(house)
        await house.desk.open(replace(handoff, customer={**handoff.customer, "email": "a^ORactive=true@example.com"}))
        (ticket,) = vendor_of(house).tickets.values()
        assert "caller_id" not in ticket.data

    async def test_a_ticket_is_found_though_our_id_could_not_be_kept(self, house: HelpdeskHouse) -> None:
        vendor_of(house).unwritable = {"correlation_id"}
        handoff = await self.stored(house)
        self.lose_the_answer(house)
        await self.patiently(house, handoff)
        assert len(vendor_of(house).tickets) == 1

    async def test_a_note_that_was_left_away_is_noticed(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        vendor_of(house).unwritable = {"work_notes"}
        with pytest.raises(Undeliverable, match="kept no work note"):
            await house.desk.append(ticket_id, said("lost?"))

    async def test_a_state_that_a_rule_keeps_is_noticed(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        vendor_of(house).unwritable = {"state"}
        with pytest.raises(Undeliverable, match="left the ticket in state"):
            await house.desk.change(ticket_id, TicketChange.WITHDRAWN, {})

    async def test_a_transaction_that_was_cut_off_is_no_reading(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        vendor_of(house).cut_off = True
        with pytest.raises(TryLater):
            await house.desk.read(ticket_id)

    async def test_an_old_database_and_html_marks_do_not_double_our_words(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        vendor_of(house).basic_plane = True
        await house.desk.append(ticket_id, said("👋 [code]<b>hi</b>[/code]"))
        assert "[ code]<b>hi</b>[ /code]" in await house.bench.shown(ticket_id)

    async def test_rich_comments_are_read_and_the_callers_own_are_not(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        vendor_of(house).user("Ann", "ann", "ann@example.com")
        ticket = vendor_of(house).tickets[ticket_id]
        ticket.data["caller_id"] = next(n for n, each in vendor_of(house).users.items() if each["user_name"] == "ann")
        vendor_of(house).remark(ticket_id, "from the portal", public=True, data={"by": "ann"})
        await house.bench.replies(ticket_id, "Look: [code]<p>one<br>two &amp; three</p>[/code]")
        await house.read_now(ticket_id)
        assert (await house.customer.sees("two & three"))["author"] == "agent"
        assert "from the portal" not in "\n".join(await house.customer.transcript())

    async def test_polling_finds_what_has_changed(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        earlier = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=60)
        found, cursor = await house.desk.changed(f"{earlier:%Y-%m-%d %H:%M:%S}")
        assert list(found) == [ticket_id]
        assert cursor > f"{earlier:%Y-%m-%d %H:%M:%S}"


class TestServiceNowWithOAuth:
    """An application's credentials instead of a password."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[HelpdeskBench]:
        async with ServiceNowVendor() as vendor:
            yield OAuthBench(vendor)

    house = HelpdeskSuite.house
    stored = HelpdeskSuite.stored

    async def test_a_token_that_is_taken_back_is_fetched_anew(self, house: HelpdeskHouse) -> None:
        ticket_id = await house.handed_over()
        vendor_of(house).tokens.clear()
        await house.desk.append(ticket_id, said("with a new token"))
        assert (await house.bench.shown(ticket_id)).count("with a new token") == 1
        assert vendor_of(house).requests.count("POST /oauth_token.do") == 2


def said(text: str) -> Line:
    content = Content(text=text)
    return Line(message_id=new_id(), author=Author.CUSTOMER, author_name="", at=AT, content=content)


def test_one_way_to_sign_in_is_asked_for() -> None:
    for given in ({}, {"password": "p", "client_id": "c", "client_secret": "s"}, {"client_id": "c"}):
        with pytest.raises(ValidationError, match="both ways to sign in, or none"):
            ServiceNowSettings(url="https://example.service-now.com", username="u", **given)  # type: ignore[arg-type]


def test_only_what_a_comments_author_attached_shortly_before_goes_with_it() -> None:
    def row(name: str, author: str, at: str) -> JSON:
        return {"sys_id": name, "file_name": name, "sys_created_by": author, "sys_created_on": f"2026-11-27 {at}"}

    comments = [row("c1", "li", "10:00:00"), row("c2", "li", "10:05:00")]
    attached = [row("f0", "li", "09:40:00"), row("f1", "li", "09:59:00"), row("f2", "wang", "10:04:00")]
    attached += [row("f3", "li", "10:04:00"), row("f4", "li", "10:06:00")]
    files = files_of(comments, attached, 600)
    assert {name: [each.name for each in found] for name, found in files.items()} == {"c1": ["f1"], "c2": ["f3"]}
