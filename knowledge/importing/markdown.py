"""Markdown documents, with or without front matter, and Markdown in cells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge import front_matter
from knowledge.importing.blocks import Block, Kind, chat_safe, fits_chat, with_pairs, written
from knowledge.importing.decoding import decode
from knowledge.importing.links import Links
from knowledge.importing.pieces import Reading
from knowledge.importing.rows import Row, piece_fields
from knowledge.importing.sections import Document, pieces_of

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)
_TOML = re.compile(r"\A\ufeff?\+\+\+[ \t]*\n(.*?)\n\+\+\+[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)
_SUMMARY = re.compile(r"<summary[^>]*>(.*?)</summary>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(
    r"</?(?:p|br|div|ul|ol|li|a|b|strong|em|i|u|h[1-6]|table|tr|td|th|span|img|code|pre|font)\b[^<>]*/?>", re.IGNORECASE
)
_ATTRIBUTES = re.compile(r"\s*\{:?\s*#([\w-]+)[^}]*\}\s*$")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_IMAGE = re.compile(r"!\[")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div)>", re.IGNORECASE)


def read(data: bytes, name: str) -> Reading:
    """A Markdown file: one article when it has a title of its own and no headings, else one per heading."""
    text = decode(data)
    head, body = _front_matter(text)
    row = Row({str(key): value for key, value in head.items()}, place="")
    given = piece_fields(row)
    title = given.title or name
    if given.id and given.title and _shown_as_is(body.strip()):  # an article of ours
        return Reading([replace(given, body=body.strip(), place="file")])
    document = Document(title=title, named=bool(given.title), links=Links(), given=given)
    reading = Reading()
    pieces_of(list(with_pairs(blocks(body, document.links))), document, reading)
    return reading


def _front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    if found := _FRONT.match(text):
        try:
            head = front_matter.read_yaml(found[1])
        except front_matter.ERRORS:
            head = None
        return (head, found[2]) if isinstance(head, dict) else ({}, text if head else found[2])
    if found := _TOML.match(text):
        import tomllib

        try:
            return tomllib.loads(found[1]), found[2]
        except tomllib.TOMLDecodeError:
            return {}, found[2]
    return {}, text


def chat_body(text: str, links: Links) -> str:
    """Markdown, HTML or plain text of a cell as the body of an article; unchanged if a chat can show it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _shown_as_is(text):
        return text
    if _MARKUP.search(text):
        from knowledge.importing.webpages import blocks_of_fragment

        return written(list(with_pairs(blocks_of_fragment(text, links))))
    return written(blocks(text, links)) or chat_safe(text)


def _shown_as_is(text: str) -> bool:
    return bool(text) and fits_chat(text) and not _IMAGE.search(text)


def blocks(text: str, links: Links) -> list[Block]:
    """The blocks of Markdown text."""
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 30}).enable(["table", "strikethrough"])
    return list(_Walker(links).walk(parser.parse(text)))


class _Walker:
    """Goes through the parser's tokens once, and keeps in which lists it is."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._out: list[Block] = []
        self._lists: list[int] = []
        """Of each list that is open the number of the next item, 0 without numbers."""
        self._item_open = False
        self._rows: list[tuple[str, ...]] = []
        self._cells: list[str] = []

    def walk(self, tokens: Sequence[Token]) -> list[Block]:
        heading = 0
        table = False
        for token in tokens:
            kind = token.type
            if kind == "heading_open":
                heading = int(token.tag[1])
            elif kind == "heading_close":
                heading = 0
            elif kind in {"bullet_list_open", "ordered_list_open"}:
                self._lists.append(int(token.attrGet("start") or 1) if kind[0] == "o" else 0)
            elif kind in {"bullet_list_close", "ordered_list_close"}:
                self._lists.pop()
            elif kind == "list_item_open":
                self._item_open = True
            elif kind == "table_open":
                table, self._rows = True, []
            elif kind == "table_close":
                table = False
                self._out.append(Block(Kind.TABLE, rows=tuple(self._rows)))
            elif kind == "tr_open":
                self._cells = []
            elif kind == "tr_close":
                self._rows.append(tuple(self._cells))
            elif kind == "inline":
                self._inline(token, heading, table)
            elif kind == "code_block" and _HAN.search(token.content):  # Chinese indents paragraphs, not listings
                self._out.extend(blocks("\n".join(line.strip() for line in token.content.split("\n")), self._links))
            elif kind in {"fence", "code_block"}:
                self._out.append(Block(Kind.CODE, token.content))
            elif kind == "html_block":
                self._html(token.content)
        return self._out

    def _inline(self, token: Token, heading: int, table: bool) -> None:
        text = inline(token.children or [], self._links)
        if table:
            self._cells.append(text)
        elif heading:
            named = _ATTRIBUTES.search(text)
            text = text[: named.start()] if named else text
            self._out.append(Block(Kind.HEADING, text, level=heading, place=f"#{named[1]}" if named else ""))
        elif self._lists and text:
            self._item(text)
        elif text:
            self._out.append(Block(Kind.TEXT, text))

    def _item(self, text: str) -> None:
        if not self._item_open and self._out and self._out[-1].kind is Kind.ITEM:  # a further paragraph of the item
            last = self._out.pop()
            text = f"{last.text}\n{text}"
            self._out.append(Block(Kind.ITEM, text, level=last.level, number=last.number))
            return
        number = self._lists[-1]
        self._out.append(Block(Kind.ITEM, text, level=len(self._lists) - 1, number=number))
        self._lists[-1] += bool(number)
        self._item_open = False

    def _html(self, source: str) -> None:
        from knowledge.importing.webpages import blocks_of_fragment

        if (found := _SUMMARY.search(source)) and "</details" not in source:  # its answer follows as Markdown
            title = " ".join(re.sub(r"<[^>]*>", "", found[1]).split())
            self._out.append(Block(Kind.HEADING, title, level=6, question=True))
            source = source[found.end() :]
        self._out.extend(blocks_of_fragment(source, self._links))


def inline(tokens: Sequence[Token], links: Links) -> str:
    """The words of a paragraph, with what a chat shows: bold, links, code."""
    out: list[str] = []
    opened: list[tuple[int, str]] = []
    for token in tokens:
        kind = token.type
        if kind in {"text", "text_special"}:
            out.append(token.content)
        elif kind in {"softbreak", "hardbreak"}:
            out.append("\n")
        elif kind == "code_inline":
            out.append(f"`{token.content}`")
        elif kind in {"strong_open", "strong_close"}:
            out.append("**")
        elif kind == "image":
            out.append(links.image(inline(token.children or [], links), str(token.attrGet("src") or "")))
        elif kind == "link_open":
            opened.append((len(out), str(token.attrGet("href") or "")))
        elif kind == "link_close" and opened:
            at, target = opened.pop()
            words = "".join(out[at:])
            del out[at:]
            out.append(links.link(words, target))
        elif kind == "html_inline" and _BREAK.match(token.content):
            out.append("\n")
    return "\n".join(" ".join(line.split()) for line in "".join(out).split("\n")).strip()
