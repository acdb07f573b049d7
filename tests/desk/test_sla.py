"""SLA clocks of a real desk: kept with every act, watched by a job, shown to agents."""

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest
import yaml
from sqlalchemy import event

from connectors.desk import TicketChange
from connectors.message import JSON, Author, Profile
from desk.jobs import jobs
from desk.sla import elapsed
from desk.sla_policy import Policy
from desk.sla_settings import METRICS
from desk.sla_views import clocks
from desk.sla_watch import SlaWatch
from desk.tiers import parse_tiers
from storage import conversations, sla, tickets
from storage.sla import Clock, sla_clock
from storage.ticket_entries import Entry, timeline
from tests.desk.house import ROOT, House, line
from tests.unit.desk.walking import Step, walk, wall_clock

MINUTE = 60_000


def watch_of(house: House) -> SlaWatch:
    """The job as a worker that has just started has it."""
    desk = house.service
    return SlaWatch(desk.db, desk.bus, desk.acting, desk.policy, desk.clock)


async def clocks_of(house: House, ticket: str) -> dict[str, Clock]:
    """The newest clock of each metric."""
    return {clock.metric: clock for clock in await house.db.read(sla.clocks_of_one, ticket)}


async def told(house: House, ticket: str) -> list[Entry]:
    """What the timeline says of promises."""
    return [entry for entry in await house.db.read(timeline, ticket) if entry.event.startswith("sla_")]


async def row_of(house: House, ticket: str) -> tickets.Ticket:
    """The ticket's row."""
    row = await house.db.read(tickets.find_ticket, ticket)
    assert row is not None
    return row


async def test_agents_see_how_long_they_have(house: House) -> None:
    # Given a handoff with the shipped promise of 15 minutes
    console = await house.console("li.na")
    ticket = await house.handed_over()
    opened = house.clock()
    house.clock.pass_minutes(5)
    # When an agent looks at the list
    (shown,) = (await console.json("/tickets", view="queue"))["tickets"]
    # Then the clocks are there, and the nearest is the ticket's
    first, resolution = shown["sla"]
    assert first == {
        "metric": "first_response", "state": "running", "ended": False, "due_at": opened + 15 * MINUTE,
        "warns_at": opened + 12 * MINUTE, "target_s": 900, "left_s": 600,
    }  # fmt: skip
    assert (resolution["metric"], resolution["target_s"]) == ("resolution", 86_400)
    assert (await row_of(house, ticket)).due_at == opened + 15 * MINUTE
    # And a note or the bot's words change nothing, but the agent's answer does
    await console.act(ticket, "take")
    await console.act(ticket, "notes", client_id="n-12345678", text="hm")
    await house.desk.append(ticket, line("…", Author.BOT))
    assert (await row_of(house, ticket)).first_reply_at is None
    answered = await console.act(ticket, "messages", client_id="c-12345678", text="您好")
    assert [clock["state"] for clock in answered["ticket"]["sla"]] == ["met", "running"]
    row = await row_of(house, ticket)
    assert (row.first_reply_at, row.breached) == (house.clock(), False)
    assert row.due_at == (await clocks_of(house, ticket))["resolution"].due_at


async def test_a_warning_and_a_breach_are_told_once_by_however_many_workers(house: House) -> None:
    # Given a ticket that nobody answers, and two workers
    boss = await (await house.console("boss", role="supervisor", tiers=())).socket()
    ticket = await house.handed_over()
    opened = house.clock()
    looks = [next(job.run for job in jobs(house.service) if job.name == "sla"), watch_of(house).run]
    # When the warning is due, and both look
    house.clock.pass_minutes(12)
    await asyncio.gather(*(look() for look in looks))
    # Then it is told once, and on the supervisor's screen
    (warned,) = await told(house, ticket)
    assert (warned.event, warned.data["metric"], warned.data["left_s"]) == ("sla_warned", "first_response", 180)
    assert (await boss.expect("sla"))["event"] == "sla_warned"
    # And when the service was down while the time ran out, the breach is dated when it happened
    house.clock.pass_minutes(20)
    await asyncio.gather(*(look() for look in (*looks, watch_of(house).run)))
    breached = (await told(house, ticket))[1:]
    assert [(entry.event, entry.at, entry.data["over_s"]) for entry in breached] == [
        ("sla_breached", opened + 15 * MINUTE, 17 * 60)
    ]
    assert (await row_of(house, ticket)).breached
    assert await house.db.read(sla.to_look_at, house.clock(), 10) == []


async def test_an_answer_that_comes_late_is_a_breach_even_if_nobody_looked(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    opened = house.clock()
    await console.act(ticket, "take")
    house.clock.pass_minutes(16)
    await console.act(ticket, "messages", client_id="c-12345678", text="您好")
    (breached,) = await told(house, ticket)
    assert (breached.at, breached.data["over_s"]) == (opened + 15 * MINUTE, 60)
    await watch_of(house).run()
    assert len(await told(house, ticket)) == 1


async def test_the_second_question_has_a_clock_of_its_own_and_waiting_stops_the_time(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    await console.act(ticket, "messages", client_id="c-12345678", text="您好")
    await house.desk.append(ticket, line("还有一个问题"))
    asked = house.clock()
    house.clock.pass_minutes(1)
    await house.desk.append(ticket, line("在吗"))
    following = (await clocks_of(house, ticket))["next_response"]
    assert (following.n, following.started_at) == (1, asked), "from the first of several messages"
    await console.act(ticket, "messages", client_id="c-22345678", text="在")
    await house.desk.change(ticket, TicketChange.IDLE, {})
    still = (await clocks_of(house, ticket))["resolution"]
    house.clock.pass_minutes(60)
    assert (still.running_since, (await row_of(house, ticket)).due_at) == (None, None)
    await house.desk.append(ticket, line("我回来了"))
    clocks = await clocks_of(house, ticket)
    assert (clocks["resolution"].elapsed, clocks["resolution"].running_since) == (still.elapsed, house.clock())
    assert clocks["next_response"].n == 2
    await console.act(ticket, "resolve", note="")
    clocks = await clocks_of(house, ticket)
    assert clocks["resolution"].met_at == clocks["next_response"].stopped_at == house.clock()
    assert clocks["next_response"].met_at is None
    assert (await row_of(house, ticket)).due_at is None
    house.clock.pass_minutes(30)
    await house.desk.change(ticket, TicketChange.REOPENED, {})
    clocks = await clocks_of(house, ticket)
    assert clocks["resolution"].elapsed == still.elapsed, "reopened, it goes on where it stopped"
    assert (clocks["next_response"].n, clocks["next_response"].started_at) == (3, house.clock())


async def test_colleagues_behind_the_scenes_have_a_clock_of_their_own_and_the_snoozed_wait(house: House) -> None:
    # Given a ticket for which the back office is asked
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    wish = {"client_id": "e-12345678", "tried": "…", "asked": "…", "tier": "back_office", "keep": True}
    linked = (await console.act(ticket, "escalate", **wish))["entry"]["data"]["internal"]["id"]
    # Then the internal ticket has to be solved, and nobody in it waits for an answer
    assert set(await clocks_of(house, linked)) == {"resolution"}
    assert set(await clocks_of(house, ticket)) == {"first_response", "resolution"}
    # And a snoozed ticket is due as much later as it sleeps, also when it is woken early
    await console.act(ticket, "messages", client_id="c-12345678", text="您好")
    due = (await row_of(house, ticket)).due_at
    assert due is not None
    await console.act(ticket, "snooze", until=house.clock() + 120 * MINUTE)
    assert (await row_of(house, ticket)).due_at == due + 120 * MINUTE
    house.clock.pass_minutes(30)
    await console.act(ticket, "wake")
    assert (await row_of(house, ticket)).due_at == due + 30 * MINUTE


async def test_an_answer_that_is_owed_is_owed_where_the_ticket_was_merged(house: House) -> None:
    # Given a customer who was answered in one ticket and waits in another
    console = await house.console("li.na")
    conversation = await house.db.write(conversations.begin, "web", "a1", Profile())
    one, other = [await house.handed_over(conversation_id=conversation.id) for _ in range(2)]
    for ticket in (one, other):
        await console.act(ticket, "take")
    await console.act(one, "messages", client_id="c-12345678", text="您好")
    house.clock.pass_minutes(4)
    # When the other is merged into the one
    number = (await row_of(house, one)).number
    merged = await console.post(f"/tickets/{other}/merge", into=number)
    assert merged.status == 200, await merged.text()
    # Then nobody waits there any more, and here as long as it has been
    assert all(clock.ended for clock in (await clocks_of(house, other)).values())
    following = (await clocks_of(house, one))["next_response"]
    assert (following.elapsed, following.started_at) == (4 * MINUTE, house.clock())


async def test_a_changed_file_changes_what_is_due_once_and_old_tickets_get_clocks(house: House) -> None:
    # Given a ticket with clocks and one from a time without, which an agent has answered
    console = await house.console("li.na")
    ticket, old = await house.handed_over(), await house.handed_over()
    await console.act(old, "take")
    await console.act(old, "messages", client_id="c-12345678", text="您好")
    answered = (await row_of(house, old)).first_reply_at
    await house.db.write(lambda tx: tx.execute(sla_clock.delete().where(sla_clock.c.ticket_id == old)))
    await watch_of(house).run()
    assert set(await clocks_of(house, old)) == {"resolution"}
    assert (await row_of(house, old)).first_reply_at == answered
    # When the service starts with half the time for a first response
    opened = house.clock()
    house.clock.pass_minutes(3)
    promised = replace_first_response(house, normal=8)
    await promised.run()
    # Then it counts what has passed
    first = (await clocks_of(house, ticket))["first_response"]
    assert (first.elapsed, first.due_at, first.target) == (3 * MINUTE, opened + 8 * MINUTE, 8 * MINUTE)
    assert (await row_of(house, ticket)).due_at == opened + 8 * MINUTE
    # And another start changes nothing
    house.clock.pass_minutes(1)
    await replace_first_response(house, normal=8).run()
    assert (await clocks_of(house, ticket))["first_response"] == first


def replace_first_response(house: House, **minutes: float) -> SlaWatch:
    """The job of a service whose tiers.yml promises something else."""
    general = house.tiers.sla.first_response.model_copy(update=minutes)
    changed = house.tiers.model_copy(update={"sla": house.tiers.sla.model_copy(update={"first_response": general})})
    return SlaWatch(house.db, house.bus, house.service.acting, Policy(changed), house.clock)


async def test_a_page_of_tickets_and_a_frame_to_many_cost_the_same_statements_as_one(house: House) -> None:
    lead = await house.service.people.find(await house.person("le.ad", role="supervisor", tiers=()))
    rows = [await row_of(house, await house.handed_over()) for _ in range(5)]
    names = [await house.person(f"for.{n}") for n in range(5)]
    marked = [replace(row, for_agent=name) for row, name in zip(rows, names, strict=True)]
    statements: list[str] = []
    event.listen(house.db.engine, "before_cursor_execute", lambda *cursor: statements.append(cursor[2]))
    counts = []
    for some in (marked[:1], marked):
        statements.clear()
        facts = await house.service.facts(some)
        shown = [[facts.shown(row, lead) for row in some] for _ in range(50)][-1]
        counts.append(len([each for each in statements if each.startswith("SELECT")]))
    assert counts == [3, 3]
    assert [each["for_agent"]["name"] for each in shown] == [f"For {n}" for n in range(5)]
    assert {len(each["sla"]) for each in shown} == {2}


def test_everything_that_is_wrong_with_the_promises_is_listed() -> None:
    data = yaml.safe_load((ROOT / "tiers.yml").read_text(encoding="utf-8"))
    data["sla"]["tiers"] = {"nobody": {}}
    data["sla"]["channels"]["web"] = {"resolution": {"urgent": 9_999}}
    with pytest.raises(
        Exception, match=r"sla\.tiers\.nobody: there is no such tier.*\n.*sla\.channels\.web\.resolution"
    ):
        parse_tiers(data)


COURSES = 4


async def test_any_day_at_the_desk_gives_what_a_walk_along_its_timeline_gives(house: House) -> None:
    """Random acts through the real desk; afterwards the timeline alone says what the clocks must have been."""
    console = await house.console("li.na", tiers=("front_line", "senior"))
    dice = random.Random(20261122)
    watch = watch_of(house)
    house.clock.now -= house.clock.now % MINUTE
    for course in range(COURSES):
        ticket = await house.handed_over()
        for turn in range(12):
            house.clock.pass_minutes(dice.choice((0, 1, 2, 4, 9, 25, 240)))
            await _something(house, console, ticket, dice, f"{course}-{turn}")
            if dice.random() < 0.4:
                await watch.run()
        house.clock.pass_minutes(dice.choice((0, 45, 900)))
        await watch.run()
        entries = await house.db.read(timeline, ticket)
        expected = walk(_steps(house, entries), house.clock(), MINUTE)
        found = await house.db.read(sla.history, ticket)
        row = await row_of(house, ticket)
        walked = {(each.metric, each.n, each.state, each.elapsed, each.broken_at) for each in expected}
        assert {_as_walked(house, clock, row) for clock in found} == walked
        breaches = {(entry.data["metric"], entry.at) for entry in entries if entry.event == "sla_breached"}
        assert breaches == {(each.metric, each.broken_at) for each in expected if each.broken_at is not None}
        assert row.breached == bool(breaches)


async def _something(house: House, console: Any, ticket: str, dice: random.Random, mark: str) -> None:
    wish = dice.choice(
        ("customer", "customer", "reply", "reply", "note", "take", "idle", "resolve", "reopen", "bot", "tier")
    )
    if wish in {"customer", "bot"}:
        author = Author.CUSTOMER if wish == "customer" else Author.BOT
        await house.desk.append(ticket, replace(line(wish, author), at=house.clock()))
    elif wish in {"idle", "reopen"}:
        await house.desk.change(ticket, TicketChange.IDLE if wish == "idle" else TicketChange.REOPENED, {})
    else:  # what is not possible now is refused, and changes nothing
        path, body = {
            "reply": ("messages", {"client_id": f"reply-{mark}", "text": "好的"}),
            "note": ("notes", {"client_id": f"note-{mark}", "text": "!"}),
            "take": ("take", {}),
            "resolve": ("resolve", {"note": ""}),
            "tier": ("transfer", {"tier": dice.choice(("front_line", "senior")), "note": ""}),
        }[wish]
        await console.post(f"/tickets/{ticket}/{path}", **body)


def _steps(house: House, entries: list[Entry]) -> list[Step]:
    """The timeline as what happened to the ticket."""
    spans = [[(span.start, span.end) for span in day] for day in house.tiers.hours.compiled().weekly]
    is_open = wall_clock(house.tiers.hours.time_zone, spans, {}, MINUTE)
    target = {metric: house.tiers.sla.target_ms(metric, "normal", "front_line", "web") for metric in METRICS}
    steps: list[Step] = []
    state = "queued"
    for entry in entries:
        if entry.before or entry.event.startswith("sla_"):
            continue
        spoken = {Author.CUSTOMER: "customer", Author.AGENT: "person"} if entry.kind == "message" else {}
        act = "reopen" if entry.event == "reopened" else spoken.get(entry.author, "other")
        if act == "customer" and state == "waiting_customer":
            state = "open"
        state = _state_after(entry, state)
        steps.append(Step(entry.at, act, state, target, dict.fromkeys(METRICS, is_open)))
    return steps


def _state_after(entry: Entry, state: str) -> str:
    becomes: JSON = {
        "taken": "open",
        "transferred": "queued",
        "escalated": "queued",
        "resolved": "resolved",
        "reopened": "queued",
    }
    if entry.event == "idle" and state == "open":
        return "waiting_customer"
    return str(becomes.get(entry.event, state))


def _as_walked(house: House, clock: Clock, row: tickets.Ticket) -> tuple[str, int, str, int, int | None]:
    (shown,) = clocks([clock], row, house.service.policy, house.clock())
    counted = elapsed(clock, house.service.policy.terms(clock.metric, row), house.clock())
    return clock.metric, clock.n, shown["state"], counted, clock.breached_at
