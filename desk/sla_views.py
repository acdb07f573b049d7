"""SLA clocks as the console shows them."""

from collections.abc import Iterable

from connectors.message import JSON
from desk import sla
from desk.sla_policy import Policy
from storage.sla import Clock
from storage.tickets import Ticket


def clocks(known: Iterable[Clock], ticket: Ticket, policy: Policy, now: int) -> list[JSON]:
    """The newest clock of each metric of a ticket."""
    return [_clock(each, ticket, policy, now) for each in known]


def _clock(clock: Clock, ticket: Ticket, policy: Policy, now: int) -> JSON:
    clock = sla.break_if_late(clock, now)
    left = clock.target - sla.elapsed(clock, policy.terms(clock.metric, ticket), now)
    return {
        "metric": clock.metric,
        "state": _state(clock, now),
        "ended": clock.ended,
        "due_at": clock.due_at if clock.ticking or clock.breached_at is not None else None,
        "warns_at": clock.warns_at if clock.ticking else None,
        "target_s": clock.target // 1000,
        "left_s": left // 1000,
    }


def _state(clock: Clock, now: int) -> str:
    """`running`, `paused`, `met`, `breached`, or `stopped`: it ended before its time was up, and not by being kept."""
    if clock.breached_at is not None:
        return "breached"
    if clock.met_at is not None:
        return "met"
    if clock.ended:
        return "stopped"
    return "running" if clock.running_since is not None and clock.running_since <= now else "paused"
