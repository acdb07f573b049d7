"""What channels remember (`connectors.ports.State`): cursors, access tokens, threads of mail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from sqlalchemy import JSON as JSONColumn
from sqlalchemy import BigInteger, Column, Connection, String, Table, delete, select, update

from connectors.message import JSON
from storage.clock import now_ms
from storage.database import Database
from storage.locks import Locks
from storage.tables import insert_once, metadata

channel_state = Table(
    "channel_state",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("name", String(160), primary_key=True),
    Column("value", JSONColumn, nullable=False),
    Column("expires_at", BigInteger),
)
LOOK_AGAIN_S = 0.2


class ChannelState:
    """Implements `connectors.ports.State` for one channel."""

    def __init__(self, database: Database, locks: Locks, channel: str) -> None:
        self._database, self._locks, self._channel = database, locks, channel
        self._here: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, name: str) -> JSON | None:
        """What was put there and has not expired."""
        return await self._database.read(find, self._channel, name)

    async def put(self, name: str, value: JSON, *, seconds: float | None = None) -> None:
        """Keep it, for so long where `seconds` is given."""
        expires_at = None if seconds is None else now_ms() + int(seconds * 1000)
        await self._database.write(keep, self._channel, name, value, expires_at)

    async def drop(self, name: str) -> None:
        """Forget it."""
        await self._database.write(drop, self._channel, name)

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Have `name` to oneself, among all workers; waits for whoever has it."""
        async with self._here.setdefault(name, asyncio.Lock()):
            while True:
                async with self._locks.hold(f"channel:{self._channel}:{name}") as held:
                    if held:
                        yield
                        return
                await asyncio.sleep(LOOK_AGAIN_S)


def find(tx: Connection, channel: str, name: str) -> JSON | None:
    """A value that has not expired."""
    query = select(channel_state.c.value, channel_state.c.expires_at).where(
        channel_state.c.channel == channel, channel_state.c.name == name
    )
    row = tx.execute(query).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at <= now_ms()):
        return None
    value: JSON = row.value
    return value


def keep(tx: Connection, channel: str, name: str, value: JSON, expires_at: int | None) -> None:
    """Set a value. Of two who set it at once, one is last."""
    values = {"value": value, "expires_at": expires_at}
    if not insert_once(tx, channel_state, channel=channel, name=name, **values):
        ours = (channel_state.c.channel == channel) & (channel_state.c.name == name)
        tx.execute(update(channel_state).where(ours).values(**values))


def drop(tx: Connection, channel: str, name: str) -> None:
    """Forget a value."""
    tx.execute(delete(channel_state).where(channel_state.c.channel == channel, channel_state.c.name == name))


def drop_expired(tx: Connection, before: int) -> int:
    """Forget what expired before then (ms); how many."""
    return tx.execute(delete(channel_state).where(channel_state.c.expires_at < before)).rowcount
