"""Pipeline component that ranks the articles for a message, and for one that leans on the message before."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import conversation, library
from bot.features import vector_of
from knowledge.articles import EVERYONE, VERIFIED, Article, Audience
from knowledge.base import Hit
from knowledge.followup import CANDIDATES, Candidate, in_context

SHOWN = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class KnowledgeRetriever(GraphComponent):
    """Puts `kb` on the message: its ranking, best first, from the articles this customer may see."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "KnowledgeRetriever":
        library.follow_edits()
        return cls()

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Search once per message. Raises EmbeddingError."""
        last = conversation.last_article(tracker)
        for message in messages:
            text = message.get(TEXT) or ""
            if conversation.is_payload(text):
                continue
            audiences = VERIFIED if conversation.context(message).get("verified") else EVERYONE
            base = library.knowledge_base()
            topic = base.article(last, audiences) if last else None
            found = base.search(
                text,
                message.get("language"),
                audiences=audiences,
                limit=SHOWN if topic is None else CANDIDATES,
                vector=vector_of(message),
                turns=[*conversation.said(tracker), text],
            )
            hits = found.hits if topic is None or found.exact else _in_context(text, found.hits, topic, audiences)
            ranking = [
                {
                    "id": hit.article,
                    "title": hit.title,
                    "language": hit.language,
                    "confidence": round(hit.confidence, 4),
                }
                for hit in hits[:SHOWN]
            ]
            known = {"ranking": ranking, "exact": found.exact, "answerable": round(found.answerable, 4)}
            message.set("kb", known, add_to_output=True)
        return messages


def _in_context(text: str, hits: Sequence[Hit], topic: Article, audiences: frozenset[Audience]) -> list[Hit]:
    """The hits as they rank after `topic` was shown."""
    base = library.knowledge_base()
    articles = {hit.article: base.article(hit.article, audiences) for hit in hits}
    candidates = [Candidate(article, hit.confidence) for hit in hits if (article := articles[hit.article]) is not None]
    shown = {hit.article: hit for hit in hits}
    return [
        replace(shown[each.article.id], confidence=each.confidence)
        for each in in_context(text, candidates, topic, library.topics())
    ]
