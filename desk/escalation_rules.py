"""Escalation by itself: a promise that was broken, a customer who is not content, words that point to a risk.

A cause brings a ticket up once, to the first tier above where somebody works. Where there is none, or the ticket has
been there already, supervisors are told. A promise whose breaking shows only when an agent acts is recorded and
counted, but the ticket stays with who acted.
"""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.message import JSON, Author
from desk.announcer import Act
from desk.escalating import ESCALATED, GIVEN_BACK, bring_up, last_escalation
from desk.escalation_settings import NEXT, Cause, EscalationRule, next_tier
from desk.permissions import can, serves
from desk.sla_keeping import BREACHED
from desk.tiers import Tiers
from storage import tickets
from storage.agents import all_agents
from storage.mentions import ALERT, mention_all
from storage.ticket_entries import EVENT, Entry, add_entry, events_of, find_entry
from storage.tickets import Ticket, change_ticket

ALERTED = "alerted"
TOO_MANY_BOUNCES = 2


@dataclass(frozen=True, kw_only=True)
class EscalationRules:
    """Consequences of acts."""

    tiers: Tiers
    desk: str

    def automatic(self, tx: Connection, act: Act, now: int) -> Act:
        """What the rules of tiers.yml ask for: an act of its own, with all that follows from it."""
        happened = [each for each in (act.entry, *act.also) if each is not None] if act.ticket.live else []
        if act.entry is not None and act.entry.author is Author.AGENT:
            happened = [each for each in happened if each.event != BREACHED]  # nobody loses a ticket by working on it
        for rule in self.tiers.escalation:
            for entry in happened:
                cause = _cause(rule.when, act.ticket, entry)
                if cause and not find_entry(tx, act.ticket.id, _entry_id(cause)):
                    return self._escalate(tx, act, rule, cause, now)
        return act

    def bounced(self, tx: Connection, act: Act, now: int) -> Act:
        """Count what comes back to the tier it came from; who bounces twice needs a supervisor."""
        before, ticket = act.before, act.ticket
        if before is None or act.entry is None:
            return act
        came_back = act.entry.event in (GIVEN_BACK, "transferred") and ticket.tier != before.tier
        up = last_escalation(tx, before) if came_back else None
        if up is not None and up.data["from_tier"] == ticket.tier:
            ticket = change_ticket(tx, ticket.id, at=now, bounces=ticket.bounces + 1)
            act = replace(act, ticket=ticket)
        if ticket.kind == tickets.CASE and before.bounces < TOO_MANY_BOUNCES <= ticket.bounces:
            return alert(tx, act, "bounces", {"count": ticket.bounces}, now)
        return act

    def _escalate(self, tx: Connection, act: Act, rule: EscalationRule, cause: str, now: int) -> Act:
        held = act.ticket
        been = {held.tier, *(each.data.get("from_tier") for each in events_of(tx, held.id, ESCALATED))}
        tier = self._staffed(tx, next_tier(self.tiers.tiers, held.tier) if rule.to == NEXT else rule.to)
        reason: JSON = {"because": rule.because.model_dump(), "cause": cause}
        if not tier or tier in been or held.kind == tickets.INTERNAL:
            return alert(tx, act, cause, reason, now)
        data = {"from_tier": held.tier, "to_tier": tier, "tried": "", "asked": "", **reason}
        entry = Entry(
            ticket_id=held.id, id=_entry_id(cause), kind=EVENT, event=ESCALATED, author=Author.SYSTEM, at=now, data=data
        )
        up = bring_up(tx, held, entry, tiers=self.tiers, desk=self.desk, now=now)
        return replace(act, others=(*act.others, up))

    def _staffed(self, tx: Connection, tier: str) -> str:
        """The tier, or the first one above it in which somebody takes tickets, there or not; empty when there is none:
        where nobody works, a ticket would be lost.
        """
        staff = {name for each in all_agents(tx, disabled=False) if serves(each) for name in each.tiers}
        while tier and tier not in staff:
            tier = next_tier(self.tiers.tiers, tier)
        return tier


def alert(tx: Connection, act: Act, cause: str, data: JSON, now: int) -> Act:
    """Tell the supervisors, once for each cause, and mark the ticket until one of them has looked."""
    held = act.ticket
    entry = Entry(
        ticket_id=held.id, id=_entry_id(cause), kind=EVENT, event=ALERTED, author=Author.SYSTEM, at=now,
        data={"cause": cause, **data},
    )  # fmt: skip
    done = add_entry(tx, held, entry, attention=cause.partition(":")[0])
    if done is None:
        return act
    ticket, entry = done
    managers = [each.id for each in all_agents(tx, disabled=False) if can(each, "supervise")]
    ticket, told = mention_all(tx, ticket, managers, entry_id=entry.id, via=ALERT, by_name="", text=cause, at=now)
    return replace(act, ticket=ticket, also=(*act.also, entry), mentioned=(*act.mentioned, *told))


def _cause(when: Cause, ticket: Ticket, entry: Entry) -> str:
    """The name of the cause where what happened is like `when`, else empty. Each name escalates once."""
    if when.category and ticket.category not in when.category:
        return ""
    if when.urgency and ticket.urgency not in when.urgency:
        return ""
    event = entry.event
    if event == BREACHED and entry.data.get("metric") in when.sla_breached:
        return f"sla_breached:{entry.data['metric']}"
    if event == "reopened" and when.reopened and ticket.reopened >= when.reopened:
        return "reopened"
    low = when.rating is not None and ticket.rating is not None and ticket.rating["score"] <= when.rating
    if event in ("rated", "reopened") and low:
        return "rating"
    return "risk" if event == "risk_raised" and ticket.risk in when.risk else ""


def _entry_id(cause: str) -> str:
    return f"auto:{cause}"
