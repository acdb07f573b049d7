"""What the benchmarks ask: the knowledge base's own phrasings, varied so that no two are the same question."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.articles import EVERYONE, load
from knowledge.text import key

OPENINGS = {
    "en": (
        "Hi, ",
        "Hello, ",
        "Hey, ",
        "Sorry, ",
        "Please, ",
        "Well, ",
        "Good morning, ",
        "Excuse me, ",
        "So, ",
        "Ok, ",
    ),
    "zh": ("你好，", "您好，", "请问", "问一下，", "咨询一下，", "麻烦问下，", "那个，", "亲，", "想问问，", "在吗，"),
}
CLOSINGS = {
    "en": ("", " please", " thanks", " thank you", " now", " then", " exactly", " again", " by the way", " actually"),
    "zh": ("", "谢谢", "呢", "呀", "，急", "，多谢", "哦", "，麻烦了", "，谢谢啦", "吗"),
}
MIX = 500


@dataclass(frozen=True)
class Question:
    """What somebody asks, and in which language."""

    text: str
    language: str


def phrasings(folder: Path) -> list[Question]:
    """Titles and questions of all public articles of a knowledge base."""
    texts = [
        text
        for article in load(folder).articles.values()
        if article.audience in EVERYONE
        for text in article.texts.values()
    ]
    return [Question(question, text.language) for text in texts for question in (text.title, *text.questions)]


def from_file(path: Path) -> list[Question]:
    """One question a line; Chinese when it has Chinese characters."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [Question(line, "zh" if any("\u4e00" <= c <= "\u9fff" for c in line) else "en") for line in lines if line]


def different(base: Sequence[Question], seed: int) -> Iterator[Question]:
    """Variations of `base`, no two of which (nor one and a phrasing) are the same after normalisation; ends when there
    are no more.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    seen = {key(question.text) for question in base}
    around = {
        language: chance.sample(pairs := list(itertools.product(OPENINGS[language], CLOSINGS[language])), len(pairs))
        for language in sorted(OPENINGS)
    }
    for turn in range(len(around["en"])):
        for question in chance.sample(list(base), len(base)):
            opening, closing = around[question.language][turn]
            varied = f"{opening}{_lower(question.text.rstrip('?？。.!！'))}{closing}?"
            if key(varied) not in seen:
                seen.add(key(varied))
                yield Question(varied, question.language)


def zipf(base: Sequence[Question], seed: int, *, distinct: int = MIX) -> Iterator[Question]:
    """Without end: `distinct` questions, the n-th most popular asked 1/n as often as the first."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    mix = list(itertools.islice(different(base, seed), distinct))
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(mix) + 1)))
    while True:
        yield from chance.choices(mix, cum_weights=weights, k=1_000)


def _lower(text: str) -> str:
    """The start of a sentence, in the middle of one; "I" and abbreviations stay."""
    first = text.split(" ", 1)[0]
    return (
        text
        if first == "I" or first.startswith("I'") or first[1:].lower() != first[1:]
        else text[:1].lower() + text[1:]
    )
