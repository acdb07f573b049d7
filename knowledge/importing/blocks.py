"""Blocks: what every document consists of, once its format is gone. Their texts are Markdown that a chat can show."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from knowledge.fields import Check


class Kind(Enum):
    """What a block is."""

    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True)
class Block:
    """One heading, paragraph, list item, table or listing. `level`: of a heading 1..6, of an item its depth from 0."""

    kind: Kind
    text: str = ""
    level: int = 0
    place: str = ""
    number: int = 0
    """Of an item in a numbered list, else 0."""
    rows: tuple[tuple[str, ...], ...] = ()
    question: bool = False
    """A heading that the format itself marks as a question."""


_Q = re.compile(r"(?:\*\*)?\s*(?:(?:Q|Question)\s*\d*\s*[.:：、)）]|(?:问题?|提问)\s*\d*\s*[:：、.])\s*", re.IGNORECASE)
_A = re.compile(
    r"(?:\*\*)?\s*(?:(?:A|Answer)\s*\d*\s*[.:：、)）]|(?:答案?|回答|答复)\s*\d*\s*[:：、.])\s*(?:\*\*)?\s*",
    re.IGNORECASE,
)
_BOLD = re.compile(r"\*\*([^*\n]{2,200})\*\*[:：]?")
_NUMBER = re.compile(
    r"^\s*(?:(?:\d+(?:\.\d+)+\.?|\d+[.)、．]|[（(]\d+[)）]|[一二三四五六七八九十]+[、.．])\s*|第[一二三四五六七八九十\d]+[章节条]\s*)"
)
_ASKS = re.compile(
    r"[?？]\s*$|^(?:how|what|when|where|why|who|which|can|could|do|does|did|is|are|may|will|should)\b"
    r"|怎么|如何|什么|多久|多少|能否|能不能|可以.{0,12}吗|是否|哪|为何|为什么|吗$|呢$",
    re.IGNORECASE,
)
_TAG = re.compile(r"<([a-zA-Z/!][^<>]*)>")
_CHEVRON = re.compile(r"<(?=[a-zA-Z/!])")


def asks(title: str) -> bool:
    """Whether a heading reads like a question."""
    return bool(_ASKS.search(title))


def heading_text(text: str) -> str:
    """A heading in one line without numbering, marks of permanent links, emphasis and `Q:`."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)\s]*\)", r"\1", text)
    text = " ".join(re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", text).split()).strip(" ¶#")
    text = _NUMBER.sub("", _Q.sub("", text, count=1) if _Q.match(text) else text) or text
    return text.strip().rstrip(":：").strip()


def with_pairs(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same blocks, with paragraphs such as `Q: …` / `问：…` and lone bold questions as headings."""
    depth = 1
    asked = False
    for block in blocks:
        if block.kind is Kind.HEADING:
            depth = depth if asks(block.text) else block.level
            asked = block.question or asks(block.text) or bool(_Q.match(block.text))
            yield block
            continue
        if block.kind in {Kind.TEXT, Kind.ITEM} and (found := _Q.match(block.text)):
            first, _, rest = block.text.partition("\n")
            question = heading_text(first[found.end() :])
            if 1 < len(question) <= 300:
                asked = True
                yield Block(Kind.HEADING, question, level=min(depth + 1, 6), place=block.place, question=True)
                if rest.strip():
                    yield replace(block, kind=Kind.TEXT, text=_without_mark(rest.strip()))
                continue
        if block.kind is Kind.TEXT and (bold := _BOLD.match(block.text)) and asks(bold[1]):
            rest = block.text[bold.end() :].strip()
            if not rest or block.text[bold.end() :].startswith("\n"):
                yield Block(
                    Kind.HEADING, heading_text(bold[1]), level=min(depth + 1, 6), place=block.place, question=True
                )
                if rest:
                    yield replace(block, text=_without_mark(rest))
                continue
        yield replace(block, text=_without_mark(block.text)) if asked else block
        asked = asked and not _A.match(block.text)


def _without_mark(text: str) -> str:
    found = _A.match(text)
    if not found:
        return text
    opened = found[0].count("**") == 1  # "**A: yes**": the closing mark goes with the opening one
    rest = text[found.end() :]
    return rest.replace("**", "", 1) if opened else rest


def written(blocks: Sequence[Block]) -> str:
    """Blocks as the body of an article."""
    parts: list[str] = []
    listed = False
    for block in blocks:
        text = _rendered(block)
        if not text:
            continue
        item = block.kind is Kind.ITEM
        parts.append(("\n" if item and listed else "\n\n" if parts else "") + text)
        listed = item
    return chat_safe("".join(parts).strip())


def _rendered(block: Block) -> str:
    if block.kind is Kind.HEADING:
        return f"**{block.text}**" if block.text else ""
    if block.kind is Kind.ITEM:
        lines = [line for line in block.text.strip().split("\n") if line.strip()]
        indent = "  " * min(block.level, 4)
        mark = f"{block.number}. " if block.number else "- "
        return (
            f"\n{indent}  ".join([f"{indent}{mark}{lines[0].strip()}", *(line.strip() for line in lines[1:])])
            if lines
            else ""
        )
    if block.kind is Kind.TABLE:
        return table_as_list(block.rows)
    if block.kind is Kind.CODE:
        code = block.text.strip("\n")
        return f"```\n{code}\n```" if "\n" in code else f"`{code.strip()}`" if code.strip() else ""
    return block.text.strip()


def table_as_list(rows: Sequence[Sequence[str]]) -> str:
    """A table as a list: one line per row, each cell with the name of its column. Two columns become `name: value`."""
    filled = [[" ".join(cell.split()) for cell in row] for row in rows]
    filled = [row for row in filled if any(row)]
    if not filled:
        return ""
    if len(filled) == 1 or max(len(row) for row in filled) == 1:
        return "\n".join(f"- {' – '.join(cell for cell in row if cell)}" for row in filled)
    head, *body = filled
    lines = []
    for row in body:
        first, *rest = row
        names = (*head[1:], *[""] * len(rest))
        if len(head) <= 2:
            cells = [cell for cell in rest if cell]
        else:
            cells = [
                f"{name}: {cell}" if name and name != cell else cell
                for name, cell in zip(names, rest, strict=False)
                if cell
            ]
        lines.append(f"- {f'**{_plain(first)}**: ' if first and cells else first}{'; '.join(cells)}")
    return "\n".join(lines)


def _plain(text: str) -> str:
    return text.replace("**", "")


def fits_chat(text: str) -> bool:
    """Whether a body can be shown as it is."""
    check = Check("")
    check.body(text)
    return not check.failed


def chat_safe(text: str) -> str:
    """A body in which nothing is taken for HTML, a heading or a table row: such marks are shown as other characters."""
    text = _CHEVRON.sub("‹", _TAG.sub(r"‹\1›", text))
    text = re.sub(r"^(#{1,6})(?=\s)", lambda found: "＃" * len(found[1]), text, flags=re.MULTILINE)
    text = re.sub(r"^(\s*)\|(.*)\|([^\S\n]*)$", r"\1\2\3", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
