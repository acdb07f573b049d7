"""The knowledge base in use: a folder of articles, its index, and the newest of both after every edit."""

import hashlib
import logging
import os
import time
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from knowledge.articles import EVERYONE, Article, Audience, Library, Problem, Reading, article_files, assemble, read
from knowledge.confidence import Model
from knowledge.embedding import EmbeddingError, Vectors
from knowledge.index import Index, documents
from knowledge.search import search, search_exact
from knowledge.text import digest
from knowledge.vectors import CachedEmbedder

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds between looks at the folder
_PATIENCE = 20  # a look may take a twentieth of the time between looks

Stamp = tuple[int, int]


@dataclass(frozen=True)
class Hit:
    """One article of a ranking, with the title and language it would be shown in."""

    article: str
    title: str
    language: str
    confidence: float


@dataclass(frozen=True)
class Result:
    """A ranking, best first. `exact`: the query literally is a question of the first one."""

    hits: tuple[Hit, ...]
    exact: bool = False


@dataclass(frozen=True)
class _Edition:
    """One consistent state of the folder; replaced as a whole."""

    library: Library
    index: Index


class KnowledgeBase:
    """Articles and search over one folder. Thread-safe; `refresh` or `follow` take up edits."""

    def __init__(self, folder: Path, embedder: CachedEmbedder, model: Model | None = None) -> None:
        """Read, embed and index the folder. Raises FileNotFoundError without one, EmbeddingError without vectors."""
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder of articles at {folder}: set FRONTDOOR_KB to one")
        self.model = model or Model.load()
        self._folder = folder
        self._embedder = embedder
        self._stamps: dict[Path, Stamp] = {}
        self._readings: dict[Path, Reading] = {}
        self._edition = self._edit(self._look())

    @property
    def articles(self) -> Mapping[str, Article]:
        """All articles by id."""
        return self._edition.library.articles

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong in the folder."""
        return self._edition.library.problems

    @property
    def fingerprint(self) -> str:
        """Changes whenever a title or phrasing does."""
        whole = hashlib.blake2b(digest_size=16)
        for article in self.articles.values():
            for text in article.texts.values():
                for question in (text.title, *text.questions):
                    whole.update(digest(question))
        return whole.hexdigest()

    def article(self, article_id: str, audiences: frozenset[Audience] = EVERYONE) -> Article | None:
        """An article, unless it is not there or not for these."""
        found = self.articles.get(article_id)
        return found if found is not None and found.audience in audiences else None

    def exact(self, query: str) -> str | None:
        """Id of the article one of whose questions is literally this, whoever may see it."""
        edition = self._edition
        number = edition.index.exact(query)
        return None if number is None else edition.index.articles[number]

    def search(
        self, query: str, language: str, *, audiences: frozenset[Audience] = EVERYONE, limit: int = 5,
        vector: Vectors | None = None,
    ) -> Result:  # fmt: skip
        """Rank the articles for a query. Embeds it unless it is an exact question or `vector` is its embedding already.

        Raises EmbeddingError.
        """
        edition = self._edition
        among = edition.index.visible(audiences)
        found = exact = search_exact(edition.index, query, among)
        if not exact:
            vector = self._embedder.question(query) if vector is None else vector
            found = search(edition.index, self.model, query, vector, language, among, limit)
        hits = []
        for item in found:
            article = edition.library.articles[edition.index.articles[item.article]]
            text = article.text(language)
            hits.append(Hit(article.id, text.title, text.language, item.confidence))
        return Result(tuple(hits), exact=bool(exact))

    def with_change(self, article_id: str, article: Article | None) -> "KnowledgeBase":
        """A base beside this one in which an article is as given, or is missing; it follows no edits. Raises
        EmbeddingError."""
        articles = {**self.articles, article_id: article}
        library = Library({name: each for name, each in articles.items() if each is not None})
        beside = copy(self)
        beside._edition = _Edition(library, Index(documents(library.articles.values()), self._embedder))
        return beside

    def refresh(self) -> bool:
        """Take up edits of the folder, if there are any; says whether there were. Raises EmbeddingError."""
        stamps = self._look()
        if stamps == self._stamps:
            return False
        self._edition = self._edit(stamps)
        return True

    def follow(self) -> None:
        """Take up edits for ever; for a thread of its own. What goes wrong is logged, and the last good state stays."""
        while True:
            started = time.monotonic()
            try:
                if self.refresh():
                    logger.info(
                        "knowledge base changed: %d articles, %d problems", len(self.articles), len(self.problems)
                    )
                    for problem in self.problems:
                        if problem.error:
                            logger.error("article %s", problem)
            except (OSError, EmbeddingError) as error:
                logger.error("knowledge base not refreshed: %s", error)
            time.sleep(max(LOOK_EVERY, _PATIENCE * (time.monotonic() - started)))

    def _look(self) -> dict[Path, Stamp]:
        stamps = {}
        for path in article_files(self._folder):
            try:
                found = os.stat(path)  # noqa: PTH116
            except FileNotFoundError:  # removed since it was listed
                continue
            stamps[path] = (found.st_mtime_ns, found.st_size)
        return stamps

    def _edit(self, stamps: dict[Path, Stamp]) -> _Edition:
        readings: dict[Path, Reading] = {}
        for path, stamp in stamps.items():
            if self._stamps.get(path) == stamp:
                readings[path] = self._readings[path]
                continue
            fresh, last = read(path, self._folder), self._readings.get(path)
            # An edit that broke the file must not take the answer away: the last good text stays, with the new
            # problems.
            readings[path] = Reading(last.draft, fresh.problems) if fresh.draft is None and last else fresh
        library = assemble(readings.values())
        edition = _Edition(library, Index(documents(library.articles.values()), self._embedder))
        self._stamps, self._readings = stamps, readings
        return edition
