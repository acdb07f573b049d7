"""Pipeline component that ranks the articles for a message."""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import conversation, library
from bot.features import vector_of
from knowledge.articles import EVERYONE, VERIFIED

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

    def process(self, messages: list[Message]) -> list[Message]:
        """Search once per message. Raises EmbeddingError."""
        for message in messages:
            text = message.get(TEXT) or ""
            if conversation.is_payload(text):
                continue
            audiences = VERIFIED if conversation.context(message).get("verified") else EVERYONE
            found = library.knowledge_base().search(
                text, message.get("language"), audiences=audiences, limit=SHOWN, vector=vector_of(message)
            )
            ranking = [
                {
                    "id": hit.article,
                    "title": hit.title,
                    "language": hit.language,
                    "confidence": round(hit.confidence, 4),
                }
                for hit in found.hits
            ]
            message.set("kb", {"ranking": ranking, "exact": found.exact}, add_to_output=True)
        return messages
