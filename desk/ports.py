"""What the desk needs from the rest of the service, handed in by the app."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import connectors.ports
from connectors.message import Attachment


class Files(connectors.ports.Files, Protocol):
    """Where attachments are kept, and how they are shown."""

    def link(self, attachment: Attachment) -> str:
        """A short-lived signed link."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """An article that may help the agent. `confidence` 0..1; `text` is Markdown; `url` empty without a public page."""

    article_id: str
    title: str
    language: str
    confidence: float
    text: str
    url: str = ""


Search = Callable[[str, str, int], Awaitable[list[Suggestion]]]
"""`search(query, language, limit)`: the best articles first."""
