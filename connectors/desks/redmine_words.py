"""What people wrote, as a block in which Redmine shows every character as it is.

Besides its markup, Redmine looks for macros (`{{include(x)}}`), links (`#12`, `[[page]]`, `r7`) and people (`@mei`) in
texts, but not in such blocks; people only from 5.1 on, and also in blocks, so those are broken up.
"""

import re
import unicodedata
from collections.abc import Collection

UNSEEN = "\u2060"
"""A word joiner: no width, no letter, no space."""
WIDTH = 100
"""Columns of a line; blocks are not wrapped by Redmine."""
_PERSON = re.compile(r"(?<![\w.])@(?=\w)")
_FENCE = re.compile(r"^( *)([`~])(?=\2\2)", re.MULTILINE)
"""The older Markdown takes either for an end, whatever it began with."""
_TAG = re.compile(r"<(?=[/\w])")
_LINK = re.compile(
    r"\{(?=\{)|\[(?=\[)|#(?=[\d#])|\br(?=\d)"
    r"|\b(?:attachment|commit|document|export|forum|message|news|project|source|user|version)(?=[:#])"
)
_PIECE = re.compile(r"[\u2e80-\uffff]\s*|[^\s\u2e80-\uffff]+\s*|\s+")


def verbatim(text: str, formatting: str) -> str:
    """The text, to be shown as it is."""
    text = _PERSON.sub(rf"@{UNSEEN}", text)
    match formatting:
        case "textile":
            return "\n".join(("<pre>", _TAG.sub(f"<{UNSEEN}", _folded(text)), "</pre>"))
        case "plain":
            return _LINK.sub(rf"\g<0>{UNSEEN}", text)
        case _:
            return "\n".join(("```", _FENCE.sub(rf"\g<0>{UNSEEN}", _folded(text)), "```"))


def own_words(text: str, names: Collection[str]) -> str:
    """What somebody wrote, without what the button "Quote" has put before it: customers have it, or never should."""
    kept: list[str] = []
    quoted = False
    for line in text.splitlines():
        begins, quoted = line.startswith(">") and not quoted, line.startswith(">")
        if begins and kept and kept[-1].rstrip().endswith((":", "：")) and kept[-1].startswith(tuple(names)):
            kept.pop()  # "Wang Mei wrote:"
        if not quoted:
            kept.append(line)
    return "\n".join(kept).strip()


def _folded(text: str) -> str:
    """Without lines that are wider than the page."""
    return "\n".join(_fold(line) for line in text.split("\n"))


def _fold(line: str) -> str:
    lines, width = [""], 0
    for piece in _PIECE.findall(line):
        wide = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in piece)
        if width + wide > WIDTH and lines[-1]:
            lines, width = [*lines, ""], 0
        lines[-1] += piece
        width += wide
    return "\n".join(lines)
