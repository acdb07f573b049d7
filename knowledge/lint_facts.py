"""Contradictions: the two languages of an article, or two articles, that name different amounts or say yes and no.

Built to be quiet: a finding needs something that both sides say and say differently. What only one side says is no
contradiction.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.articles import Article, Text
from knowledge.lint import Finding, shown
from knowledge.quantities import Quantity, quantities, without_quantities
from knowledge.text import plain, tokens

SAME_SUBJECT = 0.84
"""Of the terms of two sentences that must be common, when nothing else is known of their articles."""
RELATED_SUBJECT = 0.6
"""The same for articles that are near duplicates."""
_LEAST_TERMS = 3
_USUAL = 200  # statements with the same term: such a term tells nothing apart
_SENTENCES = re.compile(r"(?<=[。！？!?；;])|(?<=[.])\s+|\n+")
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """a an the is are be was were of to in on at for from by with and or as it its this that your you we our us i
        my they them their can may must should would then than so if when within after before up do does have has had
        please also about only will""",
    )
)
_NEGATION = {
    "en": re.compile(r"\b(?:not|no|never|cannot|without|neither|nor|unable|impossible)\b|n't\b|n’t\b", re.IGNORECASE),
    "zh": re.compile(r"不(?!同|仅|但|过|妨|少|久|便|断|锈)|没有?|无法|无需|未(?!来)|勿|别(?!的|人)|禁止"),
}
_OPENING = {
    "en": (re.compile(r"yes\b", re.IGNORECASE), re.compile(r"not?\b|unfortunately|sorry", re.IGNORECASE)),
    "zh": (
        re.compile(r"可以|能[，。,]|是的|会的|支持|当然"),
        re.compile(r"不可以|不能|不行|不支持|不会|不是|没有|无法|暂不|抱歉"),
    ),
}


@dataclass(frozen=True)
class Statement:
    """A sentence of an article: its terms without amounts and negation, its amounts, whether it denies something."""

    article: Article
    text: Text
    sentence: str
    terms: frozenset[str]
    amounts: frozenset[Quantity]
    denies: bool


def between_languages(article: Article) -> Iterator[Finding]:
    """Where the English and the Chinese text of an article differ."""
    en, zh = article.texts.get("en"), article.texts.get("zh")
    if en is None or zh is None:
        return
    in_en, in_zh = (set(quantities(f"{text.title}\n{text.body}")) for text in (en, zh))
    for unit in sorted({each.unit for each in in_en - in_zh} & {each.unit for each in in_zh - in_en}):
        only_en, only_zh = (
            ", ".join(str(each) for each in sorted(one - other) if each.unit == unit)
            for one, other in ((in_en, in_zh), (in_zh, in_en))
        )
        yield Finding(
            zh.path, article.id, "body", "contradiction",
            f"the Chinese text says {only_zh} where the English one says {only_en}",
            "find out which is right, and make both say it", error=True,
        )  # fmt: skip
    if (opens := {_opening(en), _opening(zh)}) == {True, False} and opens:
        yield Finding(
            zh.path, article.id, "body", "contradiction", "one language begins with yes, the other with no",
            "find out which is right, and make both say it", error=True,
        )  # fmt: skip


def between_articles(articles: Iterable[Article], alike: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Sentences of two articles that say the same about other amounts, or the opposite. `alike`: near duplicates."""
    by_language: defaultdict[str, list[Statement]] = defaultdict(list)
    for article in articles:
        for text in article.texts.values():
            by_language[text.language] += statements(article, text)
    told: set[tuple[str, str]] = set()
    for found in by_language.values():
        for one, other in _pairs(found, alike):
            if finding := _opposed(one, other):
                pair = (min(one.article.id, other.article.id), max(one.article.id, other.article.id))
                if pair not in told:
                    told.add(pair)
                    yield finding


def statements(article: Article, text: Text) -> list[Statement]:
    """The sentences of a text that say something about something."""
    found = []
    for sentence in _SENTENCES.split(plain(text.body)):
        negation = _NEGATION[text.language]
        masked = negation.sub(" ", without_quantities(sentence))
        terms = frozenset(term for term in tokens(masked) if term not in _EMPTY and not term.isdigit())
        if len(terms) >= _LEAST_TERMS:
            amounts = frozenset(quantities(sentence))
            found.append(Statement(article, text, sentence.strip(), terms, amounts, bool(negation.search(sentence))))
    return found


def _pairs(found: Sequence[Statement], alike: Mapping[str, frozenset[str]]) -> Iterator[tuple[Statement, Statement]]:
    """Statements of two articles about the same thing. Only those that share a rare term are compared."""
    by_term: defaultdict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(found):
        for term in statement.terms:
            by_term[term].append(number)
    for number, one in enumerate(found):
        rare = sorted(one.terms, key=lambda term: len(by_term[term]))
        # Sets that share a share s of their terms share one of the rarest (1 - s) of each.
        share = RELATED_SUBJECT if one.article.id in alike else SAME_SUBJECT
        telling = [term for term in rare[: int(len(rare) * (1 - share)) + 1] if len(by_term[term]) <= _USUAL]
        candidates = {other for term in telling for other in by_term[term]}
        for at in sorted(candidates):
            other = found[at]
            if at <= number or other.article.id == one.article.id:
                continue
            near = other.article.id in alike.get(one.article.id, ())
            if not near and _asks_about_others(one.text.title, other.text.title):
                continue
            least = RELATED_SUBJECT if near else SAME_SUBJECT
            if len(one.terms & other.terms) >= least * len(one.terms | other.terms):
                yield one, other


def _asks_about_others(one: str, other: str) -> bool:
    """Whether two titles ask the same about different things, which their sentences then need not name."""
    about, about_other = (title.partition(": ")[0] if ": " in title else "" for title in (one, other))
    if about and about_other and about != about_other:
        return True
    ours, theirs = (set(tokens(title)) - _EMPTY for title in (one, other))
    only = min(len(ours - theirs), len(theirs - ours))
    return only > 0 and 2 * len(ours & theirs) >= max(len(ours - theirs), len(theirs - ours))


def _opposed(one: Statement, other: Statement) -> Finding | None:
    units = {each.unit for each in one.amounts} & {each.unit for each in other.amounts}
    for unit in sorted(units):
        ours, theirs = ({each for each in side.amounts if each.unit == unit} for side in (one, other))
        if not ours & theirs:
            return _finding(one, other)
    same = len(one.terms ^ other.terms) <= 1 and len(one.terms) > _LEAST_TERMS
    return _finding(one, other) if same and not units and one.denies != other.denies else None


def _finding(one: Statement, other: Statement) -> Finding:
    against = shown(other.article, other.text.language)
    return Finding(
        one.text.path, one.article.id, "body", "contradiction",
        f"says “{_short(one.sentence)}”, but {against} says “{_short(other.sentence)}”",
        "find out which is right, and correct the other; say in both what they are about, if they differ rightly",
    )  # fmt: skip


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 120 else f"{sentence[:118]}…"


def _opening(text: Text) -> bool | None:
    """Whether a body begins with yes; None when with neither."""
    yes, no = _OPENING[text.language]
    body = plain(text.body)
    return True if yes.match(body) else False if no.match(body) else None
