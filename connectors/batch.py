"""Deliveries that bring many updates: one that is not as documented does not keep the others out.

A vendor repeats what was refused as a whole, for hours, and it would be refused each time: with it what other customers
have written.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from connectors.errors import Malformed
from connectors.http import count_refusal
from connectors.message import Event

log = structlog.get_logger(__name__)


class Batch:
    """What was read of one delivery to a channel."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._events: list[Event] = []
        self._refused: Malformed | None = None

    @contextmanager
    def update(self) -> Iterator[list[Event]]:
        """Read one update into this list. One that is `Malformed` is left out and counted."""
        events: list[Event] = []
        try:
            yield events
        except Malformed as refused:
            log.warning("delivery.update_refused", channel=self._channel, code=refused.code, field=refused.field)
            count_refusal(self._channel, refused.code)
            self._refused = self._refused or refused
        else:
            self._events += events

    def events(self) -> list[Event]:
        """All that was read. Raises `Malformed` where nothing could be read of what came."""
        if self._refused is not None and not self._events:
            raise self._refused
        return self._events
