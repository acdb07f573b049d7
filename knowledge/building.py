"""Builds segments: from documents, or from other segments without embedding anything anew."""

import hashlib
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from knowledge import cells
from knowledge.documents import LEVELS, Document
from knowledge.embedding import Embedder, Vectors
from knowledge.postings import Postings, PostingsDraft, hash_of
from knowledge.segment import Flags, Numbers, Segment, rounded
from knowledge.text import key, tokens

ARTICLES_AT_ONCE = 256  # embedded before the next are read
_ROWS_AT_ONCE = 16_384
VECTORS = "vectors.npy"  # the file of Segment.vectors

Progress = Callable[[int], None]  # told how many articles are done


def content_of(docs: Sequence[Document]) -> bytes:
    """Identity of all that is indexed of an article, 16 bytes."""
    return hashlib.blake2b(repr(sorted(docs, key=lambda doc: doc.language)).encode(), digest_size=16).digest()


def build(
    articles: Iterable[Sequence[Document]], embedder: Embedder, *, folder: Path | None = None,
    progress: Progress = lambda done: None, identity: Callable[[Sequence[Document]], bytes] = content_of,
) -> Segment:  # fmt: skip
    """A segment of articles, each given as its documents, none as none. With `folder` the vectors, which are most of
    it, are written there and mapped instead of held. Raises EmbeddingError; what was embedded until then is in the
    vector cache, so that the next attempt goes on from there. `identity` tells one content of an article
    from another, 16 bytes."""
    with tempfile.TemporaryFile() as spool:
        draft = _Draft(spool)
        heads: list[tuple[str, int, bytes]] = []
        words = PostingsDraft()
        languages: dict[str, int] = {}
        spoken: list[list[int]] = []
        keys, owners = array("Q"), array("i")  # of exact questions
        for part in _parts(articles):
            for docs in part:
                number = len(heads)
                heads.append((docs[0].article, max(LEVELS[doc.audience] for doc in docs), identity(docs)))
                spoken.append([languages.setdefault(doc.language, len(languages)) for doc in docs])
                for doc in docs:
                    words.add(tokens(doc.words))
                    for question in filter(None, map(key, doc.questions)):
                        keys.append(hash_of(question))
                        owners.append(number)
            draft.add(part, embedder, languages)
            progress(len(heads))
        speaks = np.zeros((len(heads), len(languages)), dtype=bool)
        for number, tongues in enumerate(spoken):
            speaks[number, tongues] = True
        return _finish(
            _Parts(
                articles=tuple(article for article, _, _ in heads),
                languages=tuple(languages),
                levels=np.array([level for _, level, _ in heads], dtype=np.int8),
                contents=np.frombuffer(b"".join(each for _, _, each in heads), dtype=np.uint8).reshape(-1, 16),
                speaks=speaks,
                documents=np.array([len(each) for each in spoken], dtype=np.int64),
                postings=words.finished(),
                exact_keys=np.array(keys, dtype=np.uint64),
                exact_owners=np.array(owners, dtype=np.int32),
                **draft.arrays(),
            ),
            folder,
        )


def join(segments: Sequence[Segment], alive: Sequence[Flags], *, folder: Path | None = None) -> Segment:
    """The living articles of several segments as one."""
    languages = tuple(dict.fromkeys(language for segment in segments for language in segment.languages))
    speaks, rows, owners, keys, exact_owners, tongues, before = [], [], [], [], [], [], 0
    for segment, lives in zip(segments, alive, strict=True):
        kept = np.flatnonzero(lives)
        numbers = np.cumsum(lives) - 1 + before
        of_ours = np.array([languages.index(language) for language in segment.languages], dtype=np.int8)
        here = np.zeros((len(kept), len(languages)), dtype=bool)
        here[:, of_ours] = segment.speaks[kept]
        speaks.append(here)
        at, places = segment.rows_of(kept)
        rows.append(at)
        owners.append((places + before).astype(np.int32))
        tongues.append(of_ours[segment.tongues[at]])
        stays = lives[segment.exact_owners]
        keys.append(segment.exact_keys[stays])
        exact_owners.append(numbers[segment.exact_owners[stays]].astype(np.int32))
        before += len(kept)
    living = list(zip(segments, alive, strict=True))
    with tempfile.TemporaryFile() as spool:
        dimensions = max((segment.vectors.shape[1] for segment in segments), default=0)
        for segment, at in zip(segments, rows, strict=True):
            for start in range(0, len(at), _ROWS_AT_ONCE):
                spool.write(segment.vectors[at[start : start + _ROWS_AT_ONCE]].tobytes())
        spool.flush()
        total = sum(map(len, rows))
        return _finish(
            _Parts(
                articles=tuple(segment.articles[at] for segment, lives in living for at in np.flatnonzero(lives)),
                languages=languages,
                levels=np.concatenate([segment.levels[lives] for segment, lives in living]),
                contents=np.concatenate([segment.contents[lives] for segment, lives in living]),
                speaks=np.concatenate(speaks),
                documents=np.concatenate([np.diff(segment.document_starts)[lives] for segment, lives in living]),
                postings=Postings.joined(
                    [segment.postings for segment in segments],
                    [np.repeat(lives, np.diff(segment.document_starts)) for segment, lives in living],
                ),
                exact_keys=np.concatenate(keys),
                exact_owners=np.concatenate(exact_owners),
                vectors=_mapped(spool, total, dimensions),
                steps=np.concatenate([segment.steps[at] for segment, at in zip(segments, rows, strict=True)]),
                owners=np.concatenate(owners),
                kinds=np.concatenate([segment.kinds[at] for segment, at in zip(segments, rows, strict=True)]),
                tongues=np.concatenate(tongues),
            ),
            folder,
        )


@dataclass(frozen=True)
class _Parts:
    """A segment whose rows are still in order of article."""

    articles: tuple[str, ...]
    languages: tuple[str, ...]
    levels: NDArray[np.int8]
    contents: NDArray[np.uint8]
    speaks: Flags
    documents: Numbers  # how many each article has
    postings: Postings
    exact_keys: NDArray[np.uint64]
    exact_owners: NDArray[np.int32]
    vectors: NDArray[np.int8]
    steps: NDArray[np.float32]
    owners: NDArray[np.int32]
    kinds: NDArray[np.int8]
    tongues: NDArray[np.int8]


class _Draft:
    """Collects the vectors of articles as they come."""

    def __init__(self, spool: BinaryIO) -> None:
        self._spool = spool
        self._columns: list[tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int8], NDArray[np.int8]]] = []
        self._articles = 0
        self._dimensions = 0

    def add(self, part: Sequence[Sequence[Document]], embedder: Embedder, languages: dict[str, int]) -> None:
        """Embed the texts of some articles."""
        texts = [
            (self._articles + place, languages[doc.language], kind, text)
            for place, docs in enumerate(part)
            for doc in docs
            for kind, each in enumerate(doc.texts)
            for text in each
        ]
        self._articles += len(part)
        if not texts:
            return
        kinds = np.array([kind for _, _, kind, _ in texts], dtype=np.int8)
        asked = embedder.questions([text for _, _, kind, text in texts if kind == 0])
        told = embedder.passages([text for _, _, kind, text in texts if kind != 0])
        vectors = np.empty((len(texts), (asked if len(asked) else told).shape[1]), dtype=np.float32)
        vectors[kinds == 0], vectors[kinds != 0] = (each.reshape(-1, vectors.shape[1]) for each in (asked, told))
        small, steps = rounded(vectors)
        self._spool.write(small.tobytes())
        self._dimensions = vectors.shape[1]
        owners = np.array([owner for owner, _, _, _ in texts], dtype=np.int32)
        tongues = np.array([tongue for _, tongue, _, _ in texts], dtype=np.int8)
        self._columns.append((steps, owners, kinds, tongues))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The rows, in order of article."""
        self._spool.flush()
        names = {"steps": np.float32, "owners": np.int32, "kinds": np.int8, "tongues": np.int8}
        found: dict[str, NDArray[Any]] = {
            name: np.concatenate([columns[at] for columns in self._columns] or [np.zeros(0, dtype=kind)])
            for at, (name, kind) in enumerate(names.items())
        }
        return found | {"vectors": _mapped(self._spool, len(found["steps"]), self._dimensions)}


def _finish(parts: _Parts, folder: Path | None) -> Segment:
    """Put the rows in order of their cells."""
    centroids: list[Vectors] = []
    cell_tongues: list[int] = []
    row_cells = np.zeros(len(parts.steps), dtype=np.int64)
    for tongue in range(len(parts.languages)):
        own = np.flatnonzero(parts.tongues == tongue)
        if not len(own):
            continue
        count = max(1, len(own) // cells.ROWS_PER_CELL)
        found = cells.centroids(_floats(parts, own[cells.sampled(len(own))]), count)
        for at in range(0, len(own), _ROWS_AT_ONCE):
            some = own[at : at + _ROWS_AT_ONCE]
            row_cells[some] = len(cell_tongues) + cells.assign(_floats(parts, some), found)
        centroids.append(found)
        cell_tongues += [tongue] * len(found)
    order = np.argsort(row_cells, kind="stable")
    rows = np.empty(len(order), dtype=np.int32)
    rows[order] = np.arange(len(order), dtype=np.int32)
    by_key = np.argsort(parts.exact_keys, kind="stable")
    return Segment(
        articles=parts.articles,
        languages=parts.languages,
        levels=parts.levels,
        contents=parts.contents,
        speaks=parts.speaks,
        row_starts=_starts(np.bincount(parts.owners, minlength=len(parts.articles))),
        document_starts=_starts(parts.documents),
        rows=rows,
        vectors=_ordered(parts.vectors, order, folder),
        steps=parts.steps[order],
        owners=parts.owners[order],
        kinds=parts.kinds[order],
        tongues=parts.tongues[order],
        cell_starts=_starts(np.bincount(row_cells, minlength=len(cell_tongues))),
        cell_tongues=np.array(cell_tongues, dtype=np.int8),
        centroids=np.concatenate(centroids) if centroids else np.zeros((0, parts.vectors.shape[1]), dtype=np.float32),
        postings=parts.postings,
        exact_keys=parts.exact_keys[by_key],
        exact_owners=parts.exact_owners[by_key],
    )


def _parts(articles: Iterable[Sequence[Document]]) -> Iterator[list[Sequence[Document]]]:
    left = iter(articles)
    while part := list(islice(left, ARTICLES_AT_ONCE)):
        yield part


def _mapped(spool: BinaryIO, rows: int, dimensions: int) -> NDArray[np.int8]:
    if not rows:
        return np.zeros((0, dimensions), dtype=np.int8)
    return np.memmap(spool, dtype=np.int8, mode="r", shape=(rows, dimensions))


def _floats(parts: _Parts, rows: Numbers) -> Vectors:
    return np.asarray(parts.vectors[rows].astype(np.float32) * parts.steps[rows, None])


def _ordered(vectors: NDArray[np.int8], order: Numbers, folder: Path | None) -> NDArray[np.int8]:
    if folder is None or not len(order):
        return np.asarray(vectors[order])
    path = folder / VECTORS
    found: NDArray[np.int8] = np.lib.format.open_memmap(path, mode="w+", dtype=np.int8, shape=vectors.shape)
    for at in range(0, len(order), _ROWS_AT_ONCE):
        found[at : at + _ROWS_AT_ONCE] = vectors[order[at : at + _ROWS_AT_ONCE]]
    found.flush()  # type: ignore[attr-defined]
    del found
    return np.asarray(np.load(path, mmap_mode="r"))


def _starts(sizes: Numbers) -> Numbers:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
