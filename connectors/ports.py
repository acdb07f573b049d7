"""What the core hands to channels. `frontdoor/app.py` puts the implementations in; no channel knows where they are.

Vendors keep the history of a chat themselves; the channels of our own pages and protocols (web, REST, socket.io) have
none, so they read it here. Frames and message objects are those of docs/protocol/web.md.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, Self

from connectors.message import JSON, Attachment, Inbound, Profile


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """An inbound event is on disk. `seq` is its number in the conversation, 0 for actions that leave no message."""

    conversation_id: str
    message_id: str
    seq: int


class Frames(Protocol):
    """A live stream of one conversation's frames; nothing published after `__aenter__` returned is missed."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *error: object) -> None: ...

    def __aiter__(self) -> AsyncIterator[JSON]: ...


class Conversations(Protocol):
    """The core as such a channel sees it."""

    async def accept(self, inbound: Inbound) -> Accepted:
        """Store one event and all it causes; a repeat returns the first answer. Raises `Rejected` with a `code`.

        Of attachments only the `id` is given: the core knows the rest, and refuses those of other conversations.
        """

    async def open(self, channel: str, address: str, profile: Profile) -> JSON:
        """The state of the customer's conversation, begun if there is none; what is empty in `profile` changes nothing.

        {"conversation": …, "last": highest seq, "seen": highest seq the customer has seen, "user_id": proven or ""}
        """

    async def find(self, channel: str, address: str) -> JSON | None:
        """As `open`, but nothing is begun: None when the customer has no conversation."""

    async def address_of(self, channel: str, user_id: str) -> str | None:
        """The address a verified user already has on this channel (another device), if any."""

    async def whose(self, conversation_id: str) -> tuple[str, str] | None:
        """The channel and the address of a conversation; None when there is no such conversation (any more)."""

    async def known(self, channel: str, address: str, external_id: str) -> bool:
        """Whether this delivery has been accepted before."""

    async def history(self, conversation_id: str, after: int, limit: int = 500) -> list[JSON]:
        """Message objects with `seq > after`, in order."""

    def listen(self, conversation_id: str) -> Frames:
        """Live frames: `message`, `state`, `typing`, `seen`, and `done {message_id}` when a customer's message has
        been dealt with.
        """

    async def typing(self, conversation_id: str, on: bool) -> None:
        """The customer is (not) typing; shown to the agent, never stored."""

    async def seen(self, conversation_id: str, seq: int) -> None:
        """The customer has seen everything up to `seq`."""

    async def present(self, conversation_id: str) -> None:
        """The customer's page is open; called at least once a minute while it is."""


class Files(Protocol):
    """Where attachments are kept."""

    async def save(self, conversation_id: str, name: str, chunks: AsyncIterator[bytes]) -> Attachment:
        """Store a file under a safe name, its type sniffed from the bytes. Raises `TooLarge` or `Malformed`
        (`file_type`).
        """

    def read(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The bytes of a stored file, to send them on. Raises `Undeliverable` when it is gone."""

    def link(self, attachment: Attachment) -> str:
        """A signed link that works outside our own pages: for a week, as vendors and customers may open it late."""


class State(Protocol):
    """What a channel must remember: on disk, shared by all workers. Names are the channel's own."""

    async def get(self, name: str) -> JSON | None:
        """What was put there and has not expired."""

    async def put(self, name: str, value: JSON, *, seconds: float | None = None) -> None:
        """Keep it, for so long where `seconds` is given. Returning means: it is on disk."""

    async def drop(self, name: str) -> None:
        """Forget it."""

    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Have `name` to oneself, among all workers, while the block runs; waits for whoever has it."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything that a vendor's channel may use. `name` is its own name in channels.yml."""

    name: str
    conversations: Conversations
    files: Files
    state: State
    public_url: str  # how the world reaches the service, without a slash at the end
    brand: Mapping[str, str]  # the company's name by language: "en", "zh"
    text: int  # characters that a customer may write in one message

    @property
    def webhook_url(self) -> str:
        """Where the vendor shall call."""
        return f"{self.public_url}/webhooks/{self.name}/webhook"
