"""What readers of all formats give: pieces (one question with its answer in one language), and what was left out."""

from dataclasses import dataclass, field, replace
from typing import Any

FILE_BYTES = 30_000_000
PIECES = 20_000
"""Of one file; more is a database, not a document."""
TITLE_CHARACTERS = 200


class Unreadable(Exception):
    """A file cannot be read; says why and what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}: {remedy}")
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True)
class Skipped:
    """A place in a source that became no article."""

    source: str
    place: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Piece:
    """One question with its answer, in one language. What the source does not say is empty or None.

    `place` is where it stood (`row 12`, `page 3`, `#refunds`). Pieces with the same `pair` are one article in several
    languages. `title` may be empty where only an answer is known.
    """

    title: str
    body: str
    place: str
    language: str = ""
    source: str = ""
    questions: tuple[str, ...] = ()
    id: str = ""
    category: str = ""
    group: str = ""
    tags: tuple[str, ...] | None = None
    audience: str = ""
    valid_from: str = ""
    valid_until: str = ""
    updated: str = ""
    related: tuple[str, ...] | None = None
    pair: str = ""


@dataclass
class Reading:
    """Everything that came out of one file."""

    pieces: list[Piece] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def skip(self, place: str, reason: str, remedy: str) -> None:
        """Note a place that becomes no article."""
        self.skipped.append(Skipped("", place, reason, remedy))

    @classmethod
    def from_json(cls, said: dict[str, list[dict[str, Any]]]) -> "Reading":
        """A reading that was told as JSON."""
        pieces = [Piece(**_with_tuples(each)) for each in said["pieces"]]
        return cls(pieces, [Skipped(**each) for each in said["skipped"]])

    def named(self, source: str) -> "Reading":
        """The same, as of this source."""
        return Reading(
            [replace(piece, source=source) for piece in self.pieces],
            [replace(skipped, source=source) for skipped in self.skipped],
        )


def _with_tuples(told: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
