"""Asking the bot: one turn of Rasa, and, where it is set up, the answer in a model's words."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from connectors.message import JSON, Button, Content
from frontdoor import metrics
from frontdoor.brain import Brain, Reply, Turn
from frontdoor.phrasing import Material, Phrasing
from frontdoor.sentences import say
from frontdoor.states import Owner, owner
from frontdoor.step import Step, Steps
from storage import conversations
from storage.conversations import Conversation
from storage.messages import Message

APOLOGISE_AFTER_S = 5.0
SERVICE_BUTTON = "action:"
"""Payloads that start so are the service's own and never reach the bot."""
_EVERYONE = frozenset({"public"})
_VERIFIED = frozenset({"public", "customers"})


@dataclass(frozen=True, kw_only=True)
class View:
    """What a turn is about: the conversation before it, the message, and how long it has waited."""

    conversation: Conversation
    message: Message
    waited_s: float


class Asking:
    """Gets a reply for a view; it neither stores it nor says it."""

    def __init__(self, steps: Steps, brain: Brain, phrasing: Phrasing | None) -> None:
        self._steps = steps
        self._brain = brain
        self._phrasing = phrasing

    async def ask(self, view: View, payload: str) -> Reply:
        """What the bot says to a message, or to a button's payload. Raises `BrainError`."""
        text = "" if payload else view.message.content.text
        turn = Turn(
            conversation_id=view.conversation.id,
            message_id=view.message.id,
            text=text,
            payload=payload,
            context=_context(view.conversation),
        )
        with metrics.timed("brain"):
            reply = await self._patiently(self._brain.turn(turn), view)
        if self._phrasing is None:
            return reply
        allowed = _VERIFIED if view.conversation.user_id else _EVERYONE
        material = Material(question=text, language=reply.evidence["language"], allowed=allowed)
        with metrics.timed("phrasing"):
            return await self._phrasing.phrase(reply, material, lambda so_far: self._show(view, so_far))

    async def _show(self, view: View, so_far: str) -> None:
        """Let the customer read along, unless the conversation has changed hands meanwhile."""
        now = await self._steps.database.read(conversations.find, view.conversation.id)
        if now is not None and now.epoch == view.conversation.epoch:
            frame = {"type": "typing", "author": "bot", "name": "", "on": True, "text": so_far}
            await self._steps.bus.publish(f"conversation:{view.conversation.id}", frame)

    async def _patiently(self, thinking: Awaitable[Reply], view: View) -> Reply:
        """Wait for the bot; when it takes long, tell the customer that it does."""
        task = asyncio.ensure_future(thinking)
        try:
            done, _ = await asyncio.wait({task}, timeout=APOLOGISE_AFTER_S)
            if not done:
                await self._steps.run(view.conversation.id, apologise)
            return await task
        finally:
            task.cancel()


def apologise(step: Step) -> None:
    """Say once that it takes longer, and offer a human."""
    if not step.conversation.apologised and step.owner is Owner.BOT:
        step.set(apologised=True)
        button = Button(title=say("human_button", step.conversation.language), payload=f"{SERVICE_BUTTON}human")
        step.system("bot_slow", None, Content(buttons=(button,)))


def _context(conversation: Conversation) -> JSON:
    return {
        "language": conversation.language,
        "waiting": owner(conversation.state) is Owner.QUEUE,
        "verified": bool(conversation.user_id),
        "user_id": conversation.user_id,
        "name": conversation.name,
        "email": conversation.email,
        "channel": conversation.replies_at[0],
        "ticket": conversation.handoff_id,
    }
