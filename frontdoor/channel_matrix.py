"""The feature matrix of channels, from the limits they declare: for docs/channels/README.md and the command line."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.channel import Limits, Unit
from connectors.registry import CHANNELS, load

NAMED = 6  # types of files, before only their families are told
FAMILIES = {"image": "pictures", "audio": "audio", "video": "videos", "text": "text", "application": "documents"}

Kind = Any
"""A channel's class."""


def _receives(kind: Kind) -> str:
    ways = {"parse": "webhook", "run": "listens", "routes": "own pages"}
    if hasattr(kind, "pull"):
        return "webhook, then fetches"
    found = [word for method, word in ways.items() if hasattr(kind, method)]
    return " or ".join([*found, *getattr(kind, "other_ways", ())])


def _text(limits: Limits) -> str:
    unit = {Unit.CHARACTERS: "characters", Unit.UTF16: "UTF-16 units", Unit.BYTES: "bytes"}[limits.text_unit]
    return f"{limits.text_length:,} {unit}" if limits.text_length else "any length"


def _buttons(limits: Limits) -> str:
    return f"up to {limits.buttons}" if limits.buttons else "numbered"


def _files(kind: Kind) -> str:
    limits: Limits = kind.limits
    size = f" up to {_megabytes(limits.attachment_bytes)} MB" if limits.attachment_bytes else ""
    sent = f"sent{size}{_types(limits.attachment_types)}" if limits.attachments else "sent as links"
    return f"received; {sent}" if hasattr(kind, "fetch") or limits.attachments else sent


def _megabytes(size: int) -> int:
    """As the vendor's page has it: of 1,048,576 bytes, or else of a million."""
    return size // 1_000_000 if size % (1 << 20) else size >> 20


def _types(types: tuple[str, ...]) -> str:
    """The types of files, or only their families where there are many."""
    named = types if len(types) <= NAMED else sorted({FAMILIES.get(each.split("/")[0], each) for each in types})
    return f" ({', '.join(each.rstrip('/') for each in named)})" if types else ""


def _opening(limits: Limits) -> str:
    if limits.opening is None:
        return "any time, also first" if limits.first else "any time"
    count = f", {limits.opening.messages} messages" if limits.opening.messages else ""
    return f"{limits.opening.seconds // 3600} h after the customer{count}"


def _rate(limits: Limits) -> str:
    each = f"{limits.per_second:g}/s to one" if limits.per_second else ""
    everybody = f"{limits.total_per_second:g}/s to all" if limits.total_per_second else ""
    return ", ".join(part for part in (each, everybody) if part) or "–"


def _standing(kind: Kind) -> str:
    return str(kind.standing)


COLUMNS: Mapping[str, Callable[[Kind], str]] = {
    "receives by": _receives,
    "a text": lambda kind: _text(kind.limits),
    "buttons": lambda kind: _buttons(kind.limits),
    "files": _files,
    "typing": lambda kind: "shown" if kind.limits.typing else "–",
    "we may write": lambda kind: _opening(kind.limits),
    "invites": lambda kind: "link" if hasattr(kind, "invitation") else "–",
    "rate": lambda kind: _rate(kind.limits),
    "has met": _standing,
}
"""What the matrix tells of each channel."""


def matrix() -> str:
    """The table in Markdown."""
    lines = [f"| channel | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
    for name, path in sorted(CHANNELS.items()):
        kind = load(path)
        cells = " | ".join(cell(kind) for cell in COLUMNS.values())
        lines.append(f"| [{name}]({name}.md) | {cells} |")
    return "\n".join(lines) + "\n"
