"""The index of a large base over time: opened or built, then edited, and saved anew when much was edited."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from knowledge import saved
from knowledge.building import build, join
from knowledge.catalogue import Articles, Progress
from knowledge.documents import Document, documents
from knowledge.large import LargeIndex
from knowledge.panel import Panel
from knowledge.segment import Segment
from knowledge.vectors import CachedEmbedder

MERGED_AT = 0.05  # of the articles of the saved index edited since: it is joined with the edits and saved

Contents = Mapping[str, bytes]  # identities of what is in an index, by article


class Shelf:
    """Makes an index of each state of the articles from the one before. One thread may call `index`; any may call
    `beside` meanwhile."""

    def __init__(self, folder: Path, embedder: CachedEmbedder, progress: Progress = lambda done, total: None) -> None:
        """`folder` keeps the saved index, for any number of processes; `progress` is told how many articles of how many
        are embedded."""
        self._folder = folder
        self._embedder = embedder
        self._progress = progress
        self._now: tuple[LargeIndex, Contents] | None = None
        self._saved: str | None = None  # name of the saved index in use

    def index(self, articles: Articles, day: datetime.date) -> LargeIndex:
        """The index of the articles that answer on a day. Raises EmbeddingError."""
        wanted = articles.valid(day)
        index = self._edited(*(self._now or self._open(articles, wanted)), articles, wanted)
        if _edited_since(index) > MERGED_AT * len(wanted) and self._saved != saved.current(self._folder):
            # Another process has joined it already.
            index = self._edited(*self._open(articles, wanted), articles, wanted)
        if _edited_since(index) > MERGED_AT * len(wanted):
            index = self._merged(index)
        self._now = index, wanted
        return index

    def beside(self, articles: Articles, day: datetime.date) -> LargeIndex:
        """The index of other articles than those in use, which stay."""
        wanted = articles.valid(day)
        return self._edited(*(self._now or self._open(articles, wanted)), articles, wanted)

    def _edited(self, index: LargeIndex, has: Contents, articles: Articles, wanted: Contents) -> LargeIndex:
        fresh = [name for name, identity in wanted.items() if has.get(name) != identity]
        gone = has.keys() - wanted.keys()
        if not fresh and not gone:
            return index
        made = self._built(articles, fresh, wanted)
        return index.edited(made if len(made) else None, gone)

    def _open(self, articles: Articles, wanted: Contents) -> tuple[LargeIndex, Contents]:
        with saved.only_one(self._folder):
            try:
                segment, biases = saved.load(self._folder, self._embedder.name)
                has = _contents(segment)
                if sum(has.get(name) != identity for name, identity in wanted.items()) > len(wanted) / 2:
                    raise saved.Stale("most articles are others")
            except saved.Stale:
                with saved.room(self._folder) as room:
                    segment = self._built(articles, wanted, wanted, room)
                    biases = Panel(segment).biases(segment)
                    saved.publish(room, segment, biases, self._embedder.name)
            self._saved = saved.current(self._folder)
        return LargeIndex([segment], Panel(segment), [biases]), _contents(segment)

    def _merged(self, index: LargeIndex) -> LargeIndex:
        """The same as one segment, saved."""
        with saved.only_one(self._folder), saved.room(self._folder) as room:
            segment = join(index.segments, index.alive, folder=room)
            panel = Panel(segment)
            biases = panel.biases(segment)
            saved.publish(room, segment, biases, self._embedder.name)
            self._saved = room.name
        return LargeIndex([segment], panel, [biases])

    def _built(self, articles: Articles, names: Iterable[str], wanted: Contents, folder: Path | None = None) -> Segment:
        def docs() -> Iterator[list[Document]]:
            for name in names:
                found = articles.get(name)
                if found is not None:  # else its files went a moment ago
                    yield documents([found])

        def tell(done: int) -> None:
            if folder is not None:
                self._progress(done, len(wanted))

        return build(
            docs(), self._embedder, folder=folder, progress=tell, identity=lambda docs: wanted[docs[0].article]
        )


def _contents(segment: Segment) -> dict[str, bytes]:
    return {name: content.tobytes() for name, content in zip(segment.articles, segment.contents, strict=True)}


def _edited_since(index: LargeIndex) -> int:
    """Articles of the first segment that are gone, and articles of the others."""
    first, lives = index.segments[0], index.alive[0]
    return len(first) - int(lives.sum()) + sum(map(len, index.segments[1:]))
