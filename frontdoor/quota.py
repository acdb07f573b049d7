"""Quota: how many attachments a customer may leave with us, so that nobody fills the disk."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.http import ComeBackLater
from connectors.message import Attachment
from frontdoor.files import FileStore
from storage import conversations, files
from storage.clock import now_ms
from storage.database import Database
from storage.files import FileRow

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class QuotaSpent(ComeBackLater):
    """The conversation has sent its share for now."""

    status = 429


class StoreFull(ComeBackLater):
    """All attachments together have reached their limit."""

    status = 503


@dataclass(frozen=True, kw_only=True)
class Quota:
    """Of one conversation: files in an hour and bytes in a day. Of everybody, ever: bytes."""

    files_per_hour: int
    bytes_per_day: int
    all_bytes: int


class CustomersFiles:
    """Implements `connectors.ports.Files` for customers; agents' files go to the store as they are."""

    def __init__(self, database: Database, store: FileStore, quota: Quota, *, public_url: str) -> None:
        self._database, self._store, self._quota = database, store, quota
        self._public_url = public_url

    async def save(self, conversation_id: str, name: str, chunks: AsyncIterator[bytes]) -> Attachment:
        """Store a file. Raises what `FileStore.save` raises, `QuotaSpent` (`upload_quota`), `StoreFull`
        (`storage_full`).
        """
        await self._database.read(self._room, conversation_id)  # before anything is received
        return await self._store.save(conversation_id, name, chunks, admit=self._admit)

    def read(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The bytes of a stored file. Raises `Undeliverable`."""
        return self._store.read(attachment)

    def link(self, attachment: Attachment) -> str:
        """A signed link that works outside our own pages, for a week."""
        return f"{self._public_url}{self._store.link(attachment, kept=True)}"

    def _room(self, tx: Connection, conversation_id: str) -> None:
        if files.all_bytes(tx) >= self._quota.all_bytes:
            raise StoreFull("limits.all_file_bytes is reached", code="storage_full", retry_after=3600)
        self._within(tx, conversation_id, 0)

    def _admit(self, tx: Connection, row: FileRow) -> None:
        conversations.lock(tx, row.conversation_id)  # of files that arrive together, one is counted first
        self._within(tx, row.conversation_id, row.size)

    def _within(self, tx: Connection, conversation_id: str, size: int) -> None:
        now = now_ms()
        hour = files.sent_since(tx, conversation_id, now - HOUR_MS)
        if hour.count >= self._quota.files_per_hour:
            raise _spent("files in an hour", hour.oldest + HOUR_MS - now)
        day = files.sent_since(tx, conversation_id, now - DAY_MS)
        if day.size + max(size, 1) > self._quota.bytes_per_day:
            raise _spent("bytes in a day", day.oldest + DAY_MS - now)


def _spent(what: str, wait_ms: int) -> QuotaSpent:
    return QuotaSpent(f"the conversation has sent its {what}", code="upload_quota", retry_after=wait_ms / 1000)
