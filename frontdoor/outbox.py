"""Outbox: what was stored for a customer leaves by a vendor's channel, in order, exactly once where the ids allow it.

`sending` is on disk before the request leaves. A failure that is certain is tried again; one whose outcome nobody
knows is marked `unknown`, shown to agents, and never repeated blindly.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Concatenate, ParamSpec

import structlog
from sqlalchemy import Connection

from connectors.channel import Channel
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.message import Outbound
from frontdoor import metrics
from frontdoor.errands import Errands
from frontdoor.lanes import backoff
from storage import messages, outbox
from storage.bus import Bus
from storage.clock import now_ms
from storage.database import Database, Trouble
from storage.locks import Locks
from storage.outbox import Parcel

P = ParamSpec("P")

log = structlog.get_logger(__name__)

SEND_TIMEOUT_S = 30.0
FINISH_S = 5.0
TROUBLE_S = 0.5
LONGEST_PAUSE_S = 900.0  # between two attempts, whatever a vendor asks for
GIVE_UP_AFTER_S = 24 * 3600.0


class Outbox:
    """Sends what is pending; one task for each conversation that has something."""

    def __init__(self, database: Database, bus: Bus, locks: Locks, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._bus = bus
        self._locks = locks
        self._channels = channels
        self._errands = Errands("outbox", self._send_all)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Send until cancelled; what is leaving then gets a moment to arrive."""
        try:
            await self._errands.serve(
                self._bus.subscribe("outbox"), "conversation_id", lambda: self._database.read(outbox.open_conversations)
            )
        finally:
            self._stopping.set()
            await self._errands.stop(FINISH_S)

    async def _send_all(self, conversation_id: str) -> None:
        try:
            async with self._locks.hold(f"outbox:{conversation_id}") as held:
                if held:  # else another worker sends, and hears the same hints
                    await self._empty(conversation_id)
        except Exception as error:  # the parcels wait on disk for the next look
            log.error("outbox.failed", error=type(error).__name__, exc_info=not isinstance(error, Trouble))

    async def _empty(self, conversation_id: str) -> None:
        while not self._stopping.is_set():
            self._errands.look_now(conversation_id)
            parcel = await self._database.read(outbox.head, conversation_id)
            if parcel is None:
                return
            wait = _pause_left(parcel)
            if parcel.status == "sending":  # by a process that is no more
                await self._settle(parcel, "unknown", error="stopped while sending")
            elif not await self._stopped_within(wait):
                await self._send(parcel)

    async def _stopped_within(self, seconds: float) -> bool:
        """Let time pass, measured by a clock that nobody sets; whether we are to stop meanwhile."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    async def _send(self, parcel: Parcel) -> None:
        claimed = await self._database.write(_claim, parcel)
        if claimed is None:
            return
        channel = self._channels.get(parcel.channel)
        if channel is None:
            await self._settle(parcel, "dead", error=f"no channel {parcel.channel}")
            return
        status, error, vendor_id = "sent", "", ""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                vendor_id = (await channel.send(claimed)).vendor_id
        except TryLater as later:
            if now_ms() - parcel.created_at < GIVE_UP_AFTER_S * 1000:
                pause = min(later.after or backoff(parcel.attempts), LONGEST_PAUSE_S)
                due_at = now_ms() + int(pause * 1000)
                await self._keep(outbox.postpone, parcel.message_id, due_at=due_at, error=str(later))
                return
            status, error = "dead", str(later)
        except Undeliverable as never:
            status, error = "undeliverable", str(never)
        except (OutcomeUnknown, TimeoutError) as unknown:
            status, error = "unknown", str(unknown) or "timed out"
        except Exception as defect:  # the request may have left: nobody knows
            log.error("outbox.defect", channel=parcel.channel, error=type(defect).__name__, exc_info=True)
            status, error = "unknown", type(defect).__name__
        await self._settle(parcel, status, vendor_id=vendor_id, error=error)

    async def _settle(self, parcel: Parcel, status: str, *, vendor_id: str = "", error: str = "") -> None:
        await self._keep(outbox.settle, parcel.message_id, status, vendor_id=vendor_id, error=error)
        metrics.SENT.labels(parcel.channel, status).inc()
        if status != "sent":
            log.warning("outbox.not_sent", channel=parcel.channel, status=status, message=parcel.message_id)

    async def _keep(
        self, function: Callable[Concatenate[Connection, P], None], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Write down what is known of a message that has left, however long the database is in trouble."""
        while True:
            try:
                return await self._database.write(function, *args, **kwargs)
            except Trouble as error:
                log.warning("outbox.database_trouble", error=type(error).__name__)
                await asyncio.sleep(TROUBLE_S)


def _pause_left(parcel: Parcel) -> float:
    """Seconds until it is due. More than can have been meant is because the clock was set back: it is due now."""
    left = (parcel.due_at - now_ms()) / 1000
    return left if parcel.attempts and left <= LONGEST_PAUSE_S else 0.0


def _claim(tx: Connection, parcel: Parcel) -> Outbound | None:
    if not outbox.claim(tx, parcel.message_id):
        return None
    message = messages.find(tx, parcel.conversation_id, parcel.message_id)
    if message is None:
        outbox.settle(tx, parcel.message_id, "dead", error="the message is gone")
        return None
    return Outbound(
        message_id=message.id,
        conversation_id=parcel.conversation_id,
        address=parcel.address,
        author=message.author,
        author_name=message.author_name,
        content=message.content,
        seq=message.seq,
        at=message.at,
        language=message.language,
    )
