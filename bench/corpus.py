"""A large base made from a few real articles: `python -m bench.scale` searches in it.

Article number i has the texts of one real article, with a product's name and code put into each, as the manuals of a
maker with many products have; a third of them in both languages where the real one is. Its vectors are those of the
real texts, mixed with those of a second article and moved in a direction of its own, so that articles of one origin lie
as near to each other as alike articles do (cosine about 0.93), and nothing of a hundred thousand must be embedded.
"""

import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.documents import Document
from knowledge.embedding import Vectors
from knowledge.vectors import CachedEmbedder

PHRASINGS = 5  # with the title
PASSAGES = 3
NAMES = 5_000
_MARK = re.compile(r" ?q[a-y]+z kx\d+n\d+n\d+")
_OWN, _SECOND, _APART, _WORDING = 0.8, 0.2, 0.35, 0.1


@dataclass(frozen=True)
class Asked:
    """A question, its language and vector, and the article it is about."""

    text: str
    language: str
    vector: Vectors
    article: str


class Corpus:
    """`articles` made-up articles over real `documents`, and an Embedder for their texts."""

    name = "made-up/1"

    def __init__(self, documents: Sequence[Document], real: CachedEmbedder, articles: int) -> None:
        """Embeds the real documents with `real`."""
        by_article: dict[str, list[Document]] = {}
        for doc in documents:
            short = Document(doc.article, doc.language, doc.questions[:PHRASINGS], doc.passages[:PASSAGES])
            by_article.setdefault(doc.article, []).append(short)
        self.articles = articles
        self._origins = list(by_article.values())
        texts = [doc.texts for origin in self._origins for doc in origin]
        asked = list(dict.fromkeys(text for questions, _, _ in texts for text in questions))
        told = list(dict.fromkeys(text for _, some, wholes in texts for text in (*some, *wholes)))
        self._asked = dict(zip(asked, real.questions(asked), strict=True))
        self._told = dict(zip(told, real.passages(told), strict=True))
        self._noise = np.random.default_rng(3).standard_normal(1_000_000, dtype=np.float32)
        self._firsts = np.array([self._first(origin) for origin in self._origins], dtype=np.float32)

    def questions(self, texts: Sequence[str]) -> Vectors:
        """As an Embedder."""
        return np.array([self._vector(text, self._asked) for text in texts], dtype=np.float32)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """As an Embedder."""
        return np.array([self._vector(text, self._told) for text in texts], dtype=np.float32)

    def article(self, number: int, edition: int = 0) -> list[Document]:
        """One article. Another edition of it has a phrasing less."""
        origin = self._origins[number % len(self._origins)]
        chosen = origin if number % 3 == 0 else [origin[number % len(origin)]]
        mark = self._mark(number)
        return [
            Document(
                self.id(number),
                doc.language,
                tuple(f"{question} {mark}" for question in doc.questions[: PHRASINGS - edition]),
                doc.passages,
            )
            for doc in chosen
        ]

    def __iter__(self) -> Iterator[list[Document]]:
        return (self.article(number) for number in range(self.articles))

    def id(self, number: int) -> str:
        """The id of an article."""
        return f"article-{number:06}"

    def asked(self, count: int) -> list[Asked]:
        """Questions about random articles: real phrasings that name the product but not its code, every fifth in the
        other language if there is one."""
        chance = random.Random(11)  # noqa: S311
        found = []
        for turn in range(count):
            number = chance.randrange(self.articles)
            origin = self._origins[number % len(self._origins)]
            others = [doc for doc in origin if doc.questions]
            own = {doc.language for doc in self.article(number)}
            wanted = [doc for doc in others if (doc.language in own) != (turn % 5 == 0)] or others
            if not wanted:
                continue
            doc = chance.choice(wanted)
            question = chance.choice(doc.questions)
            mark = self._mark(number)
            vector = self._moved(self._asked[question], number, f"{turn}?")
            found.append(Asked(f"{question} {mark.partition(' ')[0]}", doc.language, vector, self.id(number)))
        return found

    def _mark(self, number: int) -> str:
        chance = random.Random(number % NAMES)  # noqa: S311
        name = "".join(chance.choice("abcdefghijklmnoprstuvwxy") for _ in range(6))
        return f"q{name}z kx{number % len(self._origins)}n{number * 7919 % len(self._origins)}n{number}"

    def _vector(self, text: str, known: dict[str, Vectors]) -> Vectors:
        mark = _MARK.search(text)
        number = int(mark.group().rpartition("n")[2]) if mark else 0
        plain = _MARK.sub("", text)
        return self._moved(known[plain], number, plain)

    def _moved(self, vector: Vectors, number: int, text: str) -> Vectors:
        second = self._firsts[number * 7919 % len(self._origins)]
        moved = _OWN * vector + _SECOND * second
        moved += _APART * self._drawn(number * 104_729, len(vector))
        moved += _WORDING * self._drawn(zlib.crc32(f"{number} {text}".encode()), len(vector))
        return np.asarray(moved / np.linalg.norm(moved), dtype=np.float32)

    def _drawn(self, place: int, dimensions: int) -> Vectors:
        """A random direction of length one, nearly; the same for the same place."""
        start = place % (len(self._noise) - dimensions)
        return np.asarray(self._noise[start : start + dimensions] / np.sqrt(np.float32(dimensions)))

    def _first(self, origin: Sequence[Document]) -> Vectors:
        doc = origin[0]
        return self._asked[doc.questions[0]] if doc.questions else self._told[doc.whole]
