"""Whether a passage supports a sentence that somebody else worded: checked by code, from the words alone.

It errs on the side of no: what is refused here costs a nicer wording, what is let through is told to a customer. A
sentence is supported if

- every number, amount, date, code, address and name in it stands in a passage it cites;
- it keeps a number of the passage's sentence it comes closest to, if that has any: "free from ¥99" is not "free";
- most of its other words stand there, and it denies what the passage's sentence denies, and nothing else.

What a customer is told in a language the passage is not in cannot be checked so, and is never supported.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from knowledge.text import normal, plain, tokens

ENOUGH_WORDS = 0.7  # of a sentence's words that must stand in what it cites
CLOSE_WORDS = 0.5  # in common with one sentence of a passage, for that sentence to be what is retold

_SENTENCES = re.compile(r"(?<=[。！？；!?;])|(?<=\.)\s+|\n+")
_CLAUSES = re.compile(r"[,，;；:：](?!\d)")
_NUMBERS = re.compile(r"\d+(?:[.,:/]\d+)*")
_CODES = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.-]+|\b(?=[a-z-]*\d)[a-z0-9]+(?:[-_][a-z0-9]+)*\b")
_NAMES = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][A-Za-z]+\b")
_DENIALS = re.compile(
    r"\b(?:no|not|never|none|nor|neither|without|cannot|unable|except|excluded?|only|unless|\w+n't|\w+n’t)\b"
    r"|不|没|無|无|未|非|勿|别|仅|只|除",
    re.IGNORECASE,
)
# Chinese words that hold one of the characters above and deny nothing.
_NO_DENIALS = re.compile(r"无理由|不过|不仅|不但|差不多|不论|不管|区别|分别|级别|特别|类别|非常|除了|只要|只需")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """a an and are as at be been but by can could did do does for from had has have i if in into is it its
        may might more of on or our shall should so some such than that the their them then there these they
        this those to too us was we were what when where which while who will with would you your please
        also just very here""",
    )
)
_COMMON_ZH = re.compile(r"[的了吗呢吧啊您你我们他她它请可以会就都也还和与及或在是把被将让给到对从为以其这那个]")


@dataclass(frozen=True)
class Verdict:
    """`reason` is empty for a sentence that is supported, else says what is not: number, name, condition, denial or
    words."""

    reason: str = ""

    @property
    def supported(self) -> bool:
        """Whether a customer may be told."""
        return not self.reason


def check(sentence: str, cited: tuple[str, ...]) -> Verdict:
    """Judge one sentence against the passages it cites."""
    told = plain(sentence)
    whole = " ".join(map(plain, cited))
    if not _facts(told) <= _facts(whole):
        return Verdict("number")
    if not {name.casefold() for name in _NAMES.findall(told)} <= set(re.findall(r"[a-z]+", whole.casefold())):
        return Verdict("name")
    words = _words(told)
    if not words:
        return Verdict("words")
    if len(words & _words(whole)) < ENOUGH_WORDS * len(words):
        return Verdict("words")
    source = max(_sentences(whole), key=lambda each: len(words & _words(each)), default="")
    if len(words & _words(source)) >= CLOSE_WORDS * len(words):
        kept = _numbers(source)
        if kept and not kept & _numbers(told):
            return Verdict("condition")
        if _denies_otherwise(told, source):
            return Verdict("denial")
    elif _denies(told):
        return Verdict("denial")
    return Verdict()


def split(text: str) -> list[str]:
    """The sentences of a text that may hold several."""
    return _sentences(text)


def _sentences(text: str) -> list[str]:
    return [piece.strip() for piece in _SENTENCES.split(text) if piece and piece.strip()]


def _denies_otherwise(told: str, source: str) -> bool:
    """Whether a part of `told` denies what the part of `source` it comes closest to does not, or the other way
    round."""
    parts = [(part, _words(part)) for part in _CLAUSES.split(source) if _words(part)]
    for clause in _CLAUSES.split(told):
        if words := _words(clause):
            nearest = max(parts, key=lambda part: len(words & part[1]) / len(words | part[1]))[0]
            if _denies(clause) != _denies(nearest):
                return True
    return False


def _denies(text: str) -> bool:
    return bool(_DENIALS.search(_NO_DENIALS.sub("", text)))


def _numbers(text: str) -> set[str]:
    return {found.replace(",", "") for found in _NUMBERS.findall(normal(text))}


def _facts(text: str) -> set[str]:
    return _numbers(text) | set(_CODES.findall(normal(text)))


@lru_cache(maxsize=512)
def _words(text: str) -> frozenset[str]:
    """Words that carry meaning, denials aside; of Chinese single characters, since a paraphrase leaves few pairs as
    they were."""
    found: set[str] = set()
    for term in tokens(_DENIALS.sub(" ", text)):
        if term >= "\u3400":
            found.update(_COMMON_ZH.sub("", term))
        elif term not in _COMMON:
            found.add(term)
    return frozenset(found)
