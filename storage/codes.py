"""Codes: a customer asks for one on one channel and sends it on another, which proves that both are theirs.

A code is good once and for a quarter of an hour. Only a keyed hash of it is kept here.
"""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

import regex
from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Integer, String, Table, delete, func, select, update

from storage.clock import now_ms
from storage.handoffs import REFERENCE_ALPHABET
from storage.tables import metadata

LENGTH = 8
GOOD_FOR_MS = 15 * 60_000

code = Table(
    "link_code",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("conversation_id", String(26), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("customer_id", String(26), nullable=False),  # the identity that asked for it
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("uses", Integer, nullable=False),  # 0 or 1
)
_SHAPE = regex.compile(rf"[{REFERENCE_ALPHABET}]{{{LENGTH}}}")


@dataclass(frozen=True, kw_only=True)
class Code:
    """A code that was issued. `good` is false once it was used, replaced or is too old."""

    conversation_id: str
    customer_id: str
    good: bool


def new_code() -> str:
    """A code that is no word: 30⁸ ≈ 6.6·10¹¹ possibilities, less those without a digit or a letter."""
    while True:
        made = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(LENGTH))
        if _mixed(made):
            return made


def read_code(text: str) -> str:
    """The code that a message consists of ("k7p2 m9qx", "Ｋ７Ｐ２-Ｍ９ＱＸ"); empty when it cannot be one."""
    if len(text) > 4 * LENGTH:
        return ""
    said = regex.sub(r"[\s\-–—·]+", "", unicodedata.normalize("NFKC", text)).upper()
    return said if _SHAPE.fullmatch(said) and _mixed(said) else ""


def hashed(key: str, plain: str) -> str:
    """What is kept of a code."""
    return hmac.new(f"continue:{key}".encode(), plain.encode(), hashlib.sha256).hexdigest()


def issue(tx: Connection, hash_: str, *, conversation_id: str, customer_id: str) -> None:
    """Keep a new code; earlier ones of the conversation are good no more."""
    now = now_ms()
    tx.execute(update(code).where(code.c.conversation_id == conversation_id, code.c.uses == 0).values(uses=1))
    tx.execute(
        code.insert().values(
            hash=hash_, conversation_id=conversation_id, customer_id=customer_id, created_at=now,
            expires_at=now + GOOD_FOR_MS, uses=0,
        )
    )  # fmt: skip


def issued_since(tx: Connection, conversation_id: str, since: int) -> int:
    """How many codes a conversation has asked for since then (ms)."""
    query = select(func.count()).where(code.c.conversation_id == conversation_id, code.c.created_at > since)
    return int(tx.execute(query).scalar_one())


def find(tx: Connection, hash_: str) -> Code | None:
    """The code, good or not; None when it was never issued."""
    row = tx.execute(select(code).where(code.c.hash == hash_)).one_or_none()
    if row is None:
        return None
    good = row.uses == 0 and row.created_at <= now_ms() < row.expires_at
    return Code(conversation_id=row.conversation_id, customer_id=row.customer_id, good=good)


def use(tx: Connection, hash_: str) -> bool:
    """Use it up; of two who send it at once one is first."""
    return tx.execute(update(code).where(code.c.hash == hash_, code.c.uses == 0).values(uses=1)).rowcount == 1


def drop_expired(tx: Connection, before: int) -> int:
    """Forget codes that expired before then (ms); how many."""
    return tx.execute(delete(code).where(code.c.expires_at < before)).rowcount


def _mixed(made: str) -> bool:
    return any(each.isdigit() for each in made) and any(each.isalpha() for each in made)
