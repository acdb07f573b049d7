"""Finding gaps and replaying, on SQLite and PostgreSQL, with a scripted bot at the wire."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, update

from connectors.message import JSON, Article, Author, Content, Profile
from desk.ports import ReplayUnavailable
from frontdoor.brain import Brain
from frontdoor.gaps import DAYS, Gaps, GapsUnavailable, state
from frontdoor.learning import gaps_shown
from frontdoor.replay import Replays
from storage import conversations, gaps, messages, retention
from storage.clock import now_ms
from storage.database import Database
from storage.locks import Locks
from storage.messages import message
from tests.fakes.rasa import TOKEN
from tests.fakes.rasa_learning import LearningRasa

ENGRAVING = ("Can you engrave kettles with names?", "engrave kettles with names HL2026110101", "engrave kettles names")
GOLD = ("Paying with golden coins?", "paying golden coins")
GIFTS: JSON = {"texts": {"en": {"title": "Engrave kettles with names", "questions": [], "body": "¥30."}}}


@pytest.fixture
async def rasa() -> AsyncIterator[LearningRasa]:
    async with LearningRasa(delivery_times="How long does delivery take") as rasa:
        yield rasa


@pytest.fixture
async def brain(rasa: LearningRasa) -> AsyncIterator[Brain]:
    brain = Brain(rasa.url, TOKEN, timeout_s=5)
    yield brain
    await brain.close()


@pytest.fixture
async def found(database: Database, brain: Brain) -> AsyncIterator[Gaps]:
    locks = Locks(database)
    yield Gaps(database, brain, locks)
    await locks.close()


def ask(tx: Connection, text: str, decision: str = "rephrase", article: str = "") -> str:
    """A customer of their own asks; the conversation's id."""
    arrival = conversations.arrive(tx, "web", f"{text}{now_ms()}{decision}"[:160], Profile())
    where = arrival.conversation.id
    said = messages.add(tx, conversation_id=where, seq=1, author=Author.CUSTOMER, content=Content(text=text))
    messages.keep_evidence(tx, said.id, {"decision": decision, "intent": "kb_question", "language": "en"})
    shown = Article(id=article, title=article.title(), language="en") if article else None
    messages.add(tx, conversation_id=where, seq=2, author=Author.BOT, content=Content(text="…", article=shown))
    return where


async def shown(database: Database) -> list[JSON]:
    def read(tx: Connection) -> list[JSON]:
        return gaps_shown(gaps.all_gaps(tx), gaps.asked(tx))

    return await database.read(read)


async def ask_all(database: Database, *texts: str) -> list[str]:
    return [await database.write(ask, text) for text in texts]


async def test_what_several_customers_asked_in_vain_is_a_gap(
    database: Database, found: Gaps, rasa: LearningRasa
) -> None:
    await ask_all(database, *ENGRAVING, *GOLD, "something else entirely")
    await database.write(ask, "How long does delivery take?", "answer", "delivery-times")
    await found.find()
    first, second = await shown(database)
    assert (first["count"], second["count"]) == (3, 2)
    assert first["outcomes"] == {"none": 3, "clarified": 0, "handed_over": 0}
    assert first["label"] in first["examples"]
    assert not any("HL2026110101" in example for example in first["examples"])
    assert any("[number]" in example for example in first["examples"])
    assert "How long does delivery take?" not in rasa.embedded
    seen = await database.read(state)
    assert seen["shown"]["delivery-times"]["shown"] == 1


async def test_the_next_look_embeds_only_what_is_new_and_gaps_keep_their_ids(
    database: Database, found: Gaps, rasa: LearningRasa
) -> None:
    await ask_all(database, *ENGRAVING, *GOLD)
    await found.find()
    before = {gap["label"]: gap["id"] for gap in await shown(database)}
    rasa.embedded.clear()
    await ask_all(database, "names engrave kettles tomorrow")
    await found.find()
    assert set(rasa.embedded) <= {ENGRAVING[0], "names engrave kettles tomorrow"}  # the first says whose vectors
    after = await shown(database)
    assert {gap["id"] for gap in after} == set(before.values())
    assert after[0]["count"] == 4


async def test_another_embedder_makes_all_vectors_anew(database: Database, found: Gaps, rasa: LearningRasa) -> None:
    await ask_all(database, *GOLD)
    await found.find()
    rasa.model, rasa.embedded = "another", []
    await found.find()
    assert set(rasa.embedded) == set(GOLD)


async def test_a_gap_that_was_dismissed_stays_so_even_when_all_its_questions_are_new(
    database: Database, found: Gaps
) -> None:
    old = await ask_all(database, *GOLD)
    await found.find()
    (gap,) = await shown(database)
    await database.write(gaps.dismiss, gap["id"], "agent")
    await ask_all(database, "golden coins for paying")
    await found.find()
    assert await shown(database) == []
    await database.write(retention.erase, old)
    await ask_all(database, "paying with golden coins please")
    await found.find()
    assert await shown(database) == []
    assert [each.id for each in await database.read(gaps.all_gaps)] == [gap["id"]]


async def test_a_gap_closes_when_the_bot_answers_it(database: Database, found: Gaps, rasa: LearningRasa) -> None:
    await ask_all(database, *ENGRAVING)
    await found.find()
    (gap,) = await shown(database)
    rasa.knows["engraving"] = "Engrave kettles with names"
    await found.find()
    assert await shown(database) == []
    del rasa.knows["engraving"]
    await found.find()
    assert [each["id"] for each in await shown(database)] == [gap["id"]]


async def test_the_article_that_comes_closest_is_told(database: Database, found: Gaps, rasa: LearningRasa) -> None:
    rasa.knows["kettles"] = "Cleaning kettles"
    await ask_all(database, *ENGRAVING)
    await found.find()
    (gap,) = await shown(database)
    assert gap["nearest"] == {"id": "kettles", "title": "Cleaning kettles"}


async def test_a_forgotten_customers_words_are_in_no_gap_at_once(database: Database, found: Gaps) -> None:
    first, second, third = await ask_all(database, *ENGRAVING)
    await found.find()
    await database.write(retention.erase, [second])
    (gap,) = await shown(database)
    assert gap["count"] == 2
    assert not any("[number]" in example for example in gap["examples"])
    await database.write(retention.erase, [first, third])
    assert await shown(database) == []
    await found.find()
    assert await database.read(gaps.all_questions) == []


async def test_old_questions_are_left_alone(database: Database, found: Gaps) -> None:
    await ask_all(database, *GOLD)
    old = f"{'0' * 25}"

    def age(tx: Connection) -> None:
        for number, row in enumerate(tx.execute(message.select()).all()):
            tx.execute(update(message).where(message.c.id == row.id).values(id=f"{old}{number}", at=1))

    await database.write(age)
    await found.find()
    assert await shown(database) == []
    assert now_ms() > DAYS * 86_400_000


async def test_while_the_bot_is_away_nothing_changes(database: Database, found: Gaps, rasa: LearningRasa) -> None:
    await ask_all(database, *GOLD)
    await found.find()
    before = await shown(database)
    rasa.status = 503
    await ask_all(database, *ENGRAVING)
    with pytest.raises(GapsUnavailable):
        await found.find()
    assert await shown(database) == before


async def test_looks_do_not_pile_up(database: Database, found: Gaps, rasa: LearningRasa) -> None:
    """given a look under way, when many ask for another, then they share one"""
    await ask_all(database, *GOLD)
    await asyncio.gather(*(found.find() for _ in range(20)))
    first = rasa.embedded.count(GOLD[0])
    assert 1 <= first <= 3  # its vector is made, and each look asks whose vectors they are
    rasa.status = 503
    failed = await asyncio.gather(*(found.find() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(each, GapsUnavailable) for each in failed)


async def test_whoever_ends_the_background_ends_its_looks(database: Database, found: Gaps, rasa: LearningRasa) -> None:
    await ask_all(database, *GOLD)
    running = asyncio.create_task(found.run())
    await asyncio.sleep(0)
    looks = [asyncio.create_task(found.find()) for _ in range(3)]
    await asyncio.sleep(0)
    running.cancel()
    ended = await asyncio.gather(running, *looks, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in ended)
    assert await shown(database) == []


async def test_a_replay_asks_customers_questions_and_the_articles_own(
    database: Database, brain: Brain, rasa: LearningRasa
) -> None:
    for _ in range(2):
        await database.write(ask, "Can you engrave kettles with names?")
    await database.write(ask, "delivery take long please", "answer", "delivery-times")
    rasa.at_once = 2  # the bot has little time: it answers in parts
    report = await Replays(database, brain)("engraving", GIFTS)
    assert (report.asked, report.unchanged, report.passes) == (4, 2, True)
    assert [(each.question, each.times, each.verdict) for each in report.changes] == [
        ("Can you engrave kettles with names?", 2, "better"),
        ("Engrave kettles with names", 1, "better"),
    ]
    assert report.changes[0].after.article == "engraving"


async def test_an_answer_that_is_lost_does_not_pass(database: Database, brain: Brain, rasa: LearningRasa) -> None:
    await database.write(ask, "delivery take long please", "answer", "delivery-times")
    other: JSON = {"texts": {"en": {"title": "Returns", "questions": [], "body": "."}}}
    report = await Replays(database, brain)("delivery-times", other)
    assert not report.passes
    assert [(each.verdict, each.before.article) for each in report.changes] == [
        ("worse", "delivery-times"),  # the customer's, and the article's own title
        ("worse", "delivery-times"),
    ]


async def test_what_is_withdrawn_is_missed_by_nobody_but_by_others_who_take_its_place(
    database: Database, brain: Brain, rasa: LearningRasa
) -> None:
    await database.write(ask, "delivery take long please", "answer", "delivery-times")
    report = await Replays(database, brain)("delivery-times", None)
    assert (report.passes, [each.verdict for each in report.changes]) == (True, ["different", "different"])
    rasa.knows["delivery-taking"] = "Whom does the delivery take along"
    report = await Replays(database, brain)("delivery-times", None)
    assert not report.passes


async def test_replays_wait_for_each_other_and_not_too_many_of_them(
    database: Database, brain: Brain, rasa: LearningRasa
) -> None:
    replays = Replays(database, brain)
    tried = await asyncio.gather(*(replays("engraving", GIFTS) for _ in range(12)), return_exceptions=True)
    assert sum(isinstance(each, ReplayUnavailable) for each in tried) == 7
    assert (await replays("engraving", GIFTS)).asked > 0


async def test_no_replay_without_the_bot(database: Database, brain: Brain, rasa: LearningRasa) -> None:
    rasa.status = 503
    with pytest.raises(ReplayUnavailable):
        await Replays(database, brain)("engraving", GIFTS)
