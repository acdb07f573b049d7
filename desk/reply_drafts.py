"""Drafts of replies and notes on all of an agent's devices."""

from sqlalchemy import Connection

from connectors.message import JSON
from desk import views
from desk.errors import Refused
from desk.permissions import sees
from desk.service import DeskService
from storage import files, reply_drafts, tickets
from storage.agents import Agent
from storage.reply_drafts import ReplyDraft

KEPT_MS = 30 * 24 * 3_600_000
TIDY_EVERY_S = 3_600.0


class ReplyDrafts:
    """All methods raise `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def find(self, agent: Agent, ticket_id: str) -> JSON:
        """What the agent has written in a ticket and not sent."""
        await self._desk.ticket(agent, ticket_id)
        return {"draft": await self._desk.db.read(self._shown, agent, ticket_id)}

    async def save(self, agent: Agent, ticket_id: str, new: ReplyDraft, window: str) -> JSON:
        """Keep it, and tell the agent's other windows. Raises `stale_draft` with the newer draft when it was changed
        elsewhere since the version from which `new` was made.
        """
        await self._desk.ticket(agent, ticket_id)
        kept, shown = await self._desk.db.write(self._save, agent, ticket_id, new)
        if not kept:
            raise Refused("stale_draft", draft=shown)
        await self._desk.bus.publish(
            "desk", {"type": "draft", "agent_id": agent.id, "ticket_id": ticket_id, "draft": shown, "window": window}
        )
        return {"draft": shown}

    async def tidy(self) -> None:
        """Forget what nobody has touched for long."""
        await self._desk.db.write(reply_drafts.drop_old, self._desk.clock() - KEPT_MS)

    def _save(self, tx: Connection, agent: Agent, ticket_id: str, new: ReplyDraft) -> tuple[bool, JSON]:
        held = tickets.lock_ticket(tx, ticket_id)  # two windows: the second one sees what the first has kept
        if held is None or not sees(agent, held):
            raise Refused("not_found")
        kept, draft = reply_drafts.save(tx, agent.id, ticket_id, new, at=self._desk.clock())
        return kept, self._view(tx, held.conversation_id, draft)

    def _shown(self, tx: Connection, agent: Agent, ticket_id: str) -> JSON:
        row = tickets.find_ticket(tx, ticket_id)
        draft = reply_drafts.find(tx, agent.id, ticket_id)
        return self._view(tx, row.conversation_id if row else "", draft)

    def _view(self, tx: Connection, conversation_id: str, draft: ReplyDraft) -> JSON:
        found = (files.find(tx, each) for each in draft.attachments)
        kept = [each.attachment() for each in found if each and each.conversation_id == conversation_id]
        shown = [views.attachment(each, self._desk.ports.files.link) for each in kept]
        return vars(draft) | {"attachments": shown}
