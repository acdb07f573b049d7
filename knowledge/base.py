"""The knowledge base in use: a folder of articles, its index, and the newest of both after every edit."""

import datetime
import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.articles import EVERYONE, Article, Audience, Library, Problem, Reading, article_files, assemble, read
from knowledge.confidence import Model
from knowledge.documents import documents
from knowledge.embedding import EmbeddingError, Vectors
from knowledge.index import Index
from knowledge.overlay import NOTHING, Overlay
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
    """One consistent state of folder and overlay; replaced as a whole. `index` has the articles valid on `day`."""

    library: Library
    index: Index
    overlay: Overlay
    day: datetime.date

    def turns(self, day: datetime.date) -> bool:
        """Whether an article begins or ceases to answer on `day`."""
        return any(each.valid_on(day) != each.valid_on(self.day) for each in self.library.articles.values())


class KnowledgeBase:
    """Articles and search over one folder and what lies over it. Thread-safe; `refresh` or `follow` take up edits."""

    def __init__(
        self, folder: Path, embedder: CachedEmbedder, model: Model | None = None, *,
        overlay: Callable[[], Overlay] = lambda: NOTHING, today: Callable[[], datetime.date] = datetime.date.today,
    ) -> None:  # fmt: skip
        """Read, embed and index the folder. `overlay` is asked at each look. Raises FileNotFoundError without a folder,
        EmbeddingError without vectors."""
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder of articles at {folder}: set FRONTDOOR_KB to one")
        self.model = model or Model.load()
        self._folder = folder
        self._embedder = embedder
        self._stamps: dict[Path, Stamp] = {}
        self._readings: dict[Path, Reading] = {}
        self._overlay = overlay
        self._today = today
        self._refreshing = threading.Lock()
        self._edition = self._edit(self._look(), overlay(), today())

    @property
    def articles(self) -> Mapping[str, Article]:
        """All articles by id, also those whose time has not come or is over."""
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
        """An article, unless it is not there, not for these, or not for today."""
        found = self.articles.get(article_id)
        shown = found is not None and found.audience in audiences and found.valid_on(self._today())
        return found if shown else None

    def exact(self, query: str) -> str | None:
        """Id of the article one of whose questions is literally this, whoever may see it."""
        edition = self._edition
        number = edition.index.exact(query)
        if number is None:
            return None
        found = edition.index.articles[number]
        return found if edition.library.articles[found].valid_on(self._today()) else None

    def search(
        self, query: str, language: str, *, audiences: frozenset[Audience] = EVERYONE, limit: int = 5,
        vector: Vectors | None = None,
    ) -> Result:  # fmt: skip
        """Rank the articles for a query. Embeds it unless it is an exact question or `vector` is its embedding already.

        Raises EmbeddingError.
        """
        edition = self._edition
        among = self._valid(edition, edition.index.visible(audiences))
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
        beside._edition = self._indexed(library, self._edition.overlay, self._today())
        return beside

    def refresh(self) -> bool:
        """Take up edits and dates that have come, if there are any; says whether there were. Raises EmbeddingError."""
        with self._refreshing:
            stamps, overlay, day, last = self._look(), self._overlay(), self._today(), self._edition
            if stamps == self._stamps and overlay is last.overlay:
                if day == last.day or not last.turns(day):
                    self._edition = replace(last, day=day)
                    return False
                self._edition = self._indexed(last.library, overlay, day)
            else:
                self._edition = self._edit(stamps, overlay, day)
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

    def _edit(self, stamps: dict[Path, Stamp], overlay: Overlay, day: datetime.date) -> _Edition:
        readings: dict[Path, Reading] = {}
        for path, stamp in stamps.items():
            if self._stamps.get(path) == stamp:
                readings[path] = self._readings[path]
                continue
            fresh, last = read(path, self._folder), self._readings.get(path)
            # An edit that broke the file must not take the answer away: the last good text stays, with the new
            # problems.
            readings[path] = Reading(last.draft, fresh.problems) if fresh.draft is None and last else fresh
        edition = self._indexed(assemble(overlay.over(readings.values())), overlay, day)
        self._stamps, self._readings = stamps, readings
        return edition

    def _indexed(self, library: Library, overlay: Overlay, day: datetime.date) -> _Edition:
        valid = [article for article in library.articles.values() if article.valid_on(day)]
        return _Edition(library, Index(documents(valid), self._embedder), overlay, day)

    def _valid(self, edition: _Edition, among: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of `among` that answer today: all of them, but between midnight and the next look."""
        day = self._today()
        if day == edition.day:
            return among
        articles, ids = edition.library.articles, edition.index.articles
        return np.array([number for number in among if articles[ids[number]].valid_on(day)], dtype=np.int64)
