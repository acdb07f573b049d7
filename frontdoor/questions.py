"""Questions: what customers asked the knowledge base, what the bot made of it, and how it went on from there."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from connectors.desk import Reason
from connectors.message import JSON, Author
from knowledge.text import key
from storage import questions
from storage.database import Database
from storage.questions import HandedOver, Said

DAY_MS = 86_400_000
SOON_MS = 10 * 60_000
"""Who wants a human within this time after a question wants one because of it."""
PART = 500  # messages read at a time, so that nobody waits for the database
MESSAGES = 20_000  # read at most: of a busy service, the newest
CHARACTERS = 500  # of a question; the bot reads no more

ANSWERED = frozenset({"answer", "answer_alternatives"})
ASKED_BACK = "clarify"
UNANSWERED = frozenset({ASKED_BACK, "rephrase", "off_topic", "handoff"})
NO_QUESTIONS = frozenset(
    {
        "ask_article", "ask_human", "complaint", "none_of_these", "not_helpful", "not_helpful_again", "helpful",
        "affirm", "deny", "cancel", "inform", "greet", "thank", "goodbye", "repeat", "switch_language",
    }
)  # fmt: skip
"""Intents, before the decision, of those who ask the knowledge base nothing. `sensitive…` are none either."""
BECAUSE_OF_IT = frozenset({Reason.REQUESTED, Reason.COMPLAINT, Reason.NO_ANSWER, Reason.NOT_HELPFUL})


@dataclass(kw_only=True)
class Question:
    """One question and what followed. `shown` is the article that was the answer, `chosen` the one the customer picked
    from those offered, `helpful` what they said of it; `handed_over` is why they came to a human soon after."""

    message_id: str
    conversation_id: str
    seq: int
    at: int
    text: str
    language: str
    verified: bool
    decision: str
    shown: JSON = field(default_factory=dict)
    chosen: JSON = field(default_factory=dict)
    helpful: bool | None = None
    handed_over: str = ""

    @property
    def answered(self) -> bool:
        """Whether the bot had an answer, of itself or once the customer had picked it."""
        return bool(self.chosen) or self.decision in ANSWERED

    @property
    def outcome(self) -> str:
        """How it ended without an answer: `handed_over`, `clarified` or `none`; empty if it was answered."""
        if self.answered:
            return ""
        if self.handed_over or self.decision == "handoff":
            return "handed_over"
        return "clarified" if self.decision == ASKED_BACK else "none"

    @property
    def failed(self) -> bool:
        """Whether it was answered, and the customer said that it did not help or wanted a human soon after."""
        return self.answered and (self.helpful is False or bool(self.handed_over))

    @property
    def belongs_to(self) -> str:
        """The article that is known to answer it: the customer said so, or picked it; else empty."""
        article = self.chosen or self.shown
        known = self.helpful is True or (bool(self.chosen) and not self.failed)
        return str(article.get("id", "")) if known else ""


async def recent(database: Database, *, since: int) -> list[Question]:
    """The questions since then (ms), in the order they were asked."""
    said: list[Said] = []
    before = ""
    while len(said) < MESSAGES:
        part = await database.read(questions.said_before, before, questions.floor(since), PART)
        said += part
        if len(part) < PART:
            break
        before = part[-1].id
    handoffs = await database.read(questions.handed_over_since, since)
    return await asyncio.to_thread(told, said, handoffs)


def told(said: Iterable[Said], handoffs: Iterable[HandedOver]) -> list[Question]:
    """The questions among messages, each with what followed in its conversation."""
    by_conversation: dict[str, list[HandedOver]] = {}
    for handoff in handoffs:
        by_conversation.setdefault(handoff.conversation_id, []).append(handoff)
    ordered = sorted(said, key=attrgetter("conversation_id", "seq"))
    found: list[Question] = []
    for conversation_id, lines in groupby(ordered, key=attrgetter("conversation_id")):
        its_own = list(_in_conversation(lines))
        for handoff in by_conversation.get(conversation_id, ()):
            _hand_over(its_own, handoff)
        found += its_own
    return sorted(found, key=attrgetter("at", "message_id"))


def _in_conversation(lines: Iterable[Said]) -> Iterator[Question]:
    current: Question | None = None
    picked = False
    for line in lines:
        if line.author is Author.CUSTOMER:
            intent = str((line.evidence or {}).get("intent", ""))
            if asked := _question(line):
                if current is not None:
                    yield current
                current, picked = asked, False
            elif current is not None:
                picked = intent == "ask_article"
                current.helpful = _opinion(intent, current.helpful)
        elif current is not None and line.article:
            if picked:
                current.chosen = current.chosen or line.article
            elif current.decision in ANSWERED:
                current.shown = current.shown or line.article
            if line.helpful is not None:
                current.helpful = line.helpful
            picked = False
    if current is not None:
        yield current


def is_question(evidence: JSON | None) -> bool:
    """Whether a message asked the knowledge base something, by what the bot made of it."""
    decision, intent = (str((evidence or {}).get(name, "")) for name in ("decision", "intent"))
    return decision in ANSWERED | UNANSWERED and intent not in NO_QUESTIONS and not intent.startswith("sensitive")


def _question(line: Said) -> Question | None:
    evidence = line.evidence or {}
    text = " ".join(line.text.split())[:CHARACTERS]
    if not is_question(evidence) or not key(text):
        return None
    return Question(
        message_id=line.id,
        conversation_id=line.conversation_id,
        seq=line.seq,
        at=line.at,
        text=text,
        language=str(evidence.get("language") or "en"),
        verified=line.verified,
        decision=str(evidence["decision"]),
    )


def _opinion(intent: str, known: bool | None) -> bool | None:
    """What a customer's word says of the answer before it."""
    if intent in {"not_helpful", "not_helpful_again", "none_of_these"}:
        return False
    return True if intent == "helpful" else known


def _hand_over(asked: list[Question], handoff: HandedOver) -> None:
    before = [question for question in asked if question.seq <= handoff.seq]
    if before and handoff.reason in BECAUSE_OF_IT and handoff.at - before[-1].at <= SOON_MS:
        before[-1].handed_over = handoff.reason
