"""Attachments: what is known of each stored file. The bytes lie beside the database, named by id."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Integer, String, Table, func, select

from connectors.message import Attachment
from storage.clock import now_ms
from storage.tables import metadata

attachment = Table(
    "attachment",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("conversation_id", String(26), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class FileRow:
    """A stored file; `size` in bytes."""

    id: str
    conversation_id: str
    name: str
    media_type: str
    size: int
    sha256: str

    def attachment(self) -> Attachment:
        """The file as a message carries it."""
        return Attachment(id=self.id, name=self.name, media_type=self.media_type, size=self.size)


def add(tx: Connection, row: FileRow) -> None:
    """Store what is known of a file."""
    tx.execute(attachment.insert().values(**row.__dict__, created_at=now_ms()))


def drop(tx: Connection, file_id: str) -> None:
    """Forget a file that belongs to no message."""
    tx.execute(attachment.delete().where(attachment.c.id == file_id))


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a conversation has sent: files, their bytes, and the time (ms) of the oldest (now, if there is none)."""

    count: int
    size: int
    oldest: int


def sent_since(tx: Connection, conversation_id: str, since: int) -> Sent:
    """The attachments of a conversation that came after `since` (ms)."""
    query = select(func.count(), func.coalesce(func.sum(attachment.c.size), 0), func.min(attachment.c.created_at))
    ours = (attachment.c.conversation_id == conversation_id) & (attachment.c.created_at > since)
    count, size, oldest = tx.execute(query.where(ours)).one()
    return Sent(count=count, size=int(size), oldest=oldest or now_ms())


def all_bytes(tx: Connection) -> int:
    """The bytes of all attachments together."""
    return int(tx.execute(select(func.coalesce(func.sum(attachment.c.size), 0))).scalar_one())


def find(tx: Connection, file_id: str) -> FileRow | None:
    """The file, or None."""
    row = tx.execute(
        select(*(attachment.c[name] for name in FileRow.__dataclass_fields__)).where(attachment.c.id == file_id)
    ).one_or_none()
    return FileRow(**row._mapping) if row else None
