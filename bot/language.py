"""Pipeline component that decides which language to answer in."""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import conversation
from knowledge.language import detect


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageDetector(GraphComponent):
    """Puts `language` on the message: what its text proves, else what the conversation has used so far."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LanguageDetector":
        return cls()

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Detect the language of each message."""
        for message in messages:
            previous = conversation.context(message).get("language") or conversation.language(tracker)
            text = message.get(TEXT) or ""
            language = previous or "en" if conversation.is_payload(text) else detect(text, previous).language
            message.set("language", language, add_to_output=True)
        return messages
