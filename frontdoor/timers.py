"""Timers: what silence means. Found by looking at the store, so a restart forgets none.

Abandoned: closed the page while waiting. Idle: does not answer the agent. Absent: an unseen human reply goes out by
e-mail. Silence is counted only while we were there to hear: anew from the start, and from every jump of the clock.
"""

import asyncio

import structlog
from sqlalchemy import Connection

from connectors.desk import TicketChange
from frontdoor import escalation
from frontdoor.listening import Listening
from frontdoor.states import State
from frontdoor.step import Step, Steps
from storage import conversations, messages, outbox
from storage.clock import now_ms
from storage.conversations import Conversation
from storage.messages import UnseenReply

log = structlog.get_logger(__name__)

SWEEP_S = 5.0
ABSENT_AFTER_S = 90
NEWS_MS = 14 * 86_400_000  # a reply that is older is none that a customer waits for by mail


class Timers:
    """Sweeps over quiet conversations."""

    def __init__(self, steps: Steps, *, abandoned_after_s: int, idle_after_s: int, mail_channel: str) -> None:
        self._steps = steps
        self._abandoned_ms = abandoned_after_s * 1000
        self._idle_ms = idle_after_s * 1000
        self._mail_channel = mail_channel
        self._listening = Listening()

    async def run(self) -> None:
        """Sweep until cancelled."""
        self._listening.begin()
        while True:
            try:
                await self.sweep()
            except Exception as error:  # a database in trouble must not end the service: look again
                log.error("timers.sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Look once."""
        read, now = self._steps.database.read, self._listening.now()
        gone, idle, absent = now - self._abandoned_ms, now - self._idle_ms, now - ABSENT_AFTER_S * 1000
        # Who was told to come back tomorrow has not left by closing the page: only those who have a place in the line.
        # And only a page can be closed: who waits at a vendor's is reached there, however long it takes.
        if gone >= self._listening.since:
            for quiet in await read(
                conversations.quiet, state=State.QUEUED, customer_before=gone, present_before=gone, in_line=True,
                channels=self._steps.stored_channels,
            ):  # fmt: skip
                await self._steps.run(quiet.id, self._abandon, quiet)
        if idle >= self._listening.since:
            for quiet in await read(
                conversations.quiet, state=State.WAITING_CUSTOMER, customer_before=idle, present_before=now
            ):
                await self._steps.run(quiet.id, self._idle, quiet)
        if (
            self._mail_channel
            and absent >= self._listening.since
            and (unseen := await read(messages.unseen_replies, since=now - NEWS_MS, present_before=absent))
        ):
            await self._steps.database.write(self._mail, unseen)

    def _abandon(self, step: Step, seen: Conversation) -> None:
        if not _unchanged(step, seen):
            return
        escalation.change(step, TicketChange.ABANDONED)
        step.move(State.ABANDONED)
        step.system("abandoned", {"kind": "abandoned"}, number=escalation.number_of(step))

    def _idle(self, step: Step, seen: Conversation) -> None:
        last = messages.latest(step.tx, step.conversation.id, 1)
        if not _unchanged(step, seen) or not last or last[-1].at > now_ms() - self._idle_ms:
            return
        escalation.change(step, TicketChange.IDLE)
        step.move(State.IDLE)
        step.system("idle", {"kind": "idle"}, name=step.conversation.agent_name)

    def _mail(self, tx: Connection, unseen: list[UnseenReply]) -> None:
        for row in unseen:
            outbox.add(
                tx, message_id=row.message_id, conversation_id=row.conversation_id, seq=row.seq,
                channel=self._mail_channel,
                address=row.email,
            )  # fmt: skip


def _unchanged(step: Step, seen: Conversation) -> bool:
    now = step.conversation
    return (now.state, now.customer_at, now.position, now.opens_at) == (
        seen.state, seen.customer_at, seen.position, seen.opens_at,
    )  # fmt: skip
