"""Texts as the knowledge base compares them: a normal form, an identity key, tokens and passages."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from knowledge.chinese import simplified
from knowledge.numerals import numerals
from knowledge.personal import for_everybody

EMBEDDED_CHARACTERS = 1_000  # what an embedding reads of a text; more is repetition, and costs seconds
LONG_PARAGRAPH = 480  # width from which on a paragraph is cut
PASSAGE_WIDTH = 320  # a Chinese character counts as two, since it holds about as much

LONG = 240  # width of a message from which on it may tell more than it asks

_SENTENCE = re.compile(r"[^.!?。！？\n]+(?:[.](?=\S)[^.!?。！？\n]+)*[.!?。！？\n]*")
_RUNS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z0-9]+(?:[._-][a-z0-9]+)*")
_SPACE = re.compile(r"\s+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# A model: "RV-9", "rv 9"; not "in 30 days".
_CODE = re.compile(
    r"(?<![a-z0-9._-])(?!(?:a|all|am|an|and|any|at|by|for|i|in|is|my|no|of|on|or|the|to)\b)"
    r"([a-z]{1,3})[ -](\d{1,4})(?![a-z0-9._-])"
)
_UNIT = re.compile(r"(\d+(?:\.\d+)?)([a-z]{1,4})")  # "30d", "2.4ghz"
_MARKUP = re.compile(r"\*\*|__|`|!?\[([^\]]*)\]\([^)]*\)")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+", re.MULTILINE)


@lru_cache(maxsize=1_024)  # one message is normalised by language, cache, search and intent alike
def normal(text: str) -> str:
    """The form that is embedded and cached: NFKC, lower case, simplified, one space, nothing invisible, bounded
    length."""
    folded = unicodedata.normalize("NFKC", text[: 4 * EMBEDDED_CHARACTERS]).casefold()
    folded = simplified(folded)
    visible = "".join(" " if c.isspace() else c for c in folded if c.isspace() or not _is_invisible(c))
    return _SPACE.sub(" ", visible).strip()[:EMBEDDED_CHARACTERS]


def key(text: str) -> str:
    """What makes two questions the same question: letters and digits only, so "Delivery fees??" equals "delivery
    fees"."""
    return " ".join(_RUNS.findall(normal(text)))


def digest(text: str) -> bytes:
    """Identity of a text for caches, 16 bytes."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def tokens(text: str) -> list[str]:
    """Search terms: English words without plural s, codes also whole and in their parts ("RV-9" and "rv 9" share
    "rv9"), numbers without their unit and separators ("2.4GHz", "1,000"), Chinese numbers as digits, Chinese as
    overlapping pairs of characters."""
    form = _CODE.sub(r"\1\2 \g<0>", numerals(_THOUSANDS.sub("", normal(text))))
    return [token for run in _RUNS.findall(form) for token in _split(run)]


def asking(text: str) -> str:
    """Of a long message the sentences that ask, if some do and others tell: a story about a washing machine is not what
    its last sentence asks about it."""
    if _width(text) <= LONG:
        return text
    sentences = [one.strip() for one in _SENTENCE.findall(text) if one.strip()]
    asked = [one for one in sentences if one.endswith(("?", "？"))]
    return " ".join(asked) if asked and _width(" ".join(asked)) <= LONG else text


def plain(markdown: str) -> str:
    """Markdown as the words a reader sees."""
    return _BULLET.sub("", _MARKUP.sub(lambda found: found.group(1) or "", markdown)).strip()


def passages(body: str) -> list[str]:
    """A body cut between its paragraphs and list items, long ones between their sentences, into pieces of about
    `PASSAGE_WIDTH`, as plain text."""
    pieces: list[str] = []
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)", for_everybody(body).strip()):
        words = _SPACE.sub(" ", plain(block)).strip()
        for part in _cut(words):
            if pieces and _width(pieces[-1]) + _width(part) < PASSAGE_WIDTH:
                pieces[-1] = f"{pieces[-1]} {part}"
            else:
                pieces.append(part)
    return pieces


def _cut(words: str) -> list[str]:
    """The sentences of a long paragraph; a short one as it is."""
    if not words:
        return []
    if _width(words) <= LONG_PARAGRAPH:
        return [words]
    return [one.strip() for one in _SENTENCE.findall(words) if one.strip()] or [words]


def _width(text: str) -> int:
    return len(text) + sum(character >= "\u2e80" for character in text)


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _split(run: str) -> Iterator[str]:
    if run[0] >= "\u3400":
        yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))
        return
    if measured := _UNIT.fullmatch(run):
        yield from measured.groups()
        return
    yield _singular(run)
    parts = re.split(r"[._-]", run)
    if len(parts) > 1:
        yield from (_singular(part) for part in parts if len(part) > 1)


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    return word
