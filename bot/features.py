"""Pipeline component that embeds each message once, for intent, retrieval and out-of-scope alike."""

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import conversation, library
from knowledge.embedding import Vectors


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class EmbeddingFeaturizer(GraphComponent):
    """Gives a message one dense feature, its embedding. What needs no understanding (a button, an exact question)
    gets none."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EmbeddingFeaturizer":
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Embed live messages. Raises EmbeddingError."""
        for message in messages:
            text = message.get(TEXT) or ""
            if not conversation.is_payload(text) and library.knowledge_base().exact(text) is None:
                _attach(message, library.embedder().question(text))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Embed the examples, inner layers and all; what is embedded is kept, so that the next training embeds only new
        ones."""
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        layers = library.embedder().layers_of([example.get(TEXT) for example in examples])
        for example, layer in zip(examples, layers, strict=True):
            _attach(example, layer[0])
        return training_data


def vector_of(message: Message) -> "Vectors | None":
    """The embedding of a message, shape (dimensions,), if it has one."""
    _, sentence = message.get_dense_features(TEXT)
    return None if sentence is None else np.asarray(sentence.features[0], dtype=np.float32)


def _attach(message: Message, vector: Vectors) -> None:
    message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, EmbeddingFeaturizer.__name__))
