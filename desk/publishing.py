"""What is published, rolled back and withdrawn, and what that would change: recent questions are asked again first.
What makes answers worse is not done, nor what cannot be tried, unless somebody says why it shall be.
"""

from dataclasses import dataclass

import structlog

from connectors.message import JSON
from desk import knowledge_views as views
from desk.errors import Refused, bad_field
from desk.knowledge import Knowledge
from desk.ports import ReplayUnavailable
from storage import article_drafts, article_log, article_versions
from storage.article_drafts import Draft, Outdated
from storage.article_log import WITHDRAWN
from storage.article_versions import Move, Version
from storage.audit import Actor
from storage.tables import new_id

log = structlog.get_logger(__name__)

FRESH_MS = 15 * 60 * 1000
"""For how long a replay tells what publishing would change, unless another article is published meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """The reason for the history. `accept`: although answers get worse, or nobody can say whether they do."""

    note: str = ""
    accept: bool = False

    def check(self) -> None:
        """Raises `bad_field` for what is accepted without a reason."""
        if self.accept and not self.note:
            raise bad_field("note", "note_needed")


@dataclass(frozen=True, kw_only=True)
class Wish(Why):
    """To publish a draft: with a replay that was looked at, or a new one. `draft_at` names the draft that is meant,
    None: whichever there is."""

    replay_id: str = ""
    draft_at: int | None = None


class Publishing:
    """All methods raise `desk.errors.Refused`."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._desk = knowledge.desk

    async def replay(self, article_id: str) -> JSON:
        """What publishing the draft would change."""
        draft = await self._knowledge.draft(article_id)
        return await self._replay(draft, await self._knowledge.right(article_id, draft.content))

    async def publish(self, who: Actor, article_id: str, wish: Wish) -> JSON:
        """Let the draft answer, unless that makes other answers worse and nobody says why it shall."""
        draft = await self._knowledge.draft(article_id)
        row = await self._desk.db.read(article_log.find, article_id)
        version = row.version if row else 0
        if draft.base != version or wish.draft_at not in (None, draft.at):
            raise await self._knowledge.stale(Outdated(version, draft))
        wish.check()
        content = await self._knowledge.right(article_id, draft.content)
        replay = await self._passed(draft, content, wish)
        content["updated"] = self._knowledge.today()
        move = self._move(who, article_id, wish.note or draft.note)
        summary = views.summary(replay) if replay else None
        try:
            done = await self._desk.db.write(article_versions.publish, move, draft, content, summary)
        except Outdated as outdated:
            raise await self._knowledge.stale(outdated) from outdated
        return await self._done(done)

    async def roll_back(self, who: Actor, article_id: str, to: int, why: Why) -> JSON:
        """Let an earlier version answer again; 0: the file, if there is one."""
        why.check()
        row = await self._desk.db.read(article_log.find, article_id)
        if row is None:
            raise Refused("not_found")
        if to == 0:
            content = await self._knowledge.checks.of_folder(article_id)
            if content is None:
                raise bad_field("to", "no_file")
        else:
            version = await self._desk.db.read(article_versions.find, article_id, to)
            if version is None or version.content is None:
                raise bad_field("to", "unknown_version")
            content = await self._knowledge.right(article_id, version.content)
        replay = await self._let(article_id, content, why)
        move = self._move(who, article_id, why.note)
        done = await self._desk.db.write(article_versions.roll_back, move, content, to_file=to == 0, replay=replay)
        return await self._done(done)

    async def withdraw(self, who: Actor, article_id: str, why: Why) -> JSON:
        """Let the article answer no more."""
        why.check()
        now = (await self._knowledge.checks.in_force(await self._knowledge.over(), article_id)).get(article_id)
        row = await self._desk.db.read(article_log.find, article_id)
        if row is not None and row.state == WITHDRAWN:
            return await self._knowledge.article(article_id)
        if now is None:
            raise Refused("not_found")
        replay = await self._let(article_id, None, why)
        move = self._move(who, article_id, why.note)
        done = await self._desk.db.write(article_versions.withdraw, move, now.content, replay)
        return await self._done(done)

    async def _passed(self, draft: Draft, content: JSON, wish: Wish) -> JSON | None:
        """The replay that lets a draft be published, None where there is none. Raises `replay_failed`."""
        if self._desk.ports.replay is None:
            return None
        replay, now = draft.replay, self._desk.clock()
        meant = replay is not None and replay["id"] == wish.replay_id and replay["at"] >= now - FRESH_MS
        if replay is None or not meant or replay.get("revision") != await self._desk.db.read(article_log.revision):
            try:
                found = await self._replay(draft, content)
            except Refused:
                if wish.accept:
                    return None
                raise
            replay = {**found, "id": found["replay_id"]}
        if not replay["passes"] and not wish.accept:
            raise Refused("replay_failed", changes=replay["changes"], replay_id=replay["id"])
        return replay

    async def _let(self, article_id: str, content: JSON | None, why: Why) -> JSON | None:
        """The summary of the replay that lets something be done without a draft; None where there is none. What is
        accepted waits for nothing: it helps when something is wrong. Raises `replay_failed`."""
        if self._desk.ports.replay is None or why.accept:
            return None
        found = await self._asked(article_id, content)
        if not found["passes"]:
            raise Refused("replay_failed", changes=found["changes"])
        return views.summary(found)

    async def _asked(self, article_id: str, content: JSON | None) -> JSON:
        if self._desk.ports.replay is None:
            raise Refused("unavailable")
        try:
            return views.report(await self._desk.ports.replay(article_id, content))
        except ReplayUnavailable as error:
            raise Refused("unavailable") from error

    async def _replay(self, draft: Draft, content: JSON) -> JSON:
        revision = await self._desk.db.read(article_log.revision)
        found = await self._asked(draft.article_id, content)
        replay_id = new_id()
        kept = {**found, "id": replay_id, "at": self._desk.clock(), "revision": revision}
        await self._desk.db.write(article_drafts.keep_replay, draft, kept)
        return {**found, "replay_id": replay_id}

    async def _done(self, version: Version) -> JSON:
        log.info("knowledge.changed", article=version.article_id, action=version.action, version=version.number)
        await self._knowledge.tell(version.article_id, version.action, version.number)
        return await self._knowledge.article(version.article_id)

    def _move(self, who: Actor, article_id: str, note: str) -> Move:
        return Move(article_id=article_id, who=who, at=self._desk.clock(), note=note)
