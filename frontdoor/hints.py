"""Hints from the desk that are never stored as work: typing, read marks, and moves of the queue."""

import structlog
from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind
from connectors.message import JSON
from frontdoor.states import State
from frontdoor.step import Step, Steps
from frontdoor.typing import Typing
from storage import conversations, messages
from storage.clock import now_ms

log = structlog.get_logger(__name__)


class Hints:
    """Carries the desk's hints to the customer's screen."""

    def __init__(self, steps: Steps, typing: Typing) -> None:
        self._steps = steps
        self._typing = typing

    async def run(self) -> None:
        """Listen until cancelled."""
        async with self._steps.bus.subscribe("desk-hints") as hints:
            async for hint in hints:
                try:
                    await self._pass(hint["conversation_id"], DeskEvent.from_json(hint))
                except Exception as error:  # a hint is worth less than the service
                    log.warning("desk.hint_lost", error=type(error).__name__)

    async def _pass(self, conversation_id: str, event: DeskEvent) -> None:
        topic = f"conversation:{conversation_id}"
        if event.kind is DeskEventKind.TYPING:
            frame: JSON = {"type": "typing", "author": "agent", "name": event.agent_name, "on": event.on}
            await self._steps.bus.publish(topic, frame)
            if event.on and self._typing.possible:
                found = await self._steps.database.read(conversations.find, conversation_id)
                if found is not None:
                    self._typing.show(*found.replies_at)
        elif event.kind is DeskEventKind.SEEN:
            seq = await self._steps.database.read(_seq, conversation_id, event.message_id)
            if seq:
                await self._steps.run(conversation_id, _seen, seq)
        elif event.kind is DeskEventKind.POSITION:
            await self._steps.run(conversation_id, _place, event)


def _seq(tx: Connection, conversation_id: str, message_id: str) -> int:
    message = messages.find(tx, conversation_id, message_id)
    return message.seq if message else 0


def _seen(step: Step, seq: int) -> None:
    step.seen_by_us(seq)


def _place(step: Step, event: DeskEvent) -> None:
    place = (event.position, event.wait_seconds)
    if step.conversation.state == State.QUEUED and place != (
        step.conversation.position,
        step.conversation.wait_seconds,
    ):
        opens_at = step.conversation.opens_at
        step.set(
            position=event.position,
            wait_seconds=event.wait_seconds,
            opens_at=opens_at if opens_at and opens_at > now_ms() else None,
        )
        step.effects.state_changed = True
