"""How sure a figure is: 95 % confidence intervals, as docs/desk/reports.md names them."""

import math
from statistics import NormalDist

Interval = tuple[float, float]

LEVEL = 0.95
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


def share(hits: float, n: int) -> Interval | None:
    """Wilson's score interval of a share; None of nothing."""
    if n == 0:
        return None
    p = hits / n
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def mean(n: int, total: float, squares: float, bounds: Interval) -> Interval | None:
    """Student's t interval of a mean, within what a value can be; None of fewer than two."""
    if n < 2:
        return None
    from scipy.special import stdtrit  # SciPy: in memory only where reports are read

    middle = total / n
    variance = max(0.0, squares - total * middle) / (n - 1)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * math.sqrt(variance / n)
    return max(bounds[0], middle - half), min(bounds[1], middle + half)


def quantile(ordered: list[int], q: float) -> float:
    """Of ordered values, with linear interpolation between neighbours."""
    place = (len(ordered) - 1) * q
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median(ordered: list[int]) -> Interval | None:
    """The interval of a median between two of the ordered values (binomial, by its normal approximation); None where
    values are too few.
    """
    n = len(ordered)
    low = math.floor((n - Z * math.sqrt(n)) / 2)
    high = math.ceil((n + Z * math.sqrt(n)) / 2)
    return (float(ordered[low]), float(ordered[high])) if low >= 0 and high < n else None
