"""Articles written in the console are kept the same on SQLite and PostgreSQL: versions, drafts, and the log."""

import asyncio
from dataclasses import replace

import pytest

from storage import article_drafts, article_log, article_versions
from storage.article_drafts import Draft, Outdated
from storage.article_versions import Move, Version
from storage.audit import Actor
from storage.database import Database

CONTENT = {"category": "delivery", "texts": {"en": {"title": "Fees?", "body": "运费 ¥10"}}}
MANY = 1_000


def draft(article_id: str = "fees", **changes: object) -> Draft:
    values = {"article_id": article_id, "content": CONTENT, "base": 0, "note": "why", "by": "ann", "at": 100}
    return Draft(**values | changes)  # type: ignore[arg-type]


def move(article_id: str = "fees", by: str = "sue") -> Move:
    return Move(article_id=article_id, who=Actor(id=by), at=200, note="a note")


async def published(database: Database, article_id: str = "fees", **changes: object) -> Version:
    """A draft saved and published."""
    last = await database.read(article_log.find, article_id)
    base = last.version if last else 0
    kept = await database.write(article_drafts.save, draft(article_id, base=base, **changes))
    return await database.write(article_versions.publish, move(article_id), kept, kept.content, None)


async def test_a_draft_becomes_a_version_and_is_gone(database: Database) -> None:
    kept = await database.write(article_drafts.save, draft())
    assert await database.read(article_drafts.find, "fees") == kept
    replay = {"asked": 3, "changed": 1, "worse": 0}
    done = await database.write(article_versions.publish, move(), kept, CONTENT, replay)
    assert (done.number, done.revision, done.action, done.by, done.note) == (1, 1, "published", "sue", "a note")
    assert await database.read(article_drafts.everything) == []
    assert await database.read(article_versions.history, "fees", 9) == [done]
    assert await database.read(article_versions.find, "fees", 1) == done
    assert await database.read(article_versions.find, "fees", 2) is None
    row = await database.read(article_log.find, "fees")
    assert row is not None
    assert (row.version, row.state, row.content, row.revision) == (1, "published", CONTENT, 1)


async def test_a_draft_begun_before_somebody_published_is_outdated(database: Database) -> None:
    await published(database)
    with pytest.raises(Outdated) as outdated:
        await database.write(article_drafts.save, draft(base=0))
    assert outdated.value.version == 1
    assert await database.read(article_drafts.find, "fees") is None


async def test_a_draft_that_somebody_else_saved_meanwhile_is_not_written_over(database: Database) -> None:
    first = await database.write(article_drafts.save, draft(), 0)
    second = await database.write(article_drafts.save, draft(by="ben"), first.at)
    assert second.at > first.at, "even within the same millisecond"
    with pytest.raises(Outdated) as outdated:
        await database.write(article_drafts.save, draft(content={"mine": 1}), first.at)
    assert outdated.value.draft == second
    with pytest.raises(Outdated):
        await database.write(article_drafts.save, draft(), 0)
    with pytest.raises(Outdated):
        await database.write(article_versions.publish, move(), first, CONTENT, None)
    assert await database.read(article_log.find, "fees") is None, "nothing was published"
    assert await database.write(article_drafts.save, draft(content={"mine": 2})), "whoever does not ask writes over"


async def test_of_two_who_publish_at_once_one_is_told(database: Database) -> None:
    kept = await database.write(article_drafts.save, draft())
    publish = article_versions.publish
    outcomes = await asyncio.gather(
        *(database.write(publish, move(by=name), kept, CONTENT, None) for name in ("sue", "tom")),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["Outdated", "Version"]
    assert len(await database.read(article_versions.history, "fees", 9)) == 1


async def test_a_save_beside_a_publication_is_never_lost(database: Database) -> None:
    """given a draft that is published and saved at once, then what was saved is there, or its author was told."""
    for _ in range(10):
        last = await database.read(article_log.find, "fees")
        base = last.version if last else 0
        kept = await database.write(article_drafts.save, draft(base=base))
        saved, done = await asyncio.gather(
            database.write(article_drafts.save, draft(base=base, by="ben", content={"text": "later"})),
            database.write(article_versions.publish, move(), kept, CONTENT, None),
            return_exceptions=True,
        )
        there = await database.read(article_drafts.find, "fees")
        if isinstance(saved, Draft):
            assert there is not None
            assert there.by == "ben"
            assert isinstance(done, Outdated)
        else:
            assert isinstance(done, Version)
        await database.write(article_drafts.drop, "fees")


async def test_rolling_back_and_withdrawing_are_versions_too(database: Database) -> None:
    await published(database)
    await published(database, content={"second": True})
    back = await database.write(article_versions.roll_back, move(), CONTENT)
    assert (back.number, back.action, back.content) == (3, "rolled_back", CONTENT)
    assert await database.read(article_log.over_the_folder) == {"fees": CONTENT}
    gone = await database.write(article_versions.withdraw, move(), CONTENT)
    assert (gone.number, gone.action, gone.content) == (4, "withdrawn", None)
    assert await database.read(article_log.over_the_folder) == {"fees": None}
    file = await database.write(article_versions.roll_back, move(), CONTENT, to_file=True)
    assert (file.number, file.content) == (5, CONTENT)
    assert await database.read(article_log.over_the_folder) == {}
    assert [each.number for each in await database.read(article_versions.history, "fees", 3)] == [5, 4, 3]


async def test_a_reader_is_told_what_changed_since(database: Database) -> None:
    await published(database, "a")
    await published(database, "b")
    first = await database.read(article_log.changes, "", 0, MANY)
    assert (first.revision, first.complete, [row.id for row in first.rows]) == (2, True, ["a", "b"])
    nothing = await database.read(article_log.changes, first.log, 2, MANY)
    assert (nothing.revision, nothing.complete, nothing.rows) == (2, False, ())
    await database.write(article_versions.withdraw, move("a"), CONTENT)
    since = await database.read(article_log.changes, first.log, 2, MANY)
    assert (since.revision, since.complete) == (3, False)
    assert [(row.id, row.state, row.in_force) for row in since.rows] == [("a", "withdrawn", None)]


async def test_a_reader_of_another_database_gets_all(database: Database) -> None:
    await published(database, "a")
    ours = (await database.read(article_log.changes, "", 0, MANY)).log
    for log, after in (("another", 1), (ours, 99), (ours, 0)):
        told = await database.read(article_log.changes, log, after, MANY)
        assert (told.complete, told.revision, len(told.rows)) == (True, 1, 1)


async def test_much_is_told_in_parts(database: Database) -> None:
    for number in range(5):
        await published(database, f"a-{number}")
    told, log, after = [], "", 0
    while True:
        part = await database.read(article_log.changes, log, after, 2)
        told += [row.id for row in part.rows]
        assert part.complete == (after == 0)
        log, after = part.log, part.revision
        if not part.more:
            break
    assert told == [f"a-{number}" for number in range(5)]
    assert after == 5


async def test_a_reader_misses_nothing_while_many_publish_at_once(database: Database) -> None:
    """given publications that are committed at the same time, when a reader asks all the while for what came after the
    last number it saw, then it has all of them in the end, and no number is missing.
    """
    names = [f"article-{number}" for number in range(24)]
    seen: list[int] = []
    after, log = 0, ""

    async def look() -> None:
        nonlocal after, log
        told = await database.read(article_log.changes, log, after, MANY)
        seen.extend(row.revision for row in told.rows if row.revision > after)
        after, log = told.revision, told.log

    writing = asyncio.gather(*(database.write(article_versions.withdraw, move(name), None) for name in names))
    while not writing.done():
        await look()
    await writing
    await look()
    assert seen == list(range(1, len(names) + 1))


async def test_what_fails_leaves_no_gap(database: Database) -> None:
    kept = await database.write(article_drafts.save, draft())
    for _ in range(3):
        with pytest.raises(Outdated):
            await database.write(article_versions.publish, move(), replace(kept, at=1), CONTENT, None)
    done = await database.write(article_versions.publish, move(), kept, CONTENT, None)
    assert done.revision == 1


async def test_a_replay_is_kept_with_the_draft_it_was_of(database: Database) -> None:
    first = await database.write(article_drafts.save, draft())
    assert await database.write(article_drafts.keep_replay, first, {"id": "r1"})
    found = await database.read(article_drafts.find, "fees")
    assert found is not None
    assert found.replay == {"id": "r1"}
    second = await database.write(article_drafts.save, draft(content={"other": 1}))
    assert second.replay is None
    assert not await database.write(article_drafts.keep_replay, first, {"id": "r2"})
