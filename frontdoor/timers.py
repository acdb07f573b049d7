"""Timers: what silence means. Found by looking at the store, so a restart forgets none.

Abandoned: left while waiting. Idle: does not answer the agent. Absent: an unseen human reply goes out by e-mail.
"""

import asyncio

import structlog
from sqlalchemy import Connection

from connectors.desk import TicketChange
from frontdoor import escalation
from frontdoor.ownership import number_of
from frontdoor.states import State
from frontdoor.step import Step, Steps
from storage import conversations, messages, outbox
from storage.clock import now_ms
from storage.conversations import Conversation
from storage.messages import UnseenReply

log = structlog.get_logger(__name__)

SWEEP_S = 5.0
ABSENT_AFTER_S = 90


class Timers:
    """Sweeps over quiet conversations."""

    def __init__(self, steps: Steps, *, abandoned_after_s: int, idle_after_s: int, mail_channel: str) -> None:
        self._steps = steps
        self._abandoned_ms = abandoned_after_s * 1000
        self._idle_ms = idle_after_s * 1000
        self._mail_channel = mail_channel

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception as error:  # a database in trouble must not end the service: look again
                log.error("timers.sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Look once."""
        now = now_ms()
        read, gone = self._steps.database.read, now - self._abandoned_ms
        # Who was told to come back tomorrow has not left by closing the page: only those who have a place in the line.
        for quiet in await read(
            conversations.quiet, state=State.QUEUED, customer_before=gone, present_before=gone, in_line=True
        ):
            await self._steps.run(quiet.id, self._abandon, quiet)
        for quiet in await read(
            conversations.quiet, state=State.WAITING_CUSTOMER, customer_before=now - self._idle_ms, present_before=now
        ):
            await self._steps.run(quiet.id, self._idle, quiet)
        if self._mail_channel and (unseen := await read(messages.unseen_replies, now - ABSENT_AFTER_S * 1000)):
            await self._steps.database.write(self._mail, unseen)

    def _abandon(self, step: Step, seen: Conversation) -> None:
        if not _unchanged(step, seen):
            return
        escalation.change(step, TicketChange.ABANDONED)
        step.move(State.ABANDONED)
        step.system("abandoned", {"kind": "abandoned"}, number=number_of(step))

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
