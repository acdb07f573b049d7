"""Gaps, failing and stale articles in the console, and drafts that begin from gaps and colleagues' answers."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from connectors.message import JSON, Author, Content, Profile
from desk.ports import ArticleInForce, ArticleProblem
from frontdoor.brain import Brain
from frontdoor.gaps import STATE, Gaps
from frontdoor.learning import Learning
from storage import article_log, conversations, gaps, messages, retention
from storage.article_log import ArticleRow
from storage.gaps import Gap, GapQuestion
from storage.locks import Locks
from storage.settings import write_setting
from tests.desk.house import OPEN_AT, House, line

FEES: JSON = {
    "category": "delivery", "tags": [], "audience": "public", "valid_from": None, "valid_until": "2026-11-20",
    "updated": "2026-11-01", "related": [], "texts": {"en": {"title": "Delivery fees", "questions": [], "body": "¥10"}},
}  # fmt: skip


class Shelf:
    """Articles that a test has put there; everything that is written is right."""

    def __init__(self, **contents: JSON) -> None:
        self.contents = contents

    async def in_force(self, published: Mapping[str, JSON | None], only: str = "") -> Mapping[str, ArticleInForce]:
        together = {**self.contents, **published}
        wanted = {name: content for name, content in together.items() if content and only in ("", name)}
        return {name: ArticleInForce(content=content, valid=True) for name, content in wanted.items()}

    async def of_folder(self, article_id: str) -> JSON | None:
        return self.contents.get(article_id)

    async def check(
        self, article_id: str, content: JSON, published: Mapping[str, JSON | None]
    ) -> tuple[JSON | None, list[ArticleProblem]]:
        return content, []


@pytest.fixture
async def shelf(house: House) -> AsyncIterator[Shelf]:
    """A desk that learns; the bot behind it is away."""
    shelf, brain, locks = Shelf(fees=FEES), Brain("http://127.0.0.1:9", "", timeout_s=1), Locks(house.db)
    found = Gaps(house.db, brain, locks)
    learning = Learning(house.db, shelf, found, lambda: datetime.date(2026, 11, 22))
    house.service.ports = replace(house.service.ports, articles=shelf, learning=learning)
    yield shelf
    await locks.close()
    await brain.close()


def a_gap(tx: Connection, *asked: tuple[str, str]) -> None:
    """A gap of these questions, each with its language."""
    where = conversations.arrive(tx, "web", "a", Profile()).conversation.id
    questions = []
    for number, (text, language) in enumerate(asked, 1):
        said = messages.add(tx, conversation_id=where, seq=number, author=Author.CUSTOMER, content=Content(text=text))
        questions.append(
            GapQuestion(
                message_id=said.id,
                gap_id="G1",
                vector=b"",
                model="m",
                near=1 - number / 10,
                outcome="none",
                language=language,
                at=OPEN_AT + number,
            )
        )
    gap = Gap(
        id="G1", status="open", centre=b"", model="m", nearest={"id": "fees", "title": "Delivery fees"}, article_id="",
        by="", created_at=1, seen_at=1,
    )  # fmt: skip
    gaps.replace_all(tx, [gap], questions)


async def test_nothing_is_known_before_the_first_look(house: House, shelf: Shelf) -> None:
    shelf.contents.clear()
    agent = await house.console("ann")
    empty = {"gaps": [], "failing": [], "stale": [], "since": None, "updated_at": None}
    assert await agent.json("/knowledge/learning") == empty
    looked = await agent.post("/knowledge/learning")
    assert looked.status == 200
    assert (await looked.json())["updated_at"]


def asked_in_vain(tx: Connection) -> None:
    where = conversations.arrive(tx, "web", "a", Profile()).conversation.id
    said = messages.add(tx, conversation_id=where, seq=1, author=Author.CUSTOMER, content=Content(text="In gold?"))
    messages.keep_evidence(tx, said.id, {"decision": "rephrase", "intent": "kb_question", "language": "en"})


async def test_without_the_bot_nobody_can_look(house: House, shelf: Shelf) -> None:
    await house.db.write(asked_in_vain)
    agent = await house.console("ann")
    assert (await agent.post("/knowledge/learning")).status == 503


async def test_the_overview(house: House, shelf: Shelf) -> None:
    await house.db.write(a_gap, ("Can I pay in gold?", "en"), ("pay HL2026112201 in gold", "en"), ("能付金条吗", "zh"))
    counts = {"title": "Delivery fees", "shown": 4, "then_human": 3, "last_at": 8}
    seen = {"since": 1, "updated_at": 2, "shown": {"fees": counts, "gone": counts}}
    await house.db.write(write_setting, STATE, seen)
    agent = await house.console("ann")
    found = await agent.json("/knowledge/learning")
    assert found["gaps"] == [
        {
            "id": "G1",
            "label": "Can I pay in gold?",
            "count": 3,
            "languages": ["en", "zh"],
            "examples": ["Can I pay in gold?", "pay [number] in gold", "能付金条吗"],
            "first_at": OPEN_AT + 1,
            "last_at": OPEN_AT + 3,
            "outcomes": {"none": 3, "clarified": 0, "handed_over": 0},
            "nearest": {"id": "fees", "title": "Delivery fees"},
            "draft": None,
        }
    ]
    assert found["failing"] == [{"id": "fees", "title": "Delivery fees", "shown": 4, "then_human": 3, "share": 0.75}]
    assert found["stale"] == [
        {"id": "fees", "title": "Delivery fees", "updated": "2026-11-01", "last_shown": 8, "reason": "ended"}
    ]
    assert (found["since"], found["updated_at"]) == (1, 2)


async def test_a_draft_begins_from_a_gap_once(house: House, shelf: Shelf) -> None:
    await house.db.write(a_gap, ("Can I pay in gold?", "en"), ("paying in gold coins", "en"), ("能付金条吗", "zh"))
    agent = await house.console("ann")
    answer = await agent.post("/knowledge/gaps/G1/draft")
    assert (answer.status, await answer.json()) == (201, {"article": "can-i-pay-in-gold"})
    draft = (await agent.json("/knowledge/can-i-pay-in-gold"))["draft"]
    assert draft["by"]["id"] == agent.agent_id
    assert draft["content"]["category"] == "delivery"
    assert draft["content"]["texts"] == {
        "en": {"title": "Can I pay in gold?", "questions": ["paying in gold coins"], "body": ""},
        "zh": {"title": "能付金条吗", "questions": [], "body": ""},
    }
    again = await agent.post("/knowledge/gaps/G1/draft")
    assert (again.status, await again.json()) == (200, {"article": "can-i-pay-in-gold"})
    (gap,) = (await agent.json("/knowledge/learning"))["gaps"]
    assert gap["draft"] == "can-i-pay-in-gold"
    assert (await agent.send("DELETE", "/knowledge/can-i-pay-in-gold/draft")).status == 204
    (gap,) = (await agent.json("/knowledge/learning"))["gaps"]
    assert gap["draft"] is None


async def test_colleagues_who_begin_the_same_draft_at_once_get_the_same(house: House, shelf: Shelf) -> None:
    await house.db.write(a_gap, ("Can I pay in gold?", "en"), ("paying in gold coins", "en"))
    one, other = await house.console("ann"), await house.console("bob")
    answers = await asyncio.gather(*(each.post("/knowledge/gaps/G1/draft") for each in (one, other, one, other)))
    assert sorted(each.status for each in answers) == [200, 200, 200, 201]
    assert {(await each.json())["article"] for each in answers} == {"can-i-pay-in-gold"}


async def test_a_draft_that_nobody_has_saved_goes_with_those_it_quotes(house: House, shelf: Shelf) -> None:
    await house.db.write(a_gap, ("Can I pay in gold?", "en"), ("paying in gold coins", "en"))
    agent = await house.console("ann")
    await agent.post("/knowledge/gaps/G1/draft")
    (whose,) = await house.db.read(lambda tx: [row.id for row in tx.execute(conversations.conversation.select())])
    await house.db.write(retention.erase, [whose])
    assert (await agent.get("/knowledge/can-i-pay-in-gold")).status == 404


async def test_a_gap_that_is_dismissed_is_shown_no_more(house: House, shelf: Shelf) -> None:
    await house.db.write(a_gap, ("Can I pay in gold?", "en"))
    agent = await house.console("ann")
    assert (await agent.post("/knowledge/gaps/G1/dismiss")).status == 204
    assert (await agent.json("/knowledge/learning"))["gaps"] == []
    assert (await house.db.read(gaps.find, "G1")).by == agent.agent_id  # type: ignore[union-attr]
    assert (await agent.post("/knowledge/gaps/G2/dismiss")).status == 404
    assert (await agent.post("/knowledge/gaps/G2/draft")).status == 404


async def test_a_draft_begins_from_a_colleagues_answer_once(house: House, shelf: Shelf) -> None:
    transcript = (line("Kann ich in Gold zahlen?"), line("Please say it in other words.", Author.BOT))
    ticket = await house.handed_over(
        question="Can I pay in gold?", failed=("Can I pay in gold?", "pay with gold coins for HL2026112201"),
        language="en", transcript=transcript, tried=(),
    )  # fmt: skip
    agent = await house.console("ann", tiers=("front_line", "coordinator"))
    refused = await agent.post(f"/tickets/{ticket}/article")
    assert (refused.status, (await refused.json())["error"]["code"]) == (409, "nothing_to_learn")
    await agent.act(ticket, "take")
    answer = "Hello 王芳! Gold is weighed in our shops. Best regards, Ann"
    await agent.act(ticket, "messages", client_id="client-0001", text=answer)
    made = await agent.post(f"/tickets/{ticket}/article")
    assert (made.status, await made.json()) == (201, {"article": "can-i-pay-in-gold"})
    draft = (await agent.json("/knowledge/can-i-pay-in-gold"))["draft"]
    assert draft["content"]["texts"] == {
        "en": {
            "title": "Can I pay in gold?",
            "questions": ["pay with gold coins for"],
            "body": "Gold is weighed in our shops.",
        }
    }
    assert draft["content"]["category"] == "general"
    again = await agent.post(f"/tickets/{ticket}/article")
    assert (again.status, await again.json()) == (200, {"article": "can-i-pay-in-gold"})


async def test_an_id_that_is_taken_is_given_to_nobody_else(house: House, shelf: Shelf) -> None:
    row = ArticleRow(id="can-i-pay-in-gold", version=1, state="withdrawn", content=FEES, revision=1, at=1)
    await house.db.write(article_log.put, row)
    await house.db.write(a_gap, ("Can I pay in gold?", "en"))
    agent = await house.console("ann")
    assert (await (await agent.post("/knowledge/gaps/G1/draft")).json())["article"] == "can-i-pay-in-gold-2"


async def test_who_may_not_see_a_ticket_makes_no_article_of_it(house: House, shelf: Shelf) -> None:
    ticket = await house.handed_over()
    stranger = await house.console("bob", tiers=("senior",))
    answer = await stranger.post(f"/tickets/{ticket}/article")
    assert answer.status == 404


async def test_a_desk_that_stands_alone_has_nothing_to_learn(house: House) -> None:
    agent = await house.console("ann")
    assert (await agent.get("/knowledge/learning")).status == 503
