"""Texts as words to search by, the same on every database: folded, Chinese in pairs of characters.

Pairs find Chinese words of any length without a dictionary that would have to know them; each run of characters ends
with its last one alone, so that a single character is found wherever it stands.
"""

import re
import unicodedata
from dataclasses import dataclass

from knowledge.chinese import simplified

LONGEST, MOST = 64, 4_000  # characters of a word, words of a text
_PAIRED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Chinese characters and kana
_RUN = re.compile(f"[{_PAIRED}]+|[^\\W_{_PAIRED}]+")
_NUMBER = re.compile(r"\+?\d(?:[ ().-]{1,2}\d|\d){6,19}")
SPACED = re.compile(r"[ ().-]")


@dataclass(frozen=True)
class Word:
    """A word, folded, and where it stands in the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Term:
    """Words that must follow each other; `prefix`: the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False


def words(text: str) -> list[Word]:
    """The words of a text, in order; then its numbers that are written in groups, such as 138-0013-8000, as one."""
    found: list[Word] = []
    for run in _RUN.finditer(text):
        start, said = run.start(), run.group()
        if _is_paired(said):
            plain = simplified(said)
            found += [Word(plain[at : at + 2], start + at, start + min(at + 2, len(plain))) for at in range(len(plain))]
        elif folded := _folded(said):
            found.append(Word(folded, start, run.end()))
        if len(found) >= MOST:
            break
    return found[:MOST] + [Word(digits, *span) for digits, span in _numbers(text)]


def stored(text: str) -> str:
    """The words of a text as they are kept for searching."""
    return " ".join(word.text for word in words(text))


def phrase(text: str, *, prefix: bool = False) -> list[Term]:
    """What finds a text; `prefix`: it may be the beginning of a longer word. Empty when there is no word in it."""
    if numbers := _numbers(text):
        return [Term((digits,)) for digits, _ in numbers]
    runs = [run.group() for run in _RUN.finditer(text)]
    found: list[str] = []
    for n, run in enumerate(runs, 1):
        if _is_paired(run):
            plain = simplified(run)
            alone = len(plain) == 1 or n < len(runs)  # the last run may go on, so its last character need not be alone
            found += [plain[at : at + 2] for at in range(len(plain) if alone else len(plain) - 1)]
        elif folded := _folded(run):
            found.append(folded)
    if not found:
        return []
    open_ended = prefix or (len(found[-1]) == 1 and _is_paired(found[-1]))
    return [Term(tuple(found), open_ended)]


def marked(text: str, terms: list[Term]) -> list[tuple[int, int]]:
    """Where terms stand in a text: beginnings and ends, in order, none within another."""
    said = words(text)
    spans: list[tuple[int, int]] = []
    for term in terms:
        size = len(term.words)
        for at in range(len(said) - size + 1):
            here = said[at : at + size]
            if all(map(_fits, here, term.words, [term.prefix and n == size - 1 for n in range(size)])):
                spans.append((here[0].start, here[-1].end))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def digits_of(number: str) -> list[str]:
    """What a phone number is found by: all its digits, and those without the country."""
    digits = re.sub(r"\D", "", number)
    return list(dict.fromkeys(each for each in (digits, digits[-11:], digits[-10:]) if len(each) >= 7))


def _fits(word: Word, wanted: str, prefix: bool) -> bool:
    return word.text.startswith(wanted) if prefix else word.text == wanted


def _numbers(text: str) -> list[tuple[str, tuple[int, int]]]:
    groups = (found for found in _NUMBER.finditer(text) if SPACED.search(found.group()))
    return [(re.sub(r"\D", "", found.group()), found.span()) for found in groups]


def _is_paired(run: str) -> bool:
    return re.match(f"[{_PAIRED}]", run) is not None


def _folded(run: str) -> str:
    folded = unicodedata.normalize("NFKC", run).casefold()
    return "".join(char for char in folded if char.isalnum())[:LONGEST]
