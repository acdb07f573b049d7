"""Answers are written in Markdown; most vendors show plain text. This makes the one from the other."""

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


def plain(markdown: str) -> str:
    """The text as one would write it without formatting: `- a` is `• a`, `[shop](https://…)` is `shop (https://…)`."""
    if not any(mark in markdown for mark in "*_`[#-+>\\&<1!~"):
        return markdown
    return _Writer().write(_PARSER.parse(markdown))


class _Writer:
    """Walks the tokens of one text."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._numbers: list[int] = []  # of the lists we are in; 0 for bullets
        self._marker = ""
        self._tight = False

    def write(self, tokens: list[Token]) -> str:
        for token in tokens:
            self._block(token)
        return "\n".join(self._lines).strip("\n")

    def _block(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._numbers.append(0)
            case "ordered_list_open":
                self._numbers.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
                if not self._numbers:
                    self._blank()
            case "list_item_open":
                number = self._numbers[-1]
                self._marker = f"{number}. " if number else "• "
                self._numbers[-1] += 1 if number else 0
            case "inline":
                self._text(_inline(token.children or []))
            case "fence" | "code_block":
                self._text(token.content.rstrip("\n"))
                self._blank()
            case "paragraph_close" | "heading_close":
                if not self._numbers:
                    self._blank()
            case _:
                pass

    def _text(self, text: str) -> None:
        indent = "  " * max(0, len(self._numbers) - 1)
        marker, self._marker = self._marker, ""
        hanging = indent + (" " * len(marker) if marker else "  " if self._numbers else "")
        first, *rest = text.split("\n")
        self._lines.append(f"{indent}{marker}{first}" if marker else f"{hanging}{first}" if self._numbers else first)
        self._lines += [f"{hanging}{line}" if line else "" for line in rest]

    def _blank(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append("")


def _inline(tokens: list[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "link_open":
                links.append((str(token.attrGet("href") or ""), len(parts)))
            case "link_close":
                target, since = links.pop()
                label = "".join(parts[since:])
                if target and target.removeprefix("mailto:") != label:
                    parts.append(f" ({target.removeprefix('mailto:')})")
            case "image":
                parts.append(token.content or str(token.attrGet("src") or ""))
            case _:
                pass
    return "".join(parts)
