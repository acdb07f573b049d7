"""What the bot would decide about questions now, and if one article were different (docs/protocol/brain.md).

The same pipeline as a turn's runs, on a conversation that has just begun and is stored nowhere. The change is an index
of its own beside the one that answers.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from bot import library
from bot.turn import BadTurn, as_text, is_question, read_object
from knowledge.articles import LANGUAGES, VERIFIED, Article, Audience
from knowledge.base import KnowledgeBase
from knowledge.records import article_from
from knowledge.text import key

QUESTIONS = 100
QUESTION_CHARACTERS = 500
SECONDS = 5.0
PHRASINGS = 2_000
NEAR = 20  # articles next to a change whose phrasings are asked before those of others
ANSWERED = frozenset({"answer", "answer_alternatives"})

JSON = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A question as a customer would ask it first. `language` may be empty: then it is detected."""

    text: str
    language: str
    verified: bool


@dataclass(frozen=True)
class Change:
    """An article as it shall be; None: it shall not be there."""

    id: str
    article: Article | None
    digest: str


class Replays:
    """Replays questions. Keeps the last changed index, since a replay comes in several requests."""

    def __init__(self, give_way: Callable[[], None]) -> None:
        """`give_way` is called every few milliseconds."""
        self._give_way = give_way
        self._changed: tuple[Mapping[str, Article], str, KnowledgeBase] | None = None

    def replay(self, body: Any, processor: MessageProcessor) -> JSON:
        """Serves /webhooks/brain/replay. Blocks. Raises BadTurn, EmbeddingError."""
        fields = read_object(body)
        questions, change = read_questions(fields), read_change(fields)
        base, until = library.knowledge_base(), time.monotonic() + SECONDS
        changed = self._with(base, change) if change else None
        results: list[JSON] = []
        for question in questions:
            if results and time.monotonic() > until:
                break
            self._give_way()
            result = {"now": _decided(question, processor, base)}
            if changed is not None:
                self._give_way()
                result["then"] = _decided(question, processor, changed)
            results.append(result)
        return {"results": results}

    def phrasings(self, body: Any) -> JSON:
        """Serves /webhooks/brain/phrasings: what the articles themselves say that customers ask, those nearest to the
        change first; `new` are those that only the change has. Blocks. Raises BadTurn, EmbeddingError."""
        fields = read_object(body)
        change, limit = read_change(fields), fields.get("limit", PHRASINGS)
        if type(limit) is not int or not 1 <= limit <= PHRASINGS:
            raise BadTurn(f"limit: must be a number from 1 to {PHRASINGS}")
        base = library.knowledge_base()
        found: dict[tuple[str, str], JSON] = {}
        for article in _from_the_change_on(base, change):
            new = change is not None and article is change.article
            for phrasing in _asked(article):
                found.setdefault((key(phrasing["text"]), phrasing["article"]), {**phrasing, "new": new})
            if len(found) >= limit:
                break
        return {"questions": list(found.values())[:limit]}

    def _with(self, base: KnowledgeBase, change: Change) -> KnowledgeBase:
        articles = base.articles  # other ones after every edit
        known = self._changed
        same = known is not None and known[0] is articles and known[1] == change.digest
        if known is None or not same or known[2].model is not base.model:
            self._changed = known = (articles, change.digest, base.with_change(change.id, change.article))
        return known[2]


def read_questions(fields: Mapping[str, Any]) -> list[Question]:
    """The questions of a request. Raises BadTurn."""
    given = fields.get("questions")
    if not isinstance(given, list) or not 1 <= len(given) <= QUESTIONS:
        raise BadTurn(f"questions: must be a list of 1 to {QUESTIONS}")
    return [_question(each) for each in given]


def _question(given: Any) -> Question:
    fields = read_object(given)
    text, language, verified = fields.get("text"), fields.get("language") or "", fields.get("verified", False)
    if not is_question(text, QUESTION_CHARACTERS):
        raise BadTurn(f"questions.text: must be a string of 1 to {QUESTION_CHARACTERS} characters")
    if language not in ("", *LANGUAGES):
        raise BadTurn(f"questions.language: must be empty or one of {', '.join(LANGUAGES)}")
    if not isinstance(verified, bool):
        raise BadTurn("questions.verified: must be true or false")
    return Question(as_text(text), language, verified)


def read_change(fields: Mapping[str, Any]) -> Change | None:
    """The change of a request, if there is one. Raises BadTurn."""
    given = fields.get("change")
    if given is None:
        return None
    change = read_object(given)
    article_id, content = change.get("id"), change.get("content")
    if not isinstance(article_id, str) or not article_id:
        raise BadTurn("change.id: must be the id of an article")
    article = None
    if content is not None:
        article, problems = article_from(article_id, content)
        if article is None:
            raise BadTurn("change.content: " + "; ".join(map(str, problems))[:1_000])
        article = replace(article, valid_from=None, valid_until=None)  # what it answers once its time has come
    whole = json.dumps(change, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Change(article_id, article, hashlib.blake2b(whole, digest_size=16).hexdigest())


def _decided(question: Question, processor: MessageProcessor, base: KnowledgeBase) -> JSON:
    """The decision about a first message, by the real pipeline over `base`."""
    fresh = DialogueStateTracker("", processor.domain.slots)
    context = {"language": question.language, "verified": question.verified}
    message = UserMessage(question.text, metadata={"context": context})
    with library.instead(base):
        parsed = processor._parse_message_with_graph(message, fresh)
    ranking = (parsed.get("kb") or {}).get("ranking") or [{}]
    return {
        "decision": (parsed.get("decision") or {}).get("name", "dialogue"),
        "intent": (parsed.get("intent") or {}).get("name") or "",
        "language": parsed.get("language", ""),
        "article": ranking[0].get("id", ""),
        "title": ranking[0].get("title", ""),
        "confidence": ranking[0].get("confidence", 0.0),
    }


def _from_the_change_on(base: KnowledgeBase, change: Change | None) -> Iterator[Article]:
    """Articles that the bot shows: the changed one as it is and as it shall be, its neighbours, then all."""
    if change is not None:
        versions = [version for version in (base.articles.get(change.id), change.article) if version is not None]
        yield from versions
        near: dict[str, None] = {}
        for text in [text for version in versions for text in version.texts.values()]:
            for hit in base.search(text.title, text.language, audiences=VERIFIED, limit=NEAR).hits:
                near.setdefault(hit.article)
        yield from (base.articles[article] for article in near if article != change.id)
    shown = (base.article(article_id, VERIFIED) for article_id in list(base.articles))
    yield from (article for article in shown if article and (change is None or article.id != change.id))


def _asked(article: Article) -> Iterator[JSON]:
    if article.audience is Audience.AGENTS:
        return
    verified = article.audience is Audience.CUSTOMERS
    for text in article.texts.values():
        for question in (text.title, *text.questions):
            yield {
                "text": question[:QUESTION_CHARACTERS],
                "language": text.language,
                "verified": verified,
                "article": article.id,
            }
