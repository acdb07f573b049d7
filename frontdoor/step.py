"""One step of one conversation: a transaction, and what the world is told after it is committed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from connectors.channel import Limits
from connectors.fields import clean_text
from connectors.message import JSON, Author, Content
from frontdoor import metrics
from frontdoor.desk_choice import Choose, always
from frontdoor.frames import Banners, Link, Links, conversation_frame, message_frame
from frontdoor.sentences import say
from frontdoor.states import Owner, State, owner
from frontdoor.status_links import StatusLinks
from storage import conversations, handoffs, messages, outbox, work
from storage.bus import Bus
from storage.clock import now_ms
from storage.continuing import follow
from storage.conversations import Conversation
from storage.database import Database
from storage.handoffs import HandoffRow
from storage.messages import Message
from storage.reach import Outlets
from storage.tables import new_id

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(kw_only=True)
class Effects:
    """What to publish once the transaction is on disk."""

    frames: list[JSON] = field(default_factory=list)
    lanes: list[str] = field(default_factory=list)
    parcels: bool = False
    state_changed: bool = False
    owner: str = ""  # the new one, when it changed
    person: bool = False  # who the customer is, or where they are, has changed


class Step:
    """A conversation held for the length of a transaction."""

    def __init__(
        self, tx: Connection, conversation: Conversation, stored_channels: frozenset[str], link: Link,
        status: StatusLinks, banners: Banners, choose: Choose,
    ) -> None:  # fmt: skip
        self.tx = tx
        self.conversation = conversation
        self.effects = Effects()
        self._stored_channels = stored_channels
        self._link = link
        self._status = status
        self._banners = banners
        self.choose = choose  # which desk takes a handoff
        self._changed: dict[str, Any] = {}
        self._handoffs: dict[str, HandoffRow | None] = {"": None}

    @property
    def handoff(self) -> HandoffRow | None:
        """The current (last) handoff of the conversation."""
        return self.find_handoff(self.conversation.handoff_id)

    def find_handoff(self, handoff_id: str) -> HandoffRow | None:
        """A handoff of this conversation, or of one with which its customer goes on here; or None."""
        if handoff_id not in self._handoffs:
            found = handoffs.find(self.tx, handoff_id)
            elsewhere = found is not None and found.conversation_id != self.conversation.id
            if found is not None and elsewhere and follow(self.tx, found.conversation_id) != self.conversation.id:
                found = None
            self._handoffs[handoff_id] = found
        return self._handoffs[handoff_id]

    def add(
        self, author: Author, content: Content, *, name: str = "", message_id: str = "", client_id: str = "",
        via: tuple[str, str] | None = None,
    ) -> Message:  # fmt: skip
        """Store the next message and, unless it is the customer's own, send it to where they wrote last, or to `via`, a
        channel and an address.
        """
        seq = self.conversation.seq + 1
        message_id = message_id or new_id()
        text = clean_text(content.text)
        buttons = tuple(
            replace(button, title=clean_text(button.title), token=button.token or f"{message_id}.{index}")
            for index, button in enumerate(content.buttons)
        )
        message = messages.add(
            self.tx, conversation_id=self.conversation.id, seq=seq, author=author, author_name=name,
            message_id=message_id, content=replace(content, text=text, buttons=buttons), client_id=client_id,
            language=self.conversation.language, channel=self.conversation.replies_at[0],
        )  # fmt: skip
        self.set(seq=seq)
        self.effects.frames.append({"type": "message", "message": message_frame(message, self._link, self._status)})
        channel, address = via or self.conversation.replies_at
        if author is not Author.CUSTOMER and channel not in self._stored_channels:
            outbox.add(
                self.tx, message_id=message.id, conversation_id=self.conversation.id, seq=seq, channel=channel,
                address=address,
            )  # fmt: skip
            self.effects.parcels = True
        return message

    def system(
        self, sentence: str, custom: JSON | None = None, content: Content | None = None, /, **values: object
    ) -> Message:
        """The service says one of its sentences."""
        return self.say(say(sentence, self.conversation.language, **values), custom, content)

    def say(
        self, text: str, custom: JSON | None = None, content: Content | None = None, /, *,
        via: tuple[str, str] | None = None,
    ) -> Message:  # fmt: skip
        """The service says something in words of the caller's; `via` as of `add`."""
        return self.add(Author.SYSTEM, replace(content or Content(), text=text, custom=custom or {}), via=via)

    def move(self, state: State, **values: Any) -> None:
        """Change state and fields; a change of owner raises the epoch."""
        epoch = self.conversation.epoch + (owner(state) is not owner(self.conversation.state))
        if epoch != self.conversation.epoch:
            self.effects.owner = str(owner(state))
        self.set(state=str(state), epoch=epoch, **values)
        self.effects.state_changed = True

    def set(self, **values: Any) -> None:
        """Set fields of the conversation; they are written once, when the step ends."""
        self._changed |= values
        self.conversation = replace(self.conversation, **values)

    def end(self) -> Effects:
        """Write what has changed; the effects, complete with the frame of the new state."""
        if self._changed:
            conversations.update_conversation(self.tx, self.conversation.id, **self._changed)
        if self.effects.state_changed:
            self.effects.frames.append(self.state_frame())
        return self.effects

    def seen_by_us(self, seq: int) -> bool:
        """The bot or an agent has read the customer's messages up to `seq`; False when that was known."""
        if seq <= self.conversation.agent_seen:
            return False
        self.set(agent_seen=seq)
        self.effects.frames.append({"type": "seen", "seq": seq})
        return True

    def set_customer(self, **values: Any) -> None:
        """Set fields of the customer."""
        conversations.update_customer(self.tx, self.conversation.customer_id, **values)
        self.conversation = replace(self.conversation, **values)
        self.effects.state_changed = True

    def enqueue(self, kind: str, key: str, payload: JSON, *, lane: str = "", due_at: int = 0) -> None:
        """Promise work in the conversation's lane, or another one."""
        lane = lane or work.conversation_lane(self.conversation.id)
        if work.enqueue(self.tx, lane=lane, kind=kind, key=key, payload=payload, due_at=due_at):
            self.effects.lanes.append(lane)

    def tell_desk(self, kind: str, key: str, payload: JSON) -> None:
        """Promise work in the lane of the conversation's desk."""
        self.enqueue(kind, key, payload, lane=work.desk_lane(self.conversation.id))

    def change_handoff(self, handoff: HandoffRow, **values: Any) -> None:
        """Set fields of a handoff."""
        values |= {"updated_at": now_ms()}
        handoffs.change(self.tx, handoff.id, **values)
        self._handoffs[handoff.id] = replace(handoff, **values)

    @property
    def owner(self) -> Owner:
        """Who owns the conversation now."""
        return owner(self.conversation.state)

    def state_frame(self) -> JSON:
        """The `state` frame after this step."""
        return {"type": "state", "conversation": conversation_frame(self.conversation, self.handoff, self._banners)}


def alone(_channel: str, _address: str) -> bool:
    """Where nobody else reads along."""
    return False


def nothing_stands(_language: str) -> list[JSON]:
    """Where nobody puts banners up."""
    return []


class Steps:
    """Runs steps and publishes their effects. On `stored_channels` storing a message is delivering it."""

    def __init__(self, database: Database, bus: Bus, link: Links, status: StatusLinks | None = None) -> None:
        self.database = database
        self.bus = bus
        self.link = link
        self.status = status or StatusLinks(key="", public_url="")
        self.bulletins: Banners = nothing_stands
        self.stored_channels: frozenset[str] = frozenset()
        self.limits: Mapping[str, Limits] = {}  # of the channels that send, by name
        self.outlets = Outlets()  # by which channels customers can be written to
        self.linked_channels: frozenset[str] = frozenset()  # on which a customer may go on with a conversation
        self.in_company: Callable[[str, str], bool] = alone  # whether others read along at an address of a channel
        self.choose: Choose = always("built_in")

    async def run(
        self, conversation_id: str, function: Callable[Concatenate[Step, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `function(step, …)` in one transaction on the conversation, then publish. Raises KeyError if it is
        unknown.
        """

        def transaction(tx: Connection) -> tuple[T, Effects]:
            step = self.begin(tx, conversations.lock(tx, conversation_id))
            result = function(step, *args, **kwargs)
            return result, step.end()

        result, effects = await self.database.write(transaction)
        await self.publish(conversation_id, effects)
        return result

    def begin(self, tx: Connection, conversation: Conversation) -> Step:
        """A step inside a transaction that is already open."""
        return Step(tx, conversation, self.stored_channels, self.link, self.status, self.bulletins, self.choose)

    def private_link(self, step: Step, handoff_id: str) -> JSON:
        """What gives a message the private link of a ticket (`custom`); nothing where others read along."""
        return {} if self.in_company(*step.conversation.replies_at) else self.status.mark(step.tx, handoff_id)

    def elsewhere(self, channel: str) -> bool:
        """Whether a customer who writes there could go on with the conversation on another channel."""
        return channel in self.linked_channels and len(self.linked_channels) > 1

    async def publish(self, conversation_id: str, effects: Effects) -> None:
        """Tell whoever listens; called after commit."""
        if effects.owner:
            metrics.OWNERS.labels(effects.owner).inc()
        for frame in effects.frames:
            await self.bus.publish(f"conversation:{conversation_id}", frame)
        for lane in effects.lanes:
            await self.bus.publish("work", {"lane": lane})
        if effects.parcels:
            await self.bus.publish("outbox", {"conversation_id": conversation_id})
        if effects.person:
            await self.bus.publish("person", {"conversation_id": conversation_id})
