"""Keeps a ticket's SLA clocks in the transaction of whatever happens to it: no act without its clocks, none twice."""

from dataclasses import replace

from sqlalchemy import Connection

from connectors.message import JSON, Author
from desk import sla
from desk.announcer import Act
from desk.sla_policy import Policy
from storage import sla as store
from storage.merges import MERGED_IN
from storage.sla import Clock
from storage.ticket_entries import EVENT, Entry, add_entry
from storage.tickets import Ticket, change_ticket

WARNED, BREACHED = "sla_warned", "sla_breached"
_DECIDES = ("tier", "urgency", "snoozed_until", "merged_into")
"""Besides its state: what of a ticket its clocks depend on."""


class Keeping:
    """Consequences: `follow` comes first, so that the others see what is late; `settle` last, for what they changed."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def follow(self, tx: Connection, act: Act, now: int) -> Act:
        """Start, pause and stop clocks."""
        before, after = act.before, act.ticket
        if before is None:
            return act
        if not before.state:
            return self.begin(tx, act, now)
        said = sla.Said.in_entries(entry for entry in (act.entry, *act.also) if entry)
        if act.entry and act.entry.event == MERGED_IN:
            said = _inherited(tx, act.entry)
        if not (said.customer or said.person or before.state != after.state or _redefined(before, after)):
            return act
        return self._advance(tx, act, before, said, now)

    def settle(self, tx: Connection, act: Act, now: int) -> Act:
        """The same for what other consequences did to the ticket: they may have sent it to another tier."""
        before, after = act.before, act.ticket
        if before is None or not (_redefined(before, after) or (before.state and before.state != after.state)):
            return act
        return self._advance(tx, act, before, sla.Said(), now)

    def begin(self, tx: Connection, act: Act, now: int, *, answered_at: int | None = None) -> Act:
        """The clocks of a new ticket, or of one from a time without clocks; `answered_at`: a person has spoken."""
        clocks = sla.opening(act.ticket, self._policy, now, answered=answered_at is not None)
        store.add_clocks(tx, clocks)
        return replace(act, ticket=shown(tx, act.ticket, clocks, answered_at))

    def _advance(self, tx: Connection, act: Act, before: Ticket, said: sla.Said, now: int) -> Act:
        known = store.clocks_of_one(tx, act.ticket.id)
        clocks = sla.advance(known, before, act.ticket, said, self._policy, now)
        act = self.keep(tx, act, known, clocks, now)
        return replace(act, ticket=shown(tx, act.ticket, clocks, now if said.person else None))

    def keep(self, tx: Connection, act: Act, known: tuple[Clock, ...], clocks: tuple[Clock, ...], now: int) -> Act:
        """Store what became of clocks, and put on the timeline what has to be told."""
        stored = {(clock.metric, clock.n): clock for clock in known}
        for clock in clocks:
            was = stored.get((clock.metric, clock.n))
            if was == clock:
                continue
            if was is None:
                store.add_clocks(tx, (clock,))
                continue
            store.change_clock(tx, clock)
            for entry in self._news(act.ticket, was, clock, now):
                added = add_entry(tx, act.ticket, entry)
                if added is not None:
                    changed = change_ticket(tx, act.ticket.id, at=now) if entry.at < now else added[0]
                    act = replace(act, ticket=changed, also=(*act.also, added[1]))
        return act

    def _news(self, ticket: Ticket, was: Clock, clock: Clock, now: int) -> list[Entry]:
        terms = self._policy.terms(clock.metric, ticket)
        left = clock.target - sla.elapsed(clock, terms, now)
        news = []
        if clock.warned_at is not None and was.warned_at is None:
            news.append(_event(clock, WARNED, clock.warned_at, {"left_s": left // 1000}))
        if clock.breached_at is not None and was.breached_at is None:
            news.append(
                _event(clock, BREACHED, clock.breached_at, {"over_s": max(0, -left) // 1000, "noticed_at": now})
            )
        return news


def _inherited(tx: Connection, merged_in: Entry) -> sla.Said:
    """Whether the customer waited for an answer in the ticket that was merged in, and for how long."""
    clocks = store.clocks_of_one(tx, merged_in.data["ticket_id"])
    owed = [each for each in clocks if each.metric != sla.RESOLUTION and each.ended and each.met_at is None]
    waited = [each.elapsed for each in owed if (each.stopped_at or 0) >= merged_in.at]
    return sla.Said(customer=bool(waited), waited=max(waited, default=0))


def _redefined(before: Ticket, after: Ticket) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in _DECIDES)


def _event(clock: Clock, event: str, at: int, data: JSON) -> Entry:
    """Its id names the clock: however many notice the same, it is told once."""
    about: JSON = {"metric": clock.metric, "due_at": clock.due_at, "target_s": clock.target // 1000}
    return Entry(
        ticket_id=clock.ticket_id,
        id=f"{event}:{clock.metric}:{clock.n}",
        kind=EVENT,
        event=event,
        author=Author.SYSTEM,
        at=at,
        data=about | data,
    )


def shown(tx: Connection, ticket: Ticket, clocks: tuple[Clock, ...], answered_at: int | None = None) -> Ticket:
    """The ticket with what lists need to know of its clocks; `answered_at`: a person speaks to the customer."""
    values: JSON = {
        "first_reply_at": ticket.first_reply_at or answered_at,
        "due_at": sla.next_due(clocks),
        "breached": ticket.breached or any(clock.breached_at is not None for clock in clocks),
    }
    if all(getattr(ticket, name) == value for name, value in values.items()):
        return ticket
    return change_ticket(tx, ticket.id, at=ticket.updated_at, **values)
