"""Watches a folder: takes every mail once, in order, and remembers on disk how far it has come.

A mail is stored first, then marked as read (or moved), then counted as taken. After a crash in between it comes again
and its digest says that it is known. When the server numbers its mails anew (UIDVALIDITY, RFC 3501 section 2.3.1.1),
what came since the last look is looked at again, and the digests tell what is new.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ParamSpec, TypeVar

from connectors.mail.mailbox import TROUBLES, Mailbox, Place
from connectors.ports import State

P = ParamSpec("P")
T = TypeVar("T")

MARK = "mark"
RECENT = 300
"""Digests that are kept for the day on which the server numbers its mails anew."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A mail in the folder; `whole` is false when only its beginning was fetched."""

    data: bytes
    whole: bool
    uid: int
    validity: int


Take = Callable[[Found], Awaitable[str | None]]
"""Stores a mail. Its digest when it is stored, None when it is none of ours: that one stays as it is."""


class MailServerTroubleError(Exception):
    """The mail server cannot be used now."""


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a folder is watched."""

    place: Place
    move_to: str
    take_unread: bool
    mail_bytes: int
    idle_s: float
    poll_s: float


class Watcher:
    """Watches for as long as one connection lasts."""

    def __init__(self, habits: Habits, state: State, take: Take, known: Callable[[bytes], str]) -> None:
        self._habits, self._state, self._take, self._known = habits, state, take, known
        self._recent: deque[str] = deque(maxlen=RECENT)

    async def run(self) -> None:
        """Take what comes until cancelled. Raises `MailServerTroubleError` when the connection ends."""
        async with _opened(self._habits.place) as (mailbox, do):
            uid = await self._begin(mailbox, do)
            while True:
                for each in await do(mailbox.above, uid):
                    await self._one(mailbox, do, each)
                    uid = each
                    await self._keep(mailbox.validity, uid)
                await self._wait(mailbox, do)

    async def _begin(self, mailbox: Mailbox, do: "Do") -> int:
        """Where to go on from: the last mail that was taken."""
        mark = await self._state.get(MARK) or {}
        self._recent.extend(mark.get("recent", ()))
        if mark.get("folder") == self._habits.place.folder:
            if mark["validity"] == mailbox.validity:
                return int(mark["uid"])
            day = datetime.fromtimestamp(mark["at"], UTC) - timedelta(days=1)
            again = await do(mailbox.since, day.date())
        else:
            again = await do(mailbox.unread) if self._habits.take_unread else []
        for each in again:
            if each < mailbox.next_uid:
                await self._one(mailbox, do, each, again=True)
        await self._keep(mailbox.validity, mailbox.next_uid - 1)
        return mailbox.next_uid - 1

    async def _one(self, mailbox: Mailbox, do: "Do", uid: int, *, again: bool = False) -> None:
        fetched = await do(mailbox.fetch, uid, self._habits.mail_bytes)
        if fetched is None or (again and self._known(fetched[0]) in self._recent):
            return
        found = Found(data=fetched[0], whole=fetched[1], uid=uid, validity=mailbox.validity)
        digest = await self._take(found)
        if digest is not None:
            self._recent.append(digest)
            await do(mailbox.done, uid, self._habits.move_to)

    async def _keep(self, validity: int, uid: int) -> None:
        at = int(datetime.now(UTC).timestamp())
        mark = {"folder": self._habits.place.folder, "validity": validity, "uid": uid, "at": at}
        await self._state.put(MARK, {**mark, "recent": list(self._recent)})

    async def _wait(self, mailbox: Mailbox, do: "Do") -> None:
        """Until the server says that something has changed, or it is time to look."""
        if not mailbox.can_idle:
            await asyncio.sleep(self._habits.poll_s)
            return
        if await do(mailbox.begin_idle) and not await do(mailbox.has_news):
            await _readable(mailbox.fileno, self._habits.idle_s)
        await do(mailbox.end_idle)


class Do:
    """Calls what waits for the server, in the one thread of its connection."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer. Raises `MailServerTroubleError`."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*args, **kwargs))
        except TROUBLES as error:  # what a server says may quote what it was sent
            raise MailServerTroubleError(type(error).__name__) from None


@asynccontextmanager
async def _opened(place: Place) -> AsyncIterator[tuple[Mailbox, Do]]:
    """A connection with a thread of its own; both end with the block, even while the server is silent."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="mailbox")
    try:
        opening = thread.submit(Mailbox.open, place)
        try:
            mailbox = await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_not_wanted)  # in its thread: the loop may be gone by then
            raise
        except TROUBLES as error:
            raise MailServerTroubleError(type(error).__name__) from None
        try:
            yield mailbox, Do(thread)
        finally:
            mailbox.hang_up()
    finally:
        thread.shutdown(wait=False)


def _not_wanted(opening: Future[Mailbox]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().hang_up()


async def _readable(fileno: int, seconds: float) -> None:
    """Until the server sends something, or for so long."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(fileno, news.set)
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), seconds)
    finally:
        loop.remove_reader(fileno)
