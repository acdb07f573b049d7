"""Vectors kept by the hash of their text: the most recent in memory, those of the knowledge base in an SQLite file."""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Embedder, Layered, Vectors
from knowledge.text import digest, normal

Half = NDArray[np.float16]  # inner layers in memory: half the size, and exact enough to tell intents apart
Kind = Literal["question", "passage", "layers"]
SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    text BLOB NOT NULL,  -- hash of the normal form
    vector BLOB NOT NULL,  -- little-endian 32-bit floats; of layers one after the other
    PRIMARY KEY (model, kind, text)
) WITHOUT ROWID
"""
LIVE_CHARACTERS = 500  # read of a live message: the rest of a long one changes little, and a second of work for it much
BATCH = 256  # texts embedded and stored at a time, so that an interrupted build loses little


class VectorFile:
    """An SQLite file of vectors. Any number of processes may use it at once; losing it costs only time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(SCHEMA)

    def load(self, model: str, kind: Kind, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The vectors there are, by hash."""
        found: dict[bytes, Vectors] = {}
        with self._lock:
            for at in range(0, len(hashes), 500):
                part = hashes[at : at + 500]
                marks = ",".join("?" * len(part))
                query = f"SELECT text, vector FROM vectors WHERE model = ? AND kind = ? AND text IN ({marks})"  # noqa: S608
                for text, vector in self._db.execute(query, (model, kind, *part)):
                    found[text] = np.frombuffer(vector, dtype=np.float32)
        return found

    def store(self, model: str, kind: Kind, vectors: dict[bytes, Vectors]) -> None:
        """Keep vectors by hash."""
        rows = [(model, kind, text, vector.astype(np.float32).tobytes()) for text, vector in vectors.items()]
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._db.close()


class CachedEmbedder:
    """An embedder that does no text twice.

    `question` serves live messages: memory only, so what customers write never reaches the file. `questions` and
    `passages` serve the knowledge base and training: also from the file, if there is one. Thread-safe.
    """

    def __init__(self, embedder: Embedder, file: VectorFile | None = None, *, remembered: int = 4_096) -> None:
        self._embedder = embedder
        self._file = file
        self._remembered = remembered
        self._recent: OrderedDict[str, tuple[Vectors, Half | None]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name of the embedder behind."""
        return self._embedder.name

    @property
    def folder(self) -> Path | None:
        """Where vectors are kept, and what is made of them may be; None if only in memory."""
        return self._file.path.parent if self._file else None

    def remembers(self, text: str) -> bool:
        """Whether `question(text)` costs nothing."""
        return _live(text) in self._recent

    def question(self, text: str) -> Vectors:
        """The vector of one live message, shape (dimensions,). Raises EmbeddingError."""
        return self._read(text)[0]

    def layers(self, text: str) -> Vectors:
        """The vector and those of inner layers, of which some embedders have none, of one live message, shape
        (1 + inner layers, dimensions). Costs nothing after `question(text)`. Raises EmbeddingError."""
        vector, inner = self._read(text)
        return vector[None] if inner is None else np.concatenate([vector[None], inner.astype(np.float32)])

    def _read(self, text: str) -> tuple[Vectors, Half | None]:
        form = _live(text)
        with self._lock:
            if form in self._recent:
                self._recent.move_to_end(form)
                return self._recent[form]
        if isinstance(self._embedder, Layered):
            layers = self._embedder.layers([form])[0]
            read = layers[0].copy(), layers[1:].astype(np.float16)
        else:
            read = self._embedder.questions([form])[0], None
        with self._lock:
            self._recent[form] = read
            while len(self._recent) > self._remembered:
                self._recent.popitem(last=False)
        return read

    def prefetch(self, texts: Sequence[str]) -> None:
        """Make `question` cost nothing for texts that will come, up to as many as are remembered. They go through the
        file: this is for measuring, not for what customers write. Raises EmbeddingError."""
        forms = [_live(text) for text in texts]
        if forms:
            read = [
                (layers[0], layers[1:].astype(np.float16) if len(layers) > 1 else None)
                for layers in self.layers_of(forms)
            ]
            with self._lock:
                self._recent.update(zip(forms, read, strict=True))

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors of many lasting texts. Raises EmbeddingError."""
        return self._many("question", texts)

    def layers_of(self, texts: Sequence[str]) -> Vectors:
        """What `layers` gives, of many lasting texts, shape (texts, 1 + inner layers, dimensions). Raises
        EmbeddingError."""
        if not isinstance(self._embedder, Layered):
            return self.questions(texts)[:, None]
        found = self._many("layers", texts)
        return found.reshape(len(texts), self._embedder.depth, found.shape[1] // self._embedder.depth)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of many lasting passages. Raises EmbeddingError."""
        return self._many("passage", texts)

    def _many(self, kind: Kind, texts: Sequence[str]) -> Vectors:
        forms = {digest(form): form for form in map(normal, texts)}
        found = self._file.load(self.name, kind, list(forms)) if self._file else {}
        missing = [text for text in forms if text not in found]
        embed = self._embedding(kind)
        for at in range(0, len(missing), BATCH):
            part = missing[at : at + BATCH]
            fresh = dict(zip(part, embed([forms[text] for text in part]), strict=True))
            found |= fresh
            if self._file:
                self._file.store(self.name, kind, fresh)
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return np.stack([found[digest(normal(text))].ravel() for text in texts])

    def _embedding(self, kind: Kind) -> Callable[[Sequence[str]], Vectors]:
        if kind == "layers" and isinstance(self._embedder, Layered):
            return self._embedder.layers
        return self._embedder.questions if kind == "question" else self._embedder.passages


def _live(text: str) -> str:
    return normal(text)[:LIVE_CHARACTERS]
