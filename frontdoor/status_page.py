"""The status page: what a customer with the private link of a ticket sees of it, and may do, without logging in.

What they write goes into their conversation like anything they write, once however often it is sent, and to the people
who have the ticket: the bot does not answer it.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.errors import Malformed, Rejected
from connectors.message import JSON, Action, Attachment, Author, Content, Inbound
from connectors.ports import Files
from desk.tiers import Tiers
from frontdoor.escalation import CALLED_SOLVED, DAY_MS
from frontdoor.frames import message_frame
from frontdoor.inbox import Inbox
from frontdoor.states import Owner, State, owner
from frontdoor.status_links import TOKEN, hash_of
from frontdoor.step import Steps
from storage import conversations, handoffs, merges, messages, status_links, surveys, tickets
from storage.clock import now_ms
from storage.continuing import follow
from storage.conversations import Conversation
from storage.handoffs import HandoffRow
from storage.messages import Message
from storage.tickets import Ticket

SAID = 300
"""Messages that are shown."""
LATER = 1_000
"""Tickets of a conversation that are looked at for the next one."""
PUBLIC = frozenset({Author.CUSTOMER, Author.AGENT})
OPEN = frozenset({"requested", "open"})
STAGES = ("received", "in_progress", "waiting_for_you", "solved", "confirmed")
_CUSTOMERS_TURN = frozenset({State.WAITING_CUSTOMER, State.IDLE})


class NoSuchLink(Rejected):
    """Nothing is behind the token, or nothing any more; which of the two is nobody's business."""

    status = 404


@dataclass(frozen=True, kw_only=True)
class Case:
    """A ticket as its customer may see it. `ticket` is None where another desk has it, or none has it yet."""

    handoff: HandoffRow
    conversation: Conversation
    ticket: Ticket | None
    said: Sequence[Message]
    score: int | None
    silent: bool

    @property
    def current(self) -> bool:
        """Whether the conversation is about this ticket now."""
        return self.conversation.handoff_id == self.handoff.id

    @property
    def promised_at(self) -> int | None:
        """Until when the customer hears of us; None where nothing is promised, or was and is over."""
        due_at = self.ticket.due_at if self.ticket and self.handoff.status in OPEN else None
        return due_at if due_at is not None and due_at > now_ms() else None

    @property
    def stage(self) -> str:
        """How far it is: one of `STAGES`, or `closed` where it ended otherwise."""
        status = self.handoff.status
        if status in {"confirmed", "silent"}:
            return "confirmed"
        if status == "resolved":
            return "solved"
        if status not in OPEN:
            return "closed"
        waits = self.ticket.state == tickets.WAITING_CUSTOMER if self.ticket else False
        if waits or (self.current and self.conversation.state in _CUSTOMERS_TURN):
            return "waiting_for_you"
        if (self.ticket and self.ticket.held) or (self.current and owner(self.conversation.state) is Owner.AGENT):
            return "in_progress"
        return "received"


class StatusPage:
    """Reads and does. Raises `NoSuchLink` (`no_link`) for a token that leads nowhere."""

    def __init__(self, steps: Steps, inbox: Inbox, tiers: Tiers, files: Files) -> None:
        self._steps, self._inbox, self._tiers, self._files = steps, inbox, tiers, files
        self._rules = tiers.aftersales

    async def find(self, token: str) -> Case:
        """What a token leads to."""
        case = await self._steps.database.read(self._find, token) if TOKEN.fullmatch(token) else None
        if case is None:
            raise NoSuchLink("no ticket is behind this link", code="no_link")
        return case

    def shown(self, case: Case) -> JSON:
        """The page's data."""
        handoff, ticket, stage = case.handoff, case.ticket, case.stage
        live = handoff.status in OPEN
        link, status = self._steps.link, self._steps.status
        return {
            "number": handoff.number or handoff.reference,
            "language": case.conversation.language or "en",
            "stage": stage,
            "silent": case.silent,
            "team": self._team(ticket) if live else None,
            "agent": ticket.agent_name if live and ticket and ticket.held else "",
            "opened_at": handoff.created_at,
            "updated_at": max([handoff.updated_at, *(each.at for each in case.said)]),
            "next_update_at": case.promised_at,
            "opens_at": case.conversation.opens_at if live and case.current else None,
            "score": case.score,
            "can": self._can(case),
            "messages": [message_frame(each, link, status) for each in case.said],
        }

    async def say(self, case: Case, client_id: str, content: Content) -> None:
        """Add something: words, files, or both. Opens a solved ticket again. Raises `Malformed` (`closed`)."""
        if not {"write", "reopen"} & set(self._can(case)):
            raise Malformed("nothing can be added to this ticket any more", code="closed")
        await self._accept(case, client_id, content=content)

    async def confirm(self, case: Case, client_id: str) -> None:
        """It is solved."""
        await self._accept(case, client_id, action=Action.SOLVED, data={"solved": True, "about": case.handoff.id})

    async def rate(self, case: Case, client_id: str, score: int, comment: str) -> None:
        """How good it was, 1 to 5."""
        data = {"score": score, "comment": comment, "about": case.handoff.id}
        await self._accept(case, client_id, action=Action.RATE, data=data)

    async def reopen(self, case: Case, client_id: str) -> None:
        """It is not solved after all. Raises `Malformed` (`closed`)."""
        if "reopen" not in self._can(case):
            raise Malformed("this ticket cannot be opened again", code="closed")
        await self._accept(case, client_id, action=Action.REOPEN, data={"about": case.handoff.id})

    async def upload(self, case: Case, name: str, chunks: AsyncIterator[bytes]) -> Attachment:
        """Keep a file, to be named by a message. Raises what `connectors.ports.Files.save` raises."""
        return await self._files.save(case.conversation.id, name, chunks)

    async def _accept(
        self, case: Case, client_id: str, *, content: Content | None = None, action: Action | None = None,
        data: JSON | None = None,
    ) -> None:  # fmt: skip
        channel, address = case.conversation.replies_at
        await self._inbox.accept(
            Inbound(
                channel=channel, address=address, external_id=f"status-{case.handoff.id}-{client_id}",
                content=content or Content(), action=action, data=data or {}, about=case.handoff.id,
            )
        )  # fmt: skip

    def _can(self, case: Case) -> list[str]:
        status = case.handoff.status
        here = case.conversation.id == case.handoff.conversation_id
        free = here and owner(case.conversation.state) is Owner.BOT
        recent = now_ms() - case.handoff.updated_at < self._rules.reopen_days * DAY_MS
        able = {
            "write": status in OPEN,
            "confirm": status in {"resolved", "silent"},
            "rate": status in CALLED_SOLVED,
            "reopen": status in CALLED_SOLVED and free and recent,
        }
        return [name for name, allowed in able.items() if allowed]

    def _team(self, ticket: Ticket | None) -> JSON | None:
        tier = self._tiers.tiers.get(ticket.tier) if ticket else None
        return tier.shown_name.model_dump() if tier and tier.faces_customer else None

    def _find(self, tx: Connection, token: str) -> Case | None:
        link = status_links.find(tx, hash_of(token))
        handoff = handoffs.find(tx, link.handoff_id) if link else None
        if handoff is None or self._expired(handoff):
            return None
        conversation = conversations.find(tx, follow(tx, handoff.conversation_id))
        if conversation is None:
            return None
        asked = surveys.of_handoff(tx, handoff.id, handoff.conversation_id)
        return Case(
            handoff=handoff, conversation=conversation, ticket=_ticket(tx, handoff.id),
            said=_said(tx, handoff, conversation), score=handoffs.score_of(tx, handoff.id),
            silent=asked is not None and asked.outcome == surveys.SILENT,
        )  # fmt: skip

    def _expired(self, handoff: HandoffRow) -> bool:
        closed = handoff.status not in OPEN
        return closed and now_ms() - handoff.updated_at >= self._rules.link_days * DAY_MS


def _ticket(tx: Connection, handoff_id: str) -> Ticket | None:
    """The ticket of a handoff, or the one in which it lives on since they were merged."""
    found = tickets.find_by_handoff(tx, handoff_id)
    return tickets.find_ticket(tx, merges.survivor(tx, found.id)) if found else None


def _said(tx: Connection, handoff: HandoffRow, conversation: Conversation) -> list[Message]:
    """What customer and colleagues said last, since the ticket began and until the next one did; also where the
    customer has gone on with it since, but nothing that was said there before.
    """
    said = []
    for where in dict.fromkeys((handoff.conversation_id, conversation.id)):
        later = [each.seq for each in handoffs.of_conversation(tx, where, LATER) if each.id > handoff.id]
        own = where == handoff.conversation_id
        said += messages.said_by(
            tx, where, PUBLIC, SAID, after=handoff.seq - 1 if own else 0, before=min(later, default=None),
            since=0 if own else handoff.created_at,
        )  # fmt: skip
    return said[-SAID:]
