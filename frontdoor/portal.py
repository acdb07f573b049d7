"""Portal: the core as channels without a history of their own see it (`connectors.ports.Conversations`)."""

from collections.abc import AsyncIterator
from typing import Self

from sqlalchemy import Connection

from connectors.message import JSON, Inbound, Profile
from connectors.ports import Accepted
from frontdoor.frames import Banners, conversation_frame, message_frame
from frontdoor.inbox import Inbox
from frontdoor.recognition import recognise
from frontdoor.step import Steps
from storage import conversations, customers, handoffs, messages
from storage.bus import Subscription
from storage.clock import now_ms
from storage.conversations import Conversation


class Portal:
    """Implements `connectors.ports.Conversations` over the store and the bus."""

    def __init__(self, steps: Steps, inbox: Inbox) -> None:
        self._steps = steps
        self._inbox = inbox
        self._database = steps.database

    async def accept(self, inbound: Inbound) -> Accepted:
        """Store one event and all it causes."""
        return await self._inbox.accept(inbound)

    async def open(self, channel: str, address: str, profile: Profile) -> JSON:
        """The state of the customer's conversation, begun if there is none."""
        found = await self._database.read(conversations.find_by_address, channel, address)
        if found is None or _news(found, profile):
            found = await self._database.write(_begin, channel, address, profile)
        return await self._database.read(_snapshot, found.id, channel, address, self._steps.bulletins)

    async def find(self, channel: str, address: str) -> JSON | None:
        """The state of the customer's conversation, if there is one."""
        found = await self._database.read(conversations.find_by_address, channel, address)
        if found is None:
            return None
        return await self._database.read(_snapshot, found.id, channel, address, self._steps.bulletins)

    async def address_of(self, channel: str, user_id: str) -> str | None:
        """The address a verified user already has on this channel, if any."""
        return await self._database.read(conversations.address_of_user, channel, user_id)

    async def whose(self, conversation_id: str) -> tuple[str, str] | None:
        """The channel and the address of a conversation, if there is one."""
        found = await self._database.read(conversations.find, conversation_id)
        return None if found is None else (found.channel, found.address)

    async def known(self, channel: str, address: str, external_id: str) -> bool:
        """Whether this delivery has been accepted before."""
        return await self._database.read(messages.find_delivery, channel, address, external_id) is not None

    async def history(self, conversation_id: str, after: int, limit: int = 500) -> list[JSON]:
        """Message objects with `seq > after`, in order."""
        found = await self._database.read(messages.after, conversation_id, after, limit)
        return [message_frame(message, self._steps.link, self._steps.status) for message in found]

    def listen(self, conversation_id: str) -> "LiveFrames":
        """Live frames of the conversation."""
        return LiveFrames(self._steps.bus.subscribe(f"conversation:{conversation_id}"))

    async def typing(self, conversation_id: str, on: bool) -> None:
        """Show the agent that the customer is typing."""
        frame = {"type": "typing", "author": "customer", "name": "", "on": on}
        await self._steps.bus.publish(f"conversation:{conversation_id}", frame)

    async def seen(self, conversation_id: str, seq: int) -> None:
        """Remember what the customer has seen."""
        if await self._database.write(_see, conversation_id, seq):
            frame = {"type": "seen", "seq": seq, "by": "customer"}
            await self._steps.bus.publish(f"conversation:{conversation_id}", frame)

    async def present(self, conversation_id: str) -> None:
        """Remember that the customer's page is open."""
        await self._database.write(_be_present, conversation_id)


class LiveFrames:
    """Frames meant for the customer's side; what the customer did is left out."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    async def __aenter__(self) -> Self:
        await self._subscription.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._subscription.__aexit__(*error)

    async def __aiter__(self) -> AsyncIterator[JSON]:
        async for frame in self._subscription:
            if frame.get("author") != "customer" and frame.get("by") != "customer":
                yield frame


def _news(found: Conversation, profile: Profile) -> bool:
    if "email" in profile.proven and profile.email.lower() != found.proven_email:
        return True
    return any(
        getattr(profile, name) and getattr(profile, name) != getattr(found, name)
        for name in ("user_id", "name", "email", "phone")
    )


def _begin(tx: Connection, channel: str, address: str, profile: Profile) -> Conversation:
    return recognise(tx, channel, address, profile).conversation


def _snapshot(tx: Connection, conversation_id: str, channel: str, address: str, banners: Banners) -> JSON:
    conversation = conversations.find(tx, conversation_id)
    if conversation is None:
        raise KeyError(conversation_id)
    handoff = handoffs.find(tx, conversation.handoff_id) if conversation.handoff_id else None
    user_id = conversation.user_id
    if (conversation.channel, conversation.address) != (channel, address):  # it began elsewhere
        who = customers.find_at(tx, channel, address)
        user_id = who.user_id if who else ""
    return {
        "conversation": conversation_frame(conversation, handoff, banners),
        "last": conversation.seq,
        "seen": conversation.customer_seen,
        "user_id": user_id,
    }


def _be_present(tx: Connection, conversation_id: str) -> None:
    conversations.update_conversation(tx, conversation_id, present_at=now_ms())


def _see(tx: Connection, conversation_id: str, seq: int) -> bool:
    conversation = conversations.lock(tx, conversation_id)
    if not conversation.customer_seen < seq <= conversation.seq:
        return False
    conversations.update_conversation(tx, conversation_id, customer_seen=seq, present_at=now_ms())
    return True
