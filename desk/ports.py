"""What the desk needs from the rest of the service, handed in by the app."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import connectors.ports
from connectors.masking import masked
from connectors.message import Attachment
from storage.reach import Outlets


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


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """A conversation that an agent begins. `address` is empty for a caller without a number; `said` is what the
    customer said, empty where the agent speaks first. `client_id` stays the same when the request is repeated.
    """

    client_id: str
    channel: str
    address: str
    name: str
    phone: str
    email: str
    language: str
    said: str
    agent_name: str


class Begin(Protocol):
    """Begins conversations for agents."""

    def ways(self) -> list[str]:
        """The channels on which that can be done; `phone` is for calls that are logged."""

    async def begin(self, what: Beginning) -> str:
        """The ticket's id. Raises TimeoutError when the desk does not take tickets now."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What the app hands in."""

    files: Files
    search: Search
    begin: Begin | None = None  # of conversations by agents; none where the desk stands alone
    outlets: Outlets = field(default_factory=Outlets)  # by which customers can be written to
    mask: Callable[[str], str] = masked  # how addresses are shown
