"""Wrap-up codes, snoozing, merging and blocking, over HTTP."""

from typing import Any

import pytest
from sqlalchemy import Connection

from connectors.desk import DeskEventKind, TicketChange
from desk.reply_windows import ReplyWindows
from desk.service import DeskService
from desk.snoozing import wake_all
from storage import blocks, handoffs, merges
from storage.figures import Wanted, scores, tallies
from storage.growth import rated_cases
from storage.openings import opening
from storage.sla import clocks_of_one
from tests.desk.house import House, line
from tests.desk.test_identities import MESSAGE, Anna

HOUR = 3_600_000


def events(detail: dict[str, Any]) -> list[str]:
    return [entry["event"] for entry in detail["timeline"] if entry["kind"] == "event"]


def requiring(service: DeskService, *tiers: str) -> None:
    """From now on nobody resolves a ticket of these tiers without a code."""
    wrap_up = service.tiers.wrap_up.model_copy(update={"required": tiers})
    object.__setattr__(service.moves, "tiers", service.tiers.model_copy(update={"wrap_up": wrap_up}))


async def test_resolving_asks_for_a_wrap_up_code_where_the_tier_wants_one(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    requiring(house.service, "front_line")

    missing = await console.post(f"/tickets/{ticket}/resolve", note="done")
    unknown = await console.post(f"/tickets/{ticket}/resolve", wrap_up="nonsense")
    assert (missing.status, (await missing.json())["error"]["code"]) == (409, "wrap_up_missing")
    assert (unknown.status, (await unknown.json())["error"]["field"]) == (400, "wrap_up")

    solved = await console.act(ticket, "resolve", note="done", wrap_up="answered")
    assert (solved["ticket"]["state"], solved["ticket"]["wrap_up"]) == ("resolved", "answered")
    assert solved["entry"]["data"] == {"note": "done", "wrap_up": "answered"}


async def test_who_knows_nothing_of_codes_resolves_as_before(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    assert (await console.act(ticket, "resolve", note="done"))["ticket"]["wrap_up"] is None


async def test_a_snoozed_ticket_comes_back_when_its_time_has_come_and_not_before(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    await console.post(f"/tickets/{ticket}/messages", client_id="reply-0001", text="We ask the warehouse.")
    until = house.clock.now + 2 * HOUR
    assert (await console.act(ticket, "snooze", until=until, note="part arrives"))["ticket"]["snoozed_until"] == until

    service = house.service
    house.clock.pass_minutes(119)
    await wake_all(service.db, service.acting, service.snoozes)
    assert (await console.json(f"/tickets/{ticket}"))["ticket"]["snoozed_until"] == until
    house.clock.pass_minutes(1)
    await wake_all(service.db, service.acting, service.snoozes)
    await wake_all(service.db, service.acting, service.snoozes)

    detail = await console.json(f"/tickets/{ticket}")
    assert detail["ticket"]["snoozed_until"] is None
    assert events(detail)[-2:] == ["snoozed", "woken"]
    assert detail["timeline"][-1]["data"] == {"because": "time"}


async def test_the_customer_wakes_a_snoozed_ticket_at_once(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    await console.act(ticket, "snooze", until=None)

    await house.desk.append(ticket, line("还在吗？"))

    detail = await console.json(f"/tickets/{ticket}")
    assert (detail["ticket"]["snoozed_until"], detail["ticket"]["unread"]) == (None, 1)
    assert detail["timeline"][-1]["data"] == {"because": "customer"}


@pytest.mark.parametrize("away", [-1, 181 * 24 * HOUR])
async def test_the_past_and_the_far_future_are_no_time_to_wake(house: House, away: int) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    answer = await console.post(f"/tickets/{ticket}/snooze", until=house.clock.now + away)
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, "until")


async def test_who_is_passed_on_sleeps_no_more(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    await console.act(ticket, "snooze", until=None)
    passed = await console.act(ticket, "transfer", tier="coordinator")
    assert passed["ticket"]["snoozed_until"] is None


class Two:
    """One customer with two tickets: one by WeChat, which the agent has, and one by Telegram, which waits."""

    def __init__(self, house: House) -> None:
        self.house, self.anna = house, Anna(house)
        self.kept = self.merged = ""

    async def merged_by(self, console: Any) -> "Two":
        await self.anna.arrives()
        self.kept = self.anna.ticket
        said = line("On Telegram now", at=self.house.clock.now + 5)
        conversation = self.anna.conversations["telegram"]
        packet = {"conversation_id": conversation, "channel": "telegram", "transcript": (said,)}
        self.merged = await self.house.handed_over(**packet)
        await console.act(self.kept, "take")
        number = (await console.json(f"/tickets/{self.kept}"))["ticket"]["number"]
        await console.act(self.merged, "merge", into=number)
        return self


async def test_a_merged_ticket_is_closed_and_its_customer_reaches_the_other_one(house: House) -> None:
    console = await house.console("li.na")
    two = await Two(house).merged_by(console)

    await house.desk.append(two.merged, line("Are you there?"))

    closed, kept = await console.json(f"/tickets/{two.merged}"), await console.json(f"/tickets/{two.kept}")
    assert (closed["ticket"]["state"], closed["ticket"]["merged_into"]) == ("resolved", two.kept)
    assert closed["timeline"][0]["content"]["text"] == "On Telegram now"
    assert events(kept)[-1] == "merged_in"
    assert kept["timeline"][-1]["content"]["text"] == "Are you there?"


async def test_answers_go_where_the_customer_wrote_last_and_the_end_is_told_everywhere(house: House) -> None:
    console = await house.console("li.na")
    two = await Two(house).merged_by(console)
    telegram, wechat = two.anna.conversations["telegram"], two.anna.conversations["wechat"]
    taken = await house.work(telegram)
    assert [(each.kind, each.ticket_id) for each in taken] == [(DeskEventKind.TAKEN, two.merged)]

    await console.post(f"/tickets/{two.kept}/messages", client_id="reply-0001", text="Here on Telegram")
    await house.desk.append(two.kept, line("WeChat again"))
    await console.post(f"/tickets/{two.kept}/messages", client_id="reply-0002", text="Here on WeChat")
    by_telegram, by_wechat = await house.work(telegram), await house.work(wechat)
    assert [(each.content.text, each.ticket_id) for each in by_telegram] == [("Here on Telegram", two.merged)]
    assert [each.content.text for each in by_wechat if each.kind is DeskEventKind.REPLIED] == ["Here on WeChat"]

    await console.act(two.kept, "resolve")
    assert [each.kind for each in await house.work(wechat)] == [DeskEventKind.RESOLVED]
    assert [each.kind for each in await house.work(telegram)] == [DeskEventKind.RETURNED]
    await house.desk.change(two.merged, TicketChange.REOPENED, {})
    assert (await console.json(f"/tickets/{two.kept}"))["ticket"]["reopened"] == 1


async def test_what_did_not_get_through_before_a_merger_is_sent_from_the_ticket_that_goes_on(house: House) -> None:
    """given an undelivered reply by WeChat, when its ticket has become part of the Telegram one, then it is resent
    there, and leaves from the conversation in which it was said.
    """
    console, anna = await house.console("li.na"), await Anna(house).arrives()
    await anna.was_told("Your parcel is found.", "undeliverable")
    conversation = anna.conversations["telegram"]
    kept = await house.handed_over(conversation_id=conversation, channel="telegram")
    await console.act(kept, "take")
    await console.act(anna.ticket, "merge", into=kept)
    async with house.bus.subscribe("outbox") as hints:
        await console.act(kept, f"messages/{MESSAGE}/resend", identity=anna.ids["email"])
        assert (await anext(aiter(hints)))["conversation_id"] == anna.conversations["wechat"]
    assert await anna.parcel() == ("email", "anna@example.com", "pending")
    assert events(await console.json(f"/tickets/{kept}"))[-1] == "resent"


async def test_a_merger_is_no_resolution(house: House) -> None:
    """given a merged ticket, then no figure and no clock takes it for solved."""
    console, lead = await house.console("li.na"), await house.console("le.ad", role="supervisor", tiers=())
    two = await Two(house).merged_by(console)
    way = await console.json(f"/tickets/{two.merged}/way")
    assert [each["place"] for each in way["stretches"]][-1] == "merged"
    flow = await lead.json("/flow", since=str(house.clock.now - HOUR), until=str(house.clock.now + HOUR))
    ends = [each["place"] for each in flow["places"] if each["step"] == 2]
    assert sorted(ends) == ["agent", "merged"]
    assert (await lead.json("/wall"))["today"] | {"first_response_ms": None} == {
        "opened": 1, "closed": 0, "ratings": 0, "rating": None, "first_response_ms": None,
    }  # fmt: skip
    clocks = await house.db.read(clocks_of_one, two.merged)
    assert clocks
    assert all(each.ended and each.met_at is None for each in clocks)


async def test_the_rating_of_a_merged_conversation_counts_for_the_ticket_that_goes_on(house: House) -> None:
    """given a customer who is asked where they wrote last, in a conversation that was merged, and then merged again,
    then it is that of the ticket in which both live on.
    """
    console = await house.console("li.na", tiers=("front_line", "coordinator"))
    two = await Two(house).merged_by(console)
    third = await house.handed_over(conversation_id=two.anna.conversations["wechat"])
    number = (await console.act(third, "take"))["ticket"]["number"]
    await console.act(two.kept, "merge", into=number)
    await console.act(third, "messages", client_id="reply-0001", text="Here on Telegram")
    merged = await house.service.ticket(await house.service.people.find_login("li.na"), two.merged)

    def rated(tx: Connection) -> None:
        handoffs.add(
            tx, id=merged.handoff_id, conversation_id=merged.conversation_id, reference="FD-7Q2M9KXA", reason="asked",
            status="resolved", packet={}, seq=0, desk="built_in", ticket_id=merged.id, created_at=0, updated_at=0,
        )  # fmt: skip
        handoffs.rate(tx, merged.handoff_id, 5, "", house.clock.now)

    await house.db.write(rated)
    all_day = Wanted(since=house.clock.now - HOUR, until=house.clock.now + HOUR)
    found = await house.db.read(lambda tx: list(tallies(tx, scores(), all_day)))
    assert [(each.n, each.total) for each in found] == [(1, 5.0)]
    counted = await house.db.read(rated_cases, console.agent_id, all_day.since, all_day.until, 5)
    assert [each.id for each in counted] == [third]


async def test_a_merger_can_be_undone(house: House) -> None:
    console = await house.console("li.na")
    two = await Two(house).merged_by(console)
    await house.desk.append(two.merged, line("While they were one"))

    parted = await console.act(two.merged, "part")
    await house.desk.append(two.merged, line("And now on its own"))

    assert (parted["ticket"]["state"], parted["ticket"]["merged_into"]) == ("open", None)
    own, other = await console.json(f"/tickets/{two.merged}"), await console.json(f"/tickets/{two.kept}")
    assert own["timeline"][-1]["content"]["text"] == "And now on its own"
    assert "While they were one" in str(other["timeline"])
    actions = [each["action"] for each in (await boss(house, "/audit", action="ticket"))["records"]]
    assert actions == ["ticket.parted", "ticket.merged"]


async def test_tickets_of_two_customers_are_not_merged(house: House) -> None:
    console = await house.console("li.na")
    one, other = await house.handed_over(), await house.handed_over()
    await console.act(one, "take")
    answer = await console.post(f"/tickets/{other}/merge", into=one)
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, "into")
    assert await house.db.read(merges.survivor, other) == other


async def test_only_supervisors_block_and_the_card_the_list_and_the_trail_say_so(house: House) -> None:
    anna, agent = await Anna(house).arrives(), await house.console("li.na")
    where = f"/tickets/{anna.ticket}/identities/{anna.ids['wechat']}"
    assert (await agent.post(f"{where}/block", reason="abuse", days=7)).status == 403
    chief = await house.console("chief", role="supervisor")
    assert (await chief.post(f"{where}/block", reason="", days=7)).status == 400
    blocked = await chief.post(f"{where}/block", reason="Insults", days=7)
    assert blocked.status == 200, await blocked.text()

    shown = await agent.json(f"/tickets/{anna.ticket}/person")
    block = next(each["block"] for each in shown["identities"] if each["channel"] == "wechat")
    assert (block["reason"], block["by_name"], block["until"]) == ("Insults", "Chief", house.clock.now + 168 * HOUR)
    (listed,) = (await chief.json("/blocks"))["blocks"]
    assert (listed["address"], listed["turned_away"]) == ("oAnn…7890", 0)
    (record,) = (await chief.json("/audit", action="customer"))["records"]
    assert (record["action"], record["agent_name"], record["subject_name"]) == (
        "customer.blocked",
        "Chief",
        "oAnn…7890",
    )

    now = house.clock.now
    assert await house.db.write(blocks.turns_away, "wechat", "oAnna1234567890", now)
    assert not await house.db.write(blocks.turns_away, "wechat", "oAnna1234567890", now + 169 * HOUR)
    assert (await chief.json("/blocks"))["blocks"][0]["turned_away"] == 1
    assert (await chief.send("DELETE", f"/blocks/{listed['id']}")).status == 204
    assert not await house.db.write(blocks.turns_away, "wechat", "oAnna1234567890", now)


async def test_the_audit_trail_is_for_supervisors_and_comes_in_pages(house: House) -> None:
    agent = await house.console("li.na")
    assert (await agent.get("/audit")).status == 403
    chief = await house.console("chief", role="supervisor")
    anna = await Anna(house).arrives()
    for _ in range(3):
        await chief.post(f"/tickets/{anna.ticket}/identities/{anna.ids['wechat']}/block", reason="again", days=None)
        house.clock.pass_minutes(1)
    first = await chief.json("/audit", limit="2", action="customer.blocked")
    rest = await chief.json("/audit", limit="2", action="customer.blocked", after=first["after"])
    assert (len(first["records"]), len(rest["records"]), rest["after"]) == (2, 1, None)
    assert (await chief.get("/audit", after="nonsense")).status == 400


async def boss(house: House, path: str, **query: str) -> Any:
    """What a supervisor sees there."""
    return await (await house.console("the.boss", role="supervisor")).json(path, **query)


async def test_a_closing_reply_window_is_shown_and_its_holder_is_warned_once(house: House) -> None:
    console, anna = await house.console("li.na"), await Anna(house).arrives()
    until = house.clock.now + 70 * 60_000
    await house.db.write(lambda tx: tx.execute(opening.update().values(until=until)))
    await console.act(anna.ticket, "take")
    desk = await console.socket()
    (row,) = (await console.json("/tickets", view="mine"))["tickets"]
    assert row["window"] == {"until": until, "left": 3}

    watch = ReplyWindows(house.db, house.bus, house.service.acting, house.clock)
    await watch.look()
    assert "window_closing" not in events(await console.json(f"/tickets/{anna.ticket}"))
    house.clock.pass_minutes(11)
    await watch.look()
    await watch.look()

    assert (await desk.expect("window"))["until"] == until
    assert events(await console.json(f"/tickets/{anna.ticket}")).count("window_closing") == 1
