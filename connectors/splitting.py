"""Cuts a text that is too long for a vendor, where a reader would: between paragraphs, lines, sentences, words.

Never inside a link, and never inside what a reader sees as one character (an emoji of several code points, a letter
and its accent), which also keeps surrogate pairs whole.
"""

from collections.abc import Callable, Iterator
from itertools import takewhile

import regex

from connectors.channel import Unit

_LINK = regex.compile(r"https?://[^\s<>\"'（）【】《》，。；！？、]+")
_PLACES = (
    regex.compile(r"\n\s*\n"),
    regex.compile(r"\n"),
    regex.compile(r"(?<=[.!?…]['\"”’)]?)\s+|(?<=[。！？；…][”’）」』]?)(?![”’）」』])"),
    regex.compile(r"(?<=[，、：])|(?<=[,:;])\s+"),
    regex.compile(r"\s+"),
)
"""Where a cut may be, the best kind first; white space at a cut is dropped."""
_GRAPHEMES = regex.compile(r"\X")
_EARLIEST = 0.4  # of the room must be used before a better kind of place counts

MEASURES: dict[Unit, Callable[[str], int]] = {
    Unit.CHARACTERS: len,
    Unit.UTF16: lambda text: len(text.encode("utf-16-le")) // 2,
    Unit.BYTES: lambda text: len(text.encode()),
}
"""How long a text is, by what a vendor counts."""


def split(text: str, most: int | None, unit: Unit = Unit.CHARACTERS) -> list[str]:
    """The text in pieces of at most `most` units; nothing but white space is lost. A link that is longer than a whole
    piece is cut, as there is no other way.
    """
    if most is None:
        return [text]
    measure, pieces, rest = MEASURES[unit], [], text
    while measure(rest) > most:
        end, resume = _cut(rest, most, measure)
        pieces.append(rest[:end])
        rest = rest[resume:]
    return [*pieces, rest] if rest or not pieces else pieces


def _cut(text: str, most: int, measure: Callable[[str], int]) -> tuple[int, int]:
    """Where the first piece ends and the next begins."""
    room = _fitting(text, most, measure)
    links = [match.span() for match in takewhile(lambda match: match.start() < room, _LINK.finditer(text))]
    for place in _PLACES:
        found = None
        for match in place.finditer(text, 0, min(len(text), room + 64)):
            if match.start() > room:
                break
            if match.end() > 0 and not any(start < match.start() < end for start, end in links):
                found = match
        if found is not None and found.start() >= room * _EARLIEST:
            return found.start(), max(found.end(), found.start())
    across = next((start for start, end in links if start < room < end), 0)
    end = across or room
    return end, end


def _fitting(text: str, most: int, measure: Callable[[str], int]) -> int:
    """How many code points of whole characters fit; at least one character, or a part of one that alone is too long."""
    used = end = 0
    for character in _characters(text):
        used += measure(character)
        if used > most:
            break
        end += len(character)
    return end or max(1, next(n for n in range(len(text), 0, -1) if n == 1 or measure(text[:n]) <= most))


def _characters(text: str) -> Iterator[str]:
    for match in _GRAPHEMES.finditer(text):
        yield match.group()
