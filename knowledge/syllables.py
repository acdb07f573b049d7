"""Mandarin in Latin letters: its syllables, and whether a text is written in them rather than in English.

"zenme tuihuo", "zěnme tuìhuò" and "zen3me tui4huo4" are Chinese; "women can hang", though it can be cut into syllables
as well, is not. Two things tell: syllables that hardly any English word has ("zhuang", "xiu", "huo"), and the small
words without which little is asked in Chinese ("zenme", "bu", "wo").
"""

import re
import unicodedata
from enum import Enum
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("pinyin.txt")  # a line each: a syllable, its characters
LONGEST = 6  # letters of a syllable
SHARE = 0.25  # of the syllables must tell
_WORD = re.compile(r"[a-z]+")
_TONES = frozenset("\u0300\u0301\u0304\u030c")
_TONE_DIGITS = re.compile(r"(?<=[a-z])[1-5](?![0-9-])")
_TELLS = re.compile(r"zh.+|x.+|q[iu].+|.+(?:uo|iao|iu|ui|uai|iang|uang|iong)")
# English words that have such a syllable all the same, and a maker's name.
_ENGLISH = frozenset(
    [
        "antique",
        "boxing",
        "cheque",
        "cuisine",
        "dioxide",
        "duo",
        "exile",
        "guidance",
        "guide",
        "guideline",
        "guinea",
        "guise",
        "maxi",
        "maxima",
        "maximize",
        "maxine",
        "mexican",
        "monique",
        "moxie",
        "opaque",
        "oxide",
        "pixie",
        "queen",
        "queer",
        "suicide",
        "suite",
        "taxi",
        "xiaomi",
    ]
)
_SMALL = frozenset(
    [
        "wo",
        "ni",
        "nimen",
        "nin",
        "bu",
        "mei",
        "meiyou",
        "shi",
        "de",
        "le",
        "ne",
        "zai",
        "yao",
        "neng",
        "keyi",
        "hao",
        "duo",
        "duoshao",
        "duojiu",
        "qing",
        "qingwen",
        "xiang",
        "zen",
        "zenme",
        "zenyang",
        "shenme",
        "weishenme",
        "dian",
        "jidian",
        "nali",
        "nihao",
        "kefu",
        "rengong",
    ]
)
_LAST = frozenset({"ma", "le", "ne", "ba", "de", "a"})  # particles that end a sentence


class Romanised(Enum):
    """How sure it is that a text is Chinese in Latin letters. It is likely, no more, without any small word: "Zhang
    Xiaoming" is a name in any language."""

    NO = 0
    LIKELY = 1
    SURELY = 2


def romanised(form: str, *, apart_from: frozenset[str] = frozenset()) -> Romanised:
    """Whether a text, `toneless` in its normal form, is Chinese in Latin letters. Words of `apart_from` are of either
    language."""
    words = [word for word in _WORD.findall(form) if word not in apart_from]
    cuts = []
    for word in words:
        parts = cut(word)
        if parts is None:
            return Romanised.NO
        cuts.append(parts)
    small = [parts for word, parts in zip(words, cuts, strict=True) if word in _SMALL]
    small += [parts for word, parts in zip(words[-1:], cuts[-1:], strict=True) if word in _LAST]
    telling = sum(map(len, small)) + sum(
        _TELLS.fullmatch(part) is not None
        for word, parts in zip(words, cuts, strict=True)
        if word not in _ENGLISH | _SMALL
        for part in parts
    )
    count = sum(map(len, cuts))
    if telling < max(1, SHARE * count) or count < 2 or (count == 2 and telling < 2):
        return Romanised.NO
    return Romanised.SURELY if small else Romanised.LIKELY


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    """All there are, without tones; ü is v."""
    return frozenset(line.split()[0] for line in TABLE.read_text(encoding="utf-8").splitlines())


def toneless(form: str) -> str:
    """A text in its normal form without marks of tones, and without the digits that stand for them."""
    if not form.isascii():
        parts = unicodedata.normalize("NFD", form).replace("u\u0308", "v")
        form = unicodedata.normalize("NFC", "".join(letter for letter in parts if letter not in _TONES))
    return _TONE_DIGITS.sub("", form)


def cut(word: str) -> list[str] | None:
    """A word in as few syllables as there can be, the first ones as long as possible; None if it is none of them."""
    known = syllables()
    best: list[list[str] | None] = [None] * len(word) + [[]]
    for at in range(len(word) - 1, -1, -1):
        for end in range(min(len(word), at + LONGEST), at, -1):
            rest = best[end]
            if rest is None or word[at:end] not in known:
                continue
            found = best[at]
            if found is None or len(rest) + 1 < len(found):
                best[at] = [word[at:end], *rest]
    return best[0]
