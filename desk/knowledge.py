"""Articles as people write them in the console: lists, drafts, history, and what is published, by whom and why."""

import datetime
import re
from collections.abc import Iterable

import structlog
from sqlalchemy import Connection

from connectors.message import JSON
from desk import knowledge_views as views
from desk.errors import Refused, bad_field
from desk.permissions import can
from desk.ports import Articles
from desk.service import DeskService
from storage import agents, article_drafts, article_log, article_versions
from storage.agents import Agent
from storage.article_drafts import Draft, Outdated
from storage.article_log import WITHDRAWN, ArticleRow
from storage.article_versions import Version

log = structlog.get_logger(__name__)

VERSIONS = 200
RESERVED = ("gaps", "learning")
"""Words that stand in the place of an id in the console's interface."""

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Knowledge:
    """All methods raise `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self.desk = desk

    async def articles(self, query: str, which: str, limit: int, offset: int = 0) -> JSON:
        """The list: those that `query` finds of those asked for, by category and id."""
        rows, drafts = await self.desk.db.read(_stored)
        over = {row.id: row.in_force for row in rows.values() if row.state != article_log.FILE}
        now = await self.checks.in_force(over)
        found = []
        for article_id in now.keys() | rows.keys() | drafts.keys():
            row, current, written = rows.get(article_id), now.get(article_id), drafts.get(article_id)
            if current is None and written is None and (row is None or row.state != WITHDRAWN):
                continue  # it is the folder's again, and the file has been removed since
            shown = views.listed(article_id, row, current, written)
            contents = [each for each in (current and current.content, written and written.content) if each]
            asked = not query or any(views.matches(each, article_id, query) for each in contents or [shown])
            if asked and _is(which, shown):
                found.append(shown)
        found.sort(key=lambda each: (each["category"], each["id"]))
        return {"articles": found[offset : offset + limit], "total": len(found)}

    async def article(self, article_id: str) -> JSON:
        """An article with its draft and history."""
        row, written, versions, names = await self.desk.db.read(_whole, article_id)
        now = (await self.checks.in_force(await self.over(), article_id)).get(article_id)
        if row is None and written is None and now is None:
            raise Refused("not_found")
        return {
            "id": article_id,
            "content": now.content if now else None,
            "source": views.source(row, now),
            "state": views.state(row, now),
            "version": row.version if row else 0,
            "file": await self.checks.of_folder(article_id) is not None,
            "problems": [vars(each) for each in (now.problems if now else ())],
            "draft": await self._shown(written, names) if written else None,
            "versions": [views.version(each, names) for each in versions],
        }

    async def version(self, article_id: str, number: int) -> JSON:
        """What one version said; 0 is the file."""
        if number == 0:
            of_file = await self.checks.of_folder(article_id)
            if of_file is None:
                raise Refused("not_found")
            return {"number": 0, "content": of_file, "by": None, "at": None, "note": ""}
        found = await self.desk.db.read(article_versions.find, article_id, number)
        if found is None:
            raise Refused("not_found")
        return views.version(found, await self.desk.db.read(_names, [found.by]), content=True)

    async def save_draft(self, agent: Agent, draft: Draft, over: int | None) -> JSON:
        """Keep a draft, right or not. `over`: see `storage.article_drafts.save`."""
        if not _ID.fullmatch(draft.article_id) or len(draft.article_id) > 80:
            raise bad_field("id", "string_pattern_mismatch")
        if draft.article_id in RESERVED:
            raise bad_field("id", "reserved")
        try:
            kept = await self.desk.db.write(article_drafts.save, draft, over)
        except Outdated as outdated:
            raise await self.stale(outdated) from outdated
        await self.tell(draft.article_id, "draft", draft.base)
        return {"draft": await self._shown(kept, {agent.id: agent.name})}

    async def drop_draft(self, agent: Agent, article_id: str) -> None:
        """Throw a draft away: one's own, or anybody's for who edits articles."""
        draft = await self.draft(article_id)
        if draft.by != agent.id and not can(agent, "edit_any_draft"):
            raise Refused("forbidden")
        if await self.desk.db.write(article_drafts.drop, article_id):
            await self.tell(article_id, "draft_dropped", draft.base)

    @property
    def checks(self) -> Articles:
        """The folder, and the checks that articles pass."""
        articles = self.desk.ports.articles
        if articles is None:
            raise Refused("unavailable")
        return articles

    async def over(self) -> dict[str, JSON | None]:
        """What lies over the folder."""
        return dict(await self.desk.db.read(article_log.over_the_folder))

    async def draft(self, article_id: str) -> Draft:
        """The draft of an article. Raises `no_draft`."""
        draft = await self.desk.db.read(article_drafts.find, article_id)
        if draft is None:
            raise Refused("no_draft")
        return draft

    async def right(self, article_id: str, content: JSON) -> JSON:
        """A content in its tidy form. Raises `has_errors`."""
        tidy, problems = await self.checks.check(article_id, self._dated(content), await self.over())
        if tidy is None:
            raise Refused("has_errors", problems=[vars(each) for each in problems])
        return tidy

    async def _shown(self, draft: Draft, names: views.Names) -> JSON:
        _, problems = await self.checks.check(draft.article_id, self._dated(draft.content), await self.over())
        return views.draft(draft, problems, names)

    def today(self) -> str:
        """The date where the company is."""
        zone = self.desk.tiers.hours.time_zone
        return datetime.datetime.fromtimestamp(self.desk.clock() / 1000, zone).date().isoformat()

    def _dated(self, content: JSON) -> JSON:
        """A content with the date that it has when it is published, unless it has one."""
        return content if content.get("updated") else {**content, "updated": self.today()}

    async def stale(self, outdated: Outdated) -> Refused:
        """What somebody is told who was slower than a colleague."""
        draft = outdated.draft
        names = await self.desk.db.read(_names, [draft.by]) if draft else {}
        shown = await self._shown(draft, names) if draft else None
        return Refused("stale", version=outdated.version, draft=shown)

    async def tell(self, article_id: str, action: str, version: int) -> None:
        """Let open consoles know."""
        hint: JSON = {"type": "knowledge", "article_id": article_id, "action": action, "version": version}
        await self.desk.bus.publish("desk", hint)


def _is(which: str, shown: JSON) -> bool:
    """Whether an article of the list belongs to a filter."""
    belongs = {
        "all": True,
        "drafts": shown["draft"],
        "withdrawn": shown["state"] == "withdrawn",
        "files": shown["source"] == "file",
        "console": shown["source"] == "console",
        "problems": bool(shown["problems"]),
    }
    return bool(belongs[which])


def _stored(tx: Connection) -> tuple[dict[str, ArticleRow], dict[str, Draft]]:
    rows = {row.id: row for row in article_log.everything(tx)}
    return rows, {draft.article_id: draft for draft in article_drafts.everything(tx)}


def _whole(tx: Connection, article_id: str) -> tuple[ArticleRow | None, Draft | None, list[Version], dict[str, str]]:
    versions = article_versions.history(tx, article_id, VERSIONS)
    draft = article_drafts.find(tx, article_id)
    wrote = [each.by for each in versions] + ([draft.by] if draft else [])
    return article_log.find(tx, article_id), draft, versions, _names(tx, wrote)


def _names(tx: Connection, agent_ids: Iterable[str]) -> dict[str, str]:
    found = (agents.find_agent(tx, agent_id) for agent_id in set(agent_ids))
    return {agent.id: agent.name for agent in found if agent}
