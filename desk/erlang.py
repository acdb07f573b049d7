"""Erlang C: how many agents a queue needs, so that enough of those who come are answered in time.

Assumes Poisson arrivals, exponential handling times and endless patience (M/M/c), in balance. Times are in seconds;
`load` is arrivals times handling time, in agents (erlangs). desk/simulation.py says what becomes of it where these
assumptions do not hold.
"""

import math

MOST = 10_000  # agents


def waiting_probability(agents: int, load: float) -> float:
    """How likely somebody who comes has to wait; 1 when there are too few agents ever to keep up."""
    if load <= 0:
        return 0.0
    if agents <= load:
        return 1.0
    from scipy.special import gammaln, pdtr  # SciPy: in memory only where plans are made

    all_busy = math.exp(agents * math.log(load) - load - gammaln(agents + 1))
    return float(all_busy / (all_busy + (1 - load / agents) * pdtr(agents - 1, load)))


def answered_within(agents: int, load: float, handling_s: float, within_s: float) -> float:
    """The share of those who come that wait `within_s` at most."""
    if load <= 0:
        return 1.0
    if agents <= load:
        return 0.0
    return 1 - waiting_probability(agents, load) * math.exp(-(agents - load) * within_s / handling_s)


def average_wait(agents: int, load: float, handling_s: float) -> float:
    """How long people wait on average; infinite when there are too few agents."""
    return waiting_probability(agents, load) * handling_s / (agents - load) if agents > load else math.inf


def agents_needed(load: float, handling_s: float, within_s: float, target: float) -> int:
    """The fewest agents, one at least, with whom a share of `target` is answered within `within_s`."""
    fewest = max(1, math.floor(load) + 1)
    for agents in range(fewest, MOST):
        if answered_within(agents, load, handling_s, within_s) >= target:
            return agents
    raise ValueError(f"a load of {load:g} needs more than {MOST} agents")


def with_shrinkage(agents: int, shrinkage: float) -> int:
    """How many people must be on the rota for so many to be at work; `shrinkage` is the share of paid time they are
    not (breaks, training, illness).
    """
    return math.ceil(agents / (1 - shrinkage) - 1e-9)
