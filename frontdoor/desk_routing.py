"""Desk routing: which desk and which of its queues a handoff goes to, and where it goes when that desk takes nothing.

By `routes` of desks.yml, the first that fits; what none fits goes to the built-in desk, or where there is none to the
first helpdesk. Called within a transaction: it asks nobody.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from connectors.desk import Handoff, Reason
from connectors.message import JSON
from connectors.settings import Section
from desk.tier_models import Complexity, Risk, Urgency, Value
from desk.tiers import Tiers
from desk.triage import Triage
from desk.triage_moves import judged
from frontdoor.desk_choice import Choice

BUILT_IN = "built_in"
KNOWN = ("tier", "category", "complexity", "urgency", "value", "risk", "priority")
"""What a helpdesk is told of what our own rules make of a handoff."""


class RouteWhen(Section):
    """What a handoff must be like; every member that is given must fit."""

    tier: tuple[str, ...] = ()
    """Tiers of tiers.yml, as its rules choose them."""

    category: tuple[str, ...] = ()
    """Categories of tiers.yml."""

    complexity: tuple[Complexity, ...] = ()
    """simple, complex."""

    value: tuple[Value, ...] = ()
    """Of the customer: normal, high."""

    risk: tuple[Risk, ...] = ()
    """low, medium, high."""

    urgency: tuple[Urgency, ...] = ()
    """low, normal, high, urgent."""

    sentiment: tuple[Literal["negative", "neutral", "positive"], ...] = ()
    """The customer's mood."""

    reason: tuple[Reason, ...] = ()
    """Why the bot handed over, such as requested, complaint, no_answer, sensitive."""

    language: tuple[Literal["en", "zh"], ...] = ()
    """The customer's language."""

    channel: tuple[str, ...] = ()
    """Channels by their names in channels.yml."""

    segment: tuple[str, ...] = ()
    """Segments of customers whom the site vouches for, such as vip."""

    hours: tuple[Literal["open", "closed"], ...] = ()
    """Whether it is within the company's hours of tiers.yml."""

    def fits(self, handoff: Handoff, found: Mapping[str, str]) -> bool:
        """Whether a handoff is like this; `found` is what triage made of it, and the hours."""
        said = {
            "sentiment": handoff.sentiment, "reason": str(handoff.reason), "language": handoff.language,
            "channel": handoff.channel, "urgency": handoff.urgency,
            "segment": str(handoff.customer.get("segment") or ""),
        } | dict(found)  # fmt: skip
        wanted = {
            "tier": self.tier, "category": self.category, "complexity": self.complexity, "value": self.value,
            "risk": self.risk, "urgency": self.urgency, "sentiment": self.sentiment, "reason": self.reason,
            "language": self.language, "channel": self.channel, "segment": self.segment, "hours": self.hours,
        }  # fmt: skip
        return all(not values or said.get(name) in values for name, values in wanted.items())


class Route(Section):
    """Handoffs like `when` go to `desk`."""

    desk: str
    """A desk of this file."""

    queue: str = ""
    """Its queue (group, team). Empty: as the desk's own `placements` and `queue` say."""

    when: RouteWhen = RouteWhen()
    """What they are like. Empty: all of them."""

    instead: tuple[str, ...] = ()
    """Where they go, in this order, when the desk has certainly not taken them for `failover_after_s`."""


FailoverAfter = Annotated[float, Field(ge=0, le=86_400)]


class Routing:
    """Chooses desks. `enabled` are their names; `clock` is in ms."""

    def __init__(
        self,
        routes: tuple[Route, ...],
        enabled: tuple[str, ...],
        tiers: Tiers,
        triage: Triage,
        clock: Callable[[], int],
    ) -> None:
        self._routes, self._tiers, self._triage, self._clock = routes, tiers, triage, clock
        self._enabled = enabled
        self._usual = BUILT_IN if BUILT_IN in enabled else enabled[0]
        self._judges = bool(routes) or self._usual != BUILT_IN
        self._hours = tiers.hours.compiled()

    def choose(self, tx: Connection, handoff: Handoff) -> Choice:
        """The desk of a handoff that is about to begin."""
        if not self._judges:
            return Choice(desk=self._usual)
        now = self._clock()
        seen = judged(tx, self._triage, self._tiers, handoff, now)
        triage: JSON = {name: seen[name] for name in KNOWN if name in seen}
        return self._first(handoff, triage, now)

    def instead(self, handoff: Handoff, desk: str) -> Choice | None:
        """The next desk for one that `desk` does not take now; where that is on no more, the one that fits today."""
        if desk not in self._enabled:
            return self._first(handoff, handoff.triage, self._clock())
        route = self._fitting(handoff, handoff.triage, handoff.created_at)  # it keeps its rule when hours end
        if route is None:
            return None
        order = (route.desk, *route.instead)
        later = order[order.index(desk) + 1 :] if desk in order else ()
        return Choice(desk=later[0], triage=handoff.triage) if later else None

    def _first(self, handoff: Handoff, triage: JSON, at: int) -> Choice:
        route = self._fitting(handoff, triage, at)
        if route is None:
            return Choice(desk=self._usual, triage=triage)
        return Choice(desk=route.desk, queue=route.queue, triage=triage)

    def _fitting(self, handoff: Handoff, triage: JSON, at: int) -> Route | None:
        found = {name: str(value) for name, value in triage.items()}
        found["hours"] = "open" if self._hours.is_open(at) else "closed"
        return next((route for route in self._routes if route.when.fits(handoff, found)), None)
