"""Listening: since when we have been there to hear, so that silence before that means nothing."""

import time

import structlog

from storage.clock import now_ms

log = structlog.get_logger(__name__)

JUMP_S = 2.0  # a difference between the wall clock and the one that nobody sets


class Listening:
    """Counts anew from the start, and from every jump of the clock. `since` is in ms."""

    def __init__(self) -> None:
        self.since = 0
        self._clocks: tuple[int, float] | None = None  # at the last look

    def begin(self) -> None:
        """We are there from now on."""
        self.since = now_ms()

    def now(self) -> int:
        """The time in ms. If the clock was set since the last look, what it says of silence so far is worth nothing."""
        now, steady = now_ms(), time.monotonic()
        if self._clocks is not None:
            jump = (now - self._clocks[0]) / 1000 - (steady - self._clocks[1])
            if abs(jump) > JUMP_S:
                log.warning("timers.clock_jumped", seconds=round(jump))
                self.since = now
        self._clocks = now, steady
        return now
