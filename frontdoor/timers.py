"""Timers: what silence means. Found by looking at the store, so a restart forgets none.

Abandoned: left while waiting. Idle: does not answer the agent. Absent: an unseen human reply goes out by e-mail.
"""

import asyncio
from collections.abc import Callable

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
        gone = now - self._abandoned_ms
        await self._each((State.QUEUED,), gone, gone, self._abandon)
        await self._each((State.WAITING_CUSTOMER,), now - self._idle_ms, now, self._idle)
        if self._mail_channel:
            await self._steps.database.write(self._mail_unseen, now - ABSENT_AFTER_S * 1000)

    async def _each(
        self,
        states: tuple[State, ...],
        customer_before: int,
        present_before: int,
        act: Callable[[Step, Conversation], None],
    ) -> None:
        names = tuple(map(str, states))
        for quiet in await self._steps.database.read(
            conversations.quiet, states=names, customer_before=customer_before, present_before=present_before
        ):
            await self._steps.run(quiet.id, act, quiet)

    def _abandon(self, step: Step, seen: Conversation) -> None:
        # Who was told to come back tomorrow has not left by closing the page.
        if not _unchanged(step, seen) or step.conversation.opens_at is not None or step.conversation.position is None:
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

    def _mail_unseen(self, tx: Connection, present_before: int) -> None:
        for row in messages.unseen_replies(tx, present_before):
            outbox.add(
                tx, message_id=row.message_id, conversation_id=row.conversation_id, seq=row.seq,
                channel=self._mail_channel,
                address=row.email,
            )  # fmt: skip


def _unchanged(step: Step, seen: Conversation) -> bool:
    return (step.conversation.state, step.conversation.customer_at) == (seen.state, seen.customer_at)
