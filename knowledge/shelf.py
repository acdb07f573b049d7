"""The index of a large base over time: opened or built, then edited, and saved anew when much was edited."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from knowledge import saved
from knowledge.building import build, join
from knowledge.catalogue import Articles, Progress
from knowledge.documents import Document, documents
from knowledge.large import LargeIndex
from knowledge.panel import Panel
from knowledge.vectors import CachedEmbedder

MERGED_AT = 0.05  # of the articles of the saved index edited since: it is joined with the edits and saved


class Shelf:
    """Makes an index of each state of the articles from the one before. Not thread-safe; what it gives is."""

    def __init__(self, folder: Path, embedder: CachedEmbedder, progress: Progress = lambda done, total: None) -> None:
        """`folder` keeps the saved index, for any number of processes; `progress` is told how many
        articles of how many are embedded."""
        self._folder = folder
        self._embedder = embedder
        self._progress = progress
        self._index: LargeIndex | None = None
        self._has: dict[str, bytes] = {}
        self._opened: str | None = None  # name of the saved index in use

    def index(self, articles: Articles, day: datetime.date) -> LargeIndex:
        """The index of the articles that answer on a day. Raises EmbeddingError."""
        wanted = articles.valid(day)
        if self._index is None:
            self._take(self._open(articles, wanted))
        index = self._edited(articles, wanted)
        if _edited_since(index) > MERGED_AT * len(wanted):
            if saved.current(self._folder) != self._opened:  # another process has already done it
                self._take(self._open(articles, wanted))
                index = self._edited(articles, wanted)
            else:
                index = self._merged(index)
        self._index, self._has = index, wanted
        return index

    def beside(self, articles: Articles, day: datetime.date) -> LargeIndex:
        """The index of other articles than those in use, which stay."""
        return self._edited(articles, articles.valid(day))

    def _edited(self, articles: Articles, wanted: Mapping[str, bytes]) -> LargeIndex:
        if self._index is None:
            raise RuntimeError("there is no index to edit")
        fresh = [name for name, identity in wanted.items() if self._has.get(name) != identity]
        gone = self._has.keys() - wanted.keys()
        if not fresh and not gone:
            return self._index
        made = build(self._documents(articles, fresh), self._embedder, identity=lambda docs: wanted[docs[0].article])
        return self._index.edited(made if len(made) else None, gone)

    def _open(self, articles: Articles, wanted: Mapping[str, bytes]) -> LargeIndex:
        with saved.only_one(self._folder):
            try:
                segment, biases = saved.load(self._folder, self._embedder.name)
                has = {
                    name: content.tobytes() for name, content in zip(segment.articles, segment.contents, strict=True)
                }
                same = sum(has.get(name) == identity for name, identity in wanted.items())
                if len(wanted) - same > len(wanted) / 2:
                    raise saved.Stale("most articles are others")
            except saved.Stale:
                with saved.room(self._folder) as room:
                    segment = build(
                        self._documents(articles, wanted), self._embedder, folder=room,
                        progress=lambda done: self._progress(done, len(wanted)),
                        identity=lambda docs: wanted[docs[0].article],
                    )  # fmt: skip
                    biases = Panel(segment).biases(segment)
                    saved.publish(room, segment, biases, self._embedder.name)
            self._opened = saved.current(self._folder)
        return LargeIndex([segment], Panel(segment), [biases])

    def _merged(self, index: LargeIndex) -> LargeIndex:
        """The same as one segment, saved."""
        with saved.only_one(self._folder), saved.room(self._folder) as room:
            segment = join(index.segments, index.alive, folder=room)
            panel = Panel(segment)
            biases = panel.biases(segment)
            saved.publish(room, segment, biases, self._embedder.name)
            self._opened = room.name
        return LargeIndex([segment], panel, [biases])

    def _take(self, index: LargeIndex) -> None:
        self._index = index
        self._has = {
            name: content.tobytes()
            for segment in index.segments
            for name, content in zip(segment.articles, segment.contents, strict=True)
        }

    def _documents(self, articles: Articles, names: Mapping[str, bytes] | Sequence[str]) -> Iterator[list[Document]]:
        for name in names:
            found = articles.get(name)
            if found is not None and (docs := documents([found])):
                yield docs


def _edited_since(index: LargeIndex) -> int:
    first, lives = index.segments[0], index.alive[0]
    return len(first) - int(lives.sum()) + sum(map(len, index.segments[1:]))
