"""SLA clocks, and what starts, pauses and stops them. Pure functions; docs/desk/sla.md has the definitions in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from connectors.message import Author
from desk.sla_policy import Policy, Terms
from desk.snoozing import UNTIL_CUSTOMER
from storage.sla import Clock, Metric
from storage.ticket_entries import MESSAGE, Entry
from storage.tickets import CASE, RESOLVED, WAITING_CUSTOMER, Ticket

FIRST: Metric = "first_response"
NEXT: Metric = "next_response"
RESOLUTION: Metric = "resolution"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What of an act matters: who has spoken to whom (notes, the bot and the system have not), and whether a closed
    ticket is open again because the `customer` says so, or because it was `parted` from one it had been merged into.
    `waited`: for so long (ms) the customer has been waiting already, in a ticket that was merged into this one.
    """

    customer: bool = False
    person: bool = False
    parted: bool = False
    waited: int = 0

    @classmethod
    def in_entries(cls, entries: Iterable[Entry]) -> "Said":
        """Of new entries of a timeline."""
        added = tuple(entries)
        spoken = [entry for entry in added if entry.kind == MESSAGE and not entry.before]
        events = {entry.event for entry in added}
        return cls(
            customer="reopened" in events or any(entry.author is Author.CUSTOMER for entry in spoken),
            person=any(entry.author is Author.AGENT and entry.agent_id for entry in spoken),
            parted="parted" in events,
        )


def opening(ticket: Ticket, policy: Policy, at: int, *, answered: bool = False) -> tuple[Clock, ...]:
    """The clocks of a new ticket. Nobody waits for an answer where an agent spoke first, or inside the house."""
    spoken_to = ticket.reason == "agent" and ticket.last.get("author") != Author.CUSTOMER
    metrics = (RESOLUTION,) if ticket.kind != CASE or answered or spoken_to else (FIRST, RESOLUTION)
    return tuple(_started(ticket, metric, 1, policy.terms(metric, ticket), at) for metric in metrics)


def next_due(clocks: Iterable[Clock]) -> int | None:
    """The first instant by which a promise must be kept; None: nothing is due."""
    return min((clock.due_at for clock in clocks if clock.ticking and clock.due_at is not None), default=None)


def advance(
    clocks: Sequence[Clock], before: Ticket, after: Ticket, said: Said, policy: Policy, at: int
) -> tuple[Clock, ...]:
    """The newest clock of each metric, after an act that made `after` of `before` at `at`. New rounds are added."""
    held: dict[Metric, Clock] = {clock.metric: break_if_late(clock, at) for clock in clocks}
    for metric in (FIRST, NEXT) if said.person else ():
        if metric in held and not held[metric].ended:
            held[metric] = _ended(held[metric], policy.terms(metric, before), at, met=True)
    if after.live:
        _wait_again(held, before, after, said, policy, at)
    for metric in (FIRST, NEXT, RESOLUTION):
        if metric not in held or held[metric].ended:
            continue
        clock, old, new = held[metric], policy.terms(metric, before), policy.terms(metric, after)
        if after.live:
            held[metric] = _carried_on(clock, old, new, _runs_from(metric, after, at), at, moved=old != new)
        else:
            solved = after.state == RESOLVED and after.merged_into is None
            held[metric] = _ended(clock, old, at, met=metric == RESOLUTION and solved)
    return tuple(held.values())


def break_if_late(clock: Clock, at: int) -> Clock:
    """A clock whose time was up before `at` has been broken when it was."""
    late = clock.ticking and clock.breached_at is None and clock.due_at is not None and clock.due_at < at
    return replace(clock, breached_at=clock.due_at) if late else clock


def warn_if_near(clock: Clock, at: int) -> Clock:
    """A clock that runs out soon, and about which nobody has been told."""
    near = clock.ticking and clock.breached_at is None and clock.warned_at is None
    return replace(clock, warned_at=at) if near and clock.warns_at is not None and clock.warns_at <= at else clock


def renewed(clock: Clock, ticket: Ticket, policy: Policy, at: int) -> Clock:
    """The same clock under what tiers.yml says now; the stretch that runs counts by the hours of now. What is late
    already stays so.
    """
    if clock.ended or break_if_late(clock, at) != clock:
        return clock
    terms = policy.terms(clock.metric, ticket)
    since = max(at, clock.running_since) if clock.running_since is not None else None
    return _carried_on(clock, terms, terms, since, at, moved=True)


def elapsed(clock: Clock, terms: Terms, at: int) -> int:
    """How much time has counted."""
    running = terms.between(clock.running_since, at) if clock.running_since is not None and not clock.ended else 0
    return clock.elapsed + running


def _wait_again(held: dict[Metric, Clock], before: Ticket, after: Ticket, said: Said, policy: Policy, at: int) -> None:
    """The customer waits: for the solution once more when the ticket was closed, and for an answer to new words."""
    again = bool(before.state) and not before.live
    if again and RESOLUTION in held:
        held[RESOLUTION] = replace(held[RESOLUTION], stopped_at=None, met_at=None, running_since=None)
    first, following = held.get(FIRST), held.get(NEXT)
    if again and said.parted:
        held |= {metric: replace(clock, stopped_at=None) for metric, clock in held.items() if clock.met_at is None}
    elif after.kind != CASE or not said.customer:
        return
    elif first is not None and first.met_at is None:
        held[FIRST] = replace(first, stopped_at=None)
    elif following is None or following.ended:
        n = following.n + 1 if following else 1
        held[NEXT] = _started(after, NEXT, n, policy.terms(NEXT, after), at, said.waited)


def _runs_from(metric: Metric, ticket: Ticket, at: int) -> int | None:
    """Since when a clock of a live ticket runs, if it did not before; None: it stands still."""
    asleep_until = (ticket.snoozed_until or 0) if metric == RESOLUTION else 0
    if ticket.state == WAITING_CUSTOMER or asleep_until >= UNTIL_CUSTOMER:
        return None
    return max(at, asleep_until)


def _started(ticket: Ticket, metric: Metric, n: int, terms: Terms, at: int, waited: int = 0) -> Clock:
    clock = Clock(ticket_id=ticket.id, metric=metric, n=n, started_at=at, elapsed=waited, target=terms.target)
    return _running(clock, terms, _runs_from(metric, ticket, at))


def _carried_on(clock: Clock, old: Terms, new: Terms, since: int | None, at: int, *, moved: bool) -> Clock:
    """What has passed is kept as it counted; from now on the clock runs by `new` since `since`, or stands still."""
    runs_already = clock.running_since is not None and since is not None
    if runs_already and not moved and max(clock.running_since or 0, at) == since:
        return clock
    if clock.running_since is None and since is None and clock.target == new.target:
        return clock
    target = new.target if clock.breached_at is None else clock.target
    return _running(replace(clock, elapsed=elapsed(clock, old, at), target=target), new, since)


def _running(clock: Clock, terms: Terms, since: int | None) -> Clock:
    if clock.breached_at is not None:
        return replace(clock, running_since=since)
    if since is None:
        return replace(clock, running_since=None, due_at=None, warns_at=None)
    return replace(
        clock,
        running_since=since,
        due_at=terms.after(since, clock.target - clock.elapsed),
        warns_at=terms.after(since, terms.warning - clock.elapsed),
    )


def _ended(clock: Clock, terms: Terms, at: int, *, met: bool) -> Clock:
    """It counts no more. When it was due is kept only of those that ran when they ended."""
    passed = elapsed(clock, terms, at)
    return replace(clock, elapsed=passed, running_since=None, stopped_at=at, met_at=at if met else None)
