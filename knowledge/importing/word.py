"""DOCX: headings by their styles, lists, tables, links. Macros, pictures and comments are left where they are."""

import io
import re
from collections.abc import Iterator
from typing import Any

from knowledge.importing.archives import check_archive
from knowledge.importing.blocks import Block, Kind, with_pairs
from knowledge.importing.links import Links
from knowledge.importing.pieces import Reading, Unreadable
from knowledge.importing.sections import Document, pieces_of

_HEADING = re.compile(r"(?:heading|标题|überschrift)\s*(\d)", re.IGNORECASE)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read(data: bytes, name: str) -> Reading:
    """Raises `Unreadable`."""
    check_archive(data)
    import docx

    try:
        document = docx.Document(io.BytesIO(data))
    except Exception as error:  # python-docx raises whatever it stumbles over
        raise Unreadable("is no document that can be read", "open it and save it again as .docx") from error
    reading = Reading()
    links = Links()
    title = " ".join((document.core_properties.title or "").split())
    blocks = list(with_pairs(_blocks(document, links)))
    pieces_of(blocks, Document(title=title or name, named=bool(title), links=links), reading)
    return reading


def _blocks(document: Any, links: Links) -> Iterator[Block]:
    from docx.table import Table

    numbers: dict[tuple[str, int], int] = {}
    formats = _number_formats(document)
    for number, part in enumerate(document.iter_inner_content(), start=1):
        place = f"paragraph {number}"
        if isinstance(part, Table):
            rows = tuple(tuple(_cell(cell, links) for cell in _cells(row)) for row in part.rows)
            yield Block(Kind.TABLE, rows=rows, place=place)
            continue
        text = _text(part, links)
        if not text:
            continue
        if level := _heading_level(part):
            numbers.clear()
            yield Block(Kind.HEADING, text, level=level, place=place)
        elif (found := _list_of(part)) is not None:
            listed, depth = found
            ordered = formats.get((listed, depth), "bullet") != "bullet" if listed else "number" in _style(part)
            numbers[listed, depth] = numbers.get((listed, depth), 0) + 1
            yield Block(Kind.ITEM, text, level=depth, place=place, number=numbers[listed, depth] if ordered else 0)
        else:
            numbers.clear()
            yield Block(Kind.TEXT, text, place=place)


def _style(paragraph: Any) -> str:
    style = paragraph.style
    return str(style.name or "").lower() if style is not None else ""


def _heading_level(paragraph: Any) -> int:
    """1..6, or 0: by the style's name in English or Chinese, or by the outline level of Word."""
    style = paragraph.style
    if style is not None:
        if str(style.name).lower() == "title":
            return 1
        if found := _HEADING.search(f"{style.name} {style.style_id}"):
            return min(int(found[1]), 6) or 1
    for source in (paragraph._p, *(s.element for s in _ancestry(style))):
        for outline in source.iter(f"{_W}outlineLvl"):
            level = int(outline.get(f"{_W}val") or 9)
            return level + 1 if level < 6 else 0
    return 0


def _ancestry(style: Any) -> Iterator[Any]:
    for _ in range(10):
        if style is None:
            return
        yield style
        style = getattr(style, "base_style", None)


def _list_of(paragraph: Any) -> tuple[str, int] | None:
    """The list a paragraph is in and its depth, or None."""
    numbering = paragraph._p.find(f"{_W}pPr/{_W}numPr")
    if numbering is not None:

        def value(name: str) -> str:
            element = numbering.find(f"{_W}{name}")
            return str(element.get(f"{_W}val") or "0") if element is not None else "0"

        return (value("numId"), min(int(value("ilvl")), 4)) if value("numId") != "0" else None
    name = _style(paragraph)
    if name.startswith(("list bullet", "list number", "list paragraph", "列表", "列出")):
        found = re.search(r"(\d)$", name)
        return "", int(found[1]) - 1 if found else 0
    return None


def _number_formats(document: Any) -> dict[tuple[str, int], str]:
    """Whether lists are numbered, by (list, depth)."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError, AttributeError):
        return {}
    abstract = {
        each.get(f"{_W}abstractNumId"): {
            int(level.get(f"{_W}ilvl") or 0): level.find(f"{_W}numFmt").get(f"{_W}val")
            for level in each.iter(f"{_W}lvl")
            if level.find(f"{_W}numFmt") is not None
        }
        for each in root.iter(f"{_W}abstractNum")
    }
    found: dict[tuple[str, int], str] = {}
    for each in root.iter(f"{_W}num"):
        link = each.find(f"{_W}abstractNumId")
        for depth, kind in abstract.get(link.get(f"{_W}val") if link is not None else "", {}).items():
            found[str(each.get(f"{_W}numId")), depth] = str(kind)
    return found


def _text(paragraph: Any, links: Links) -> str:
    """The words of a paragraph, with bold and links."""
    from docx.text.hyperlink import Hyperlink

    out: list[str] = []
    for part in paragraph.iter_inner_content():
        if isinstance(part, Hyperlink):
            address = part.address + (f"#{part.fragment}" if part.address and part.fragment else "")
            out.append(links.link(part.text, address))
        elif part.bold and part.text.strip():
            words = part.text
            lead, trail = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
            out.append(f"{lead}**{words.strip()}**{trail}")
        else:
            out.append(part.text)
    text = re.sub(r"\*\*(\s*)\*\*", r"\1", "".join(out))
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def _cells(row: Any) -> Iterator[Any]:
    """Each cell once: merged ones are named again for every column they cover."""
    last = None
    for cell in row.cells:
        if cell._tc is not last:
            yield cell
        last = cell._tc


def _cell(cell: Any, links: Links) -> str:
    return "\n".join(text for paragraph in cell.paragraphs if (text := _text(paragraph, links)))
