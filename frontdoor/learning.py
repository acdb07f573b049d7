"""Learning: what the knowledge base lacks, and the first words of what would help. Implements `desk.ports.Learning`."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import date

from sqlalchemy import Connection

from connectors.message import JSON, Author
from desk.ports import Articles, NothingToLearn, Proposal, ReplayUnavailable
from frontdoor.articles_shown import failing
from frontdoor.drafting import Source, content_of
from frontdoor.gaps import Gaps, GapsUnavailable, state
from frontdoor.questions import is_question
from frontdoor.scrubbing import scrubbed
from frontdoor.stale import stale
from knowledge.importing.naming import free_id
from knowledge.text import key
from storage import article_drafts, article_log, gaps, questions, ticket_entries, tickets
from storage.article_log import ArticleRow
from storage.database import Database
from storage.gaps import Asked, Gap
from storage.ticket_entries import MESSAGE, Entry
from storage.tickets import Ticket

EXAMPLES = 5
LISTED = 100


class Learning:
    """`today` is the date where the company is."""

    def __init__(self, database: Database, articles: Articles, found: Gaps, today: Callable[[], date]) -> None:
        self._database = database
        self._articles = articles
        self._gaps = found
        self._today = today

    async def overview(self) -> JSON:
        """Gaps, failing articles and stale articles, as docs/protocol/console.md has them."""
        rows, found, asked, seen = await self._database.read(_overview)
        shown: dict[str, JSON] = seen.get("shown", {})
        in_force = await self._articles.in_force(
            {row.id: row.in_force for row in rows if row.state != article_log.FILE}
        )
        of_files = {
            row.id: await self._articles.of_folder(row.id) for row in rows if row.state == article_log.PUBLISHED
        }
        known = {row.id: row for row in rows}
        drafts = {draft.article_id for draft in await self._database.read(article_drafts.everything)}
        return {
            "gaps": (await asyncio.to_thread(gaps_shown, found, asked, drafts | in_force.keys()))[:LISTED],
            "failing": failing({name: row for name, row in shown.items() if name in in_force}),
            "stale": stale(in_force, of_files, known, shown, self._today()),
            "since": seen.get("since"),
            "updated_at": seen.get("updated_at"),
        }

    async def look(self) -> None:
        """Look for gaps now. Raises `ReplayUnavailable`."""
        try:
            await self._gaps.find()
        except GapsUnavailable as error:
            raise ReplayUnavailable(str(error)) from error

    async def of_gap(self, gap_id: str) -> Proposal:
        """The article that would close a gap. Raises `KeyError`."""
        # In this order: a colleague notes the id before saving the draft, so that an id found taken is noted by now.
        taken, contents = await self._taken()
        gap = await self._database.read(gaps.find, gap_id)
        asked = await self._database.read(gaps.asked, gap_id=gap_id)
        if gap is None or not asked:
            raise KeyError(gap_id)
        if gap.article_id in taken:
            return Proposal(article_id=gap.article_id, content=None)
        nearest = contents.get(str((gap.nearest or {}).get("id", "")))
        source = Source(asked=[(each.text, each.language) for each in asked], nearest=nearest)
        content = await asyncio.to_thread(content_of, source)
        if content is None:
            raise KeyError(gap_id)
        whose = tuple(sorted({each.conversation_id for each in asked}))
        return Proposal(article_id=_id(content, taken), content=content, conversations=whose)

    async def begun(self, gap_id: str, article_id: str) -> None:
        """Note the draft that is to close a gap."""
        await self._database.write(gaps.draft_begun, gap_id, article_id)

    async def dismiss(self, gap_id: str, by: str) -> bool:
        """Show a gap no more; False when there is none."""
        return await self._database.write(gaps.dismiss, gap_id, by)

    async def of_ticket(self, ticket_id: str) -> Proposal:
        """The article that a colleague's answer would make. Raises `NothingToLearn`."""
        ticket, timeline, asked, ranked = await self._database.read(_talk, ticket_id)
        taken, contents = await self._taken()
        for draft in await self._database.read(article_drafts.everything):
            if draft.note == ticket.number:
                return Proposal(article_id=draft.article_id, content=None)
        answers = [each.content.text for each in timeline if _is_answer(each)]
        names = {each.name for each in timeline if each.author in {Author.AGENT, Author.CUSTOMER}}
        names |= {ticket.customer_name, ticket.agent_name}
        language = ticket.language or "en"
        source = Source(
            asked=[(text, language) for text in asked],
            answers=answers,
            language=language,
            names=[part for name in names for part in (name, *name.split())],
            nearest=contents.get(ranked),
        )
        content = await asyncio.to_thread(content_of, source) if answers else None
        if content is None:
            raise NothingToLearn(ticket_id)
        whose = (ticket.conversation_id,)
        return Proposal(article_id=_id(content, taken), content=content, note=ticket.number, conversations=whose)

    async def _taken(self) -> tuple[Collection[str], dict[str, JSON]]:
        """Ids that are no longer free, and the contents in force."""
        rows = await self._database.read(article_log.everything)
        drafts = await self._database.read(article_drafts.everything)
        in_force = await self._articles.in_force(_over(rows))
        taken = {*in_force, *(row.id for row in rows), *(draft.article_id for draft in drafts)}
        return taken, {name: each.content for name, each in in_force.items() if each.content}


def gaps_shown(found: Sequence[Gap], asked: Sequence[Asked], written: Collection[str] = ()) -> list[JSON]:
    """Open gaps as the console has them, the most frequent first. `written`: the articles and drafts there are."""
    by_gap: dict[str, list[Asked]] = {}
    for each in asked:
        by_gap.setdefault(each.gap_id, []).append(each)
    shown = [_gap(gap, its_own, written) for gap in found if (its_own := by_gap.get(gap.id))]
    return sorted(shown, key=lambda gap: (-gap["count"], -gap["last_at"], gap["id"]))


def _gap(gap: Gap, asked: Sequence[Asked], written: Collection[str]) -> JSON:
    examples: dict[str, str] = {}
    for each in asked:
        plain = scrubbed(each.text, each.language)
        examples.setdefault(key(plain), plain)
    outcomes = {name: sum(each.outcome == name for each in asked) for name in ("none", "clarified", "handed_over")}
    return {
        "id": gap.id,
        "label": next(iter(examples.values())),
        "count": len(asked),
        "languages": sorted({each.language for each in asked}),
        "examples": list(examples.values())[:EXAMPLES],
        "first_at": min(each.at for each in asked),
        "last_at": max(each.at for each in asked),
        "outcomes": outcomes,
        "nearest": gap.nearest,
        "draft": gap.article_id if gap.article_id in written else None,
    }


def _over(rows: Sequence[ArticleRow]) -> dict[str, JSON | None]:
    """What lies over the folder."""
    return {row.id: row.in_force for row in rows if row.state != article_log.FILE}


def _overview(tx: Connection) -> tuple[list[ArticleRow], list[Gap], list[Asked], JSON]:
    return article_log.everything(tx), gaps.all_gaps(tx), gaps.asked(tx), state(tx)


def _talk(tx: Connection, ticket_id: str) -> tuple[Ticket, list[Entry], list[str], str]:
    """A ticket with its timeline, what the customer asked in it, the question of the handoff first, and the article
    that came closest. Raises `NothingToLearn`."""
    ticket = tickets.find_ticket(tx, ticket_id)
    if ticket is None:
        raise NothingToLearn(ticket_id)
    timeline = ticket_entries.timeline(tx, ticket_id)
    packet = tickets.packet_of(tx, ticket_id)
    said = [each for each in timeline if each.kind == MESSAGE and each.author is Author.CUSTOMER]
    evidence = questions.evidence_of(tx, [each.id for each in said])
    asked = [ticket.question, *map(str, packet.get("failed", ()))]
    asked += [each.content.text for each in said if is_question(evidence.get(each.id))]
    tried = packet.get("tried", ())
    return ticket, timeline, [text for text in asked if text], str(tried[0]["article_id"]) if tried else ""


def _is_answer(entry: Entry) -> bool:
    return entry.kind == MESSAGE and entry.author is Author.AGENT and bool(entry.content.text.strip())


def _id(content: JSON, taken: Collection[str]) -> str:
    title = next(iter(content["texts"].values()))["title"]
    return free_id("", title, taken)
