"""Questions about articles, made from what the articles themselves say: no model writes anything.

Three kinds: which article answers what a customer asks; which amount belongs in a sentence; and whether a sentence, in
which an amount may have been changed, is right. The same articles always make the same questions.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from connectors.message import JSON
from knowledge.quantities import Amount, Quantity, amounts, quantities, without_quantities

WHICH, AMOUNT, TRUTH = "which", "amount", "truth"
OPTIONS = 4
Meaning = tuple[str, frozenset[tuple[Quantity, int]]]
"""A sentence without its amounts, and these."""
GAP = "____"
_TRUTH = {"en": ("Right", "Wrong"), "zh": ("正确", "错误")}
_ASKED = {
    WHICH: ("A customer asks: “{it}” Which article answers that?", "客户问：“{it}”哪篇文章可以回答？"),
    AMOUNT: ("What belongs in the gap? {it}", "空格处应填什么？{it}"),
    TRUTH: ("Is this right? {it}", "这句话对吗？{it}"),
}
_LONGEST = 240
_SHORTEST = {"en": 16, "zh": 7}
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LEAD = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s*)+")
_END = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+")


@dataclass(frozen=True, kw_only=True)
class Source:
    """What an article says in one language. `hash` tells its versions apart; `related` are ids of articles."""

    article_id: str
    hash: str
    language: str
    category: str
    title: str
    phrasings: tuple[str, ...]
    body: str
    related: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question with its `options`, of which number `right` is right."""

    id: str
    kind: str
    language: str
    article_id: str
    article_hash: str
    text: str
    options: tuple[str, ...]
    right: int

    def to_json(self) -> JSON:
        """For the database and for who writes trainings."""
        return asdict(self) | {"options": list(self.options)}


def article_hash(content: JSON) -> str:
    """Tells what an article says from what it said: titles and texts, not tags and dates."""
    said = {language: [text["title"], text["body"]] for language, text in sorted(content["texts"].items())}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:16]


def sources(articles: Mapping[str, JSON]) -> list[Source]:
    """The texts of articles (contents by id), in both languages."""
    found = []
    for article_id, content in sorted(articles.items()):
        for language, text in sorted(content["texts"].items()):
            found.append(
                Source(
                    article_id=article_id, hash=article_hash(content), language=language, title=text["title"],
                    category=content["category"], phrasings=tuple(text["questions"]), body=text["body"],
                    related=tuple(content.get("related", ())),
                )
            )  # fmt: skip
    return found


def questions(of: Sequence[str], known: Sequence[Source], each: int) -> list[Question]:
    """Up to `each` questions about each article of `of` (ids) in each of its languages; `known` are all articles."""
    made = []
    for source in known:
        if source.article_id in of:
            made += list(_about(source, known))[:each]
    return made


def sentences(body: str, language: str) -> list[str]:
    """The sentences of a Markdown text without its marks."""
    found = []
    for line in body.splitlines():
        if line.lstrip().startswith(("|", "```")):
            continue
        plain = re.sub(r"[*_`]", "", _LINK.sub(r"\1", _LEAD.sub("", line)))
        for part in _END.split(unicodedata.normalize("NFKC", plain) if language == "en" else plain):
            sentence = part.strip()
            if _SHORTEST[language] <= len(sentence) <= _LONGEST and not sentence.endswith((":", "：", ";", "；")):
                found.append(sentence)
    return found


def _about(source: Source, known: Sequence[Source]) -> Iterator[Question]:
    """Alternately of each kind, as long as there are any."""
    kinds = [_which(source, known), _amounts(source, known), _truths(source, known)]
    while kinds:
        for kind in list(kinds):
            if (made := next(kind, None)) is not None:
                yield made
            else:
                kinds.remove(kind)


def _which(source: Source, known: Sequence[Source]) -> Iterator[Question]:
    others = [
        each
        for each in known
        if each.language == source.language
        and each.article_id not in (source.article_id, *source.related)
        and source.article_id not in each.related
        and each.title != source.title
    ]
    for phrasing in source.phrasings:
        if phrasing.strip() == source.title:
            continue
        near = sorted(others, key=lambda each: (each.category != source.category, _rank(phrasing, each.article_id)))
        titles = list(dict.fromkeys(each.title for each in near))[: OPTIONS - 1]
        if titles:
            yield _question(source, WHICH, phrasing.strip(), source.title, titles)


def _amounts(source: Source, known: Sequence[Source]) -> Iterator[Question]:
    for sentence in _counting(source)[::2]:
        for amount in amounts(sentence):
            wrong = _others(sentence, amount, source, known)
            if len(wrong) == OPTIONS - 1:
                gapped = sentence[: amount.start] + GAP + sentence[amount.end :]
                yield _question(source, AMOUNT, gapped, sentence[amount.start : amount.end].strip(), wrong)
                break


def _truths(source: Source, known: Sequence[Source]) -> Iterator[Question]:
    yes, no = _TRUTH[source.language]
    for sentence in _counting(source)[1::2]:
        for amount in amounts(sentence)[:1]:
            wrong = _others(sentence, amount, source, known)
            if not wrong:
                continue
            right = _rank(source.hash, sentence) % 2 == 0
            shown = sentence if right else _with(sentence, amount, wrong[0])
            yield _question(source, TRUTH, shown, yes if right else no, [no if right else yes], order=(yes, no))


def _counting(source: Source) -> list[str]:
    """The sentences with an amount. One question is made of each: a second one would tell the answer to the first."""
    return [each for each in dict.fromkeys(sentences(source.body, source.language)) if amounts(each)]


def _with(sentence: str, amount: Amount, other: str) -> str:
    tail = sentence[amount.start : amount.end]
    blank = tail[len(tail.rstrip()) :]
    return sentence[: amount.start] + other + blank + sentence[amount.end :]


def _others(sentence: str, amount: Amount, source: Source, known: Sequence[Source]) -> list[str]:
    """Amounts that would be wrong here, near ones first: of this article, of others, then made up."""
    start, end = amount.number
    number, whole = sentence[start:end], quantities(sentence)
    found: dict[str, None] = {}
    if source.language == "en" and number == "1":
        return []  # "2 day" would give itself away, as "1 days" would
    for candidate in [*_named(amount, source, known), *_near(number, amount.unit)]:
        if source.language == "en" and candidate == "1":
            continue
        other = sentence[amount.start : start] + candidate + sentence[end : amount.end]
        stated = _with(sentence, amount, other.strip())
        changed = quantities(stated)
        wrong = changed != whole and changed.total() == whole.total() and _meant(stated) not in _said(source)
        if wrong and not _same(found, other):
            found[other.strip()] = None
        if len(found) == OPTIONS - 1:
            break
    return list(found)


@lru_cache(maxsize=1000)
def _said(source: Source) -> frozenset[Meaning]:
    """What an article says: a sentence with another amount may be one of its own."""
    return frozenset(_meant(each) for each in sentences(source.body, source.language))


def _meant(sentence: str) -> Meaning:
    return without_quantities(sentence), frozenset(quantities(sentence).items())


def _same(found: Mapping[str, None], other: str) -> bool:
    return any(quantities(each) == quantities(other) for each in found)


def _named(amount: Amount, source: Source, known: Sequence[Source]) -> Iterator[str]:
    """Numbers that this article, and those of its category, name in the same unit."""
    beside = [each for each in known if each.language == source.language and each.category == source.category]
    for each in [source, *beside]:
        for sentence in sentences(each.body, each.language):
            for other in amounts(sentence):
                if other.unit == amount.unit:
                    yield sentence[slice(*other.number)]


def _near(number: str, unit: str) -> Iterator[str]:
    value = float(number.replace(",", ""))
    most = 100 if unit == "percent" else float("inf")
    for candidate in (value * 2, value / 2, value + 1, value + 5, value + 10, value - 1, value * 3, value + 2):
        if 0 < candidate <= most and (candidate.is_integer() or not value.is_integer()):
            yield f"{candidate:g}" if candidate < 1_000_000 else f"{candidate:.0f}"


def _question(
    source: Source, kind: str, it: str, right: str, wrong: Sequence[str], order: Sequence[str] = ()
) -> Question:
    text = _ASKED[kind][source.language == "zh"].format(it=it)
    options = list(order) or sorted({right, *wrong}, key=lambda each: _rank(text, each))
    return Question(
        id=f"{_rank(source.article_id, source.hash, source.language, text):016x}"[:12], kind=kind,
        language=source.language, article_id=source.article_id, article_hash=source.hash, text=text,
        options=tuple(options), right=options.index(right),
    )  # fmt: skip


def _rank(*of: str) -> int:
    """A number that looks like chance and is always the same."""
    return int.from_bytes(hashlib.sha256("\x00".join(of).encode()).digest()[:8])
