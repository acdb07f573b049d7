"""Vectors of what customers asked, for those who compare questions: serves /webhooks/brain/vectors."""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np

from bot import library
from bot.turn import BadTurn, is_question, read_object
from knowledge.articles import LANGUAGES
from knowledge.base import KnowledgeBase
from knowledge.embedding import Vectors

TEXTS = 100
TEXT_CHARACTERS = 500
TITLES = 500  # of a language, whose mean is its origin


def vectors(body: Any, give_way: Callable[[], None]) -> dict[str, Any]:
    """Vectors of length one, in the order of the texts, and the origin of each language: vectors of one language point
    much the same way, and differ by what is left without it. Blocks. Raises BadTurn, EmbeddingError."""
    texts = read_object(body).get("texts")
    if not isinstance(texts, list) or not 1 <= len(texts) <= TEXTS:
        raise BadTurn(f"texts: must be a list of 1 to {TEXTS}")
    if not all(is_question(text, TEXT_CHARACTERS) for text in texts):
        raise BadTurn(f"texts: must be strings of 1 to {TEXT_CHARACTERS} characters")
    embedder = library.embedder()
    found = []
    for text in texts:
        give_way()
        found.append(embedder.question(text))  # remembered, and never written to a file: these are customers' words
    return {
        "model": embedder.name,
        "dimensions": len(found[0]),
        "vectors": _packed(np.stack(found)),
        "origins": {name: _packed(origin) for name, origin in _origins(library.knowledge_base()).items()},
    }


def _origins(base: KnowledgeBase) -> dict[str, Vectors]:
    """The mean of what the articles ask, by language; a base without a language has none of it."""
    found = {}
    for language in LANGUAGES:
        texts = [text for article in base.articles.values() if (text := article.texts.get(language))]
        titles = [text.title for text in texts[:: max(1, len(texts) // TITLES)]][:TITLES]
        if titles:
            found[language] = library.embedder().questions(titles).mean(axis=0)
    return found


def _packed(vectors: Vectors) -> str:
    """Little-endian 32-bit floats as base64."""
    return base64.b64encode(vectors.astype("<f4").tobytes()).decode("ascii")
