"""Searching all conversations, also those that only the bot had: ranked, grouped, with what was found marked."""

import asyncio
import math
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from connectors.message import JSON
from desk import views
from desk.errors import Refused
from desk.permissions import scope
from desk.search_query import parse
from storage import conversations, messages, search, search_feed
from storage.agents import Agent
from storage.database import Database
from storage.search import About, Hit, Wanted
from storage.words import marked

Spans = Sequence[tuple[int, int]]

log = structlog.get_logger(__name__)

CANDIDATES = 200
"""The newest documents that match; the best of them are shown."""
SHOWN = 3  # of one conversation
BEFORE, EXCERPT = 40, 180  # characters of an excerpt before the first word that was found, and in all
DAY_MS = 24 * 3_600_000
HALF_LIFE = 30.0  # days in which half of what newness counts is gone
PART = 50  # documents that are indexed in one transaction: a customer's message is never held up for long
EVERY_S = 0.4
READ_BEFORE, READ = 15, 40  # messages of a conversation that is looked into


class DeskSearch:
    """`zone` is the time zone of `before:` and `after:`."""

    def __init__(self, db: Database, clock: Callable[[], int], zone: ZoneInfo, link: views.Link) -> None:
        self._db, self._clock, self._zone, self._link = db, clock, zone, link

    async def find(self, agent: Agent, q: str, limit: int) -> JSON:
        """The conversations that match best, each with what matched. Raises `Refused`."""
        wanted = parse(q, self._zone)
        if wanted == Wanted():
            return {"conversations": [], "more": False, "waiting": 0}
        return await self._db.read(self._find, agent, wanted, limit)

    async def read(self, agent: Agent, conversation_id: str, message_id: str) -> JSON:
        """What was said around a message. Raises `not_found`."""
        return await self._db.read(self._read, agent, conversation_id, message_id)

    async def index(self) -> None:
        """Index what was noted, until nothing is left. A job of the desk's clockwork."""
        done = told = 0
        while count := await self._db.write(search_feed.index_some, PART):
            done += count
            if done - told >= 5_000:  # a database from before there was a search
                told = done
                log.info("search.indexing", done=done, waiting=await self._db.read(search_feed.waiting))
            await asyncio.sleep(0)

    def _find(self, tx: Connection, agent: Agent, wanted: Wanted, limit: int) -> JSON:
        seen_as = scope(agent)
        hits = search.find(tx, seen_as, wanted, CANDIDATES)
        texts = search.texts(tx, [hit for hit in hits if hit.said])
        spans = {number: marked(text, list(wanted.terms)) for number, text in texts.items()}
        found: dict[str, dict[str, tuple[float, Hit]]] = {}
        for hit in hits:
            if hit.said and hit.id not in texts:
                continue  # deleted meanwhile
            weight = self._weight(hit, texts.get(hit.id, ""), spans.get(hit.id, []))
            found.setdefault(hit.conversation_id, {}).setdefault(hit.said or hit.kind, (weight, hit))
        ranked = sorted(found.items(), key=lambda each: -_best(list(each[1].values())))
        known = search.about(tx, seen_as, [conversation_id for conversation_id, _ in ranked[:limit]])
        shown = []
        for conversation_id, its in ranked[:limit]:
            best = sorted(its.values(), key=lambda each: -each[0])
            parts = [self._shown(hit, texts.get(hit.id, ""), spans.get(hit.id, [])) for _, hit in best[:SHOWN]]
            shown.append(self._about(known[conversation_id], agent) | {"hits": parts, "matches": len(best)})
        more = len(hits) == CANDIDATES or len(ranked) > limit
        return {"conversations": shown, "more": more, "waiting": search_feed.waiting(tx)}

    def _weight(self, hit: Hit, text: str, spans: Spans) -> float:
        """How well a document fits: what is known of a ticket or customer first, then how much of a text was asked
        for; what is new counts up to twice as much as what is old.
        """
        age = max(0, self._clock() - hit.at) / DAY_MS
        newness = 0.5 + 0.5 * math.exp(-math.log(2) * age / HALF_LIFE)
        if not hit.said:
            return 3 * newness
        covered = sum(end - start for start, end in spans)
        return (1 + covered / (len(text) + EXCERPT)) * newness

    def _about(self, known: About, agent: Agent) -> JSON:
        first = next((row for row in known.tickets if row.kind == "case"), next(iter(known.tickets), None))
        return {
            "id": known.conversation_id,
            "channel": known.channel,
            "customer": {"name": known.customer_name},
            "ticket": views.ticket(first, agent, {}) if first else None,
            "tickets": [{"id": row.id, "number": row.number, "state": row.state} for row in known.tickets],
        }

    def _shown(self, hit: Hit, text: str, spans: Spans) -> JSON:
        return {
            "kind": hit.kind,
            "ticket_id": hit.ticket_id,
            "said": hit.said,
            "author": hit.author,
            "channel": hit.channel,
            "at": hit.at,
            "excerpt": excerpt(text, spans),
        }

    def _read(self, tx: Connection, agent: Agent, conversation_id: str, message_id: str) -> JSON:
        row = conversations.find(tx, conversation_id)
        if row is None or not search.may_see(tx, scope(agent), conversation_id):
            raise Refused("not_found")
        found = messages.find(tx, conversation_id, message_id) if message_id else None
        since = found.seq - READ_BEFORE - 1 if found else max(0, row.seq - READ)
        said = messages.after(tx, conversation_id, max(0, since), READ)
        return {
            "id": row.id,
            "channel": row.channel,
            "customer": {"name": row.name},
            "messages": [
                {
                    "id": each.id, "author": str(each.author), "name": each.author_name, "at": each.at,
                    "content": views.shown_content(each.content, self._link),
                }
                for each in said
            ],
        }  # fmt: skip


def excerpt(text: str, spans: Spans) -> list[JSON]:
    """The part of a text around what was found first: pieces `{text, hit}` in order; a cut is told by `…`."""
    first = spans[0][0] if spans else 0
    start = max(0, first - BEFORE)
    end = min(len(text), start + EXCERPT)
    pieces: list[JSON] = [{"text": "…", "hit": False}] if start else []
    place = start
    for begin, stop in spans:
        if begin >= end:
            break
        if begin > place:
            pieces.append({"text": text[place:begin], "hit": False})
        pieces.append({"text": text[begin : min(stop, end)], "hit": True})
        place = min(stop, end)
    if place < end:
        pieces.append({"text": text[place:end], "hit": False})
    return pieces + ([{"text": "…", "hit": False}] if end < len(text) else [])


def _best(weighed: Sequence[tuple[float, Hit]]) -> float:
    """A conversation is as good as the best of it, and a little better for each more."""
    return max(weight for weight, _ in weighed) + 0.1 * math.log(len(weighed))
