"""Outbox: what was stored for a customer leaves by a vendor's channel, in order, exactly once where the ids allow it.

A message leaves in the parts that the channel's limits ask for, each committed by itself: `sending` is on disk before
the request leaves. A failure that is certain is tried again; one whose outcome nobody knows is marked `unknown`, shown
to agents, and never repeated blindly. What a vendor does not let us write now is `held` until the customer writes.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Concatenate, ParamSpec

import structlog
from sqlalchemy import Connection

from connectors.channel import Channel, Limits, Receipt, ReopeningChannel
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable, WindowClosed
from connectors.message import Attachment, Author, Content, Outbound
from connectors.rates import Rate
from connectors.rendering import parts
from frontdoor import metrics
from frontdoor.errands import Errands
from frontdoor.frames import Link, signed
from frontdoor.lanes import backoff
from frontdoor.mail import MailNotices
from frontdoor.status_links import MARK, StatusLinks
from frontdoor.step import Steps
from frontdoor.undelivered import Undelivered, asks_to_write
from storage import conversations, customers, messages, openings, outbox, status_links
from storage.clock import now_ms
from storage.database import Trouble
from storage.locks import Locks
from storage.messages import Message
from storage.openings import OpeningRow
from storage.outbox import Parcel

P = ParamSpec("P")

log = structlog.get_logger(__name__)

SEND_TIMEOUT_S = 30.0
FINISH_S = 5.0
TROUBLE_S = 0.5
LONGEST_PAUSE_S = 900.0  # between two attempts, whatever a vendor asks for
GIVE_UP_AFTER_S = 24 * 3600.0
GIVE_UP_ATTEMPTS = range(20, 500)  # neither sooner nor later than that


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """What may leave now, or the `status` in which it ends without leaving."""

    message: Outbound | None = None
    status: str = ""
    error: str = ""
    until: int | None = None  # ms; until when the vendor lets us write, as far as was known; None: no such rule


class Pace:
    """How fast one channel may be written to, by its declared limits."""

    def __init__(self, limits: Limits) -> None:
        self._each = _rate(limits.per_second)
        self._all = _rate(limits.total_per_second)

    def gates(self, address: str) -> list[Callable[[], float]]:
        """What the next message has to pass, one after the other: each gives the seconds to wait, 0 lets it pass and
        counts it.
        """
        return [partial(rate.take, key) for rate, key in ((self._each, address), (self._all, "")) if rate is not None]


def _rate(per_second: float | None) -> Rate | None:
    if per_second is None:
        return None
    return Rate(max(1, int(per_second)), max(1.0, 1 / per_second))


class Outbox:
    """Sends what is pending; one task for each conversation that has something."""

    def __init__(self, steps: Steps, locks: Locks, channels: Mapping[str, Channel], *, public_url: str = "") -> None:
        self._steps = steps
        self._database = steps.database
        self._locks = locks
        self._channels = channels
        self._undelivered = Undelivered(steps)
        self._public_url = public_url
        self._paces = {name: Pace(channel.limits) for name, channel in channels.items()}
        self._errands = Errands("outbox", self._send_all)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Send until cancelled; what is leaving then gets a moment to arrive."""
        try:
            await self._errands.serve(
                self._steps.bus.subscribe("outbox"),
                "conversation_id",
                lambda: self._database.read(outbox.open_conversations),
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
            if parcel.status == "sending":  # by a process that is no more
                await self._settle(parcel, "unknown", "stopped while sending")
            elif not await self._stopped_within(_pause_left(parcel)) and not await self._paced(parcel):
                await self._send(parcel)

    async def _paced(self, parcel: Parcel) -> bool:
        """Wait until the channel's limits let one more message out; whether we are to stop meanwhile."""
        pace = self._paces.get(parcel.channel)
        for gate in pace.gates(parcel.address) if pace is not None else ():
            while wait := gate():
                if await self._stopped_within(wait):
                    return True
        return False

    async def _stopped_within(self, seconds: float) -> bool:
        """Let time pass, measured by a clock that nobody sets; whether we are to stop meanwhile."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    async def _send(self, parcel: Parcel) -> None:
        channel = self._channels.get(parcel.channel)
        if channel is None:
            await self._settle(parcel, "dead", f"no channel {parcel.channel}")
            return
        claimed = await self._database.write(_claim, parcel, channel.limits, self._absolute, self._steps.status)
        if claimed is None:
            return
        if claimed.message is None:
            await self._settle(parcel, claimed.status, claimed.error, channel, claimed.until)
            return
        message = claimed.message
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                vendor_id = (await _send_by(channel, message)).vendor_id
        except TryLater as later:
            if _is_patient(parcel):
                pause = min(later.after or backoff(parcel.attempts), LONGEST_PAUSE_S)
                await self._postpone(parcel, pause, str(later))
                return
            await self._settle(parcel, "dead", str(later))
        except WindowClosed as closed:
            await self._settle(parcel, "held", str(closed), channel, claimed.until)
        except Undeliverable as never:
            await self._settle(parcel, "undeliverable", str(never))
        except (OutcomeUnknown, TimeoutError) as unknown:
            await self._settle(parcel, "unknown", str(unknown) or "timed out")
        except Exception as defect:  # the request may have left: nobody knows
            log.error("outbox.defect", channel=parcel.channel, error=type(defect).__name__, exc_info=True)
            await self._settle(parcel, "unknown", type(defect).__name__)
        else:
            last = message.part + 1 >= message.parts
            await self._keep(_left, parcel, channel.limits, vendor_id, last)
            if last:
                metrics.SENT.labels(parcel.channel, "sent").inc()
                await self._undelivered.changed(parcel.conversation_id, parcel.message_id, "sent")

    def _absolute(self, attachment: Attachment) -> str:
        """A link for those who are not on our pages, and perhaps open it days later."""
        return f"{self._public_url}{self._steps.link(attachment, kept=True)}"

    async def _postpone(self, parcel: Parcel, seconds: float, error: str) -> None:
        due_at = now_ms() + int(seconds * 1000)
        await self._keep(outbox.postpone, parcel.message_id, due_at=due_at, error=error)

    async def _settle(
        self, parcel: Parcel, status: str, error: str, channel: Channel | None = None, until: int | None = None
    ) -> None:
        reopens = isinstance(channel, ReopeningChannel) and channel.reopens
        while True:
            try:
                return await self._undelivered.settle(parcel, status, error, reopens=reopens, until=until)
            except Trouble as trouble:
                await _wait_for_database(trouble)

    async def _keep(
        self, function: Callable[Concatenate[Connection, P], None], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Write down what is known of a message that has left, however long the database is in trouble."""
        while True:
            try:
                return await self._database.write(function, *args, **kwargs)
            except Trouble as trouble:
                await _wait_for_database(trouble)


async def _send_by(channel: Channel, message: Outbound) -> Receipt:
    """With one request; what asks the customer to write is put in the vendor's own words."""
    if isinstance(channel, ReopeningChannel) and asks_to_write(message.content):
        return await channel.reopen(message)
    return await channel.send(message)


async def _wait_for_database(trouble: Exception) -> None:
    log.warning("outbox.database_trouble", error=type(trouble).__name__)
    await asyncio.sleep(TROUBLE_S)


def _pause_left(parcel: Parcel) -> float:
    """Seconds until it is due. More than can have been meant is because the clock was set back: it is due now."""
    left = (parcel.due_at - now_ms()) / 1000
    return left if parcel.attempts and left <= LONGEST_PAUSE_S else 0.0


def _is_patient(parcel: Parcel) -> bool:
    """Whether it is worth another try; the clock alone does not end it, as it may have been set meanwhile."""
    if parcel.attempts not in GIVE_UP_ATTEMPTS:
        return parcel.attempts < GIVE_UP_ATTEMPTS.start
    return now_ms() - parcel.created_at < GIVE_UP_AFTER_S * 1000


def _claim(tx: Connection, parcel: Parcel, limits: Limits, link: Link, status: StatusLinks) -> Claimed | None:
    """The next part of a message, once it is noted that it is being sent; None when somebody else does."""
    message = messages.find(tx, parcel.conversation_id, parcel.message_id)
    if message is None:
        return Claimed(status="dead", error="the message is gone")
    opening = openings.find(tx, parcel.channel, parcel.address) if limits.opening is not None else None
    until = None if limits.opening is None else opening.until if opening is not None else 0
    stopped = None if until is None else _stopped_by(opening, message)
    if (stopped := stopped or _forbidden(tx, parcel, message)) is not None:
        return replace(stopped, until=until)
    if not outbox.claim(tx, parcel.message_id):
        return None
    content = status.shown(_with_link(tx, parcel, message), message.language)
    whole = Outbound(
        message_id=message.id,
        conversation_id=parcel.conversation_id,
        address=parcel.address,
        author=message.author,
        author_name=message.author_name,
        content=replace(content, attachments=signed(content.attachments, link)),
        seq=message.seq,
        at=message.at,
        language=message.language or "en",
    )
    pieces = () if asks_to_write(message.content) else parts(whole, limits)
    return Claimed(message=pieces[min(parcel.part, len(pieces) - 1)] if pieces else whole, until=until)


def _with_link(tx: Connection, parcel: Parcel, message: Message) -> Content:
    """What is mailed to a customer who left the page has the private link of their ticket, if they got one."""
    if parcel.channel != MailNotices.name or message.author is not Author.AGENT:
        return message.content
    conversation = conversations.find(tx, parcel.conversation_id)
    handoff_id = conversation.handoff_id if conversation else ""
    if not handoff_id or not status_links.known(tx, handoff_id):
        return message.content
    return replace(message.content, custom=message.content.custom | {MARK: handoff_id})


def _stopped_by(opening: OpeningRow | None, message: Message) -> Claimed | None:
    """What the vendor's reply window says against it, if anything."""
    closed = opening is None or opening.closed
    if asks_to_write(message.content):
        return None if closed else Claimed(status="expired", error="the customer has written by themselves")
    return Claimed(status="held", error="the vendor lets us write after the customer does") if closed else None


def _forbidden(tx: Connection, parcel: Parcel, message: Message) -> Claimed | None:
    """Why the customer may not be written to, if so; that they hear from us no more is the last thing they hear."""
    why = customers.forbidden(tx, parcel.channel, parcel.address)
    if why and not (why == "unsubscribed" and message.content.custom.get("kind") == why):
        return Claimed(status="undeliverable", error=f"the customer does not want messages here ({why})")
    return None


def _left(tx: Connection, parcel: Parcel, limits: Limits, vendor_id: str, last: bool) -> None:
    if vendor_id:
        outbox.keep_receipt(tx, channel=parcel.channel, vendor_id=vendor_id, message_id=parcel.message_id)
    if limits.opening is not None:
        openings.spend(tx, parcel.channel, parcel.address)
    if last:
        outbox.sent(tx, parcel.message_id, vendor_id)
    else:
        outbox.advance(tx, parcel.message_id)
