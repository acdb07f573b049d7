"""PDF: text with the size of its letters, by which headings are told; page headers and footers are left out.

A page of pictures holds no text; tables come as their lines.
"""

import io
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from knowledge.importing.blocks import Block, Kind, asks, with_pairs
from knowledge.importing.links import Links
from knowledge.importing.pieces import Reading, Unreadable
from knowledge.importing.sections import Document, pieces_of

PAGES = 1_000
_BULLET = re.compile(r"^\s*(?:[•●▪■◦○·‣➢✓*]|[-–—](?=\s))\s*")
_NUMBERED = re.compile(r"^\s*(\d{1,2})[.)、．]\s*(?=\S)")
_CID = re.compile(r"\(cid:\d+\)")
_REPORTLAB_BULLET = "(cid:127)"
_BOLD = re.compile(r"bold|black|heavy|semibold|,b\b|hei|黑体", re.IGNORECASE)
_SCAN = 12  # characters a page of a text has at least
_LARGER = 1.12
_HEADING_CHARACTERS = 120
_ENDS = re.compile(r"[.。!！;；,，:：]$")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


@dataclass(frozen=True)
class _Line:
    text: str
    size: float
    bold: bool
    page: int
    box: int
    top: float
    """From the top of the page, 0..1."""


def read(data: bytes, name: str) -> Reading:
    """Raises `Unreadable` for scans, locked and damaged files."""
    lines = list(_lines(data))
    pages = {line.page for line in lines} or {1}
    lines = _with_bullets(_without_margins(lines))
    text = "".join(line.text for line in lines)
    if len(text.strip()) < _SCAN * len(pages):
        remedy = "run text recognition (OCR) over it first, for instance with OCRmyPDF"
        raise Unreadable("holds no text, only pictures of it", remedy)
    if len(_CID.findall(text)) * 20 > len(text):
        raise Unreadable(
            "has letters without names, so that nobody can read them", "export it again, or run OCR over it"
        )
    reading = Reading()
    pieces_of(list(with_pairs(_blocks(lines))), Document(title=name, links=Links()), reading)
    return reading


def _lines(data: bytes) -> Iterator[_Line]:
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LAParams, LTTextBox, LTTextLine
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.pdfexceptions import PDFException

    number = 0
    try:
        for page_number, page in enumerate(
            extract_pages(io.BytesIO(data), maxpages=PAGES, laparams=LAParams(boxes_flow=0.5)), 1
        ):
            yield _Line("", 0, False, page_number, number, 0)  # an empty page counts, too
            for part in page:
                if isinstance(part, LTTextBox | LTTextLine):  # a bullet without width is in no box
                    number += 1
                    for line in part if isinstance(part, LTTextBox) else (part,):
                        if found := _line(line, page_number, number, page.height):
                            yield found
    except PDFPasswordIncorrect as error:
        raise Unreadable("is locked with a password", "save it without a password") from error
    except (
        PDFException,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
        AssertionError,
    ) as error:
        raise Unreadable("is damaged, or no PDF", "open it and save or print it again as PDF") from error


def _line(line: Any, page: int, box: int, height: float) -> _Line | None:
    """One line of a page, if there is anything on it."""
    from pdfminer.layout import LTChar

    letters = [letter for letter in line if isinstance(letter, LTChar) and letter.get_text().strip()]
    text = " ".join(line.get_text().replace(_REPORTLAB_BULLET, "•").split())
    if not letters or not text:
        return None
    size = statistics.median(letter.size for letter in letters)
    bold = sum(bool(_BOLD.search(letter.fontname)) for letter in letters) > len(letters) / 2
    return _Line(text, round(size, 1), bold, page, box, 1 - line.y1 / max(height, 1))


def _without_margins(lines: list[_Line]) -> list[_Line]:
    """Without what stands at the top or bottom of most pages, and without page numbers."""
    pages = max((line.page for line in lines), default=1)
    lines = [line for line in lines if line.text]

    def shape(line: _Line) -> tuple[str, float]:
        return re.sub(r"\d+", "0", line.text), round(line.top, 2)

    at_edge = [line for line in lines if line.top < 0.1 or line.top > 0.88]
    repeated = {
        form
        for form, count in Counter(shape(line) for line in at_edge).items()
        if count >= min(3, max(pages, 2)) and count * 2 >= pages
    }
    page_number = re.compile(
        r"(?:page|第)?\s*[-–]?\s*\d+\s*[-–]?\s*(?:(?:of|/|页)\s*(?:共\s*)?\d*\s*页?)?", re.IGNORECASE
    )
    return [
        line for line in lines
        if not (line in at_edge and (shape(line) in repeated or page_number.fullmatch(line.text)))
    ]  # fmt: skip


def _with_bullets(lines: list[_Line]) -> list[_Line]:
    """Bullets that stand in a text of their own, put before the line beside them."""
    lone = {(line.page, round(line.top, 2)) for line in lines if _BULLET.fullmatch(f"{line.text} ")}
    joined = []
    for line in lines:
        if _BULLET.fullmatch(f"{line.text} "):
            continue
        beside = any((line.page, round(line.top + off, 2)) in lone for off in (0, 0.01, -0.01))
        joined.append(replace(line, text=f"• {line.text}") if beside and not _BULLET.match(line.text) else line)
    return joined


def _blocks(lines: list[_Line]) -> Iterator[Block]:
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    usual = letters.most_common(1)[0][0] if letters else 0.0
    mostly_bold = sum(len(line.text) for line in lines if line.bold) * 2 > sum(len(line.text) for line in lines)
    levels = _levels(lines, usual)
    group: list[_Line] = []
    for line in lines:
        if group and not _continues(group, line, usual, mostly_bold):
            yield from _block(group, usual, mostly_bold, levels)
            group = []
        group.append(line)
    if group:
        yield from _block(group, usual, mostly_bold, levels)


def _levels(lines: list[_Line], usual: float) -> dict[float, int]:
    sizes: dict[float, int] = defaultdict(int)
    for line in lines:
        if line.size > _LARGER * usual:
            sizes[line.size] += 1
    return {size: level for level, size in enumerate(sorted(sizes, reverse=True)[:2], start=1)}


def _is_heading(line: _Line, usual: float, mostly_bold: bool) -> bool:
    if len(line.text) > _HEADING_CHARACTERS or _BULLET.match(line.text):
        return False
    if line.size > _LARGER * usual:
        return True
    return line.bold and not mostly_bold and (asks(line.text) or not _ENDS.search(line.text))


def _continues(group: list[_Line], line: _Line, usual: float, mostly_bold: bool) -> bool:
    last = group[-1]
    if _BULLET.match(line.text) or _NUMBERED.match(line.text):
        return False
    if _is_heading(line, usual, mostly_bold) != _is_heading(last, usual, mostly_bold):
        return False
    if _is_heading(line, usual, mostly_bold):
        return line.size == last.size and line.box == last.box and not last.text.endswith(("?", "？"))
    if re.match(r"(?:Q|A|问题?|答案?)\s*\d*\s*[:：]", line.text):
        return False
    across = last.page != line.page and not re.search(r"[.。!！?？:：;；]$", last.text)
    return line.box == last.box or across


def _block(group: list[_Line], usual: float, mostly_bold: bool, levels: dict[float, int]) -> Iterator[Block]:
    first = group[0]
    text = _joined([line.text for line in group])
    place = f"page {first.page}"
    if _is_heading(first, usual, mostly_bold):
        yield Block(Kind.HEADING, text, level=levels.get(first.size, 3), place=place)
    elif found := _BULLET.match(text):
        yield Block(Kind.ITEM, text[found.end() :], place=place)
    elif numbered := _NUMBERED.match(text):
        yield Block(Kind.ITEM, text[numbered.end() :], place=place, number=int(numbered[1]))
    else:
        yield Block(Kind.TEXT, text, place=place)


def _joined(lines: list[str]) -> str:
    """Lines of a paragraph as one: words divided at the end of a line are mended, Chinese takes no space."""
    text = lines[0]
    for line in lines[1:]:
        if re.search(r"[a-z]-$", text) and line[:1].islower():
            text = text[:-1] + line
        elif _WIDE.match(text[-1:]) and _WIDE.match(line[:1]):
            text += line
        else:
            text = f"{text} {line}"
    return text
