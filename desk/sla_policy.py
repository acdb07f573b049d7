"""What a ticket is promised: the target and the opening hours that count for each of its clocks."""

import hashlib
import json
import math
from dataclasses import dataclass

from desk.hours import Hours
from desk.sla_settings import METRICS, URGENCIES
from desk.tiers import Tiers
from storage.sla import Metric
from storage.tickets import Ticket


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Of one clock: `target` and `warning` (ms) of the time that `hours` count; None: all time counts."""

    target: int
    warning: int
    hours: Hours | None

    def between(self, start: int, end: int) -> int:
        """How much time counts between two instants; 0 when `end` comes first."""
        return self.hours.business_ms(start, end) if self.hours else max(0, end - start)

    def after(self, start: int, amount: int) -> int | None:
        """The first instant by which so much has counted since `start`; None: never."""
        return self.hours.add_business_ms(start, amount) if self.hours else start + max(0, amount)


class Policy:
    """The section `sla` of tiers.yml with the hours of the tiers."""

    def __init__(self, tiers: Tiers) -> None:
        self._sla = tiers.sla
        self._hours = {tier: tiers.hours_of(tier) for tier in ("", *tiers.tiers)}

    def terms(self, metric: Metric, ticket: Ticket) -> Terms:
        """What holds for a ticket as it is. A tier that is not configured any more has the desk's hours."""
        target = self._sla.target_ms(metric, ticket.urgency, ticket.tier, ticket.channel)
        always = self._sla.promise(metric).calendar == "always"
        hours = None if always else self._hours.get(ticket.tier) or self._hours[""]
        return Terms(target=target, warning=math.ceil(target * self._sla.warn_at), hours=hours)

    @property
    def fingerprint(self) -> str:
        """Another one when anything has changed on which due times depend."""
        settings = self._sla.model_dump(mode="json")
        hours = {
            tier: [
                each.zone.key,
                repr(each.weekly),
                sorted((str(day), repr(spans)) for day, spans in each.special.items()),
            ]
            for tier, each in self._hours.items()
        }
        text = json.dumps([METRICS, URGENCIES, settings, hours], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
