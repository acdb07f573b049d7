"""A base of made-up articles, and an embedder that needs no model: texts with words in common have vectors alike."""

import random
from collections.abc import Sequence
from functools import cache

import numpy as np

from knowledge.articles import Audience
from knowledge.documents import Document
from knowledge.embedding import Vectors
from knowledge.postings import hash_of
from knowledge.text import tokens

DIMENSIONS = 48
_TOPICS = {
    "en": [
        "delivery",
        "refund",
        "warranty",
        "invoice",
        "coupon",
        "account",
        "repair",
        "battery",
        "filter",
        "password",
        "order",
        "payment",
    ],
    "zh": ["送货", "退款", "保修", "发票", "优惠", "账户", "维修", "电池", "滤芯", "密码", "订单", "支付"],
}  # fmt: skip
_WORDS = {
    "en": [
        f"{a}{b}"
        for a in ("bar", "cel", "dom", "fin", "gor", "lam", "mur", "nos")
        for b in ("ka", "ti", "ro", "pel", "vi")
    ],
    "zh": [f"{a}{b}" for a in "红蓝绿白黑金银紫" for b in "山河海石云"],
}


@cache
def _direction(word: str) -> Vectors:
    return np.random.default_rng(hash_of(word)).standard_normal(DIMENSIONS).astype(np.float32)


class Bag:
    """The sum of a direction for each word, plus what all texts have in common."""

    name = "bag"

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, "question")

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, "passage")

    def _embed(self, texts: Sequence[str], kind: str) -> Vectors:
        found = np.array([3 * _direction("") + _direction(kind) + sum(map(_direction, tokens(text))) for text in texts])
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def article(number: int, edition: int = 0) -> list[Document]:
    """One article's documents, in one language or both; another edition says something else."""
    chance = random.Random(1_000_003 * edition + number)
    languages = (("en",), ("zh",), ("en", "zh"))[number % 3]
    audience = Audience.PUBLIC if number % 4 else (Audience.CUSTOMERS, Audience.AGENTS)[number // 4 % 2]
    names = [chance.randrange(40) for _ in range(3)]
    topic = chance.randrange(12)
    found = []
    for language in languages:
        words = _WORDS[language]
        about = [_TOPICS[language][topic], *(words[name] for name in names)]
        questions = [f"{' '.join(chance.sample(about, 3))} no{number}"] + [
            " ".join(chance.sample(about, 3)) for _ in range(2)
        ]
        body = [" ".join(chance.choices(words, k=8) + about) for _ in range(2)]
        found.append(Document(f"article-{number}", language, tuple(questions), tuple(body), audience))
    return found


def asked(number: int, edition: int = 0) -> tuple[str, str]:
    """A question about an article, in other words than its own, and its language."""
    doc = article(number, edition)[0]
    return f"{doc.questions[1]} {doc.questions[0]} please", doc.language
