"""Text whose lines mail programs have broken to be joined again: format=flowed (RFC 3676).

Thunderbird, Apple Mail, mutt and others write it. Quotes keep their marks, so that what they quote can be cut.
"""

import re
from dataclasses import dataclass, field

SIGNATURE = "-- "  # ends in a space and yet is a line of its own (section 4.3)
_QUOTE = re.compile(r">*")


@dataclass
class _Paragraph:
    """Lines that are one, and how deep they are quoted."""

    depth: int
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        line = "".join(self.pieces)
        return f"{'>' * self.depth} {line}" if self.depth else line


def joined(text: str, *, delete_space: bool) -> str:
    """The text with its paragraphs in one line each. `delete_space` (DelSp=yes, as for Chinese) drops the space at
    which a line was broken.
    """
    done: list[str] = []
    paragraph: _Paragraph | None = None
    for raw in text.replace("\r\n", "\n").split("\n"):
        depth = len(_QUOTE.match(raw)[0])  # type: ignore[index]
        line = raw[depth:].removeprefix(" ")  # a space there only hides a `>`, a space or `From `
        flows = line.endswith(" ") and line != SIGNATURE
        if paragraph is not None and (paragraph.depth != depth or line == SIGNATURE):  # not as it should be: let it be
            done.append(paragraph.text)
            paragraph = None
        paragraph = paragraph or _Paragraph(depth)
        paragraph.pieces.append(line[:-1] if flows and delete_space else line)
        if not flows:
            done.append(paragraph.text)
            paragraph = None
    return "\n".join([*done, *([paragraph.text] if paragraph else [])])
