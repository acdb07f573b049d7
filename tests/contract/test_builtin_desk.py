"""The built-in desk passes the suite of all desks, on both databases, and what is particular about it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from connectors.desk import DeskEvent, DeskEventKind, Reason, TicketChange
from connectors.message import Author
from desk.agent_moves import AgentMoves
from desk.connector import ACCEPTING, BuiltInDesk
from desk.errors import Refused
from desk.tiers import load_tiers
from storage import agents, ticket_entries, tickets
from storage.agents import Agent
from storage.bus import MemoryBus
from storage.database import Database
from storage.migrate import upgrade
from storage.settings import write_setting
from storage.work import conversation_lane, head
from tests.contract.desk_suite import AT, DeskSuite, packet, said

TIERS = load_tiers(Path(__file__).parents[2] / "tiers.yml")
NIGHT = AT + 8 * 3_600_000  # 23:00 in Shanghai
MORNING = AT + 18 * 3_600_000  # 09:00 on the next day


@dataclass
class BuiltInBench:
    """The desk and its tables."""

    db: Database
    desk: BuiltInDesk
    now: int = AT

    async def tickets_of(self, handoff_id: str) -> int:
        return await self.db.read(_count, handoff_id)

    async def said(self, ticket_id: str) -> list[str]:
        entries = await self.db.read(ticket_entries.timeline, ticket_id)
        return [entry.content.text for entry in entries if entry.kind == ticket_entries.MESSAGE]

    async def events(self, ticket_id: str) -> list[str]:
        return [entry.event for entry in await self.db.read(ticket_entries.timeline, ticket_id) if entry.event]

    async def is_closed(self, ticket_id: str) -> bool:
        ticket = await self.db.read(tickets.find_ticket, ticket_id)
        assert ticket is not None
        return not ticket.live

    async def go_down(self) -> None:
        await self.db.write(write_setting, ACCEPTING, False)

    async def agent(self, login: str = "li.na", *, alive: bool = True) -> Agent:
        agent = await self.db.write(
            agents.add_agent, login=login, name=login.title(), email="", role="agent", tiers=("front_line",), grade="",
            languages=(), skills=(), capacity=2, language="zh", password="x",
        )  # fmt: skip
        assert agent is not None
        await self.db.write(agents.mark_alive, [agent.id], self.now if alive else 0)
        return agent

    @property
    def moves(self) -> AgentMoves:
        return AgentMoves(desk=self.desk.name, tiers=TIERS, clock=lambda: self.now)

    async def promised(self, conversation_id: str) -> DeskEvent:
        item = await self.db.read(head, conversation_lane(conversation_id))
        assert item is not None
        return DeskEvent.from_json(item.payload)


def _count(tx: Connection, handoff_id: str) -> int:
    query = select(func.count()).select_from(tickets.ticket).where(tickets.ticket.c.handoff_id == handoff_id)
    return tx.execute(query).scalar_one()


@pytest.fixture
async def bench(database_url: str) -> AsyncIterator[BuiltInBench]:
    db = Database(database_url)
    await upgrade(db)
    built = BuiltInBench(db, BuiltInDesk(db, MemoryBus(), TIERS, clock=lambda: built.now))
    yield built
    await db.close()


class TestBuiltInDesk(DeskSuite):
    """The contract."""

    @pytest.fixture
    async def bench(self, database_url: str) -> AsyncIterator[BuiltInBench]:
        db = Database(database_url)
        await upgrade(db)
        yield BuiltInBench(db, BuiltInDesk(db, MemoryBus(), TIERS, clock=lambda: AT))
        await db.close()


async def test_the_packet_is_kept_whole(bench: BuiltInBench) -> None:
    handoff = packet(transcript=())
    ref = await bench.desk.open(handoff)
    stored = await bench.db.read(tickets.packet_of, ref.ticket_id)
    assert type(handoff).from_json(stored) == handoff


async def test_a_transcript_line_that_came_twice_is_shown_once(bench: BuiltInBench) -> None:
    line = said("hello")
    ref = await bench.desk.open(packet(transcript=(line, line)))
    assert await bench.said(ref.ticket_id) == ["hello"]


@pytest.mark.parametrize(
    ("changes", "tier"),
    [
        ({}, "front_line"),
        ({"reason": Reason.SENSITIVE}, "senior"),
        ({"urgency": "urgent"}, "senior"),
        ({"reason": Reason.COMPLAINT}, "coordinator"),
        ({"reason": Reason.NOT_HELPFUL, "sentiment": "negative"}, "coordinator"),
        ({"reason": Reason.NOT_HELPFUL, "sentiment": "positive"}, "front_line"),
    ],
)
async def test_the_tier_follows_the_rules(bench: BuiltInBench, changes: dict[str, object], tier: str) -> None:
    ref = await bench.desk.open(packet(**changes))
    ticket = await bench.db.read(tickets.find_ticket, ref.ticket_id)
    assert ticket is not None
    assert ticket.tier == tier


async def test_outside_opening_hours_the_customer_hears_when_the_desk_opens(bench: BuiltInBench) -> None:
    await bench.agent()
    bench.now = NIGHT
    ref = await bench.desk.open(packet())
    assert (ref.position, ref.opens_at) == (None, MORNING)


async def test_without_anybody_in_the_tier_there_is_no_place(bench: BuiltInBench) -> None:
    ref = await bench.desk.open(packet())
    assert (ref.position, ref.wait_seconds, ref.opens_at) == (None, None, None)


async def test_the_wait_comes_from_how_long_recent_tickets_took(bench: BuiltInBench) -> None:
    agent = await bench.agent()
    first = await bench.desk.open(packet())
    assert (first.position, first.wait_seconds) == (1, None)
    await bench.db.write(bench.moves.take, agent, first.ticket_id)
    bench.now += 600_000
    await bench.db.write(bench.moves.resolve, agent, first.ticket_id, "")
    await bench.db.write(agents.mark_alive, [agent.id], bench.now)
    refs = [await bench.desk.open(packet()) for _ in range(4)]
    assert [ref.position for ref in refs] == [1, 2, 3, 4]
    assert [ref.wait_seconds for ref in refs] == [30, 30, 300, 600]
    urgent = await bench.desk.open(packet(urgency="high"))
    assert urgent.position == 1
    assert (await bench.desk.open(replace(packet(), id="again"))).position == 6


async def test_far_behind_the_place_is_one_after_what_the_last_one_was_told(bench: BuiltInBench) -> None:
    await bench.agent()
    last = [await bench.desk.open(packet()) for _ in range(3)][-1]
    for told, place in ((1_000, 1_001), (100, 5)):
        await bench.db.write(tickets.change_ticket, last.ticket_id, at=AT, position=told)
        last = await bench.desk.open(packet())
        assert last.position == place


async def test_take_and_withdraw_at_once_leave_one_winner(bench: BuiltInBench) -> None:
    agent = await bench.agent()
    for _ in range(8):
        handoff = packet()
        ref = await bench.desk.open(handoff)
        taken, _ = await asyncio.gather(
            bench.db.write(bench.moves.take, agent, ref.ticket_id),
            bench.desk.change(ref.ticket_id, TicketChange.WITHDRAWN, {}),
            return_exceptions=True,
        )
        ticket = await bench.db.read(tickets.find_ticket, ref.ticket_id)
        assert ticket is not None
        if isinstance(taken, Refused):
            assert (taken.code, ticket.state) == ("closed", "withdrawn")
        else:
            assert ticket.state == "open"
            assert (await bench.promised(handoff.conversation_id)).kind is DeskEventKind.TAKEN


async def test_two_processes_cannot_both_take_a_ticket(bench: BuiltInBench, database_url: str) -> None:
    other = Database(database_url)
    people = [await bench.agent("li.na"), await bench.agent("wang.wei")]
    try:
        for _ in range(8):
            ref = await bench.desk.open(packet())
            answers = await asyncio.gather(
                *(
                    db.write(bench.moves.take, who, ref.ticket_id)
                    for db, who in zip((bench.db, other), people, strict=True)
                ),
                return_exceptions=True,
            )
            refused = [answer.code for answer in answers if isinstance(answer, Refused)]
            assert refused == ["taken"]
            assert (await bench.events(ref.ticket_id)).count("taken") == 1
    finally:
        await other.close()


async def test_what_fails_halfway_leaves_nothing(bench: BuiltInBench, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = await bench.agent()
    handoff = packet()
    ref = await bench.desk.open(handoff)

    def crash(*_: object, **__: object) -> None:
        raise OSError("the machine stopped")

    with monkeypatch.context() as broken:
        broken.setattr("desk.agent_moves.promise", crash)
        with pytest.raises(OSError, match="stopped"):
            await bench.db.write(bench.moves.take, agent, ref.ticket_id)
    ticket = await bench.db.read(tickets.find_ticket, ref.ticket_id)
    assert ticket is not None
    assert (ticket.state, ticket.agent_id) == ("queued", None)
    assert "taken" not in await bench.events(ref.ticket_id)


async def test_silence_and_words_move_the_ticket(bench: BuiltInBench) -> None:
    agent = await bench.agent()
    ref = await bench.desk.open(packet())
    await bench.db.write(bench.moves.take, agent, ref.ticket_id)
    states = []
    for step in (TicketChange.IDLE, None, TicketChange.IDLE, TicketChange.ACTIVE):
        if step is None:
            await bench.desk.append(ref.ticket_id, said("back"))
        else:
            await bench.desk.change(ref.ticket_id, step, {})
        ticket = await bench.db.read(tickets.find_ticket, ref.ticket_id)
        assert ticket is not None
        states.append((ticket.state, ticket.online, ticket.unread))
    assert states == [
        ("waiting_customer", False, 0),
        ("open", True, 1),
        ("waiting_customer", False, 1),
        ("open", True, 1),
    ]


async def test_what_the_bot_says_while_the_customer_waits_is_shown(bench: BuiltInBench) -> None:
    ref = await bench.desk.open(packet())
    await bench.desk.append(ref.ticket_id, said("7 天内可退。", Author.BOT))
    ticket = await bench.db.read(tickets.find_ticket, ref.ticket_id)
    assert ticket is not None
    assert (ticket.unread, ticket.last["author"]) == (0, "bot")


async def test_a_changed_rating_replaces_the_first(bench: BuiltInBench) -> None:
    ref = await bench.desk.open(packet())
    for score in (3, 3, 5):
        await bench.desk.change(ref.ticket_id, TicketChange.RATED, {"score": score, "comment": ""})
    ticket = await bench.db.read(tickets.find_ticket, ref.ticket_id)
    assert ticket is not None
    assert ticket.rating == {"score": 5, "comment": "", "at": AT}
    assert await bench.events(ref.ticket_id) == ["opened", "rated", "rated"]
