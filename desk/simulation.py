"""A day at the desk, event by event, as a check on Erlang C: arrivals that change by the hour, lognormal handling
times, customers who give up, agents who come and go by the hour and finish what they have before they leave.
"""

import math
import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import cast

import simpy

Z = 1.645  # standard errors of a 90 % interval
LEAST_SIGMA = 1e-6


@dataclass(frozen=True, kw_only=True)
class Handling:
    """Lognormal handling times: the mean (s), and the standard deviation of their logarithm."""

    mean_s: float
    sigma: float

    def draw(self, chance: random.Random) -> float:
        """One handling time."""
        return chance.lognormvariate(math.log(self.mean_s) - self.sigma**2 / 2, max(self.sigma, LEAST_SIGMA))


@dataclass(frozen=True, kw_only=True)
class Exponential:
    """Exponential handling times, as Erlang C assumes them."""

    mean_s: float

    def draw(self, chance: random.Random) -> float:
        """One handling time."""
        return chance.expovariate(1 / self.mean_s)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """From `start` until `end` (s) so many arrive an hour, and so many agents are there."""

    start: float
    end: float
    per_hour: float
    agents: int


@dataclass(frozen=True, kw_only=True)
class Day:
    """What is simulated. `patience_s`: how long customers wait on average before they give up; None: as long as it
    takes. Who gave up was not answered in time.
    """

    stretches: tuple[Stretch, ...]
    handling: Handling | Exponential
    within_s: float
    patience_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Level:
    """The share answered in time with a 90 % interval; None: nobody came."""

    share: float | None
    low: float
    high: float


@dataclass(frozen=True)
class _Customer:
    came: float
    gives_up: float
    stretch: int


class _Run:
    """One day. `answered[i]` of `came[i]` who arrived in stretch i were answered in time."""

    def __init__(self, day: Day, seed: int) -> None:
        self._day, self._chance = day, random.Random(seed)  # noqa: S311, not for secrets
        self._env = simpy.Environment()
        self._queue: simpy.Store = simpy.Store(self._env)
        self.came = [0] * len(day.stretches)
        self.answered = [0] * len(day.stretches)
        self._env.process(self._arrive())
        for index, each in enumerate(day.stretches):
            before = day.stretches[index - 1].agents if index else 0
            for number in range(before, each.agents):
                self._env.process(self._work(number, index))

    def run(self) -> None:
        """Until nobody is left to do anything."""
        self._env.run()

    def _arrive(self) -> Generator[simpy.Event, None, None]:
        for index, each in enumerate(self._day.stretches):
            yield self._env.timeout(each.start - self._env.now)
            while each.per_hour > 0:
                pause = self._chance.expovariate(each.per_hour / 3600)
                if self._env.now + pause >= each.end:
                    break
                yield self._env.timeout(pause)
                patience = self._day.patience_s
                gives_up = self._env.now + (self._chance.expovariate(1 / patience) if patience else math.inf)
                self.came[index] += 1
                self._queue.put(_Customer(self._env.now, gives_up, index))

    def _work(self, number: int, begins: int) -> Generator[simpy.Event, None, None]:
        """An agent, the `number`th of those who are there: comes with a stretch, leaves before one with fewer. The last
        ones stay until nobody waits.
        """
        stretches = self._day.stretches
        last = begins
        while last + 1 < len(stretches) and stretches[last + 1].agents > number:
            last += 1
        yield self._env.timeout(stretches[begins].start - self._env.now)
        leaves = self._env.timeout(stretches[last].end - self._env.now)
        closes = last + 1 == len(stretches)
        while self._env.now < stretches[last].end or (closes and self._queue.items):
            waits = self._queue.get()
            yield waits | leaves
            if not waits.triggered:
                waits.cancel()
                return
            customer = cast(_Customer, waits.value)
            if customer.gives_up <= self._env.now:
                continue
            self.answered[customer.stretch] += self._env.now - customer.came <= self._day.within_s
            yield self._env.timeout(self._day.handling.draw(self._chance))


def simulate(day: Day, runs: int, seed: int = 1) -> list[Level]:
    """The share of each stretch's customers that are answered in time, over `runs` simulated days; the last: of all.

    The same seed gives the same days.
    """
    came: list[list[int]] = []
    answered: list[list[int]] = []
    for number in range(runs):
        one = _Run(day, seed * 1_000_003 + number)
        one.run()
        came.append([*one.came, sum(one.came)])
        answered.append([*one.answered, sum(one.answered)])
    columns = range(len(day.stretches) + 1)
    return [_level([row[index] for row in came], [row[index] for row in answered]) for index in columns]


def _level(came: Sequence[int], answered: Sequence[int]) -> Level:
    """A ratio over runs, with the interval of a ratio estimator: customers of one day fare alike."""
    everybody = sum(came)
    if not everybody:
        return Level(share=None, low=0.0, high=1.0)
    share = sum(answered) / everybody
    spread = sum((good - share * all_) ** 2 for good, all_ in zip(answered, came, strict=True))
    error = Z * math.sqrt(spread) / everybody
    return Level(share=share, low=max(0.0, share - error), high=min(1.0, share + error))
