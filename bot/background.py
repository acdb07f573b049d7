"""A thread for what no customer waits for: one thing at a time, and live turns go first."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

MOST_WAITING = 4
PATIENCE = 0.1  # seconds: live turns go first, but work must end even if there is always one

T = TypeVar("T")


class Busy(Exception):
    """Too much is waiting already; ask again later."""


class Background:
    """Runs functions one after the other on a thread of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="background")
        self._waiting = 0
        self._turns = 0
        self._none = threading.Event()
        self._none.set()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A live turn runs while the block does. Used on the event loop only."""
        self._turns += 1
        self._none.clear()
        try:
            yield
        finally:
            self._turns -= 1
            if not self._turns:
                self._none.set()

    def give_way(self) -> None:
        """Called by what runs here, every few milliseconds of work: wait for live turns to end."""
        if self._none.wait(PATIENCE):
            time.sleep(0)

    async def run(self, function: Callable[[], T]) -> T:
        """What `function` returns or raises. Raises Busy."""
        if self._waiting >= MOST_WAITING:
            raise Busy("other replays are under way: ask again in some seconds")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, function)
        finally:
            self._waiting -= 1
