"""Jira's rich text, the Atlassian Document Format: ours, which is plain paragraphs, and the words in anybody's.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import re
from collections.abc import Iterable, Iterator

from connectors.message import JSON

DEPTH = 50
"""How deep a document is read; nobody nests deeper."""
_SHOWN = {"mention": "text", "emoji": "text", "status": "text", "date": "timestamp"}
_LINKED = frozenset({"inlineCard", "blockCard", "embedCard"})
_BLOCKS = frozenset({"paragraph", "heading", "codeBlock", "listItem", "taskItem", "decisionItem", "rule", "tableRow"})


def document(text: str, home: str = "") -> JSON:
    """A text as paragraphs, in which every line stays a line. Addresses below `home` can be clicked: Jira makes no
    links of its own, and those that customers write are better read first.
    """
    content = [_paragraph(each, home) for each in text.split("\n\n")]
    return {"type": "doc", "version": 1, "content": content}


def text_of(value: object) -> str:
    """The words of a document, with the addresses behind links; empty for what is none."""
    words = "".join(_words(value, 0)) if isinstance(value, dict) else ""
    return "\n".join(line.rstrip() for line in words.split("\n")).strip()


def has_files(value: object, depth: int = 0) -> bool:
    """Whether a document shows files."""
    if not isinstance(value, dict) or depth > DEPTH:
        return False
    return value.get("type") in {"media", "mediaInline"} or any(has_files(each, depth + 1) for each in _inside(value))


def _paragraph(text: str, home: str) -> JSON:
    content: list[JSON] = []
    for line in text.split("\n"):
        content += [{"type": "hardBreak"}] if content else []
        content += _line(line, home)
    return {"type": "paragraph", "content": content}


def _line(line: str, home: str) -> Iterator[JSON]:
    """Pieces of a line, every second one an address."""
    pieces = re.split(rf"({re.escape(home)}/[!-~]+)", line) if home else [line]
    for n, piece in enumerate(pieces):
        link = {"marks": [{"type": "link", "attrs": {"href": piece}}]} if n % 2 else {}
        if piece:
            yield {"type": "text", "text": piece, **link}


def _words(node: JSON, depth: int) -> Iterator[str]:
    kind, attributes = node.get("type"), node.get("attrs") or {}
    if depth > DEPTH:
        return
    if kind == "text":
        yield _linked(node)
    elif kind == "hardBreak":
        yield "\n"
    elif kind in _SHOWN:
        yield str(attributes.get(_SHOWN[str(kind)]) or attributes.get("shortName") or "")
    elif kind in _LINKED:
        yield str(attributes.get("url") or "")
    for each in _inside(node):
        yield from _words(each, depth + 1)
    if kind in _BLOCKS:
        yield "\n"
    elif kind in {"tableCell", "tableHeader"}:
        yield " "


def _linked(node: JSON) -> str:
    text = str(node.get("text") or "")
    for mark in node.get("marks") or ():
        target = str((mark.get("attrs") or {}).get("href") or "") if mark.get("type") == "link" else ""
        if target.startswith(("http://", "https://")) and target.rstrip("/") != text.rstrip("/"):
            return f"{text} ({target})"
    return text


def _inside(node: JSON) -> Iterable[JSON]:
    return (each for each in node.get("content") or () if isinstance(each, dict))
