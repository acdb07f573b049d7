"""Blocks: addresses from which nothing is taken any more, by whom they were blocked, why and until when."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, bindparam, select, update

from storage.tables import metadata, new_id

block = Table(
    "block",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("address", String(160), nullable=False),
    Column("ticket_id", String(26), nullable=False),  # where it was decided
    Column("reason", Text, nullable=False),
    Column("by_id", String(26), nullable=False),
    Column("by_name", String(60), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger),  # none: until somebody lifts it
    Column("lifted_at", BigInteger),
    Column("lifted_by", String(60), nullable=False),
    Column("turned_away", Integer, nullable=False),  # messages since
    Column("last_at", BigInteger),  # the last of them
)
Index(
    "uq_block_in_force", block.c.channel, block.c.address, unique=True,
    sqlite_where=block.c.lifted_at.is_(None), postgresql_where=block.c.lifted_at.is_(None),
)  # fmt: skip
Index("ix_block_address", block.c.channel, block.c.address)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block; `until` None: until it is lifted. Times in ms."""

    id: str
    channel: str
    address: str
    ticket_id: str
    reason: str
    by_id: str
    by_name: str
    at: int
    until: int | None = None
    lifted_at: int | None = None
    lifted_by: str = ""
    turned_away: int = 0
    last_at: int | None = None

    def in_force(self, now: int) -> bool:
        """Whether it holds now."""
        return self.lifted_at is None and (self.until is None or self.until > now)


_columns = tuple(block.c[name] for name in Block.__dataclass_fields__)
_IN_FORCE = (
    select(block.c.id)
    .where(block.c.channel == bindparam("of_channel"), block.c.address == bindparam("of_address"))
    .where(block.c.lifted_at.is_(None))
    .where(block.c.until.is_(None) | (block.c.until > bindparam("now")))
)


def turns_away(tx: Connection, channel: str, address: str, now: int) -> bool:
    """Whether what comes from there is not taken; counted when it is so."""
    found = tx.execute(_IN_FORCE, {"of_channel": channel, "of_address": address, "now": now}).scalar_one_or_none()
    if found is None:
        return False
    tx.execute(update(block).where(block.c.id == found).values(turned_away=block.c.turned_away + 1, last_at=now))
    return True


def add(tx: Connection, new: Block) -> Block:
    """Block an address; one that is blocked already is blocked anew, with the new reason and end."""
    lift(tx, new.channel, new.address, by=new.by_name, at=new.at)
    added = Block(**vars(new) | {"id": new.id or new_id()})
    tx.execute(block.insert().values(vars(added)))
    return added


def lift(tx: Connection, channel: str, address: str, *, by: str, at: int) -> bool:
    """Take from there again; False when it was not blocked."""
    ours = (block.c.channel == channel, block.c.address == address, block.c.lifted_at.is_(None))
    return bool(tx.execute(update(block).where(*ours).values(lifted_at=at, lifted_by=by)).rowcount)


def find(tx: Connection, block_id: str) -> Block | None:
    """The block, or None."""
    row = tx.execute(select(*_columns).where(block.c.id == block_id)).one_or_none()
    return Block(**row._mapping) if row else None


def of_address(tx: Connection, channel: str, address: str) -> list[Block]:
    """All blocks of an address, past ones too, the newest first."""
    query = select(*_columns).where(block.c.channel == channel, block.c.address == address)
    return [Block(**row._mapping) for row in tx.execute(query.order_by(block.c.at.desc(), block.c.id.desc()))]


def not_lifted(tx: Connection, limit: int = 500) -> list[Block]:
    """Those that nobody has lifted, the newest first; some may have run out."""
    query = select(*_columns).where(block.c.lifted_at.is_(None)).order_by(block.c.at.desc()).limit(limit)
    return [Block(**row._mapping) for row in tx.execute(query)]
