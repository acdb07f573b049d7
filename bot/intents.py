"""Pipeline component that classifies intents, with the knowledge base's own questions as one of them."""

import logging
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import library
from bot.features import vector_of
from bot.head import FORMAT, Head, spoken
from bot.outcome import KB_QUESTION, OFF_TOPIC, OUT_OF_SCOPE
from knowledge.text import key

logger = logging.getLogger(__name__)

RANKED = 5
SCOPES = (KB_QUESTION, OUT_OF_SCOPE, OFF_TOPIC)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentHead(GraphComponent, IntentClassifier):
    """Learns the examples of data/nlu, and `kb_question` from the articles; its model is plain arrays."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`knowledge_questions` bounds the examples taken from the articles."""
        return {"knowledge_questions": 2_000}

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str | None:
        """Makes Rasa train again when the articles' questions have changed, or the head's arithmetic."""
        return f"{library.knowledge_base().fingerprint} {FORMAT}"

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, head: Head | None = None
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._head = head

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "IntentHead":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "IntentHead":
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, Head.load(folder))
        except ValueError:
            logger.warning("the model has no intents: every message goes to the knowledge base")
            return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit and store the head."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        texts = [example.get(TEXT) for example in examples]
        intents = [example.get(INTENT) for example in examples]
        questions = self._questions()
        if len({*intents, KB_QUESTION}) > 1:
            known = [*questions, *texts]  # in this order: an example of data/nlu outdoes an article's same question
            meant = [*[KB_QUESTION] * len(questions), *intents]
            embed = library.embedder().layers_of
            head = Head.fit(known, embed(known), meant, embed(spoken(meant)))
            with self._storage.write_to(self._resource) as folder:
                head.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `intent`, `intent_ranking` and `scope`; a message without embedding is a button or an exact question."""
        for message in messages:
            ranking = self._rank(message.get(TEXT) or "", is_embedded=vector_of(message) is not None)
            named = [
                {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: round(certainty, 4)}
                for name, certainty in ranking[:RANKED]
            ]
            message.set("scope", self._scope(dict(ranking)), add_to_output=True)
            message.set(INTENT, named[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, named, add_to_output=True)
        return messages

    def _rank(self, text: str, *, is_embedded: bool) -> list[tuple[str, float]]:
        told = self._head.examples.get(key(text)) if self._head else None
        if told is not None:
            return [(told, 1.0)]
        if not is_embedded or self._head is None:
            return [(KB_QUESTION, 1.0)]
        probabilities = self._head.probabilities(library.embedder().layers(text)[None])[0]
        best = np.argsort(-probabilities)
        return [(self._head.intents[at], float(probabilities[at])) for at in best]

    def _scope(self, certainties: Mapping[str, float]) -> dict[str, float]:
        """What the head believes; nothing, if it knows no difference between questions and what is out of scope."""
        if self._head is None or not {KB_QUESTION, OUT_OF_SCOPE} <= set(self._head.intents):
            return {}
        return beliefs_of(certainties)

    def _questions(self) -> list[str]:
        """Questions of the articles, evenly from all of them."""
        by_article = [
            [question for text in article.texts.values() for question in (text.title, *text.questions)]
            for article in library.knowledge_base().articles.values()
        ]
        most = max(2, int(self._config["knowledge_questions"]) // max(len(by_article), 1))
        chance = random.Random(0)  # noqa: S311
        chosen = [
            question for questions in by_article for question in chance.sample(questions, min(most, len(questions)))
        ]
        return chosen[: int(self._config["knowledge_questions"])]


def beliefs_of(certainties: Mapping[str, float]) -> dict[str, float]:
    """How likely a message is a question for the knowledge base, out of scope, off topic, or the likeliest piece of
    dialogue (`knowledge.together`), from the probabilities of the intents."""
    beliefs = {name: round(certainties.get(name, 0.0), 4) for name in SCOPES}
    dialogue = max((value for name, value in certainties.items() if name not in SCOPES), default=0.0)
    return {**beliefs, "dialogue": round(dialogue, 4)}
