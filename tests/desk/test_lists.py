"""The inbox's views: what each shows, in which order, and what becomes of a page while tickets change."""

from typing import Any

import pytest
from sqlalchemy import Connection, update

from connectors.desk import Reason
from storage.tickets import ticket
from tests.desk.house import OPEN_AT, Console, House

SOON = OPEN_AT + 9 * 60_000


async def _set(house: House, ticket_id: str, **values: Any) -> None:
    def change(tx: Connection) -> None:
        tx.execute(update(ticket).where(ticket.c.id == ticket_id).values(**values))

    await house.db.write(change)


async def _shown(console: Console, view: str, **filters: str) -> list[str]:
    return [each["id"] for each in (await console.json("/tickets", view=view, **filters))["tickets"]]


async def test_each_view_shows_its_tickets_and_the_counts_agree(house: House) -> None:
    li, wang = await house.console("li.na"), await house.console("wang.wei")
    waiting, mine, theirs, late, asleep = [await house.handed_over() for _ in range(5)]
    for console, held in ((li, mine), (wang, theirs), (wang, late), (li, asleep)):
        await console.act(held, "take")
    await _set(house, late, due_at=SOON)
    await _set(house, asleep, snoozed_until=SOON)

    shown = {view: set(await _shown(li, view)) for view in ("queue", "mine", "team", "breaching", "snoozed", "all")}

    assert shown == {
        "queue": {waiting}, "mine": {mine}, "team": {theirs, late}, "breaching": {late}, "snoozed": {asleep},
        "all": {waiting, mine, theirs, late},
    }  # fmt: skip
    counts = await li.json("/counts")
    assert {view: counts[view] for view in shown} == {view: len(found) for view, found in shown.items()}


async def test_mentions_are_a_list_of_the_open_tickets_on_which_one_is_spoken_to(house: House) -> None:
    li, wang = await house.console("li.na"), await house.console("wang.wei")
    asked, resting, done, _ = [await house.handed_over() for _ in range(4)]
    for each in (asked, resting, done):
        await wang.act(each, "take")
        await wang.act(each, "notes", client_id="note-00001", text="@li.na please look")
    await _set(house, resting, snoozed_until=SOON)
    await wang.act(done, "resolve", note="")
    assert set(await _shown(li, "mentioned")) == {asked, resting}
    assert await _shown(wang, "mentioned") == []


async def test_a_snoozed_ticket_is_back_when_it_is_due_or_the_customer_writes(house: House) -> None:
    li = await house.console("li.na")
    due, spoken = await house.handed_over(), await house.handed_over()
    for each in (due, spoken):
        await li.act(each, "take")
        await _set(house, each, snoozed_until=SOON)
    assert await _shown(li, "mine") == []
    await _set(house, spoken, unread=1)
    assert await _shown(li, "mine") == [spoken]
    house.clock.pass_minutes(11)
    assert set(await _shown(li, "mine")) == {due, spoken}


async def test_what_is_due_first_is_first(house: House) -> None:
    li = await house.console("li.na")
    one, other, broken = [await house.handed_over() for _ in range(3)]
    await _set(house, one, due_at=SOON + 1_000)
    await _set(house, other, due_at=SOON)
    await _set(house, broken, breached=True)
    assert await _shown(li, "breaching") == [other, one, broken]


async def test_filters_narrow_a_view(house: House) -> None:
    li = await house.console("li.na")
    plain, special = await house.handed_over(), await house.handed_over(channel="telegram", language="en")
    await _set(house, special, tags=["退款", "vip"], category="billing", urgency="high", priority=7)
    filters: dict[str, str] = {
        "channel": "telegram", "language": "en", "tag": "退款", "category": "billing", "urgency": "high",
        "priority": "7",
    }  # fmt: skip
    for name, value in filters.items():
        assert await _shown(li, "all", **{name: value}) == [special], name
    assert await _shown(li, "all", tag="退") == []
    assert await _shown(li, "all", sort="oldest") == [plain, special]
    await li.act(plain, "take")
    assert await _shown(li, "all", agent=li.agent_id) == [plain]


async def test_an_agent_sees_no_other_tiers_tickets_in_any_view(house: House) -> None:
    await house.handed_over(reason=Reason.COMPLAINT)
    li = await house.console("li.na", tiers=("back_office",))
    for view in ("queue", "team", "tier", "breaching", "all"):
        assert await _shown(li, view) == []
    counts = await li.json("/counts")
    assert [counts["queue"], counts["all"], counts["tiers"]] == [0, 0, {}]


@pytest.mark.parametrize("sort", ["turn", "due", "updated"])
async def test_pages_miss_and_repeat_nothing_that_stays_while_others_change(house: House, sort: str) -> None:
    li = await house.console("li.na")
    everything = []
    for number in range(9):
        everything.append(await house.handed_over())
        await _set(house, everything[-1], due_at=SOON + number // 2, updated_at=OPEN_AT + number // 3)
    seen: list[str] = []
    after = ""
    while True:
        page = await li.json("/tickets", view="all", sort=sort, limit="2", after=after)
        seen += [each["id"] for each in page["tickets"]]
        if page["after"] is None:
            break
        after = page["after"]
        if len(seen) == 4:  # the last of the page leaves, and something new comes in
            await li.act(seen[3], "take")
            await li.act(seen[3], "resolve")
            await house.handed_over()
    stayed = set(everything)
    assert stayed <= set(seen)
    assert len(seen) == len(set(seen))


async def test_a_cursor_of_another_order_is_refused(house: House) -> None:
    li = await house.console("li.na")
    for _ in range(3):
        await house.handed_over()
    after = (await li.json("/tickets", view="queue", limit="2"))["after"]
    answer = await li.get("/tickets", view="all", after=after)
    assert answer.status == 400
    assert (await answer.json())["error"]["code"] == "bad_cursor"
