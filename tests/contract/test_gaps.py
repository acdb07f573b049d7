"""Gaps are kept the same on SQLite and PostgreSQL, and what was forgotten stays forgotten."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from connectors.message import Article, Author, Content, Profile
from storage import conversations, gaps, handoffs, messages, questions, retention
from storage.clock import now_ms
from storage.database import Database
from storage.gaps import Gap, GapQuestion
from storage.migrate import upgrade
from storage.questions import HandedOver
from storage.tables import new_id

AT = now_ms()
GAP = Gap(
    id="G1", status="open", centre=b"centre", model="m", nearest={"id": "a", "title": "A"}, article_id="", by="",
    created_at=5, seen_at=6,
)  # fmt: skip


def ask(tx: Connection, address: str, *texts: str) -> list[str]:
    """A customer's messages; their ids."""
    arrival = conversations.arrive(tx, "web", address, Profile())
    ids = []
    for number, text in enumerate(texts, 1):
        said = messages.add(
            tx, conversation_id=arrival.conversation.id, seq=number, author=Author.CUSTOMER, content=Content(text=text)
        )
        ids.append(said.id)
    return ids


def of_gap(message_id: str, gap_id: str = "G1", near: float = 0.5) -> GapQuestion:
    return GapQuestion(
        message_id=message_id, gap_id=gap_id, vector=b"v", model="m", near=near, outcome="none", language="en", at=7
    )


async def test_the_questions_of_a_gap_come_with_their_words_the_most_central_first(database: Database) -> None:
    first, second, alone = await database.write(ask, "a", "one", "two", "three")
    members = [of_gap(first, near=0.5), of_gap(second, near=0.9), of_gap(alone, gap_id="")]
    await database.write(gaps.replace_all, [GAP], members)
    assert await database.read(gaps.all_gaps) == [GAP]
    assert {each.message_id for each in await database.read(gaps.all_questions)} == {first, second, alone}
    assert [each.text for each in await database.read(gaps.asked)] == ["two", "one"]
    assert [each.near for each in await database.read(gaps.asked, gap_id="G1")] == [0.9, 0.5]
    assert await database.read(gaps.asked, gap_id="G2") == []
    assert await database.read(gaps.count_open) == 1


async def test_what_people_did_meanwhile_outlives_the_next_look(database: Database) -> None:
    (message,) = await database.write(ask, "a", "one")
    await database.write(gaps.replace_all, [GAP], [of_gap(message)])
    assert await database.write(gaps.dismiss, "G1", "agent")
    assert not await database.write(gaps.dismiss, "unknown", "agent")
    await database.write(gaps.draft_begun, "G1", "gift-cards")
    await database.write(gaps.replace_all, [replace(GAP, centre=b"moved", seen_at=9)], [of_gap(message)])
    (kept,) = await database.read(gaps.all_gaps)
    assert kept == replace(GAP, centre=b"moved", seen_at=9, status="dismissed", by="agent", article_id="gift-cards")
    assert await database.read(gaps.asked) == []
    await database.write(gaps.replace_all, [], [])
    assert await database.read(gaps.all_gaps) == []


async def test_a_gap_that_was_answered_opens_again(database: Database) -> None:
    await database.write(gaps.replace_all, [replace(GAP, status="answered")], [])
    await database.write(gaps.replace_all, [GAP], [])
    assert [each.status for each in await database.read(gaps.all_gaps)] == ["open"]


async def test_a_forgotten_customers_questions_are_in_no_gap_even_if_it_was_found_before(database: Database) -> None:
    kept, gone = await database.write(ask, "a", "kept"), await database.write(ask, "b", "gone")
    members = [of_gap(*kept), of_gap(*gone)]
    await database.write(gaps.replace_all, [GAP], members)
    whose = [each for each in await _conversations(database) if each.endswith("b")]
    await database.write(retention.erase, [each.partition(" ")[0] for each in whose])
    assert [each.text for each in await database.read(gaps.asked)] == ["kept"]
    await database.write(gaps.replace_all, [GAP], members)
    assert [each.text for each in await database.read(gaps.asked)] == ["kept"]


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    """Where transactions really run at the same time."""
    database = Database(postgres_url)
    await upgrade(database)
    yield database
    await database.close()


async def waits(database: Database) -> None:
    """Until a transaction waits for another one's rows."""
    query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    for _ in range(500):
        if await database.read(lambda tx: tx.execute(query).scalar_one()):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")


async def test_a_gap_that_is_dismissed_while_others_are_kept_stays_so(postgres: Database) -> None:
    (message,) = await postgres.write(ask, "a", "one")
    await postgres.write(gaps.replace_all, [GAP], [of_gap(message)])
    with postgres.engine.begin() as person:
        assert gaps.dismiss(person, "G1", "agent")
        looking = asyncio.create_task(postgres.write(gaps.replace_all, [GAP], [of_gap(message)]))
        await waits(postgres)
    await looking
    assert [(each.status, each.by) for each in await postgres.read(gaps.all_gaps)] == [("dismissed", "agent")]


@pytest.mark.parametrize("first", ["forgotten", "kept"])
async def test_a_customer_is_forgotten_while_gaps_are_kept(postgres: Database, first: str) -> None:
    """given a question that is forgotten and kept at the same time, then neither fails, and nothing of it is left"""
    (message,) = await postgres.write(ask, "a", "one")
    await postgres.write(gaps.replace_all, [GAP], [])
    whose = [each.partition(" ")[0] for each in await _conversations(postgres)]
    both = [(retention.erase, (whose,)), (gaps.replace_all, ([GAP], [of_gap(message)]))]
    (now, with_it), (then, with_that) = both if first == "forgotten" else reversed(both)
    with postgres.engine.begin() as tx:
        now(tx, *with_it)
        other = asyncio.create_task(postgres.write(then, *with_that))
        await waits(postgres)
    await other
    assert await postgres.read(gaps.all_questions) == []
    assert await _conversations(postgres) == []


async def _conversations(database: Database) -> list[str]:
    def found(tx: Connection) -> list[str]:
        rows = tx.execute(conversations.conversation.select())
        return [f"{row.id} {row.address}" for row in rows]

    return await database.read(found)


async def test_what_was_said_is_read_back_newest_first_and_in_parts(database: Database) -> None:
    def talk(tx: Connection) -> tuple[str, list[str]]:
        arrival = conversations.arrive(tx, "web", "a", Profile(user_id="u-1"))
        where = arrival.conversation.id
        question = messages.add(
            tx, conversation_id=where, seq=1, author=Author.CUSTOMER, content=Content(text="How long?")
        )
        messages.keep_evidence(tx, question.id, {"decision": "answer"})
        article = Article(id="times", title="Times", language="en", confidence=0.9)
        answer = messages.add(tx, conversation_id=where, seq=2, author=Author.BOT, content=Content(article=article))
        messages.mark_helpful(tx, where, answer.id, False)
        messages.add(tx, conversation_id=where, seq=3, author=Author.SYSTEM, content=Content(text="…"))
        handoffs.add(
            tx, id=new_id(), conversation_id=where, reference="FD-1", reason="requested", status="requested",
            packet={}, seq=2, desk="d", created_at=AT, updated_at=AT,
        )  # fmt: skip
        return where, [question.id, answer.id]

    where, (question, answer) = await database.write(talk)
    since = questions.floor(AT - 1_000)
    found = await database.read(questions.said_before, "", since, 10)
    assert {each.id for each in found} == {question, answer}
    by_id = {each.id: each for each in found}
    assert by_id[question].evidence == {"decision": "answer"}
    assert by_id[question].verified
    assert by_id[answer].helpful is False
    assert by_id[question].text == "How long?"
    assert by_id[answer].article["id"] == "times"
    newest = max(question, answer)
    assert [each.id for each in await database.read(questions.said_before, "", since, 1)] == [newest]
    rest = await database.read(questions.said_before, newest, since, 10)
    assert [each.id for each in rest] == [min(question, answer)]
    assert await database.read(questions.said_before, "", questions.floor(now_ms() + 60_000), 10) == []
    assert await database.read(questions.handed_over_since, AT - 1_000) == [
        HandedOver(conversation_id=where, seq=2, at=AT, reason="requested")
    ]
    assert await database.read(questions.evidence_of, [question, "unknown"]) == {question: {"decision": "answer"}}


@pytest.mark.parametrize("at", [0, 1, 1_795_737_600_000])
def test_the_floor_of_a_time_is_below_every_id_of_it(at: int) -> None:
    assert len(questions.floor(at)) == 26
    assert questions.floor(at) <= questions.floor(at + 1)
    assert questions.floor(now_ms() - 60_000) < new_id()
