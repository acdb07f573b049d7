"""Intake: everything that a vendor's channel makes of a delivery is stored here, by its kind; then it is acknowledged.

What a customer sent and we cannot take (too long, a button of long ago) is not the vendor's fault, who would only send
it again: it is acknowledged, and the customer is told.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from connectors.channel import Accept, Channel, PullingChannel
from connectors.errors import Blocked, Rejected, SendError
from connectors.fields import clean_text
from connectors.http import ComeBackLater, count_refusal
from connectors.message import JSON, Event, Ignored, Inbound, Outcome, Pull, Reachable, Report
from connectors.refusals import phrase
from frontdoor import metrics
from frontdoor.inbox import Inbox
from frontdoor.lanes import Handler, RetryError, backoff
from frontdoor.recognition import recognise
from frontdoor.step import Effects, Step, Steps
from frontdoor.undelivered import Undelivered
from frontdoor.welcome import welcome
from storage import conversations, customers, messages, outbox, work
from storage.clock import now_ms
from storage.conversations import find_by_address
from storage.customers import Consent, consented
from storage.messages import Delivery
from storage.tables import new_id
from storage.work import Work

log = structlog.get_logger(__name__)

BLOCKED = "blocked"
REPORT_ATTEMPTS = 8
"""A vendor may report a message before our own note that it took it; after so many looks the message is not ours."""
LONGEST_PULL_PAUSE_S = 30.0
"""Customers wait meanwhile, and one request is not much."""
TOGETHER = 100
"""Announcements that are done by fetching once."""
ID_LENGTH = 160
"""Characters that `storage` has room for of a vendor's name for a customer or a message."""


class Intake:
    """Implements `connectors.channel.Accept`, and does the work that pulls and reports cause."""

    def __init__(self, steps: Steps, inbox: Inbox, *, values: Mapping[str, object]) -> None:
        self._steps, self._inbox, self._values = steps, inbox, values
        self._undelivered = Undelivered(steps)
        self.channels: Mapping[str, Channel] = {}

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """By kind of work."""
        return {
            "pull": Handler(look=_waiting, do=self._pull),
            "report": Handler(look=_reported, do=self._report),
        }

    @property
    def accept(self) -> Accept:
        """Stores one event and all it causes."""
        return self._accept

    async def _accept(self, event: Event) -> None:
        if not _has_room(event):
            log.warning("channel.id_refused", channel=event.channel, kind=type(event).__name__)
            count_refusal(event.channel, "bad_id")
            return
        match event:
            case Inbound():
                await self._inbound(event)
            case Report():
                await self._told(event)
            case Pull():
                lane = _lane("pull", event.channel, event.key)
                payload = {"channel": event.channel, "key": event.key, "data": event.data}
                await self._steps.database.write(_promise, lane, "pull", payload)
                await self._steps.bus.publish("work", {"lane": lane})
            case Reachable():
                if conversation_id := await self._steps.database.write(_reach, event):
                    await self._steps.bus.publish("person", {"conversation_id": conversation_id})
            case Ignored():
                metrics.IGNORED.labels(event.channel, event.why).inc()

    async def _inbound(self, inbound: Inbound) -> None:
        if inbound.uninvited and await self._is_stranger(inbound):
            metrics.IGNORED.labels(inbound.channel, "uninvited").inc()
            return
        try:
            await self._inbox.accept(inbound)
        except ComeBackLater:
            raise
        except Blocked:  # acknowledged, so that the vendor does not send it again, and not answered
            metrics.IGNORED.labels(inbound.channel, "blocked").inc()
        except Rejected as refused:
            count_refusal(inbound.channel, refused.code)
            await self._tell_refused(inbound, refused)

    async def _is_stranger(self, inbound: Inbound) -> bool:
        found = await self._steps.database.read(find_by_address, inbound.channel, inbound.address)
        return found is None

    async def _tell_refused(self, inbound: Inbound, refused: Rejected) -> None:
        def transaction(tx: Connection) -> tuple[str, Effects | None]:
            arrival = recognise(tx, inbound.channel, inbound.address, inbound.profile)
            step = self._steps.begin(tx, arrival.conversation)
            became = Delivery(conversation_id=step.conversation.id, message_id=new_id(), seq=0)
            if not messages.record_delivery(tx, inbound.channel, inbound.address, inbound.external_id, became):
                return step.conversation.id, None
            if not step.conversation.language and inbound.profile.language:
                step.set(language=inbound.profile.language)
            welcome(self._steps, step, arrival.customer, inbound)
            _say_refused(step, refused, self._values)
            return step.conversation.id, step.end()

        conversation_id, effects = await self._steps.database.write(transaction)
        if effects is not None:
            await self._steps.publish(conversation_id, effects)

    async def _told(self, report: Report) -> None:
        """Note what a vendor says of a message: that it has arrived, which is most of it, at once."""
        found = await self._steps.database.write(_arrived_or_promised, report)
        if found is None:
            await self._steps.bus.publish("work", {"lane": _lane("report", report.channel, report.vendor_id)})
        elif found.conversation_id:
            await self._undelivered.changed(found.conversation_id, found.message_id, str(report.outcome))

    async def _pull(self, item: Work, waiting: list[Work]) -> None:
        """Fetch what a vendor has announced, once for all announcements that wait; the newest says most."""
        newest = next((each for each in reversed(waiting) if each.payload["data"]), item)
        payload = newest.payload
        channel = self.channels.get(payload["channel"])
        if isinstance(channel, PullingChannel):
            try:
                pull = Pull(channel=payload["channel"], key=payload["key"], data=payload["data"])
                await channel.pull(pull, self._accept)
            except SendError as error:
                log.warning("channel.pull_failed", channel=payload["channel"], error=str(error))
                pause = getattr(error, "after", None) or min(backoff(item.attempts), LONGEST_PULL_PAUSE_S)
                raise RetryError(str(error), after=pause) from error
        await self._steps.database.write(work.finish_up_to, item.lane, waiting[-1].id)

    async def _report(self, item: Work, message_id: str | None) -> None:
        """Note what a vendor says of a message of ours."""
        payload = item.payload
        if message_id is None:
            if item.attempts < REPORT_ATTEMPTS:
                raise RetryError("the message is not noted yet", after=0.2 * 2**item.attempts)
            await self._steps.database.write(work.finish, item.id)
            return
        await self._undelivered.report(item, message_id, Outcome(payload["outcome"]), payload["why"])


def _has_room(event: Event) -> bool:
    """Whether the store has room for a vendor's ids. One event of a delivery must not keep the others out: databases
    refuse what is longer, or has a NUL in it, and the vendor would send the delivery again and again.
    """
    ids: tuple[str, ...] = ()
    match event:
        case Inbound():
            ids = (event.address, event.external_id)
        case Reachable():
            ids = (event.address,)
        case Report():
            ids = (event.vendor_id[:ID_LENGTH],)  # the outbox keeps as much of it
        case Pull():
            ids = (event.key,)
    return all(len(each) <= ID_LENGTH and clean_text(each) == each for each in ids)


def _say_refused(step: Step, refused: Rejected, values: Mapping[str, object]) -> None:
    language = step.conversation.language or "en"
    text = phrase(refused.code, language, {"seconds": 60, "minutes": 60, **values})
    step.say(text, {"kind": "refused", "code": refused.code})


@dataclass(frozen=True, kw_only=True)
class _Noted:
    """A report that needs no work; `conversation_id` is empty when it was no news."""

    conversation_id: str
    message_id: str


def _arrived_or_promised(tx: Connection, report: Report) -> _Noted | None:
    """A failure is for humans, and what names no message of ours may be about one that is just leaving: work, both."""
    message_id = outbox.find_receipt(tx, report.channel, report.vendor_id)
    if message_id is not None and report.outcome is not Outcome.FAILED:
        conversation_id = outbox.report(tx, message_id, report.vendor_id, str(report.outcome), report.reason)
        return _Noted(conversation_id=conversation_id, message_id=message_id)
    payload = {"channel": report.channel, "id": report.vendor_id, "outcome": report.outcome, "why": report.reason}
    _promise(tx, _lane("report", report.channel, report.vendor_id), "report", payload)
    return None


def _lane(kind: str, channel: str, name: str) -> str:
    """A lane for what a vendor names; its names may be longer than those of lanes."""
    return f"{kind}:{channel}:{hashlib.sha256(name.encode()).hexdigest()[:24]}"


def _promise(tx: Connection, lane: str, kind: str, payload: JSON) -> None:
    work.enqueue(tx, lane=lane, kind=kind, key=f"{kind}:{new_id()}", payload=payload)


def _reach(tx: Connection, event: Reachable) -> str:
    """Note it; the conversation that it concerns, if there is one."""
    found = customers.find_at(tx, event.channel, event.address)
    if found is None:
        return ""
    if not event.reachable:
        values = {} if found.blocked_at else consented(Consent.WITHDRAWN, BLOCKED)
        customers.change(tx, found.id, blocked_at=found.blocked_at or now_ms(), **values)
    else:
        values = consented(Consent.GRANTED, "back") if found.consent_source == BLOCKED else {}
        customers.change(tx, found.id, blocked_at=None, **values)
    conversation = conversations.find_by_address(tx, event.channel, event.address)
    return conversation.id if conversation else ""


def _reported(tx: Connection, item: Work) -> str | None:
    return outbox.find_receipt(tx, item.payload["channel"], item.payload["id"])


def _waiting(tx: Connection, item: Work) -> list[Work]:
    return work.first(tx, item.lane, TOGETHER)
