"""Conversations that agents begin: a call they log, or a customer they write to where we may write first."""

import asyncio
from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from connectors.channel import Channel
from connectors.desk import Reason
from connectors.message import Author, Content, Profile
from desk.ports import NO_NUMBER, Beginning
from frontdoor import escalation
from frontdoor.phone_log import PhoneLog
from frontdoor.states import Owner
from frontdoor.step import Effects, Step, Steps
from storage import conversations, handoffs, messages
from storage.clock import now_ms
from storage.messages import Delivery
from storage.tables import new_id

LOOK_EVERY_S = 0.05
PATIENCE_S = 8.0


class Begun:
    """Implements `desk.ports.Begin`. `channels` are asked when they run."""

    def __init__(self, steps: Steps, channels: Callable[[], Mapping[str, Channel]], *, desk: str) -> None:
        self._steps, self._channels, self._desk = steps, channels, desk

    def ways(self) -> list[str]:
        """The channels on which an agent may begin."""
        first = (name for name, channel in self._channels().items() if channel.limits.first)
        return [PhoneLog.name, *sorted(first)]

    async def begin(self, what: Beginning) -> str:
        """The id of the ticket, once the desk has it; the same for a repeat. Raises TimeoutError while the desk is
        away: the ticket comes when it is back.
        """
        conversation_id, effects = await self._steps.database.write(self._begin, what)
        if effects is not None:
            await self._steps.publish(conversation_id, effects)
        async with asyncio.timeout(PATIENCE_S):
            return await self._ticket_of(conversation_id)

    async def go_on(self, conversation_id: str) -> str:
        """The id of the ticket in which an agent goes on with a conversation that the bot had; the same for a repeat,
        or when the customer has one by now. Raises KeyError and TimeoutError.
        """
        await self._steps.run(conversation_id, self._go_on)
        async with asyncio.timeout(PATIENCE_S):
            return await self._ticket_of(conversation_id)

    def _go_on(self, step: Step) -> None:
        if step.owner is Owner.BOT:
            escalation.begin(step, Reason.AGENT, self._desk)

    async def _ticket_of(self, conversation_id: str) -> str:
        while True:
            if ticket_id := await self._steps.database.read(_ticket, conversation_id):
                return ticket_id
            await asyncio.sleep(LOOK_EVERY_S)

    def _begin(self, tx: Connection, what: Beginning) -> tuple[str, Effects | None]:
        address = what.address or f"{NO_NUMBER}{what.client_id}"  # a caller who hides their number, a visitor
        profile = Profile(name=what.name, email=what.email, phone=what.phone, language=what.language)
        step = self._steps.begin(tx, conversations.begin(tx, what.channel, address, profile))
        became = Delivery(conversation_id=step.conversation.id, message_id=new_id(), seq=0)
        if not messages.record_delivery(tx, what.channel, address, f"begun-{what.client_id}", became):
            return step.conversation.id, None
        step.set(language=what.language)
        if what.said:
            step.set(customer_at=now_ms())
            custom = {"kind": "phone_call", "by": what.agent_name}
            said = step.add(Author.CUSTOMER, Content(text=what.said, custom=custom), message_id=became.message_id)
            if step.owner is not Owner.BOT:
                escalation.append(step, said)
        if step.owner is Owner.BOT:
            escalation.begin(step, Reason.AGENT, self._desk)
        return step.conversation.id, step.end()


def _ticket(tx: Connection, conversation_id: str) -> str:
    conversation = conversations.find(tx, conversation_id)
    handoff = handoffs.find(tx, conversation.handoff_id) if conversation and conversation.handoff_id else None
    return handoff.ticket_id if handoff else ""
