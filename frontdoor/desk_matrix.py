"""The feature matrix of desks, from what they declare: for docs/desks/README.md and the command line."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.helpdesk_model import Features
from connectors.registry import DESKS, load

Kind = Any
"""A helpdesk's class."""


def _replies(features: Features) -> str:
    ways = [f"called ({features.calls_us})"] if features.calls_us else []
    return " and ".join([*ways, *(["asked"] if features.polls else [])]) or "–"


def _files(features: Features) -> str:
    size = f" up to {features.file_bytes // 1_000_000} MB"
    out = f"sent{size}" if features.files_out and not features.file_links else "sent as links"
    return f"{out}; received" if features.files_in else out


def _changes(features: Features) -> str:
    seen = [word for word, can in (("edits", features.edits), ("deletions", features.deletions)) if can]
    return " and ".join(seen) or "cannot happen"


COLUMNS: Mapping[str, Callable[[Kind], str]] = {
    "conversation": lambda kind: str(kind.features.transcript),
    "replies come by": lambda kind: _replies(kind.features),
    "an interrupted attempt is found by": lambda kind: kind.features.finds,
    "files": lambda kind: _files(kind.features),
    "changes of replies": lambda kind: _changes(kind.features),
    "back to the bot": lambda kind: kind.features.returns or "–",
    "deletes a customer": lambda kind: "yes" if kind.features.forgets else "by hand",
    "has met": lambda kind: str(kind.standing),
}
"""What the matrix tells of each desk."""


def matrix() -> str:
    """The table in Markdown."""
    lines = [f"| desk | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
    for name, path in sorted(DESKS.items()):
        kind = load(path)
        lines.append(f"| [{name}]({name}.md) | {' | '.join(cell(kind) for cell in COLUMNS.values())} |")
    return "\n".join(lines) + "\n"
