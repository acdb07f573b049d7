"""The order in which one page speaks: what was refused for the moment is not overtaken by what was said after it."""

import time

from connectors.http import ComeBackLater, Unavailable

GRACE_S = 10.0  # for a page to say again what was refused; afterwards it has given up


class Order:
    """Of one connection. A page may send several messages without waiting, and the cause of a refusal may pass between
    two of them.
    """

    def __init__(self) -> None:
        self._owed = ""
        self._until = 0.0

    def keep(self, client_id: str) -> None:
        """Raises `Unavailable` for a frame that must wait for an earlier one."""
        if self._owed and client_id and client_id != self._owed and time.monotonic() < self._until:
            raise Unavailable

    def refused(self, client_id: str, refused: ComeBackLater) -> None:
        """A frame will be sent again."""
        if client_id and (not self._owed or client_id == self._owed or time.monotonic() >= self._until):
            self._owed = client_id
            self._until = time.monotonic() + (refused.retry_after or 0) + GRACE_S

    def done(self, client_id: str) -> None:
        """A frame was accepted, or never will be."""
        if client_id == self._owed:
            self._owed = ""
