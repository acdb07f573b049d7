"""Marks are given once, on SQLite and on PostgreSQL, however many workers give them at the same time."""

import asyncio

import pytest
from sqlalchemy import Connection

from connectors.message import Profile
from storage import conversations, handoffs, masked
from storage.database import Database
from storage.masked import Masked, Value


def value(text: str, kind: str = "phones") -> Value:
    return Value(kind=kind, fingerprint=text, original=text)


def name(kind: str, number: int) -> str:
    return f"[{kind} {number}]"


def stored(tx: Connection) -> None:
    begun = conversations.begin(tx, "web", "visitor", Profile())
    handoffs.add(
        tx, id="h1", conversation_id=begun.id, reference="FD-1", reason="requested", status="requested", packet={},
        seq=0, desk="x", created_at=1, updated_at=1,
    )  # fmt: skip


async def test_workers_that_mask_at_once_agree(database_url: str) -> None:
    """given several workers with their own connections, then each value has one mark and each mark one value"""
    databases = [Database(database_url) for _ in range(3)]
    await databases[0].write(stored)

    async def keep(worker: int, *texts: str) -> list[Masked]:
        return await databases[worker].write(masked.keep, "h1", [value(each) for each in texts], name)

    told = await asyncio.gather(
        *(keep(worker, f"a{turn}", "b", f"c{turn}") for turn in range(4) for worker in range(3)), keep(0, "d")
    )
    kept = await databases[1].read(masked.of_handoff, "h1")
    assert [each.mark for each in kept] == [f"[phones {number}]" for number in range(1, 11)]
    final = {each.original: each.mark for each in kept}
    assert len(final) == 10
    assert all({each.original: each.mark for each in answer}.items() <= final.items() for answer in told)
    for database in databases:
        await database.close()


async def test_kinds_are_counted_apart_and_what_is_gone_takes_none(database_url: str) -> None:
    database = Database(database_url)
    await database.write(stored)
    kept = await database.write(masked.keep, "h1", [value("1"), value("x", "names"), value("1"), value("2")], name)
    assert [each.mark for each in kept] == ["[phones 1]", "[names 1]", "[phones 2]"]
    with pytest.raises(KeyError):
        await database.write(masked.keep, "h2", [value("1")], name)
    await database.close()
