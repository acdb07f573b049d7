"""Escalation between tiers: up, back down, and by itself."""

import asyncio
from typing import Any

import pytest

from connectors.desk import DeskEventKind, TicketChange
from connectors.message import JSON, Author
from desk.announcer import Act
from desk.jobs import jobs
from desk.tiers import TiersError, load_tiers, parse_tiers
from storage import tickets
from storage.agents import change_agent
from storage.tables import new_id
from storage.ticket_entries import EVENT, Entry, add_entry, events_of
from tests.desk.house import ROOT, Console, House, handoff

WISH = {"client_id": "wish-0001", "tried": "查过订单，地址改不了。", "asked": "请改派送地址。"}


async def held_by(house: House, console: Console, **changes: Any) -> str:
    """A new ticket that somebody has taken."""
    ticket = await house.handed_over(**changes)
    await console.act(ticket, "take")
    return ticket


async def happens(house: House, ticket_id: str, event: str, data: JSON | None = None, **values: Any) -> None:
    """Another part of the desk notes something on a ticket."""

    def move(tx: Any) -> Act:
        held = tickets.lock_ticket(tx, ticket_id)
        assert held is not None
        entry = Entry(
            ticket_id=ticket_id, id=new_id(), kind=EVENT, event=event, author=Author.SYSTEM, at=house.clock(),
            data=data or {},
        )  # fmt: skip
        added = add_entry(tx, held, entry, **values)
        assert added is not None
        return Act(ticket=added[0], before=held, entry=added[1])

    await house.service.acting.do(move)


async def promises_watched(house: House) -> None:
    """The job that looks at the clocks has looked."""
    await next(job.run for job in jobs(house.service) if job.name == "sla")()


async def staffed(house: House, *tiers: str) -> None:
    """In each of these tiers somebody works, though not now."""
    for tier in tiers or ("coordinator", "senior"):
        await house.person(f"works.{tier}", tiers=(tier,))


async def row(house: House, ticket_id: str) -> tickets.Ticket:
    """A ticket as it is stored."""
    found = await house.db.read(tickets.find_ticket, ticket_id)
    assert found is not None
    return found


async def test_a_ticket_goes_up_with_what_was_tried_and_what_is_asked(house: House) -> None:
    agent = await house.console("li.na")
    above = await house.console("wang.wei", tiers=("coordinator",))
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    await agent.act(ticket, "take")
    await house.work(packet.conversation_id)
    moved = await agent.act(ticket, "escalate", **WISH)
    assert (moved["ticket"]["state"], moved["ticket"]["tier"], moved["ticket"]["escalations"]) == (
        "queued", "coordinator", 1,
    )  # fmt: skip
    assert moved["entry"]["event"] == "escalated"
    assert {name: moved["entry"]["data"][name] for name in ("tried", "asked", "from_tier")} == {
        "tried": WISH["tried"], "asked": WISH["asked"], "from_tier": "front_line",
    }  # fmt: skip
    (told,) = await house.work(packet.conversation_id)
    assert (told.kind, told.agent_name) == (DeskEventKind.QUEUED, "Li Na")
    assert told.team == {"en": "Case management", "zh": "专案服务"}
    assert (await agent.get(f"/tickets/{ticket}")).status == 404
    await above.act(ticket, "take")


async def test_an_escalation_names_a_tier_above_and_says_what_it_is_about(house: House) -> None:
    console = await house.console("li.na", tiers=("front_line", "senior"))
    ticket = await held_by(house, console)
    for change, field in (
        ({"tried": "  "}, "tried"),
        ({"asked": ""}, "asked"),
        ({"tier": "moon"}, "tier"),
        ({"tier": "front_line"}, "tier"),
        ({"tier": "back_office", "keep": False}, "tier"),
    ):
        answer = await console.post(f"/tickets/{ticket}/escalate", **WISH | change)
        assert (answer.status, (await answer.json())["error"]["field"]) == (400, field)
    top = await held_by(house, console, urgency="urgent")
    answer = await console.post(f"/tickets/{top}/escalate", **WISH)
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, "tier")
    below = await console.post(f"/tickets/{ticket}/give-back", client_id="down-0001", note="")
    assert (below.status, (await below.json())["error"]["code"]) == (409, "not_escalated")


async def test_a_repeated_escalation_is_one(house: House) -> None:
    agent = await house.console("li.na")
    ticket = await held_by(house, agent)
    answers = await asyncio.gather(*(agent.post(f"/tickets/{ticket}/escalate", **WISH) for _ in range(2)))
    assert [answer.status for answer in answers] == [200, 200]
    ids = {(await answer.json())["entry"]["id"] for answer in answers}
    assert len(ids) == 1
    assert (await row(house, ticket)).escalations == 1
    other = await agent.post(f"/tickets/{ticket}/escalate", **WISH | {"asked": "something else"})
    assert (await other.json())["error"]["code"] == "client_id_used"


async def test_of_two_who_move_a_ticket_at_once_one_does(house: House) -> None:
    agent, admin = await house.console("li.na"), await house.console("ad.min", role="admin")
    ticket = await held_by(house, agent)
    up, done = await asyncio.gather(
        agent.post(f"/tickets/{ticket}/escalate", **WISH), admin.post(f"/tickets/{ticket}/return", briefing="")
    )
    now = await row(house, ticket)
    if now.state == "returned":  # first, or after the other: then nobody held it any more
        assert (up.status, done.status) == (409, 200)
    else:
        assert (up.status, done.status) == (200, 403)
    assert now.escalations == int(up.status == 200)


async def test_who_had_escalated_gets_the_ticket_back_and_the_second_time_a_supervisor_is_told(house: House) -> None:
    agent, above = await house.console("li.na"), await house.console("wang.wei", tiers=("coordinator",))
    lead = await house.console("le.ad", role="supervisor", tiers=())
    ticket = await held_by(house, agent)
    for n in (1, 2):
        await agent.act(ticket, "escalate", **WISH | {"client_id": f"up-000{n}-x"})
        await above.act(ticket, "take")
        note = {"client_id": f"down-000{n}", "note": "地址可以改了。"}
        down = await above.act(ticket, "give-back", **note)
        assert down["ticket"]["for_agent"] == {"id": agent.agent_id, "name": "Li Na"}
        assert (down["ticket"]["tier"], down["ticket"]["bounces"]) == ("front_line", n)
        again = await above.act(ticket, "give-back", **note)
        assert again["entry"]["id"] == down["entry"]["id"]
        await agent.act(ticket, "take")
    assert (await row(house, ticket)).attention == "bounces"
    inbox = await lead.json("/mentions")
    assert [(each["via"], each["ticket_id"]) for each in inbox["mentions"]] == [("alert", ticket)]
    assert (await agent.post(f"/tickets/{ticket}/attended")).status == 403
    assert (await lead.act(ticket, "attended"))["ticket"]["attention"] == ""
    events = [each["event"] for each in (await lead.json(f"/tickets/{ticket}/timeline"))["timeline"] if "event" in each]
    assert events.count("alerted") == 1


async def test_a_broken_promise_brings_a_ticket_up_once_for_each_clock(house: House) -> None:
    await staffed(house)
    await house.console("le.ad", role="supervisor", tiers=())
    packet = handoff()
    ticket = (await house.desk.open(packet)).ticket_id
    queued_at = (await row(house, ticket)).queued_at
    for metric in ("first_response", "first_response", "resolution", "next_response"):
        house.clock.pass_minutes(1)
        await happens(house, ticket, "sla_breached", {"metric": metric})
    ups = await house.db.read(events_of, ticket, "escalated")
    assert [(each.data["to_tier"], each.data["cause"]) for each in ups] == [
        ("coordinator", "sla_breached:first_response"), ("senior", "sla_breached:resolution"),
    ]  # fmt: skip
    assert {each.author for each in ups} == {Author.SYSTEM}
    assert ups[0].data["because"]["zh"] == "已超过承诺时限"
    (alerted,) = await house.db.read(events_of, ticket, "alerted")
    assert alerted.data["cause"] == "sla_breached:next_response"
    now = await row(house, ticket)
    assert (now.tier, now.escalations, now.attention, now.queued_at) == ("senior", 2, "sla_breached", queued_at)
    told = await house.work(packet.conversation_id)
    assert [each.team["en"] for each in told if each.team] == ["Case management", "Senior customer care"]


async def test_clock_and_rules_meet_in_one_transaction(house: House) -> None:
    """given a ticket that nobody takes in time, when the desk notices it, then it goes up."""
    await staffed(house)
    ticket = await house.handed_over(urgency="normal")
    house.clock.pass_minutes(20)
    await promises_watched(house)
    now = await row(house, ticket)
    assert (now.tier, now.state, now.escalations, now.breached) == ("coordinator", "queued", 1, True)
    (up,) = await house.db.read(events_of, ticket, "escalated")
    assert up.data["cause"] == "sla_breached:first_response"


async def test_a_tier_where_nobody_works_is_skipped(house: House) -> None:
    await staffed(house, "senior")
    away = await house.person("left.long.ago", tiers=("coordinator",))
    await house.db.write(lambda tx: change_agent(tx, away, disabled=True))
    await house.person("reads.only", role="editor", tiers=("coordinator",))
    ticket = await house.handed_over()
    await happens(house, ticket, "sla_breached", {"metric": "first_response"})
    assert (await row(house, ticket)).tier == "senior"


async def test_where_nobody_works_above_the_ticket_stays_and_supervisors_are_told(house: House) -> None:
    """given a shop with one agent, when a promise is broken, then its ticket is not lost to an empty tier."""
    lead = await house.console("le.ad", role="supervisor", tiers=())
    agent = await house.console("li.na")
    ticket = await held_by(house, agent)
    await happens(house, ticket, "sla_breached", {"metric": "next_response"})
    now = await row(house, ticket)
    assert (now.tier, now.state, now.agent_id, now.attention) == ("front_line", "open", agent.agent_id, "sla_breached")
    assert [each["ticket_id"] for each in (await lead.json("/mentions"))["mentions"]] == [ticket]


async def test_who_takes_or_answers_late_keeps_the_ticket(house: House) -> None:
    """given a promise that is broken unnoticed, when an agent acts, then it is recorded, and the ticket stays."""
    console = await house.console("li.na")
    late, slow = await house.handed_over(urgency="normal"), await held_by(house, console, urgency="normal")
    house.clock.pass_minutes(20)
    await console.act(late, "take")
    await console.act(slow, "messages", client_id="reply-0001", text="I am on it.")
    await promises_watched(house)
    for ticket in (late, slow):
        now = await row(house, ticket)
        assert (now.tier, now.state, now.agent_id, now.escalations) == ("front_line", "open", console.agent_id, 0)
        (breach,) = await house.db.read(events_of, ticket, "sla_breached")
        assert (breach.data["metric"], now.breached) == ("first_response", True)


async def test_reopening_twice_and_words_of_risk_bring_a_ticket_up(house: House) -> None:
    await staffed(house)
    console = await house.console("li.na")
    ticket = await held_by(house, console)
    for _ in range(2):
        await console.act(ticket, "resolve", note="")
        await house.desk.change(ticket, TicketChange.REOPENED, {})
        if (await row(house, ticket)).state == "queued" and (await row(house, ticket)).tier == "front_line":
            await console.act(ticket, "take")
    assert (await row(house, ticket)).tier == "coordinator"
    await happens(house, ticket, "risk_raised", {}, risk="high")
    assert (await row(house, ticket)).tier == "senior"


async def test_a_closed_ticket_with_a_low_rating_stays_closed(house: House) -> None:
    await staffed(house)
    console = await house.console("li.na")
    ticket = await held_by(house, console)
    await console.act(ticket, "resolve", note="")
    await house.desk.change(ticket, TicketChange.RATED, {"score": 1, "comment": ""})
    assert ((await row(house, ticket)).state, (await row(house, ticket)).escalations) == ("resolved", 0)
    await house.desk.change(ticket, TicketChange.REOPENED, {})
    assert (await row(house, ticket)).tier == "coordinator"


def test_rules_that_lead_nowhere_are_all_named() -> None:
    data = load_tiers(ROOT / "tiers.yml").model_dump(mode="json", exclude={"hours", "sla"}, exclude_none=True)
    because = {"en": "x", "zh": "x"}
    data = {name: data[name] for name in ("grades", "otherwise")} | {
        "hours": {"time_zone": "Asia/Shanghai", "weekly": {"mon": ["09:00-18:00"]}},
        "tiers": {
            "front_line": {"name": because, "role": because},
            "behind": {"name": because, "role": because, "faces_customer": False},
        },
        "escalation": [
            {"when": {"reopened": 2}, "to": "moon", "because": because},
            {"when": {"rating": 2}, "to": "behind", "because": because},
        ],
    }
    with pytest.raises(TiersError) as refused:
        parse_tiers(data)
    assert {where for where, _ in refused.value.problems} >= {"escalation.0.to", "escalation.1.to"}
    data["escalation"] = [{"when": {"reopened": 2, "rating": 1}, "because": because}]
    with pytest.raises(TiersError, match="exactly one of"):
        parse_tiers(data)
