"""Waiting tickets find their agents, and nobody waits for somebody who is not there."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from connectors.desk import DeskEventKind, TicketChange
from connectors.message import Content
from desk.assigner import Assigner
from desk.assignment_settings import Assignment
from storage.agents import ALIVE_MS, Agent, change_agent, mark_alive
from storage.ticket_entries import timeline
from storage.tickets import Ticket, find_ticket
from storage.turns import offers
from tests.desk.house import Console, House, handoff, line

in_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what has no query of its own."""


@pytest.fixture
def assigner(house: House) -> Assigner:
    return Assigner(house.service)


def settle(house: House, **settings: Any) -> None:
    """Other settings than the shipped ones."""
    tiers = house.service.tiers.model_copy(update={"assignment": Assignment(**settings)})
    house.service.tiers = tiers
    object.__setattr__(house.service.assignment, "tiers", tiers)


async def here(house: House, name: str, **about: Any) -> str:
    """Somebody whose console is open."""
    tiers = about.pop("tiers", ("front_line",))
    agent_id = await house.person(name, tiers=tiers)
    await house.db.write(change_agent, agent_id, must_change=False, **about)
    await house.db.write(mark_alive, [agent_id], house.clock())
    return agent_id


async def stay(house: House, *agent_ids: str) -> None:
    """Their consoles are heard of."""
    await house.db.write(mark_alive, list(agent_ids), house.clock())


async def at_the_desk(house: House, name: str, **about: Any) -> tuple[Console, str]:
    console = await house.console(name)
    found = await house.service.people.find_login(name)
    await house.db.write(change_agent, found.id, must_change=False, **about)
    await stay(house, found.id)
    return console, found.id


async def now(house: House, ticket_id: str) -> Ticket:
    found = await house.db.read(find_ticket, ticket_id)
    assert found is not None
    return found


async def happened(house: House, ticket_id: str) -> list[str]:
    return [entry.event for entry in await house.db.read(timeline, ticket_id) if entry.event]


@in_one_database
async def test_a_waiting_ticket_is_offered_and_only_accepting_it_is_joining(house: House, assigner: Assigner) -> None:
    console, li_na = await at_the_desk(house, "li.na")
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    assert await assigner.turn() == 1
    shown = (await console.json(f"/tickets/{ticket}"))["ticket"]
    assert shown["state"] == "queued"
    assert shown["offer"]["until"] == house.clock() + 30_000
    assert {each["why"] for each in shown["offer"]["because"]} == {"language", "load", "fairness"}
    assert "pass" in shown["can"]
    assert await house.work(packet.conversation_id) == []
    taken = (await console.act(ticket, "take"))["ticket"]
    assert (taken["offer"], taken["agent"]["id"]) == (None, li_na)
    assert [event.kind for event in await house.work(packet.conversation_id)] == [DeskEventKind.TAKEN]
    assert await happened(house, ticket) == ["opened", "offered", "taken"]


@in_one_database
async def test_where_tickets_are_given_the_customer_hears_of_it_at_once(house: House, assigner: Assigner) -> None:
    settle(house, mode="auto")
    li_na = await here(house, "li.na")
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    await assigner.turn()
    assert (await now(house, ticket)).agent_id == li_na
    assert [event.agent_id for event in await house.work(packet.conversation_id)] == [li_na]
    taken = (await house.db.read(timeline, ticket))[-1]
    assert (taken.event, taken.data["by"], bool(taken.data["because"])) == ("taken", "desk", True)


@in_one_database
async def test_where_agents_take_tickets_themselves_nothing_is_offered(house: House, assigner: Assigner) -> None:
    settle(house, tiers={"front_line": "pull"})
    await here(house, "li.na")
    await house.handed_over()
    assert await assigner.turn() == 0


@in_one_database
async def test_an_offer_that_is_let_pass_goes_to_the_next_and_comes_back_later(
    house: House, assigner: Assigner
) -> None:
    console, li_na = await at_the_desk(house, "li.na", skills=("returns",))
    ticket = await house.handed_over()
    await assigner.turn()
    wang = await here(house, "wang.wei")
    answer = await console.act(ticket, "pass")
    assert answer["ticket"]["offer"] is None
    await assigner.turn()
    assert (await now(house, ticket)).offered_to == wang
    late = await console.post(f"/tickets/{ticket}/pass")
    assert late.status == 200, "a repeat"
    house.clock.pass_minutes(0.6)
    await stay(house, li_na)  # Wang Wei's console is silent: the offer is taken back without blame
    await assigner.turn()
    assert (await now(house, ticket)).offered_to is None
    house.clock.pass_minutes(2.1)
    await stay(house, li_na)
    await assigner.turn()
    assert (await now(house, ticket)).offered_to == li_na


@in_one_database
async def test_only_who_is_offered_a_ticket_can_let_it_pass(house: House, assigner: Assigner) -> None:
    console, _ = await at_the_desk(house, "li.na")
    ticket = await house.handed_over()
    answer = await console.post(f"/tickets/{ticket}/pass")
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "not_offered")


@in_one_database
async def test_who_ignores_offers_is_set_away_and_told_so(house: House, assigner: Assigner) -> None:
    """given three offers in a row that nobody answers, then the agent is away, sees why, and the ticket goes on."""
    console, li_na = await at_the_desk(house, "li.na")
    socket = await console.socket()
    ticket = await house.handed_over()
    await house.handed_over()  # offered at the same time: not answering both is one silence
    for _ in range(3):
        await stay(house, li_na)
        await assigner.turn()
        assert (await now(house, ticket)).offered_to == li_na
        house.clock.pass_minutes(0.5)
        await stay(house, li_na)
        await assigner.turn()
        house.clock.pass_minutes(2.1)
    await stay(house, li_na)
    await socket.expect("set_away", reason="ignored")
    assert (await house.service.people.find(li_na)).presence == "away"
    assert (await now(house, ticket)).offered_to is None
    assert await assigner.turn() == 0
    await console.send("PUT", "/presence", {"presence": "online"})
    await stay(house, li_na)
    assert await assigner.turn() == 2


async def test_nobody_is_offered_more_than_they_can_take_however_many_workers_look(house: House) -> None:
    """given ten tickets, two agents with room for five, and three workers at once, then five are offered, each once."""
    await here(house, "li.na", capacity=2)
    await here(house, "wang.wei", capacity=3)
    for _ in range(10):
        await house.handed_over()
    workers = [Assigner(house.service) for _ in range(3)]
    found = await asyncio.gather(*(worker.turn() for worker in workers))
    assert sum(found) == 5
    offered = [row.offered_to for row in await house.db.read(offers)]
    assert sorted(offered.count(each) for each in set(offered)) == [2, 3]


async def test_the_agent_who_knows_the_customer_is_asked_first(house: House, assigner: Assigner) -> None:
    li_na, wang = await here(house, "li.na"), await here(house, "wang.wei")
    first = handoff()
    ticket = (await house.desk.open(first)).ticket_id
    known = await house.service.people.find(wang)
    await house.service.act(house.service.moves.take, known, ticket)
    await house.service.act(house.service.moves.resolve, known, ticket, "")
    await stay(house, li_na, wang)
    again = await house.handed_over(conversation_id=first.conversation_id)
    await assigner.turn()
    found = await now(house, again)
    assert found.offered_to == wang
    assert found.offered_because[0]["why"] == "continuity"


async def test_when_nobody_of_a_tier_is_there_or_has_room_for_long_the_next_tier_is_asked(
    house: House, assigner: Assigner
) -> None:
    coordinator = await here(house, "zhao.min", tiers=("coordinator",))
    alone = await house.handed_over()
    await assigner.turn()
    assert (await now(house, alone)).offered_to == coordinator, "nobody of the front line is there"
    busy = await here(house, "li.na", capacity=1)
    crowd = [await house.handed_over() for _ in range(2)]
    await assigner.turn()
    assert [(await now(house, each)).offered_to for each in crowd] == [busy, None]
    house.clock.pass_minutes(2)
    await stay(house, coordinator, busy)
    await assigner.turn()
    assert (await now(house, crowd[1])).offered_to is not None


@in_one_database
async def test_a_ticket_for_a_colleague_who_is_not_there_falls_back_to_the_tier(
    house: House, assigner: Assigner
) -> None:
    li_na = await here(house, "li.na")
    gone = await house.person("wang.wei")
    ticket = await house.handed_over()
    manager = await house.service.people.find(await house.person("zhao.min", role="supervisor"))
    await house.service.act(house.service.moves.transfer, manager, ticket, "", gone, "")
    assert await assigner.turn() == 0
    house.clock.pass_minutes(2)
    await stay(house, li_na)
    await assigner.turn()
    assert (await now(house, ticket)).offered_to == li_na


async def served(house: House, ticket_id: str, agent_id: str) -> None:
    """An agent takes a ticket."""
    await house.service.act(house.service.moves.take, await house.service.people.find(agent_id), ticket_id)


async def test_customers_of_an_agent_whose_consoles_are_gone_are_put_back_with_their_place(
    house: House, assigner: Assigner
) -> None:
    """given a laptop asleep with two tickets, then the customer who waits for an answer is back in the line where they
    were, the other one stays; and the agent who returns gets theirs back first.
    """
    li_na = await here(house, "li.na")
    waits, answered = handoff(), handoff()
    first, second = [(await house.desk.open(each)).ticket_id for each in (waits, answered)]
    for each in (first, second):
        await served(house, each, li_na)
    reply = house.service.moves.reply
    agent = await house.service.people.find(li_na)
    await house.service.act(reply, agent, second, "c-00000001", Content(text="您好"))
    await house.work(waits.conversation_id)
    house.clock.pass_minutes(1.9)
    await assigner.watch()
    assert (await now(house, first)).held
    house.clock.pass_minutes(0.2)
    await assigner.watch()
    back = await now(house, first)
    assert (back.state, back.for_agent, back.queued_at) == ("queued", li_na, back.created_at)
    assert (await now(house, second)).agent_id == li_na
    assert [event.kind for event in await house.work(waits.conversation_id)] == [DeskEventKind.QUEUED]
    await stay(house, li_na, await here(house, "wang.wei"))
    await assigner.turn()
    assert (await now(house, first)).offered_to == li_na


async def test_a_holder_who_does_not_answer_during_opening_hours_loses_the_ticket(
    house: House, assigner: Assigner
) -> None:
    settle(house, idle_requeue_min=5)
    li_na, wang = await here(house, "li.na"), await here(house, "wang.wei")
    ticket = await house.handed_over()
    await served(house, ticket, li_na)
    await house.desk.append(ticket, line("在吗？", at=house.clock()))
    for minutes, state in ((4, "open"), (1, "queued")):
        house.clock.pass_minutes(minutes)
        await stay(house, li_na, wang)
        await assigner.watch()
        assert (await now(house, ticket)).state == state
    await assigner.turn()
    assert (await now(house, ticket)).offered_to == wang, "not the one who sat on it"


async def test_tickets_of_somebody_who_works_here_no_more_are_found_even_if_nobody_put_them_back(
    house: House, assigner: Assigner
) -> None:
    li_na = await here(house, "li.na")
    ticket = await house.handed_over()
    await served(house, ticket, li_na)
    await house.db.write(change_agent, li_na, disabled=True)
    await assigner.watch()
    found = await now(house, ticket)
    assert (found.state, found.for_agent) == ("queued", None)


@in_one_database
async def test_a_customer_who_leaves_takes_the_offer_along(house: House, assigner: Assigner) -> None:
    await here(house, "li.na")
    ticket = await house.handed_over()
    await assigner.turn()
    await house.desk.change(ticket, TicketChange.WITHDRAWN, {})
    found = await now(house, ticket)
    assert (found.state, found.offered_to, found.offered_because) == ("withdrawn", None, ())


async def until(ready: Callable[[Agent], bool], house: House, agent_id: str) -> None:
    """Something becomes true of an agent."""
    for _ in range(500):
        if ready(await house.service.people.find(agent_id)):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never did")


@in_one_database
async def test_one_of_two_tabs_is_closed_and_the_agent_is_still_there(house: House) -> None:
    console, li_na = await at_the_desk(house, "li.na")
    one, other = await console.socket(), await console.socket()
    await one.raw.close()
    await house.bus.publish("desk", {"type": "user", "agent_id": li_na})
    await other.expect("me")
    house.clock.now += 30_000
    agent = await house.service.people.find(li_na)
    assert agent.seen_as(house.clock()) == "online"
    await other.raw.close()
    await until(lambda agent: agent.alive_at <= house.clock() - ALIVE_MS + 20_000, house, li_na)
    house.clock.now += 20_001
    assert (await house.service.people.find(li_na)).seen_as(house.clock()) == "offline"


@in_one_database
async def test_a_supervisor_puts_a_ticket_into_the_hands_of_somebody_with_no_room(
    house: House, assigner: Assigner
) -> None:
    li_na, wang = await here(house, "li.na", capacity=1), await here(house, "wang.wei")
    boss = await house.console("zhao.min", role="supervisor")
    await stay(house, li_na, wang)
    packet = handoff()
    full, ticket = await house.handed_over(), (await house.desk.open(packet)).ticket_id
    await served(house, full, li_na)
    await served(house, ticket, wang)
    await house.work(packet.conversation_id)
    moved = (await boss.act(ticket, "assign", agent_id=li_na, note="VIP"))["ticket"]
    assert (moved["state"], moved["agent"]["id"]) == ("open", li_na)
    told = await house.work(packet.conversation_id)
    assert [(event.kind, event.agent_id) for event in told] == [(DeskEventKind.TAKEN, li_na)]
    (record,) = (await boss.json("/audit", subject=ticket))["records"]
    assert (record["action"], record["details"]) == ("ticket.assigned", {"from": "Wang Wei", "to": "Li Na"})
    house.clock.pass_minutes(1)
    gone = await boss.post(f"/tickets/{ticket}/assign", agent_id=wang)
    assert (gone.status, (await gone.json())["error"]["code"]) == (409, "not_here")


@in_one_database
async def test_a_supervisor_moves_all_tickets_of_somebody_who_is_absent(house: House) -> None:
    li_na = await here(house, "li.na")
    boss = await house.console("zhao.min", role="supervisor")
    held = [await house.handed_over() for _ in range(3)]
    for each in held:
        await served(house, each, li_na)
    answer = await boss.post(f"/agents/{li_na}/transfer", tier="coordinator", note="ill today")
    assert sorted((await answer.json())["moved"]) == sorted(held)
    assert {(await now(house, each)).tier for each in held} == {"coordinator"}
    agent = await house.console("wang.wei")
    assert (await agent.post(f"/agents/{li_na}/transfer")).status == 403


@in_one_database
async def test_being_woken_by_a_handoff_is_enough(house: House, assigner: Assigner) -> None:
    """given a worker that listens, then a handoff is on the agent's screen without anybody looking by the clock."""
    console, _ = await at_the_desk(house, "li.na")
    socket = await console.socket()
    running = asyncio.create_task(assigner.run())
    await asyncio.sleep(0)
    ticket = await house.handed_over()
    async with asyncio.timeout(5):
        while not (await socket.expect("ticket"))["ticket"]["offer"]:
            pass
    assert (await now(house, ticket)).offered_to is not None
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
