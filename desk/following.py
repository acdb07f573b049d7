"""Follows the conversations on agents' screens: who types, what was seen, what became of messages, what is said on the
customer's other channels.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import structlog
from sqlalchemy import Connection

from connectors.message import JSON
from desk.marks import marks
from desk.screen import Screen
from desk.service import DeskService
from storage import conversations, histories, ticket_entries, tickets

log = structlog.get_logger(__name__)

Handle = Callable[[JSON], Awaitable[None]]


class Following:
    """Of the `screens` of this process. A conversation is listened to while any of them shows it, or another one of
    the same person.
    """

    def __init__(self, desk: DeskService, screens: Collection[Screen]) -> None:
        self._desk, self._screens = desk, screens
        self._conversations: dict[str, asyncio.Task[None]] = {}
        self._heard: dict[str, asyncio.Event] = {}  # set once its conversation is listened to
        self._beside: dict[str, str] = {}  # conversation of the same person → the one on a screen
        self._topics: list[asyncio.Task[None]] = []
        self._deaf: set[str] = set()
        self._hears = asyncio.Event()

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Everything that runs."""
        return [*self._topics, *self._conversations.values()]

    def begin(self) -> None:
        """Listen to what concerns any conversation."""
        topics = {"delivery": self._delivered, "person": self._identified}
        self._deaf = set(topics)
        self._topics = [asyncio.create_task(self._listen(topic, handle)) for topic, handle in topics.items()]

    async def ready(self) -> None:
        """Nothing that happens from now on is missed."""
        await self._hears.wait()

    async def settle(self) -> None:
        """Listen to what is on the screens now, and to the same customers elsewhere: nothing that happens after this
        is missed.
        """
        shown = {each for screen in self._screens for each in screen.watched.values()}
        beside = await self._desk.db.read(_beside, sorted(shown))
        self._beside = {other: one for other, one in beside.items() if other not in shown}
        for each in (shown | set(self._beside)) - set(self._conversations):
            self._heard[each] = asyncio.Event()
            self._conversations[each] = asyncio.create_task(self._follow(each, self._heard[each]))
        self.let_go()
        for heard in tuple(self._heard.values()):
            await heard.wait()

    def let_go(self) -> None:
        """Stop listening to what is on no screen any more."""
        shown = {each for screen in self._screens for each in screen.watched.values()}
        self._beside = {other: one for other, one in self._beside.items() if one in shown}
        for each in set(self._conversations) - shown - set(self._beside):
            self._conversations.pop(each).cancel()
            self._heard.pop(each).set()  # who waits for it needs it no more

    async def _listen(self, topic: str, handle: Handle) -> None:
        async with self._desk.bus.subscribe(topic) as hints:
            self._deaf.discard(topic)
            if not self._deaf:
                self._hears.set()
            async for hint in hints:
                if self._screens:
                    await logged(handle(hint))

    async def _follow(self, conversation_id: str, heard: asyncio.Event) -> None:
        async with self._desk.bus.subscribe(f"conversation:{conversation_id}") as frames:
            heard.set()
            async for frame in frames:
                kind = frame.get("type")
                if kind == "message":
                    self._said_elsewhere(conversation_id)
                elif kind == "typing" and frame.get("author") == "customer":
                    self._types(conversation_id, bool(frame.get("on")))
                elif kind == "seen" and frame.get("by") == "customer":
                    await logged(self._saw(conversation_id, int(frame.get("seq", 0))))

    def _said_elsewhere(self, conversation_id: str) -> None:
        """What is said in the conversation itself is an entry of the ticket, or was said to the bot."""
        shown = self._beside.get(conversation_id, conversation_id)
        self._to_watchers(shown, {"type": "history"})

    def _types(self, conversation_id: str, on: bool) -> None:
        self._to_watchers(conversation_id, {"type": "typing", "author": "customer", "name": "", "on": on})

    async def _saw(self, conversation_id: str, seq: int) -> None:
        for ticket_id in self._tickets(conversation_id):
            row = await self._desk.db.read(tickets.find_ticket, ticket_id)
            entry_id = await self._desk.db.read(ticket_entries.seen_up_to, row, seq) if row else ""
            if entry_id:
                self._to_watchers(conversation_id, {"type": "seen", "entry_id": entry_id}, ticket_id)

    async def _delivered(self, hint: JSON) -> None:
        """Something became of a message: also of one of the customer's other conversations."""
        said_in = str(hint["conversation_id"])
        conversation_id = self._beside.get(said_in, said_in)
        for ticket_id in self._tickets(conversation_id):
            row = await self._desk.db.read(tickets.find_ticket, ticket_id)
            if row is None:
                continue
            found = await self._desk.db.read(marks, row, self._desk.ports.outlets, hint["message_id"])
            for message_id, mark in found.items():
                frame = {"type": "delivery", "entry_id": message_id, **mark}
                self._to_watchers(conversation_id, frame, ticket_id)

    async def _identified(self, hint: JSON) -> None:
        """Who a customer is has changed."""
        await self.settle()
        self._to_watchers(hint["conversation_id"], {"type": "person"})

    def _tickets(self, conversation_id: str) -> set[str]:
        return {
            ticket_id
            for screen in self._screens
            for ticket_id, shown in screen.watched.items()
            if shown == conversation_id
        }

    def _to_watchers(self, conversation_id: str, frame: JSON, only: str = "") -> None:
        for screen in self._screens:
            for ticket_id, shown in screen.watched.items():
                if shown == conversation_id and only in ("", ticket_id):
                    screen.send(frame | {"ticket_id": ticket_id})


def _beside(tx: Connection, conversation_ids: list[str]) -> dict[str, str]:
    found = {}
    for each in conversation_ids:
        row = conversations.find(tx, each)
        for other in histories.conversations_of(tx, row.person_id) if row else []:
            found[other] = each
    return found


async def logged(work: Awaitable[None]) -> None:
    """One hint that cannot be followed must not end the listening."""
    try:
        await work
    except Exception as error:
        log.exception("desk.hint_failed", error=type(error).__name__)
