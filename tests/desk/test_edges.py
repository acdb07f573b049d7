"""Moments in which two things meet: a merger and silence, a new role and open tickets, two who wait for each other."""

from typing import Any

from connectors.desk import DeskEventKind, TicketChange
from desk.assigner import Assigner
from desk.assignment import Choice
from desk.follow_up_moves import may_follow
from desk.sla_watch import SlaWatch
from storage.agents import change_agent
from storage.followups import FollowUp
from storage.tickets import change_ticket, find_ticket
from tests.desk.house import House, handoff, line
from tests.desk.test_agent_tools import Two


async def test_who_is_quiet_in_one_conversation_still_waits_in_the_other(house: House) -> None:
    """given a customer who went on by WeChat, then their silence on Telegram neither stops clocks nor ends the ticket;
    and when they leave the line where they are, nobody waits on Telegram either.
    """
    console = await house.console("li.na")
    two = await Two(house).merged_by(console)
    await house.desk.append(two.kept, line("WeChat again"))
    await house.desk.change(two.merged, TicketChange.IDLE, {})
    kept = (await console.json(f"/tickets/{two.kept}"))["ticket"]
    assert (kept["state"], kept["online"]) == ("open", True)

    await console.act(two.kept, "transfer", tier="front_line")
    await house.desk.change(two.merged, TicketChange.ABANDONED, {})
    assert (await console.json(f"/tickets/{two.kept}"))["ticket"]["state"] == "queued"
    await house.work(telegram := two.anna.conversations["telegram"])
    await house.desk.change(two.kept, TicketChange.WITHDRAWN, {})
    assert (await console.json(f"/tickets/{two.kept}"))["ticket"]["state"] == "withdrawn"
    assert [(each.kind, each.ticket_id) for each in await house.work(telegram)] == [
        (DeskEventKind.RETURNED, two.merged)
    ]


async def test_who_becomes_an_editor_keeps_no_customer_waiting(house: House) -> None:
    """given an agent with a customer, when their role is one that talks to none, then the ticket is in the queue again;
    and what they solved before comes back to the queue, not to them.
    """
    admin, li_na = await house.console("boss", role="admin"), await house.console("li.na")
    solved, open_one = await house.handed_over(), await house.handed_over()
    for ticket in (solved, open_one):
        await li_na.act(ticket, "take")
    await li_na.act(solved, "resolve")
    async with (await li_na.socket()).raw:
        await admin.send("PATCH", f"/users/{li_na.agent_id}", {"role": "editor"})
        await house.desk.change(solved, TicketChange.REOPENED, {})
        for ticket in (solved, open_one):
            row = await house.service.ticket((await house.service.people.find(admin.agent_id)), ticket)
            assert (row.state, row.agent_id, row.for_agent) == ("queued", None, None)


async def test_a_role_that_changed_elsewhere_is_noticed(house: House) -> None:
    """given an agent whose role comes from the company's log-in, then the desk itself finds their tickets."""
    li_na = await house.console("li.na")
    ticket = await house.handed_over()
    await li_na.act(ticket, "take")
    await house.db.write(change_agent, li_na.agent_id, role="editor")
    await Assigner(house.service).watch()
    row = await house.db.read(find_ticket, ticket)
    assert row is not None
    assert (row.state, row.for_agent) == ("queued", None)


async def test_one_broken_ticket_keeps_no_other_from_being_looked_at(house: House) -> None:
    """given two tickets that are late, when something is wrong with the first, then the second is noticed all the
    same, and the look ends.
    """
    broken, sound = await house.handed_over(), await house.handed_over()
    watch = SlaWatch(house.db, house.bus, house.service.acting, house.service.policy, house.clock)
    attempt = house.service.acting.attempt

    async def fails(move: Any, ticket_id: str) -> Any:
        if ticket_id == broken:
            raise KeyError(ticket_id)
        return await attempt(move, ticket_id)

    house.service.acting.attempt = fails  # type: ignore[assignment, method-assign]
    house.clock.pass_minutes(600)
    await watch.run()
    rows = {each: await house.db.read(find_ticket, each) for each in (broken, sound)}
    assert {each: row.breached for each, row in rows.items() if row} == {broken: False, sound: True}


async def test_who_was_only_offered_a_ticket_sees_it_no_more_once_it_is_passed_on(house: House) -> None:
    """given a colleague of another tier who opens what they are offered, when they let it pass, then it leaves their
    screen, and what is said in it later does not come there.
    """
    wang = await house.console("wang.wei", tiers=("senior",))
    ticket = await house.handed_over()
    socket = await wang.socket()
    choice = Choice(ticket_id=ticket, agent_id=wang.agent_id, weight=1.0, because=())
    assert await house.service.acting.attempt(house.service.assignment.offer, choice) is not None
    await socket.expect("ticket")
    await socket.send(type="watch", ticket_id=ticket)
    await socket.expect("watching")

    await wang.act(ticket, "pass")
    assert (await socket.expect("gone"))["ticket_id"] == ticket
    await house.desk.append(ticket, line("My card number is …"))
    assert await socket.silent("entry")


async def test_what_is_written_while_the_agent_reads_stays_unread(house: House) -> None:
    li_na = await house.console("li.na")
    ticket = await house.handed_over()
    await li_na.act(ticket, "take")
    first, second = line("One"), line("Two")
    for each in (first, second):
        await house.desk.append(ticket, each)
    agent = await house.service.people.find(li_na.agent_id)
    for each, unread in ((first, 1), (second, 0)):
        await house.service.seen(agent, ticket, each.message_id)
        row = await house.db.read(find_ticket, ticket)
        assert row is not None
        assert row.unread == unread


async def test_an_editor_hears_nothing_of_customers_also_of_the_tier_they_had(house: House) -> None:
    editor = await house.service.people.find(await house.person("ed.itor", role="editor", tiers=("senior",)))
    row = FollowUp(
        id="f", key="k", conversation_id="c", reason="low_rating", due_at=1, tier="senior", created_at=1, updated_at=1
    )
    assert not may_follow(editor, row)


async def test_nobody_waits_in_a_tier_that_is_gone(house: House) -> None:
    """given a ticket in a tier that tiers.yml does not have any more, then it waits where others begin, and its
    customer hears who helps now.
    """
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    await house.db.write(change_ticket, ticket, at=house.clock(), tier="gold_desk")
    await Assigner(house.service).watch()
    row = await house.db.read(find_ticket, ticket)
    assert row is not None
    assert (row.state, row.tier, row.queued_at) == ("queued", house.tiers.otherwise.tier, house.clock())
    (told,) = await house.work(packet.conversation_id)
    assert (told.kind, bool(told.team)) == (DeskEventKind.QUEUED, True)
