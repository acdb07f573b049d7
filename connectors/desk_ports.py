"""What a helpdesk's connector is handed by the core: files, and a ledger of what is at the helpdesk already."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from connectors.desk import Entry, Progress
from connectors.message import Attachment
from connectors.ports import State


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A ticket at a helpdesk. `number` is what people there read, `url` leads to it."""

    ticket_id: str
    number: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A handoff whose ticket has been asked for. `opened` is None while nobody knows what became of it."""

    handoff_id: str
    conversation_id: str
    reference: str
    language: str
    began_at: int  # ms
    opened: Opened | None = None
    progress: Progress = field(default_factory=Progress)


class Ledger(Protocol):
    """What one desk has of us, on disk and shared by all workers: so nothing is opened, said or told twice.

    Erased with the conversation.
    """

    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Have `name` to oneself, among all workers, while the block runs; waits for whoever has it."""

    async def attempt(self, handoff_id: str) -> Attempt | None:
        """What is known of a handoff here; None before its ticket was ever asked for."""

    async def begin(self, handoff_id: str) -> None:
        """The request for the ticket is about to leave, or may have done something just now (`Attempt.began_at`)."""

    async def retract(self, handoff_id: str) -> None:
        """It certainly did nothing: as if it had never begun."""

    async def opened(self, handoff_id: str, opened: Opened) -> None:
        """The ticket exists."""

    async def of_ticket(self, ticket_id: str) -> Attempt | None:
        """The handoff that became this ticket."""

    async def entries(self, ticket_id: str) -> list[Entry]:
        """All entries that are known of a ticket; one whose `external_id` is empty is on its way, or was cut off."""

    async def sending(self, ticket_id: str, message_id: str, digest: str) -> None:
        """An entry of ours is about to leave."""

    async def sent(self, ticket_id: str, message_id: str, external_id: str, digest: str) -> None:
        """It is there."""

    async def not_sent(self, ticket_id: str, message_id: str) -> None:
        """It certainly is not there."""

    async def expect(self, ticket_id: str, state: str) -> None:
        """We are about to give the ticket this state."""

    async def moved(self, ticket_id: str, state: str) -> None:
        """It has this state now, by us."""


class OutgoingFiles(Protocol):
    """Where attachments are kept."""

    async def save(self, conversation_id: str, name: str, chunks: AsyncIterator[bytes]) -> Attachment:
        """Store what an agent has attached. Raises `TooLarge` or `Malformed` (`file_type`)."""

    def read(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The bytes of a stored file. Raises `Undeliverable` when it is gone."""

    def link(self, attachment: Attachment, *, kept: bool = False) -> str:
        """A path with a signature; `kept` works for a week."""


@dataclass(frozen=True, kw_only=True)
class DeskPorts:
    """Everything that a helpdesk's connector may use. `name` is its own name in desks.yml."""

    name: str
    ledger: Ledger
    files: OutgoingFiles
    state: State  # what else the connector must remember: cursors, access tokens
    public_url: str  # how the world reaches the service, without a slash at the end
    brand: Mapping[str, str]  # the company's name by language: "en", "zh"

    @property
    def webhook_url(self) -> str:
        """Where the helpdesk shall call."""
        return f"{self.public_url}/desks/{self.name}/webhook"

    def handoff_url(self, handoff_id: str) -> str:
        """Where our console shows a handoff, to those who may see it."""
        return f"{self.public_url}/desk/#handoff={handoff_id}"
