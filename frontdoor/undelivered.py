"""Undelivered: what did not reach the customer is told to the humans, in their ticket, whatever desk they work at."""

from collections.abc import Mapping

import structlog

from connectors.desk import Line
from connectors.masking import masked
from connectors.message import Author, Content, Outcome
from frontdoor import metrics
from frontdoor.names import channel_name
from frontdoor.sentences import say
from frontdoor.step import Step, Steps
from storage import messages, openings, outbox, work
from storage.clock import now_ms
from storage.messages import Message
from storage.outbox import Parcel
from storage.reach import next_best
from storage.tables import new_id
from storage.work import Work

log = structlog.get_logger(__name__)

SENTENCES: Mapping[str, str] = {
    "held": "not_delivered_held",
    "unknown": "not_delivered_unknown",
    "undeliverable": "not_delivered",
    "dead": "not_delivered",
}
REOPEN = "reopen"
"""What `content.custom.kind` of a message says that a `ReopeningChannel` puts in the vendor's own words."""
QUOTE = 60  # characters of the message in the note about it


def asks_to_write(content: Content) -> bool:
    """Whether the channel puts this message in the vendor's own words, which may be said at any time."""
    return content.custom.get("kind") == REOPEN


class Undelivered:
    """Settles messages that were not delivered, and notes what vendors report later."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    async def settle(
        self, parcel: Parcel, status: str, error: str, *, reopens: bool = False, until: int | None = None
    ) -> None:
        """Write down that a message has not (or nobody knows whether it has) reached the customer. `reopens`: its
        channel can ask them to write, so that what is held may leave. `until` when (ms) they let us write, when it was
        tried: when they have written since, it may leave after all.
        """
        if not await self._steps.run(parcel.conversation_id, self._settle, parcel, status, error, reopens, until):
            return
        metrics.SENT.labels(parcel.channel, status).inc()
        log.warning("outbox.not_sent", channel=parcel.channel, status=status, message=parcel.message_id)
        await self.changed(parcel.conversation_id, parcel.message_id, status)

    async def report(self, item: Work, message_id: str, outcome: Outcome, reason: str) -> None:
        """Note what a vendor says about a message that it took."""
        parcel = await self._steps.database.read(outbox.find, message_id)
        if parcel is None:
            await self._steps.database.write(work.finish, item.id)
            return
        if await self._steps.run(parcel.conversation_id, self._report, item, parcel, outcome, reason):
            await self.changed(parcel.conversation_id, message_id, str(outcome))

    async def changed(self, conversation_id: str, message_id: str, status: str) -> None:
        """Tell whoever looks at the conversation."""
        about = {"conversation_id": conversation_id, "message_id": message_id, "status": status}
        await self._steps.bus.publish("delivery", about)

    def _settle(self, step: Step, parcel: Parcel, status: str, error: str, reopens: bool, until: int | None) -> bool:
        if status == "held" and until is not None:
            if _have_written_since(step, parcel, until):
                outbox.postpone(step.tx, parcel.message_id, due_at=now_ms(), error=error)
                return False
            openings.shut(step.tx, parcel.channel, parcel.address)
        outbox.settle(step.tx, parcel.message_id, status, error=error)
        asked = reopens and status == "held" and _ask_to_write(step, parcel)
        self._note(step, parcel, status, error, asked=asked)
        return True

    def _report(self, step: Step, item: Work, parcel: Parcel, outcome: Outcome, reason: str) -> bool:
        about = parcel.message_id, item.payload["id"]
        if not work.finish(step.tx, item.id) or not outbox.report(step.tx, *about, str(outcome), reason):
            return False
        if outcome is Outcome.FAILED:
            self._note(step, parcel, "undeliverable", reason)
        return True

    def _note(self, step: Step, parcel: Parcel, status: str, error: str, *, asked: bool = False) -> None:
        """Only what people wrote is worth a note, as they believe that the customer has read it, and what should have
        got it there.
        """
        handoff = step.handoff
        message = messages.find(step.tx, step.conversation.id, parcel.message_id)
        if handoff is None or not handoff.ticket_id or message is None or status not in SENTENCES:
            return
        if message.author is not Author.AGENT and not asks_to_write(message.content):
            return
        line = self._line(step, message, parcel, status, error, asked)
        step.tell_desk(
            "desk_append",
            f"append:{handoff.id}:{line.message_id}",
            {"handoff_id": handoff.id, "line": line.to_json()},
        )

    def _line(self, step: Step, message: Message, parcel: Parcel, status: str, error: str, asked: bool) -> Line:
        """What did not get through and why, whether they have been asked to write, and by which channels it could."""
        text, language = message.content.text, step.conversation.language
        quote = text[:QUOTE] + ("…" if len(text) > QUOTE else "")
        channel = channel_name(parcel.channel, language)
        sentence = say(SENTENCES[status], language, quote=quote, channel=channel, reason=error)
        if asked:
            sentence += say("not_delivered_asked", language)
        where = parcel.channel, parcel.address
        ways = next_best(step.tx, step.conversation.person_id, self._steps.outlets, besides=where)
        if ways:
            named = (
                f"{channel_name(way.customer.channel, language)} ({masked(way.customer.address)})" for way in ways[:3]
            )
            sentence += say("not_delivered_next", language, channels=say("or", language).join(named))
        custom = {
            "kind": "not_delivered",
            "message_id": message.id,
            "status": status,
            "channel": parcel.channel,
            "reason": error,
            "next": [{"id": way.customer.id, "channel": way.customer.channel} for way in ways[:3]],
        }
        return Line(
            message_id=new_id(),
            author=Author.SYSTEM,
            author_name="",
            at=now_ms(),
            content=Content(text=sentence, custom=custom),
        )


def _have_written_since(step: Step, parcel: Parcel, until: int) -> bool:
    """Whether the window is open, and another one than that in which it was tried."""
    opening = openings.find(step.tx, parcel.channel, parcel.address)
    return opening is not None and not opening.closed and opening.until != until


def _ask_to_write(step: Step, parcel: Parcel) -> bool:
    """Once for each closed window, by the outbox, and only for what people wrote, as vendors charge for it. Whether it
    is done now.
    """
    message = messages.find(step.tx, step.conversation.id, parcel.message_id)
    where = parcel.channel, parcel.address
    if message is None or message.author is not Author.AGENT or step.conversation.replies_at != where:
        return False
    if not openings.ask(step.tx, *where):
        return False
    step.system("reopen", {"kind": REOPEN})
    return True
