"""What is asked all the time is found by an index: with any number of conversations, none of it reads a whole table.

SQLite tells how it would answer each statement; without statistics that depends on the schema alone, so no data is
needed.
"""

import re
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection, event

from connectors.message import Author, Content, Profile
from storage import (
    agent_sessions,
    codes,
    continuing,
    conversations,
    files,
    handoffs,
    histories,
    links,
    messages,
    openings,
    outbox,
    questions,
    reach,
    retention,
    ticket_entries,
    ticket_lists,
    tickets,
    triage,
    turns,
    work,
)
from storage.customers import Customer
from storage.database import Database
from storage.messages import Delivery
from storage.migrate import upgrade
from storage.ticket_lists import Filter, Scope

AGENT = Scope(agent_id="a", tiers=("front_line",))
SUPERVISOR = Scope(agent_id="a", tiers=None)
OUTLETS = reach.Outlets(sending=frozenset({"web"}), windowed=frozenset({"web"}))
SOME = {"ix_work_pending", "ix_work_dead", "ix_outbox_open", "ix_outbox_not_sent", "ix_outbox_held"}
"""Indexes that hold only what is under way or has failed: to read all of one is to read little."""

Asked = Callable[[Connection], object]

CUSTOMERS: dict[str, Asked] = {
    "a message arrives": lambda tx: conversations.begin(tx, "web", "new", Profile()),
    "it came before": lambda tx: messages.find_delivery(tx, "web", "a", "1"),
    "somebody comes from another channel": lambda tx: conversations.find_by_address(tx, "telegram", "a"),
    "the same is proven of others": lambda tx: links.join_proven(tx, _proven(tx)),
    "identities are separated": lambda tx: continuing.part_ways(tx, links.separate(tx, _proven(tx).id)),
    "a code is sent": lambda tx: codes.find(tx, "hash"),
    "codes are counted": lambda tx: codes.issued_since(tx, "c", 1),
    "another way is looked for": lambda tx: reach.next_best(tx, _proven(tx).person_id, OUTLETS, besides=("a", "b")),
    "held messages are let go": lambda tx: openings.release(tx, "c", "web", "a", lasting=("bot",)),
    "a verified user comes by": lambda tx: conversations.address_of_user(tx, "web", "user"),
    "the history is read": lambda tx: messages.after(tx, "c", 9_000, 200),
    "the last messages are read": lambda tx: messages.latest(tx, "c", 500),
    "a button is pressed": lambda tx: messages.find(tx, "c", "m"),
    "an answer is marked": lambda tx: messages.mark_helpful(tx, "c", "m", True),
    "a file is asked for": lambda tx: files.find(tx, "f"),
    "the handoffs are looked up": lambda tx: handoffs.of_conversation(tx, "c"),
    "a desk tells of a ticket": lambda tx: handoffs.find_by_ticket(tx, "built_in", "t"),
    "it is rated": lambda tx: handoffs.rate(tx, "h", 5, "", 1),
}
BACKGROUND: dict[str, Asked] = {
    "a lane looks for work": lambda tx: work.first(tx, "conv:c", 2),
    "work is finished": lambda tx: work.finish(tx, 1),
    "all lanes are looked at": work.waiting_lanes,
    "work is counted": work.counts,
    "a parcel is looked for": lambda tx: outbox.head(tx, "c"),
    "a parcel is claimed": lambda tx: outbox.claim(tx, "m"),
    "all parcels are looked at": outbox.open_conversations,
    "parcels are counted": outbox.counts,
    "who left the queue is looked for": lambda tx: conversations.quiet(
        tx, state="queued", customer_before=1, present_before=1, in_line=True
    ),
    "replies to mail are looked for": lambda tx: messages.unseen_replies(tx, since=1, present_before=1),
    "finished conversations are looked for": lambda tx: retention.finished(tx, states=("bot",), before=1, limit=10),
    "old work is dropped": lambda tx: retention.drop_done_work(tx, before=1, after=0, limit=10),
    "old codes are dropped": lambda tx: codes.drop_expired(tx, 1),
    "recent questions are read": lambda tx: (
        questions.said_before(tx, "", questions.floor(1), 500),
        questions.said_before(tx, "m", questions.floor(1), 500),
        questions.handed_over_since(tx, 1),
    ),
    "old deliveries are dropped": lambda tx: retention.drop_deliveries(tx, before=1, limit=10),
}
DESK: dict[str, Asked] = {
    "a ticket is opened": lambda tx: tickets.find_by_handoff(tx, "h"),
    "a ticket is found by its number": lambda tx: tickets.find_by_number(tx, "FD-7K2M9QX3"),
    "what a customer had before is read": lambda tx: triage.history_of(tx, "c", 1),
    "its timeline is read": lambda tx: ticket_entries.timeline(tx, "t", 9_000),
    "a customer's history is read": lambda tx: histories.latest(
        tx, histories.conversations_of(tx, "p"), before=1 << 60, limit=100
    ),
    "what became of messages is read": lambda tx: (histories.marks_of(tx, "c"), histories.mark_of(tx, "m")),
    "an entry is looked up": lambda tx: ticket_entries.find_entry(tx, "t", "e"),
    "a request is repeated": lambda tx: ticket_entries.find_by_client_id(tx, "t", "1"),
    "the last question is read": lambda tx: ticket_entries.last_question(tx, "t"),
    "places in the queue are told": ticket_lists.move_up,
    "handling times are taken": lambda tx: ticket_lists.usual_handling(tx, "front_line", 1),
    "the held are counted": tickets.held_counts,
    "what agents have to do is counted": lambda tx: (turns.work_of(tx, 1), turns.work_of(tx, 1, "a")),
    "offers are looked at": turns.offers,
    "tickets that nobody was asked for are read": lambda tx: turns.unoffered(
        tx, tiers=["t"], languages=["en"], free=["a"], patient_since=1, reserved_since=1, skip=0, limit=200
    ),
    "customers of somebody who left are found": lambda tx: turns.unanswered(tx, holders=["a"]),
    "customers who wait for long are found": lambda tx: turns.unanswered(tx, silent_since=1),
    "what an agent has is read": lambda tx: tickets.held_by(tx, "a"),
    "lists are counted": lambda tx: (ticket_lists.counts(tx, AGENT, 1), ticket_lists.counts(tx, SUPERVISOR, 1)),
    "a session is looked up": lambda tx: agent_sessions.find_session(tx, "token", created_after=1, seen_after=1),
    **{
        f"{who}'s list {view!r} is shown": lambda tx, scope=scope, view=view: ticket_lists.page(  # type: ignore[misc]
            tx, scope, Filter(view=view), 50, None
        )
        for who, scope in (("an agent", AGENT), ("a supervisor", SUPERVISOR))
        for view in ("queue", "mine", "all")
    },
}


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    await upgrade(database)
    yield database
    await database.close()


async def plans(database: Database, asked: Asked) -> list[str]:
    """How SQLite answers each statement of a function."""
    statements: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        statements.append((statement, parameters))

    def ask(tx: Connection) -> list[str]:
        messages.add(tx, conversation_id=_conversation(tx), seq=1, author=Author.BOT, content=Content(), message_id="m")
        messages.record_delivery(tx, "web", "a", "1", Delivery(conversation_id="c", message_id="m", seq=1))
        handoffs.add(
            tx, id="h", conversation_id=_conversation(tx), reference="r", reason="", status="", packet={}, seq=1,
            desk="", created_at=1, updated_at=1,
        )  # fmt: skip
        event.listen(database.engine, "before_cursor_execute", note)
        asked(tx)
        event.remove(database.engine, "before_cursor_execute", note)
        return [
            str(row[3])
            for statement, parameters in statements
            for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[call-overload]
        ]

    return await database.write(ask)


def _proven(tx: Connection) -> Customer:
    profile = Profile(email="a@example.com", phone="+8613800138000", proven=frozenset({"email", "phone"}))
    return conversations.arrive(tx, "web", "a", profile).customer


def _conversation(tx: Connection) -> str:
    return conversations.begin(tx, "web", "a", Profile()).id


def whole_tables(plan: list[str]) -> list[str]:
    """The steps that read all of a table, or of an index over all of one."""
    scans = [step for step in plan if re.match(r"SCAN (?!\(|anon_|CONSTANT)", step)]
    return [step for step in scans if not any(step.endswith(f"INDEX {index}") for index in SOME)]


@pytest.mark.parametrize("asked", [*CUSTOMERS, *BACKGROUND, *DESK])
async def test_no_whole_table_is_read_when(database: Database, asked: str) -> None:
    plan = await plans(database, (CUSTOMERS | BACKGROUND | DESK)[asked])
    assert plan, "nothing was asked"
    assert whole_tables(plan) == []


@pytest.mark.parametrize("asked", ["the history is read", "the last messages are read", "its timeline is read"])
async def test_no_long_history_is_sorted_when(database: Database, asked: str) -> None:
    plan = await plans(database, (CUSTOMERS | DESK)[asked])
    assert not [step for step in plan if "TEMP B-TREE" in step]
