"""Long bodies cut at sensible places: before a bold line, else between paragraphs, list items, sentences."""

import re
from dataclasses import dataclass

from knowledge.fields import BODY_CHARACTERS

PART_CHARACTERS = 900
"""What fits a chat; a body is only cut when it is longer than `BODY_CHARACTERS`."""
_HEAD = re.compile(r"\*\*([^*\n]{2,120})\*\*[:：]?\Z")
_CHAPTER = re.compile(r"\n\n(?=\*\*[^*\n]{2,120}\*\*[:：]?(?:\n|\Z))")
_SENTENCE = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+")


@dataclass(frozen=True)
class Part:
    """A piece of a body; `heading` is the bold line it began with, if it did."""

    body: str
    heading: str = ""


def split(body: str, *, parts: int = 1) -> list[Part]:
    """A body as one part, or as several of about `PART_CHARACTERS`; as `parts` when asked for more and possible."""
    if len(body) <= BODY_CHARACTERS and parts == 1:
        return [Part(body)]
    size = PART_CHARACTERS if parts == 1 else max(1, -(-len(body) // parts))
    found: list[Part] = []
    for chapter in _CHAPTER.split(body):
        first, _, rest = chapter.partition("\n")
        heading = _HEAD.match(first.strip())
        packed = _packed(_units(rest if heading else chapter, size), size)
        for text in packed:
            joined = found and not heading and not found[-1].heading and len(found[-1].body) + len(text) + 2 <= size
            if joined:
                found[-1] = Part(f"{found[-1].body}\n\n{text}")
            else:
                found.append(Part(text, heading[1] if heading else ""))
    return _merged([part for part in found if part.body.strip()], size)


def _merged(parts: list[Part], size: int) -> list[Part]:
    """Chapters that are short stay together."""
    merged: list[Part] = []
    for part in parts:
        text = f"**{part.heading}**\n{part.body}" if part.heading else part.body
        if merged:
            last = merged[-1]
            before = f"**{last.heading}**\n{last.body}" if last.heading else last.body
            if len(before) + len(text) + 2 <= size:
                merged[-1] = Part(f"{before}\n\n{text}")
                continue
        merged.append(part)
    return merged


def _units(text: str, size: int) -> list[tuple[str, str]]:
    """(mark before, text) of the smallest pieces that may be parted, none longer than `size`."""
    units: list[tuple[str, str]] = []
    for paragraph in _paragraphs(text):
        if len(paragraph) <= size:
            units.append(("\n\n", paragraph))
            continue
        mark = "\n\n"
        for line in paragraph.split("\n"):
            if len(line) <= size:
                units.append((mark, line))
                mark = "\n"
                continue
            for sentence in _SENTENCE.split(line):
                for at in range(0, len(sentence), size):
                    units.append((mark, sentence[at : at + size]))
                    mark = "" if re.search(r"[。！？；]\Z", units[-1][1]) else " "
            mark = "\n"
    return [(mark, text) for mark, text in units if text.strip()]


def _paragraphs(text: str) -> list[str]:
    """Paragraphs; a listing with empty lines in it stays whole."""
    found: list[str] = []
    fenced = False
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if fenced:
            found[-1] = f"{found[-1]}\n\n{paragraph}"
        else:
            found.append(paragraph)
        fenced ^= len(re.findall(r"^```", paragraph, re.MULTILINE)) % 2 == 1
    return found


def _packed(units: list[tuple[str, str]], size: int) -> list[str]:
    packed: list[str] = []
    for mark, text in units:
        if packed and len(packed[-1]) + len(mark) + len(text) <= size:
            packed[-1] += mark + text
        else:
            packed.append(text.strip("\n"))
    return packed
