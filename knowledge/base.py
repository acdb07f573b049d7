"""The knowledge base in use: a folder of articles, its index, and the newest of both after every edit."""

import datetime
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Container, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.articles import EVERYONE, Article, Audience, Library, Problem, Reading, assemble, read
from knowledge.catalogue import Articles, Catalogue, Stamp, look
from knowledge.confidence import Model
from knowledge.documents import documents
from knowledge.embedding import Vectors
from knowledge.evidence import Searchable
from knowledge.index import Index
from knowledge.overlay import NOTHING, Overlay
from knowledge.search import meant, search, search_exact
from knowledge.shelf import Shelf
from knowledge.subjects import ABOUT_NOTHING, About
from knowledge.text import digest
from knowledge.vectors import CachedEmbedder

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds between looks at the folder
LARGE = 4_000  # files and published articles from which articles stay on disk, and their index is saved
_PATIENCE = 12  # a look may take a twelfth of the time between looks

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Hit:
    """One article of a ranking, with the title and language it would be shown in."""

    article: str
    title: str
    language: str
    confidence: float


@dataclass(frozen=True)
class Result:
    """A ranking, best first. `exact`: the query literally is a question of the first one. `answerable`: the
    probability that any article answers it."""

    hits: tuple[Hit, ...]
    exact: bool = False
    answerable: float = 0.0


@dataclass(frozen=True)
class _Edition:
    """One consistent state of folder and overlay; replaced as a whole. `index` has the articles valid on `day`."""

    library: Library
    index: Searchable
    overlay: Overlay
    day: datetime.date
    about: About = ABOUT_NOTHING

    def turns(self, day: datetime.date) -> bool:
        """Whether an article begins or ceases to answer on `day`."""
        articles = self.library.articles
        if isinstance(articles, Articles):
            return articles.valid(day).keys() != articles.valid(self.day).keys()
        return any(each.valid_on(day) != each.valid_on(self.day) for each in self.library.articles.values())


class KnowledgeBase:
    """Articles and search over one folder and what lies over it. Thread-safe; `refresh` or `follow` take up edits."""

    def __init__(
        self, folder: Path, embedder: CachedEmbedder, model: Model | None = None, *,
        overlay: Callable[[], Overlay] = lambda: NOTHING, today: Callable[[], datetime.date] = datetime.date.today,
        progress: Progress = lambda what, done, total: None,
    ) -> None:  # fmt: skip
        """Read, embed and index the folder. `overlay` is asked at each look. `progress` is told of a large base what is
        done ("reading" files or "indexing" articles), how many, and of how many. Raises FileNotFoundError without a
        folder, EmbeddingError without vectors."""
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder of articles at {folder}: set FRONTDOOR_KB to one")
        self.model = (model or Model.load()).of(embedder.name)
        self._folder = folder
        self._embedder = embedder
        self._stamps: dict[str, Stamp] = {}
        self._readings: dict[str, Reading] = {}
        self._catalogue: Catalogue | None = None
        self._shelf: Shelf | None = None
        self._progress = progress
        self._overlay = overlay
        self._today = today
        self._refreshing = threading.Lock()
        self._edition = self._edit(look(folder), overlay(), today())

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
        """Changes whenever a title or phrasing does; of a large base, whenever anything does."""
        whole = hashlib.blake2b(digest_size=16)
        if isinstance(self.articles, Articles):
            for name, identity in sorted(self.articles.valid(self._today()).items()):
                whole.update(name.encode() + identity)
            return whole.hexdigest()
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
        article = edition.library.articles.get(found)
        return found if article is not None and article.valid_on(self._today()) else None

    def search(
        self, query: str, language: str, *, audiences: frozenset[Audience] = EVERYONE, limit: int = 5,
        vector: Vectors | None = None, turns: Sequence[str] = (),
    ) -> Result:  # fmt: skip
        """Rank the articles for a query. Embeds it unless it is an exact question or `vector` is its embedding already.
        `turns` is what was said so far, the query last: articles about other things than the conversation stay out.

        Raises EmbeddingError.
        """
        edition = self._edition
        among = self._valid(edition, edition.index.visible(audiences))
        if turns and edition.about and (out := edition.about.elsewhere(turns)):
            among = np.array(
                [each for each in among.tolist() if edition.index.articles[each] not in out], dtype=np.int64
            )
        found = exact = search_exact(edition.index, query, among)
        if not exact:
            asked, written = meant(edition.index, query, language)
            if vector is None or asked != query:  # a misspelt word is none to the model
                vector = self._embedder.question(asked)
            found = search(edition.index, self.model, asked, vector, written, among, limit)
        hits = []
        for item in found:
            article = edition.library.articles.get(edition.index.articles[item.article])
            if article is None:  # of a large base, and its files went a moment ago
                continue
            text = article.text(language)
            hits.append(Hit(article.id, text.title, text.language, item.confidence))
        return Result(tuple(hits), exact=bool(exact), answerable=found[0].answerable if found else 0.0)

    def with_change(self, article_id: str, article: Article | None) -> "KnowledgeBase":
        """A base beside this one in which an article is as given, or is missing; it follows no edits. Raises
        EmbeddingError."""
        beside, day, last = copy(self), self._today(), self._edition
        if isinstance(last.library.articles, Articles) and self._shelf is not None:
            changed = last.library.articles.changed(article_id, article)
            beside._edition = replace(last, library=Library(changed), index=self._shelf.beside(changed, day), day=day)
            return beside
        articles = {**self.articles, article_id: article}
        library = Library({name: each for name, each in articles.items() if each is not None})
        beside._edition = self._indexed(library, last.overlay, day)
        return beside

    def refresh(self) -> bool:
        """Take up edits and dates that have come, if there are any; says whether there were. Raises EmbeddingError."""
        with self._refreshing:
            stamps, overlay, day, last = look(self._folder), self._overlay(), self._today(), self._edition
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
            except Exception as error:  # whatever it is, the next edit shall be taken up
                logger.error("knowledge base not refreshed: %s: %s", type(error).__name__, error)
            time.sleep(max(LOOK_EVERY, _PATIENCE * (time.monotonic() - started)))

    def _edit(self, stamps: dict[str, Stamp], overlay: Overlay, day: datetime.date) -> _Edition:
        kept = self._embedder.folder
        if kept is not None and len(stamps) + len(overlay.records) >= LARGE:
            library = self._catalogued(stamps, overlay, kept)
        else:
            library = assemble(overlay.over(self._read(stamps).values()))
        edition = self._indexed(library, overlay, day)
        self._stamps = stamps
        return edition

    def _read(self, stamps: dict[str, Stamp]) -> dict[str, Reading]:
        """Every file of a small base."""
        readings: dict[str, Reading] = {}
        for path, stamp in sorted(stamps.items()):
            last = self._readings.get(path)
            if last is not None and self._stamps.get(path) == stamp:
                readings[path] = last
                continue
            try:
                fresh = read(self._folder / path, self._folder)
            except FileNotFoundError:  # removed since it was listed
                continue
            # An edit that broke the file must not take the answer away: the last good text stays, with the new
            # problems.
            readings[path] = Reading(last.draft, fresh.problems) if fresh.draft is None and last else fresh
        self._readings = readings
        return readings

    def _catalogued(self, stamps: dict[str, Stamp], overlay: Overlay, kept: Path) -> Library:
        """The articles of a large base, which are read when they are asked for."""
        if self._catalogue is None or self._shelf is None:
            folder = kept / "index" / digest(str(self._folder.resolve())).hex()
            self._catalogue = Catalogue(folder / "articles.db", self._folder)
            self._shelf = Shelf(folder, self._embedder, lambda done, total: self._progress("indexing", done, total))
        self._catalogue.take_up(stamps, lambda done, total: self._progress("reading", done, total))
        self._readings = {}
        return Library(self._catalogue.articles(overlay), self._catalogue.problems())

    def _indexed(self, library: Library, overlay: Overlay, day: datetime.date) -> _Edition:
        if isinstance(library.articles, Articles) and self._shelf is not None:
            return _Edition(library, self._shelf.index(library.articles, day), overlay, day)
        valid = [article for article in library.articles.values() if article.valid_on(day)]
        return _Edition(library, Index(documents(valid), self._embedder), overlay, day, About(valid))

    def _valid(self, edition: _Edition, among: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of `among` that answer today: all of them, but between midnight and the next look."""
        day = self._today()
        if day == edition.day:
            return among
        articles, ids = edition.library.articles, edition.index.articles
        if isinstance(articles, Articles):
            valid: Container[str] = articles.valid(day)
        else:
            valid = {name for name, article in articles.items() if article.valid_on(day)}
        return np.array([number for number in among.tolist() if ids[number] in valid], dtype=np.int64)
