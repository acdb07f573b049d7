"""The blocks of a page: a walk down its tree, which gathers inline text until a block begins or ends."""

import re
from dataclasses import replace
from typing import Any

from knowledge.importing.blocks import Block, Kind, heading_text
from knowledge.importing.links import Links

Element = Any
_UNSEEN = frozenset(
    re.findall(
        r"\w+",
        """script style head title template noscript object embed svg math iframe select textarea input canvas
        audio video link meta""",
    )
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure
        footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section
        summary table tbody td tfoot th thead tr ul""",
    )
)
_QUESTION = re.compile(
    r"(?:^|[\s_-])(?:question|faq-?q|faq-?title|faq-?heading|accordion-?(?:title|header|heading|button|toggle)|collapse-?title)(?:$|[\s_-])|__question",
    re.I,
)
_CELL = 400
"""Characters of a cell beyond which a table is there for the looks."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def blocks_of(root: Element, links: Links) -> list[Block]:
    """The blocks below an element of lxml."""
    return _Walker(links).blocks(root)


def _is_contents(element: Element) -> bool:
    """Whether a list is a table of contents: hardly more than links to places on pages."""
    links = element.xpath(".//a[@href]")
    inside = [link for link in links if "#" in link.get("href")]
    words = len("".join(element.text_content().split()))
    linked = sum(len("".join(link.text_content().split())) for link in inside)
    return len(inside) >= 2 and len(inside) == len(links) and linked * 10 >= words * 8


class _Walker:
    """Goes down a tree and collects blocks; inline text is gathered until a block begins or ends."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._out: list[Block] = []
        self._inline: list[str] = []
        self._lists: list[int] = []
        self._fresh = False
        self._place = ""

    def blocks(self, root: Element) -> list[Block]:
        self._children(root)
        self._flush()
        return self._out

    def _children(self, element: Element) -> None:
        self._say(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self._element(child)
            self._say(child.tail)

    def _say(self, text: str | None) -> None:
        if text:
            self._inline.append(re.sub(r"\s+", " ", text))

    def _flush(self, kind: Kind = Kind.TEXT, **fields: Any) -> None:
        text = "\n".join(" ".join(line.split()) for line in "".join(self._inline).split("\n"))
        text = re.sub(r"\n{2,}", "\n", text.replace("****", "")).strip()
        self._inline.clear()
        if not text:
            return
        if kind is Kind.TEXT and self._lists:
            last = self._out[-1] if self._out else None
            if not self._fresh and last is not None and last.kind is Kind.ITEM:
                self._out[-1] = replace(last, text=f"{last.text}\n{text}")
                return
            self._out.append(
                Block(Kind.ITEM, text, level=len(self._lists) - 1, number=self._lists[-1], place=self._place)
            )
            self._lists[-1] += bool(self._lists[-1])
            self._fresh = False
            return
        self._out.append(Block(kind, text, place=self._place, **fields))

    def _element(self, element: Element) -> None:
        tag = element.tag.lower()
        unseen = tag in _UNSEEN or element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "")
        if unseen and not (tag in _BLOCKS and self._is_answer(element)):
            return
        if tag not in _BLOCKS:
            if self._marks_question(element, tag):
                self._heading(element, 6, question=True)
            else:
                self._phrase(element, tag)
            return
        self._flush()
        if anchor := element.get("id") or element.get("name"):
            self._place = f"#{anchor[:80]}"
        if re.fullmatch(r"h[1-6]", tag):
            self._heading(element, int(tag[1]), question=bool(element.xpath("boolean(ancestor::summary)")))
        elif tag in {"dt", "summary"} or self._marks_question(element, tag):
            self._heading(element, 6, question=True)
        elif tag in {"ul", "ol", "dl"} and _is_contents(element):
            return
        elif tag in {"ul", "ol", "menu"}:
            self._list(element, 1 if tag == "ol" else 0)
        elif tag == "li" and self._lists:
            self._fresh = True
            self._children(element)
            self._flush()
        elif tag == "table":
            self._table(element)
        elif tag == "pre":
            self._out.append(Block(Kind.CODE, element.text_content()))
        else:
            self._children(element)
            self._flush()

    def _is_answer(self, element: Element) -> bool:
        """Accordions hide their answers until they are opened."""
        before = element.getprevious()
        return before is not None and isinstance(before.tag, str) and self._marks_question(before, before.tag)

    def _marks_question(self, element: Element, tag: str) -> bool:
        if tag == "button":
            return element.get("aria-expanded") is not None and len(element.text_content().strip()) > 3
        marked = _QUESTION.search(element.get("class") or "")
        return (
            bool(marked)
            and tag in {"div", "p", "span", "a", "strong"}
            and len(element.text_content()) < 300
            and not element.xpath(".//p|.//ul|.//table|.//h2|.//h3")
        )

    def _heading(self, element: Element, level: int, *, question: bool) -> None:
        inner = element.xpath("string(.//@id)")
        anchor = element.get("id") or str(inner)
        self._flush()
        text = heading_text(element.text_content())
        if text:
            self._lists, kept = [], self._lists
            place = f"#{anchor[:80]}" if anchor else ""
            self._out.append(Block(Kind.HEADING, text, level=level, place=place, question=question))
            self._lists = kept
            self._fresh = False

    def _list(self, element: Element, number: int) -> None:
        if self._headings_in(element):  # a list that lays out a page, not one of points
            self._children(element)
            self._flush()
            return
        self._lists.append(number)
        self._children(element)
        self._flush()
        self._lists.pop()

    def _headings_in(self, element: Element) -> bool:
        return bool(element.xpath("boolean(.//h1|.//h2|.//h3|.//h4|.//details|.//dt)"))

    def _table(self, element: Element) -> None:
        rows = element.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr")
        if any("question" in (row.get("class") or "").split() for row in rows):  # as DocBook writes questions
            for row in rows:
                self._asked_or_told(row)
            return
        cells = [row.xpath("./td|./th") for row in rows]
        widest = max((len(row) for row in cells), default=0)
        longest = max((len(cell.text_content()) for row in cells for cell in row), default=0)
        if element.xpath("boolean(.//table)") or widest == 1 or longest > _CELL:  # laid out, no data
            self._children(element)
            self._flush()
        elif rows:
            lines = tuple(tuple(_Walker(self._links).line(cell) for cell in row) for row in cells)
            self._out.append(Block(Kind.TABLE, rows=lines, place=self._place))

    def _asked_or_told(self, row: Element) -> None:
        if "question" in (row.get("class") or "").split():
            self._heading(row, 6, question=True)
        else:
            self._children(row)
            self._flush()

    def line(self, element: Element) -> str:
        """The inline text of an element, in one line."""
        self._children(element)
        self._flush()
        return " ".join(block.text for block in self._out).replace("\n", " ")

    def _phrase(self, element: Element, tag: str) -> None:
        if tag == "br":
            self._inline.append("\n")
        elif tag == "img":
            self._inline.append(self._links.image(element.get("alt") or "", element.get("src") or ""))
        elif tag in {"b", "strong"} and element.text_content().strip():
            self._wrapped(element, "**")
        elif tag == "code" and element.text_content().strip():
            self._inline.append(f"`{' '.join(element.text_content().split())}`")
        elif tag == "a" and element.get("href") and not element.xpath("boolean(.//p|.//div|.//h2|.//h3)"):
            held, self._inline = self._inline, []
            self._children(element)
            words = "".join(self._inline).strip("\n")
            self._inline = [*held, self._links.link(words, element.get("href"))]
        else:
            self._children(element)

    def _wrapped(self, element: Element, mark: str) -> None:
        """Bold, when it holds words alone; blocks inside come without."""
        if any(isinstance(child.tag, str) and child.tag in _BLOCKS for child in element.iter()) or element.xpath(
            "boolean(.//br)"
        ):
            self._children(element)
            return
        held, self._inline = self._inline, []
        self._children(element)
        words = "".join(self._inline).replace("**", "")
        lead, trail = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
        self._inline = [*held, f"{lead}{mark}{words.strip()}{mark}{trail}" if words.strip() else words]
