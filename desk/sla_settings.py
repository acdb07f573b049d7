"""What tiers.yml promises: how soon people answer, and how soon a matter is solved."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from desk.section import Id, Section
from storage.sla import Metric

Urgency = Literal["urgent", "high", "normal", "low"]

METRICS: tuple[Metric, ...] = ("first_response", "next_response", "resolution")
URGENCIES: tuple[Urgency, ...] = ("urgent", "high", "normal", "low")
MINUTE_MS = 60_000

Minutes = Annotated[float, Field(ge=0.1, le=525_600)]


class Targets(Section):
    """Minutes by urgency; what is not given is as elsewhere."""

    urgent: Minutes | None = None
    high: Minutes | None = None
    normal: Minutes | None = None
    low: Minutes | None = None


class Promise(Section):
    """Minutes by urgency. `business` ones count while the ticket's tier is open, `always` by day and night."""

    calendar: Literal["business", "always"] = "business"
    urgent: Minutes
    high: Minutes
    normal: Minutes
    low: Minutes


class Exceptions(Section):
    """Targets of one tier or one channel that differ from the rest."""

    first_response: Targets = Targets()
    next_response: Targets = Targets()
    resolution: Targets = Targets()


class SlaSettings(Section):
    """The section `sla`. A tier's targets count more than a channel's, and these more than the general ones."""

    warn_at: Annotated[float, Field(gt=0, lt=1)] = 0.8
    first_response: Promise = Promise(urgent=2, high=5, normal=15, low=30)
    next_response: Promise = Promise(urgent=5, high=10, normal=30, low=60)
    resolution: Promise = Promise(urgent=240, high=480, normal=1_440, low=2_880)
    channels: dict[Id, Exceptions] = Field(default_factory=dict)
    tiers: dict[Id, Exceptions] = Field(default_factory=dict)

    def target_ms(self, metric: Metric, urgency: str, tier: str, channel: str) -> int:
        """How long it may take. An urgency that is not known is `normal`."""
        level: Urgency = next((known for known in URGENCIES if known == urgency), "normal")
        for exceptions in (self.tiers.get(tier), self.channels.get(channel)):
            targets: Targets | None = getattr(exceptions, metric, None)
            minutes: float | None = getattr(targets, level, None)
            if minutes is not None:
                return round(minutes * MINUTE_MS)
        general: float = getattr(self.promise(metric), level)
        return round(general * MINUTE_MS)

    def promise(self, metric: Metric) -> Promise:
        """What holds in general."""
        return {
            "first_response": self.first_response,
            "next_response": self.next_response,
            "resolution": self.resolution,
        }[metric]

    def problems(self, tiers: Iterable[str]) -> Iterator[tuple[str, str]]:
        """(where, what) for everything that contradicts itself or the rest of the file, whose tiers are `tiers`."""
        known = tuple(tiers)
        for tier in self.tiers:
            if tier not in known:
                yield f"sla.tiers.{tier}", f"there is no such tier; the tiers are {', '.join(known)}"
        groups = [("sla", "", "")]
        groups += [(f"sla.channels.{channel}", "", channel) for channel in self.channels]
        groups += [(f"sla.tiers.{tier}", tier, "") for tier in self.tiers]
        for where, tier, channel in groups:
            for metric in METRICS:
                times = {level: self.target_ms(metric, level, tier, channel) for level in URGENCIES}
                for sooner, later in pairwise(URGENCIES):
                    if times[sooner] > times[later]:
                        what = f"{sooner} may take {times[sooner] / MINUTE_MS:g} min, longer than {later} with "
                        what += f"{times[later] / MINUTE_MS:g} min; the more urgent must not have more time"
                        yield f"{where}.{metric}", what
