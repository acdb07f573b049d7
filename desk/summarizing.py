"""Summaries and translations as the console asks for them."""

from collections import OrderedDict
from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from connectors.message import JSON
from desk.errors import Refused
from desk.permissions import sees
from desk.ports import Assistant, AssistantUnavailable
from desk.service import DeskService
from desk.summary import summarize
from knowledge.text import digest
from storage import article_log, ticket_entries, tickets
from storage.agents import Agent
from storage.ticket_entries import MESSAGE, NOTE, Entry
from storage.tickets import INTERNAL, Ticket

T = TypeVar("T")

KEPT = 2_000
"""Translations that are remembered by each worker."""


class Summaries:
    """Of tickets that an agent may see. All methods raise `Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self._translated: OrderedDict[tuple[bytes, str], str] = OrderedDict()

    @property
    def assisted(self) -> bool:
        """Whether a language model is set up."""
        return self._desk.ports.assistant is not None

    async def of(self, agent: Agent, ticket_id: str, language: str) -> JSON:
        """What the ticket is about, articles named in `language`."""
        row, packet, timeline = await self._desk.db.read(_whole, agent, ticket_id)
        return await summarize(row, packet, timeline, language, self._titles)

    async def worded(self, agent: Agent, ticket_id: str, language: str) -> list[str]:
        """The same in a few sentences of the language model. Raises `unavailable` without one, or when it fails."""
        return await self._asked(self._assistant().reword(facts(await self.of(agent, ticket_id, language)), language))

    async def translated(self, agent: Agent, ticket_id: str, entry_ids: Sequence[str], to: str) -> dict[str, str]:
        """Messages and notes of a ticket in another language, by their ids; those without words are left out."""
        _, _, timeline = await self._desk.db.read(_whole, agent, ticket_id)
        texts = {each.id: each.content.text for each in timeline if each.kind in (MESSAGE, NOTE) and each.content.text}
        return {each: await self._translate(texts[each], to) for each in dict.fromkeys(entry_ids) if each in texts}

    async def translate_draft(self, agent: Agent, ticket_id: str, text: str, to: str) -> str:
        """What an agent is about to say, in the customer's language."""
        await self._desk.ticket(agent, ticket_id)
        return await self._translate(text, to)

    def _assistant(self) -> Assistant:
        if self._desk.ports.assistant is None:
            raise Refused("no_assistant")
        return self._desk.ports.assistant

    async def _translate(self, text: str, to: str) -> str:
        known = (digest(text), to)
        if known in self._translated:
            self._translated.move_to_end(known)
            return self._translated[known]
        told = await self._asked(self._assistant().translate(text, to))
        self._translated[known] = told
        if len(self._translated) > KEPT:
            self._translated.popitem(last=False)
        return told

    @staticmethod
    async def _asked(asking: Awaitable[T]) -> T:
        try:
            return await asking
        except AssistantUnavailable as error:
            raise Refused("assistant_failed") from error

    async def _titles(self, article_ids: Sequence[str], language: str) -> Mapping[str, tuple[str, str]]:
        """Titles in `language`, of those articles that still exist and have one in it."""
        if self._desk.ports.articles is None or not article_ids:
            return {}
        over = dict(await self._desk.db.read(article_log.over_the_folder))
        found = {}
        for each in article_ids:
            article = (await self._desk.ports.articles.in_force(over, each)).get(each)
            text = article.content["texts"].get(language) if article and article.content else None
            if text:
                found[each] = (text["title"], language)
        return found


def facts(summary: JSON) -> list[str]:
    """A summary as lines for a language model."""
    lines = [f"Customer said: {each['text']}" for each in summary["problem"]]
    lines += [f"The bot showed the article: {each['title']}" for each in summary["answered"]]
    lines += [f"Not solved: {each['text']}" for each in summary["failed"]]
    lines += [f"{each['kind']}: {each['text']}" for each in summary["details"] if each["kind"] != "phone"]
    return lines + [f"A colleague: {each['text']}" for each in summary["done"]]


def _whole(tx: Connection, agent: Agent, ticket_id: str) -> tuple[Ticket, JSON, list[Entry]]:
    row = tickets.find_ticket(tx, ticket_id)
    if row is None or not sees(agent, row):
        raise Refused("not_found")
    own = ticket_entries.timeline(tx, ticket_id)
    case = tickets.find_ticket(tx, row.parent_id) if row.kind == INTERNAL and row.parent_id else None
    said = own if case is None else [*ticket_entries.timeline(tx, case.id), *own]  # who works for a case may read it
    return case or row, tickets.packet_of(tx, ticket_id), said
