"""A long run in windows: how fast, how much memory and how much on disk, from beginning to end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.figures import latency, percentile

Weigh = Callable[[], Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class Window:
    """A stretch of the run. `upto`: what was counted since the start; `seconds`: of each of its turns; `rss_mb` by
    program and `stored` in bytes: at its end.
    """

    upto: int
    seconds: Sequence[float]
    rss_mb: Mapping[str, float]
    stored: int

    def result(self) -> dict[str, Any]:
        """The figures of a report."""
        memory = {name: round(value, 1) for name, value in self.rss_mb.items()}
        return {"upto": self.upto, **latency(self.seconds, 50, 99), "rss_mb": memory, "stored": self.stored}


@dataclass(kw_only=True)
class Course:
    """Cuts a run into windows of `size`; `weigh` and `stored` are asked at the end of each."""

    size: int
    weigh: Weigh
    stored: Callable[[], int]
    windows: list[Window] = field(default_factory=list)
    _seconds: list[float] = field(default_factory=list)
    counted: int = 0

    def turn(self, seconds: float) -> None:
        """A turn of the present window took so long."""
        self._seconds.append(seconds)

    def count(self) -> None:
        """One more of what windows are made of; the last one of a window ends it."""
        self.counted += 1
        if self.counted % self.size == 0 and self._seconds:
            window = Window(upto=self.counted, seconds=tuple(self._seconds), rss_mb=self.weigh(), stored=self.stored())
            self.windows.append(window)
            self._seconds.clear()

    def summary(self) -> dict[str, Any]:
        """How the end differs from the beginning. Raises ValueError for less than two windows.

        Latencies compare the last quarter of the windows with the first. Memory is compared with the end of the first
        window, and with the middle of the run: caches of a fixed size fill up early, a leak goes on.
        """
        if len(self.windows) < 2:
            raise ValueError("a run without two windows has no course")
        part = max(1, len(self.windows) // 4)
        early, late = self.windows[:part], self.windows[-part:]
        first, middle, last = (self._memory(at) for at in (0, (len(self.windows) - 1) // 2, -1))
        return {
            "last_over_first": round(_typical(late, 50) / _typical(early, 50), 2),
            "last_over_first_p99": round(_typical(late, 99) / _typical(early, 99), 2),
            "memory_first_mb": round(first, 1),
            "memory_last_mb": round(last, 1),
            "memory_growth_mb": round(last - first, 1),
            "memory_growth_second_half_mb": round(last - middle, 1),
        }

    def _memory(self, at: int) -> float:
        return sum(self.windows[at].rss_mb.values())


def _typical(windows: Sequence[Window], percent: int) -> float:
    return percentile([second for window in windows for second in window.seconds], percent)
