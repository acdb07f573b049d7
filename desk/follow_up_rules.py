"""Which acts ask for a follow-up: a low rating, and "not solved" again and again."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.message import Author
from desk.announcer import Act
from desk.noting import happened
from desk.tiers import Tiers
from storage import followups
from storage.followups import FollowUp
from storage.tables import new_id
from storage.tickets import Ticket

HOUR_MS = 3_600_000


@dataclass(frozen=True, kw_only=True)
class FollowUpRules:
    """`tiers.yml`: aftersales."""

    tiers: Tiers

    def unhappy(self, tx: Connection, act: Act, now: int) -> Act:
        """A consequence: whoever was not helped is to hear from us again."""
        entry, ticket, rules = act.entry, act.ticket, self.tiers.aftersales
        if entry is None or entry.author is not Author.CUSTOMER:
            return act
        if entry.event == "rated" and int(entry.data["score"]) <= rules.low_rating:
            return self._plan(tx, act, now, followups.LOW_RATING, f"{ticket.closed_at}", str(entry.data["comment"]))
        if entry.event == "reopened" and ticket.reopened >= rules.not_solved_times:
            return self._plan(tx, act, now, followups.NOT_SOLVED, f"{ticket.reopened}")
        return act

    def _plan(self, tx: Connection, act: Act, now: int, reason: str, which: str, note: str = "") -> Act:
        ticket = act.ticket
        due_at = now + self.tiers.aftersales.follow_up_within_hours * HOUR_MS
        new = follow_up_of(
            ticket, key=f"{reason}:{ticket.id}:{which}", reason=reason, due_at=due_at, tier=self.tiers.follow_up_tier,
            note=note, at=now,
        )  # fmt: skip
        if not followups.add(tx, new):
            return act
        data = {"reason": reason, "due_at": due_at, "tier": new.tier, "note": note, "agent": ""}
        noted = happened(tx, ticket, "followup_planned", at=now, data=data)
        also = (*act.also, *((noted.entry,) if noted.entry else ()))
        return replace(act, ticket=noted.ticket, also=also, planned=(*act.planned, new.id))


def follow_up_of(
    ticket: Ticket, *, key: str, reason: str, due_at: int, tier: str, at: int, note: str = "",
    agent_id: str | None = None, agent_name: str = "", created_by: str = "",
) -> FollowUp:  # fmt: skip
    """A follow-up with the customer of a ticket."""
    return FollowUp(
        id=new_id(), key=key, ticket_id=ticket.id, conversation_id=ticket.conversation_id, number=ticket.number,
        customer_name=ticket.customer_name, channel=ticket.channel, reason=reason, due_at=due_at, tier=tier,
        agent_id=agent_id, agent_name=agent_name, note=note, created_by=created_by, created_at=at, updated_at=at,
    )  # fmt: skip
