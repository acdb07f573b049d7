"""What can be searched: a document for each thing that was said or is known, and what waits to become one.

`search_doc` holds the words; on SQLite a full-text index `search_words` follows it by triggers, on PostgreSQL its own
column has one. A document's number begins with its time, so that the newest are found first, and an order of numbers
is one of time.
"""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR

from storage.tables import metadata

MESSAGE, ENTRY, TICKET, CONVERSATION = "message", "entry", "ticket", "conversation"
TIME_BITS = 20
"""How far a document's time (ms) is shifted in its number; the rest tells those of one moment apart."""

FARTHEST = (1 << (63 - TIME_BITS)) - 1
"""The last time (ms) that fits into a number: in the year 2248."""

number = BigInteger().with_variant(Integer(), "sqlite")

search_doc = Table(
    "search_doc",
    metadata,
    Column("id", number, primary_key=True, autoincrement=False),
    Column("kind", String(12), nullable=False),
    Column("ref", String(96), nullable=False),
    Column("conversation_id", String(64), nullable=False, index=True),
    Column("ticket_id", String(26), nullable=False),  # of entries and tickets
    Column("said", String(64), nullable=False),  # the message or entry it is
    Column("author", String(8), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    UniqueConstraint("kind", "ref"),
)
Index("ix_search_doc_words", search_doc.c.words, postgresql_using="gin").ddl_if(dialect="postgresql")

search_pending = Table(
    "search_pending",
    metadata,
    Column("n", number, Identity(), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("ref", String(96), nullable=False),
)
