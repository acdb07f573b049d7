"""Handoffs at other desks: how they stand there, where a link leads, and what was given up is delivered once more."""

from sqlalchemy import Connection

from connectors.desk import Progress, Reading
from connectors.desk_ports import Opened
from storage import conversations, desk_ledger, elsewhere, handoffs, work
from storage.elsewhere import Waiting
from storage.work import Work
from tests.desk.house import House
from tests.desk.test_originals import at_a_helpdesk


def promised(tx: Connection, number: int, *kinds: str) -> list[Work]:
    """Work for the handoff's desk."""
    row = handoffs.find(tx, f"h{number}")
    assert row is not None
    lane = work.desk_lane(row.conversation_id)
    for kind in kinds:
        payload = {"handoff_id": row.id}
        assert work.enqueue(tx, lane=lane, kind=kind, key=f"{kind}:{row.id}", payload=payload)
    return work.first(tx, lane, 10)


def refused(tx: Connection, number: int) -> None:
    """The ticket could not be opened, so the bot goes on."""
    for each in promised(tx, number, "desk_open"):
        work.bury(tx, each.id, error="refused")
    handoffs.change(tx, f"h{number}", status="refused", ticket_id="")
    row = handoffs.find(tx, f"h{number}")
    assert row is not None
    conversations.update_conversation(tx, row.conversation_id, handoff_id=row.id)


async def test_how_it_stands_there_and_what_waits_is_shown(house: House) -> None:
    for number, desk in ((1, "zammad"), (2, "jira"), (3, "zammad")):
        await house.db.write(at_a_helpdesk, number, desk)
    progress = Progress(state="open", owner="42")
    await house.db.write(desk_ledger.keep_reading, "jira", "7", Reading(progress=progress))
    await house.db.write(desk_ledger.note_opened, "jira", "h2", Opened(ticket_id="T-7"))
    waits = await house.db.write(promised, 2, "desk_append", "desk_change")
    console = await house.console("wang.fang", role="supervisor")
    everything = await console.json("/handoffs")
    assert everything["desks"] == ["jira", "zammad"]
    assert [each["id"] for each in (await console.json("/handoffs", desk="zammad"))["handoffs"]] == ["h3", "h1"]
    shown = everything["handoffs"][1]
    assert (shown["state"], shown["held"], shown["agent"]) == ("open", True, "")
    assert shown["number"] == "T-7"  # it has no number there
    assert (shown["waiting"], shown["waiting_since"], shown["given_up"]) == (2, waits[0].created_at, 0)
    assert (await console.post("/handoffs/h2/again")).status == 409


async def test_what_was_given_up_is_delivered_once_more(house: House) -> None:
    await house.db.write(at_a_helpdesk, 1)
    await house.db.write(refused, 1)
    console = await house.console("wang.fang", role="supervisor")
    before = (await console.json("/handoffs/h1"))["handoff"]
    assert (before["status"], before["given_up"], before["again"]) == ("refused", 1, True)
    answer = await console.post("/handoffs/h1/again")
    after = (await answer.json())["handoff"]
    assert (after["status"], after["waiting"], after["given_up"], after["again"]) == ("requested", 1, 0, False)
    (again,) = await house.db.read(promised, 1)
    assert (again.kind, again.attempts) == ("desk_open", 0)
    (record,) = (await console.json("/audit", action="handoff"))["records"]
    assert (record["action"], record["details"]) == ("handoff.again", {"desk": "zammad", "count": 1})
    assert (await console.post("/handoffs/h1/again")).status == 409


async def test_a_request_that_the_customer_has_made_anew_is_not_opened_again(house: House) -> None:
    await house.db.write(at_a_helpdesk, 1)
    await house.db.write(refused, 1)
    row = await house.db.read(handoffs.find, "h1")
    assert row is not None
    conversation_id = row.conversation_id
    await house.db.write(lambda tx: conversations.update_conversation(tx, conversation_id, handoff_id="later"))
    console = await house.console("wang.fang", role="supervisor")
    assert (await console.json("/handoffs/h1"))["handoff"]["again"] is False
    assert (await console.post("/handoffs/h1/again")).status == 409


async def test_operators_see_what_each_desk_has_not_got(house: House) -> None:
    for number, desk in ((1, "zammad"), (2, "jira"), (3, "zammad")):
        await house.db.write(at_a_helpdesk, number, desk)
    await house.db.write(refused, 1)
    await house.db.write(lambda tx: handoffs.change(tx, "h2", status="requested"))
    jira = Waiting(desk="jira", count=1, since=2)
    assert await house.db.read(elsewhere.waiting) == [jira, Waiting(desk="zammad", given_up=1)]


async def test_a_link_leads_to_what_one_may_see(house: House) -> None:
    await house.db.write(at_a_helpdesk, 1)
    await house.db.write(at_a_helpdesk, 2, "built_in")
    agent = await house.console("li.na")
    assert await agent.json("/handoffs/h2") == {"ticket_id": "7"}
    assert (await agent.get("/handoffs/h1")).status == 403
    assert (await agent.get("/handoffs/h9")).status == 404
    assert (await agent.post("/handoffs/h1/again")).status == 403
