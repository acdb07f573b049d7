"""Gaps: questions that found no answer, put together by what they ask.

Every quarter of an hour, in one worker, and on demand: what is new is embedded by the bot, all of it is grouped by
`frontdoor.grouping` in a process of its own, and groups found before keep their ids. A gap whose questions the bot
would answer by now is closed.
"""

import asyncio
import base64
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import Connection

from connectors.message import JSON
from frontdoor import questions
from frontdoor.articles_shown import counted
from frontdoor.brain import Brain, BrainError
from frontdoor.questions import ANSWERED, DAY_MS, Question
from frontdoor.replay import asked_again
from frontdoor.verdict import Case
from storage import gaps
from storage.clock import now_ms
from storage.database import Database
from storage.gaps import Gap, GapQuestion
from storage.locks import Locks
from storage.settings import read_setting, write_setting
from storage.tables import new_id

log = structlog.get_logger(__name__)

EVERY_S = 900.0
DAYS = 30
MOST = 2_000  # questions, the newest: the time and memory of grouping grow with their square
TOGETHER = 100  # texts in one request for vectors
TRIED = 3  # questions of a gap, the nearest to its centre, that are asked again
REMEMBERED_DAYS = 180  # for which a gap that was dismissed stays so though nobody asks
GROUPING_S = 120.0
STATE = "knowledge_learning"
"""The setting with what the last run saw: `{"since", "updated_at", "shown"}`, ms, and `articles_shown.counted`."""


class GapsUnavailable(Exception):
    """The bot, or the process that groups, could not do its part now; the same may be tried again."""


@dataclass(frozen=True, kw_only=True)
class _Vectors:
    """What the bot made of texts: packed vectors by message id, and what they are to be compared with."""

    model: str
    dimensions: int
    origins: JSON
    by_message: dict[str, bytes]


class Gaps:
    """Finds gaps, in the background and on demand."""

    def __init__(self, database: Database, brain: Brain, locks: Locks) -> None:
        self._database = database
        self._brain = brain
        self._locks = locks
        self._here = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._looks: set[asyncio.Task[None]] = set()  # one under way, one that waits

    async def run(self) -> None:
        """Look again and again until cancelled, which ends every look."""
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                try:
                    await self.find()
                except Exception as error:  # the bot or the database in trouble must not end the service: look again
                    log.warning("gaps.not_found", error=type(error).__name__)
        finally:
            for look in self._looks:
                look.cancel()
            await asyncio.gather(*self._looks, return_exceptions=True)

    async def find(self) -> None:
        """Look now, unless another worker does; while one look is under way, all who ask share the next. Raises
        `GapsUnavailable`."""
        if self._next is None:
            self._next = asyncio.create_task(self._look())
            self._looks.add(self._next)
            self._next.add_done_callback(self._looks.discard)
        await asyncio.shield(self._next)

    async def _look(self) -> None:
        async with self._here, self._locks.hold("gaps") as held:
            self._next = None
            if held:
                try:
                    await self._find()
                except (BrainError, KeyError, TypeError, ValueError) as error:
                    raise GapsUnavailable(type(error).__name__) from error

    async def _find(self) -> None:
        now = now_ms()
        since = now - DAYS * DAY_MS
        recent = await questions.recent(self._database, since=since)
        asked = [each for each in recent if each.outcome][-MOST:]
        known, stored = await self._database.read(_stored)
        if asked:
            vectors = await self._vectors(asked, stored)
            known = [each for each in known if each.model == vectors.model]
            found = await _grouped(asked, known, stored, vectors)
            kept, members = _assembled(asked, known, found, vectors, now)
            kept = [await self._tried(each, asked, members) if _is_asked(each, members) else each for each in kept]
        else:
            kept, members = [each for each in known if _is_remembered(each, now)], []
        seen: JSON = {"since": since, "updated_at": now, "shown": counted(recent)}
        await self._database.write(_keep, kept, members, seen)
        log.info("gaps.found", questions=len(asked), gaps=len(kept))

    async def _vectors(self, asked: Sequence[Question], stored: dict[str, GapQuestion]) -> _Vectors:
        """The vectors of all, of which those already stored are not made anew. Raises `BrainError`."""
        first = await self._brain.vectors([asked[0].text])  # whose vectors they are now
        model, dimensions, origins = str(first["model"]), int(first["dimensions"]), first["origins"]
        found = {
            each.message_id: stored[each.message_id].vector
            for each in asked
            if each.message_id in stored and stored[each.message_id].model == model
        }
        missing = [each for each in asked if each.message_id not in found]
        for at in range(0, len(missing), TOGETHER):
            part = missing[at : at + TOGETHER]
            packed = base64.b64decode((await self._brain.vectors([each.text for each in part]))["vectors"])
            width = 4 * dimensions
            if len(packed) != width * len(part):
                raise BrainError("vectors that are not as documented")
            for number, each in enumerate(part):
                found[each.message_id] = packed[number * width : (number + 1) * width]
        return _Vectors(model=model, dimensions=dimensions, origins=origins, by_message=found)

    async def _tried(self, gap: Gap, asked: Sequence[Question], members: Sequence[GapQuestion]) -> Gap:
        """A gap with the article that comes closest, closed if the bot would answer most of its questions by now."""
        texts = {each.message_id: each for each in asked}
        central = sorted((each for each in members if each.gap_id == gap.id), key=lambda each: -each.near)[:TRIED]
        cases = [
            Case(text=texts[each.message_id].text, language=each.language, verified=texts[each.message_id].verified)
            for each in central
        ]
        results = [result["now"] for result in await asked_again(self._brain, cases)]
        closed = sum(result["decision"] in ANSWERED for result in results) * 2 > len(results)
        first = results[0]
        nearest = {"id": first["article"], "title": first["title"]} if first["article"] else None
        return replace(gap, nearest=nearest, status=gaps.ANSWERED if closed else gaps.OPEN)


async def _grouped(
    asked: Sequence[Question], known: Sequence[Gap], stored: dict[str, GapQuestion], vectors: _Vectors
) -> list[JSON]:
    """The groups that `frontdoor.grouping` finds, in a process of its own. Raises `GapsUnavailable`."""
    numbers = {each.message_id: number for number, each in enumerate(asked)}
    before: dict[str, list[int]] = {}
    for each in stored.values():
        if each.message_id in numbers:
            before.setdefault(each.gap_id, []).append(numbers[each.message_id])
    request = {
        "dimensions": vectors.dimensions,
        "vectors": _packed(b"".join(vectors.by_message[each.message_id] for each in asked)),
        "languages": [each.language for each in asked],
        "origins": vectors.origins,
        "known": [
            {"id": each.id, "members": before.get(each.id, []), "centre": _packed(each.centre)} for each in known
        ],
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "frontdoor.grouping",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(GROUPING_S):
            output, _ = await process.communicate(json.dumps(request).encode())
    except TimeoutError as error:
        raise GapsUnavailable("grouping takes too long") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise GapsUnavailable("grouping failed")
    found: list[JSON] = json.loads(output)["groups"]
    return found


def _assembled(
    asked: Sequence[Question], known: Sequence[Gap], found: Sequence[dict[str, Any]], vectors: _Vectors, now: int
) -> tuple[list[Gap], list[GapQuestion]]:
    """The gaps as they shall be kept, with those that nobody asks about at present, and all questions."""
    earlier = {each.id: each for each in known}
    kept: dict[str, Gap] = {}
    place: dict[int, tuple[str, float]] = {}
    for group in found:
        fresh = Gap(
            id=group["id"] or new_id(), status=gaps.OPEN, centre=base64.b64decode(group["centre"]),
            model=vectors.model, nearest=None, article_id="", by="", created_at=now, seen_at=now,
        )  # fmt: skip
        was = earlier.get(fresh.id)
        kept[fresh.id] = replace(was, centre=fresh.centre, seen_at=now) if was else fresh
        place |= {member: (fresh.id, float(near)) for member, near in zip(group["members"], group["near"], strict=True)}
    for each in known:
        if each.id not in kept and _is_remembered(each, now):
            kept[each.id] = each
    members = [
        GapQuestion(
            message_id=each.message_id, gap_id=place.get(number, ("", 0.0))[0], near=place.get(number, ("", 0.0))[1],
            vector=vectors.by_message[each.message_id], model=vectors.model, outcome=each.outcome,
            language=each.language, at=each.at,
        )
        for number, each in enumerate(asked)
    ]  # fmt: skip
    return list(kept.values()), members


def _is_asked(gap: Gap, members: Sequence[GapQuestion]) -> bool:
    return gap.status != gaps.DISMISSED and any(each.gap_id == gap.id for each in members)


def _is_remembered(gap: Gap, now: int) -> bool:
    """Whether a gap that nobody asks about at present is kept: for what people have done with it."""
    touched = gap.status == gaps.DISMISSED or bool(gap.article_id)
    return touched and now - gap.seen_at < REMEMBERED_DAYS * DAY_MS


def _stored(tx: Connection) -> tuple[list[Gap], dict[str, GapQuestion]]:
    return gaps.all_gaps(tx), {each.message_id: each for each in gaps.all_questions(tx)}


def _keep(tx: Connection, found: Sequence[Gap], members: Sequence[GapQuestion], state: JSON) -> None:
    gaps.replace_all(tx, found, members)
    write_setting(tx, STATE, state)


def state(tx: Connection) -> JSON:
    """What the last run saw; empty before the first."""
    return dict(read_setting(tx, STATE, {}))


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
