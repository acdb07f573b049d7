"""The core's ports in memory: a small real store with an echoing bot, for tests of the channels that keep no history.

Say `buttons` and it offers two; press one and it says which. Say `human` and it falls silent: a human has it then.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Self

from connectors.errors import Malformed, TooLarge
from connectors.message import JSON, Attachment, Inbound, Profile
from connectors.ports import Accepted

TYPES = {b"\x89PNG": "image/png", b"%PDF": "application/pdf"}


class MemoryFrames:
    """A subscription; loses the oldest frames when more than `depth` wait, as a bus may."""

    def __init__(self, listeners: "set[MemoryFrames]", depth: int) -> None:
        self._listeners, self._depth = listeners, depth
        self._queue: asyncio.Queue[JSON | None] = asyncio.Queue()

    def offer(self, frame: JSON | None) -> None:
        if self._queue.qsize() >= self._depth:
            self._queue.get_nowait()
        self._queue.put_nowait(frame)

    async def __aenter__(self) -> Self:
        self._listeners.add(self)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._listeners.discard(self)

    async def __aiter__(self) -> AsyncIterator[JSON]:
        while (frame := await self._queue.get()) is not None:
            yield frame


class Room:
    """One conversation."""

    def __init__(self, conversation_id: str, channel: str, address: str) -> None:
        self.id, self.channel, self.address = conversation_id, channel, address
        self.messages: list[JSON] = []
        self.user_id = self.name = self.email = self.language = ""
        self.seen = 0
        self.owner = "bot"
        self.lane = asyncio.Lock()

    def state(self) -> JSON:
        return {"id": self.id, "owner": self.owner, "state": self.owner, "language": self.language}


class MemoryCore:
    """Implements `connectors.ports.Conversations` and `Files`."""

    def __init__(self, *, text_limit: int = 4000, depth: int = 1000) -> None:
        self.rooms: dict[tuple[str, str], Room] = {}
        self.by_id: dict[str, Room] = {}
        self.inbounds: list[Inbound] = []
        self.actions: list[tuple[str, JSON]] = []
        self.profiles: list[Profile] = []
        self.typings: list[bool] = []
        self.presences: list[str] = []
        self.listeners: defaultdict[str, set[MemoryFrames]] = defaultdict(set)
        self.files: dict[str, tuple[str, Attachment]] = {}
        self.broken = False
        self.slow = 0.0  # seconds that the bot thinks
        self._text_limit, self._depth = text_limit, depth
        self._accepted: dict[tuple[str, str, str], Accepted] = {}
        self._numbers = itertools.count(1)
        self._turns: set[asyncio.Task[None]] = set()

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):08d}"

    def room(self, channel: str, address: str) -> Room:
        key = (channel, address)
        if key not in self.rooms:
            self.rooms[key] = Room(self._id("C"), channel, address)
            self.by_id[self.rooms[key].id] = self.rooms[key]
        return self.rooms[key]

    @property
    def stored(self) -> int:
        """How many messages there are in all."""
        return sum(len(room.messages) for room in self.rooms.values())

    async def accept(self, inbound: Inbound) -> Accepted:
        await asyncio.sleep(0)
        if self.broken:
            raise RuntimeError(f"the disk is full while storing {inbound.content.text}")
        key = (inbound.channel, inbound.address, inbound.external_id)
        if key not in self._accepted:
            self._accepted[key] = self._store(inbound)
        return self._accepted[key]

    def _store(self, inbound: Inbound) -> Accepted:
        if len(inbound.content.text) > self._text_limit:
            raise TooLarge("too long", code="too_long", field="text")
        room = self.room(inbound.channel, inbound.address)
        if inbound.action is not None:
            self.actions.append((inbound.action, inbound.data))
            return Accepted(conversation_id=room.id, message_id=self._id("A"), seq=0)
        text = inbound.content.text
        if inbound.button:
            issued = {b["token"]: b["title"] for m in room.messages for b in m.get("buttons", [])}
            if inbound.button not in issued:
                raise Malformed("never offered", code="unknown_button", field="token")
            text = issued[inbound.button]
        attachments = []
        for each in inbound.content.attachments:
            owner, attachment = self.files.get(each.id, ("", each))
            if owner != room.id:
                raise Malformed("not yours", code="bad_attachment", field="attachments")
            attachments.append(vars(attachment))
        self.inbounds.append(inbound)
        extra: JSON = {"client_id": inbound.external_id}
        if attachments:
            extra["attachments"] = attachments
        message = self.say(room, "customer", text, **extra)
        turn = asyncio.create_task(self._turn(room, message))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        return Accepted(conversation_id=room.id, message_id=message["id"], seq=message["seq"])

    async def _turn(self, room: Room, message: JSON) -> None:
        async with room.lane:
            await asyncio.sleep(self.slow)
            text = message["text"]
            if room.owner == "bot":
                if text == "buttons":
                    number = self._id("B")
                    offered = [{"title": name, "token": f"{number}.{i}"} for i, name in enumerate(("Yes", "No"))]
                    self.say(room, "bot", "Which one?", buttons=offered)
                elif text == "twice":
                    self.say(room, "bot", "one")
                    self.say(room, "bot", "two")
                elif text == "picture":
                    file = {"id": "F1", "name": "a.png", "media_type": "image/png", "size": 4, "url": "/api/v1/a.png"}
                    self.say(
                        room,
                        "bot",
                        "Look",
                        attachments=[file, {**file, "name": "b.pdf", "media_type": "application/pdf"}],
                    )
                elif text == "human":
                    self.hand_over(room, "Li Na")
                else:
                    self.say(room, "bot", f"You said: {text}")
            self.publish(room, {"type": "done", "message_id": message["id"]})

    def hand_over(self, room: Room, name: str) -> None:
        """A human takes it."""
        room.owner = "agent"
        self.publish(room, {"type": "state", "conversation": room.state()})
        custom = {"kind": "agent_joined", "name": name}
        self.say(room, "system", f"{name} has joined", custom=custom)

    def say(self, room: Room, author: str, text: str, *, name: str = "", **extra: Any) -> JSON:
        """Store and publish a message."""
        message = {
            "id": self._id("M"), "seq": len(room.messages) + 1, "at": 1_790_000_000_000, "author": author, "name": name,
            "text": text, "language": "en", "helpful": None, **extra,
        }  # fmt: skip
        room.messages.append(message)
        self.publish(room, {"type": "message", "message": message})
        return message

    def publish(self, room: Room, frame: JSON) -> None:
        """Hand a frame to whoever listens."""
        for listener in tuple(self.listeners[room.id]):
            listener.offer(frame)

    async def open(self, channel: str, address: str, profile: Profile) -> JSON:
        await asyncio.sleep(0)
        self.profiles.append(profile)
        room = self.room(channel, address)
        for name in ("user_id", "name", "email", "language"):
            if given := getattr(profile, name):
                setattr(room, name, given)
        last = room.messages[-1]["seq"] if room.messages else 0
        return {"conversation": room.state(), "last": last, "seen": room.seen, "user_id": room.user_id}

    async def find(self, channel: str, address: str) -> JSON | None:
        known = any((room.channel, room.address) == (channel, address) for room in self.rooms.values())
        return await self.open(channel, address, Profile()) if known else None

    async def address_of(self, channel: str, user_id: str) -> str | None:
        found = [r.address for r in self.rooms.values() if r.channel == channel and r.user_id == user_id]
        return found[-1] if found else None

    async def whose(self, conversation_id: str) -> tuple[str, str] | None:
        room = self.by_id.get(conversation_id)
        return None if room is None else (room.channel, room.address)

    async def history(self, conversation_id: str, after: int, limit: int = 500) -> list[JSON]:
        await asyncio.sleep(0)
        return [message for message in self.by_id[conversation_id].messages if message["seq"] > after][:limit]

    def listen(self, conversation_id: str) -> MemoryFrames:
        return MemoryFrames(self.listeners[conversation_id], self._depth)

    async def typing(self, conversation_id: str, on: bool) -> None:
        self.typings.append(on)

    async def seen(self, conversation_id: str, seq: int) -> None:
        room = self.by_id[conversation_id]
        room.seen = max(room.seen, min(seq, len(room.messages)))

    async def present(self, conversation_id: str) -> None:
        self.presences.append(conversation_id)

    async def save(self, conversation_id: str, name: str, chunks: AsyncIterator[bytes]) -> Attachment:
        data = b"".join([chunk async for chunk in chunks])
        media_type = TYPES.get(data[:4])
        if media_type is None:
            raise Malformed("not a type we take", code="file_type", field="file")
        attachment = Attachment(id=self._id("F"), name=name, media_type=media_type, size=len(data))
        attachment = replace(attachment, url=f"/api/v1/attachments/{attachment.id}?signature=s")
        self.files[attachment.id] = (conversation_id, attachment)
        return attachment
