"""Vectors kept by the hash of their text: the most recent in memory, those of the knowledge base in an SQLite file."""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Embedder, Layered, TokenEmbedder, Vectors
from knowledge.late import Projection, Tokens
from knowledge.text import digest, normal

Half = NDArray[np.float16]  # inner layers in memory: half the size, and exact enough to tell intents apart
Kind = Literal["question", "passage", "layers"]
TOKENS = "tokens-1"  # of questions and passages; another number for another projection
SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    text BLOB NOT NULL,  -- hash of the normal form
    vector BLOB NOT NULL,  -- little-endian 32-bit floats; of layers one after the other; of tokens as packed
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
        found = self.load_packed(model, kind, hashes)
        return {text: np.frombuffer(vector, dtype=np.float32) for text, vector in found.items()}

    def store(self, model: str, kind: Kind, vectors: dict[bytes, Vectors]) -> None:
        """Keep vectors by hash."""
        self.store_packed(model, kind, {text: vector.astype(np.float32).tobytes() for text, vector in vectors.items()})

    def load_packed(self, model: str, kind: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        """The rows there are, by hash, as they are kept."""
        found: dict[bytes, bytes] = {}
        with self._lock:
            for at in range(0, len(hashes), 500):
                part = hashes[at : at + 500]
                marks = ",".join("?" * len(part))
                query = f"SELECT text, vector FROM vectors WHERE model = ? AND kind = ? AND text IN ({marks})"  # noqa: S608
                found.update(self._db.execute(query, (model, kind, *part)))
        return found

    def store_packed(self, model: str, kind: str, packed: dict[bytes, bytes]) -> None:
        """Keep rows by hash, as they are."""
        rows = [(model, kind, text, row) for text, row in packed.items()]
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
        self._recent: OrderedDict[str, tuple[Vectors, Half | None, Tokens | None]] = OrderedDict()
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
        vector, inner, _ = self._read(text)
        return vector[None] if inner is None else np.concatenate([vector[None], inner.astype(np.float32)])

    def tokens(self, text: str) -> Tokens | None:
        """The tokens of one live message; None if the embedder does not tell. Costs nothing after `question(text)`.
        Raises EmbeddingError."""
        return self._read(text)[2]

    def _read(self, text: str) -> tuple[Vectors, Half | None, Tokens | None]:
        form = _live(text)
        with self._lock:
            if form in self._recent:
                self._recent.move_to_end(form)
                return self._recent[form]
        read = self._embedded(form)
        with self._lock:
            self._recent[form] = read
            while len(self._recent) > self._remembered:
                self._recent.popitem(last=False)
        return read

    def _embedded(self, form: str) -> tuple[Vectors, Half | None, Tokens | None]:
        if isinstance(self._embedder, TokenEmbedder):
            (layers,), (tokens,) = self._embedder.read_questions([form])
            return layers[0].copy(), layers[1:].astype(np.float16), tokens
        if isinstance(self._embedder, Layered):
            layers = self._embedder.layers([form])[0]
            return layers[0].copy(), layers[1:].astype(np.float16), None
        return self._embedder.questions([form])[0], None, None

    def prefetch(self, texts: Sequence[str]) -> None:
        """Make `question` cost nothing for texts that will come, up to as many as are remembered. They go through the
        file: this is for measuring, not for what customers write. Raises EmbeddingError."""
        forms = [_live(text) for text in texts]
        if forms:
            tokens: Sequence[Tokens | None] = self.tokens_of(forms) or [None] * len(forms)
            read = [
                (layers[0], layers[1:].astype(np.float16) if len(layers) > 1 else None, each)
                for layers, each in zip(self.layers_of(forms), tokens, strict=True)
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

    def tokens_of(self, texts: Sequence[str], *, passages: bool = False) -> list[Tokens] | None:
        """The tokens of many lasting texts, questions or passages; None if the embedder does not tell. Texts that are
        new get their vectors in the same pass. Raises EmbeddingError."""
        if not isinstance(self._embedder, TokenEmbedder):
            return None
        role: Kind = "passage" if passages else "question"
        kind = f"{TOKENS} {role}"
        forms = {digest(form): form for form in map(normal, texts)}
        found = self._file.load_packed(self.name, kind, list(forms)) if self._file else {}
        missing = [text for text in forms if text not in found]
        read = self._embedder.read_passages if passages else self._embedder.read_questions
        for at in range(0, len(missing), BATCH):
            part = missing[at : at + BATCH]
            layers, tokens = read([forms[text] for text in part])
            fresh = {text: each.packed() for text, each in zip(part, tokens, strict=True)}
            found |= fresh
            if self._file:
                self._file.store_packed(self.name, kind, fresh)
                vectors = layers if passages else layers[:, 0]
                self._file.store(self.name, role, dict(zip(part, vectors, strict=True)))
        size = Projection.shipped().dimensions
        return [Tokens.unpacked(found[digest(normal(text))], size) for text in texts]

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
