"""Documents cut into pieces: each heading with what stands below it answers one question."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from knowledge.importing.blocks import Block, Kind, asks, heading_text, written
from knowledge.importing.links import Links
from knowledge.importing.pieces import PIECES, TITLE_CHARACTERS, Piece, Reading
from knowledge.importing.rows import rows_of_table, table_pieces
from knowledge.text import key

DEEPEST = 3
"""Headings below this level stay in the article, as bold lines, unless they ask something."""
_SAYS_NOTHING = frozenset(
    [
        "overview",
        "introduction",
        "intro",
        "summary",
        "notes",
        "note",
        "description",
        "general",
        "details",
        "background",
        "other",
        "misc",
        "example",
        "examples",
        "steps",
        "requirements",
        "概述",
        "简介",
        "介绍",
        "说明",
        "注意",
        "注意事项",
        "备注",
        "其他",
        "其它",
        "示例",
        "步骤",
        "总结",
        "背景",
        "详情",
        "规则",
        "条件",
    ]
)


@dataclass(frozen=True)
class Document:
    """What is known of a document as a whole. `named`: its title was written as one, not taken from the file's name.
    `given` holds what front matter or head say of all its pieces."""

    title: str
    named: bool = False
    links: Links = field(default_factory=Links)
    given: Piece = field(default_factory=lambda: Piece("", "", ""))


@dataclass
class _Section:
    title: str
    above: tuple[str, ...]
    level: int
    place: str
    asked: bool
    blocks: list[Block] = field(default_factory=list)
    children: int = 0


def pieces_of(blocks: Sequence[Block], document: Document, reading: Reading) -> None:
    """Add the pieces of a document to `reading`, and the headings without an answer."""
    sections = _sections(blocks, document)
    seen: set[str] = set()
    written_before = len(reading.pieces)
    for section in sections:
        if len(reading.pieces) >= PIECES:
            reading.skip(section.place, f"more than {PIECES} articles in one file", "split the file")
            return
        _add(section, document, seen, reading, first_place=sections[1].place if len(sections) > 2 else "")
    if len(reading.pieces) == written_before and not reading.skipped:
        reading.skip("", "no text was found", "open the file and look whether it holds text, not pictures of text")
    _give_to_first(document.given, written_before, reading)


def _give_to_first(given: Piece, at: int, reading: Reading) -> None:
    """An id and phrasings in a document's head belong to its first article."""
    if (given.id or given.questions) and len(reading.pieces) > at:
        first = reading.pieces[at]
        reading.pieces[at] = replace(first, id=given.id, questions=given.questions or first.questions)


def _sections(blocks: Sequence[Block], document: Document) -> list[_Section]:
    root = _Section(document.title, (), 0, "", asked=document.named)
    sections = [root]
    path: list[_Section] = [root]
    number = 0
    for block in blocks:
        title = heading_text(block.text) if block.kind is Kind.HEADING else ""
        if not title or not (block.question or block.level <= DEEPEST or asks(title)):
            sections[-1].blocks.append(block)
            continue
        number += 1
        while len(path) > 1 and path[-1].level >= block.level:
            path.pop()
        above = tuple(section.title for section in path[1:])
        path[-1].children += 1
        section = _Section(title, above, block.level, block.place or f"heading {number}", block.question or asks(title))
        sections.append(section)
        path.append(section)
    return sections


def _add(section: _Section, document: Document, seen: set[str], reading: Reading, *, first_place: str) -> None:
    given = document.given
    rest: list[Block] = []
    for block in section.blocks:
        rows = rows_of_table(block.rows) if block.kind is Kind.TABLE else None
        if rows is None:
            rest.append(block)
        else:  # a table of questions and answers inside a document
            table_pieces(rows, document.links, reading, place=section.place)
    body = written(rest)
    if not body:
        headline = section.blocks == [] and section.place == first_place  # a title above headings of its own level
        if section.level and not section.children and not headline and len(rest) == len(section.blocks):
            reading.skip(
                section.place, f"“{section.title}” has no text below it", "write the answer, or remove the heading"
            )
        return
    title, above = section.title, section.above
    if key(title) in _SAYS_NOTHING or key(title) in seen:
        context = above[-1] if above else document.title
        if key(context) != key(title):
            title = f"{context}{'：' if _chinese(context) else ': '}{title}"
    seen.add(key(title))
    reading.pieces.append(
        replace(
            given, title=title[:TITLE_CHARACTERS], body=body, place=section.place or "start", id="", questions=(),
            group=above[-1] if above else "",
        )
    )  # fmt: skip


def _chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
