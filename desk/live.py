"""Keeps open consoles up to date: listens to the bus, reads what changed, sends each console what its agent may see."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from itertools import groupby

import structlog

from connectors.message import JSON
from desk import views
from desk.colleagues import Colleagues
from desk.errors import Refused
from desk.follow_up_moves import may_follow
from desk.following import Following, logged
from desk.gathering import gathered
from desk.permissions import MANAGERS, sees
from desk.screen import GOING_DOWN, SIGNED_OUT, WATCHED, Screen
from desk.service import DeskService
from desk.shown_tickets import TOGETHER, ShownTickets
from desk.signin import LIFE_MS
from desk.viewing import Viewing
from storage import agent_sessions, agents, followups, tickets
from storage.turns import offers

log = structlog.get_logger(__name__)

BEAT_S = 15.0  # a third of storage.agents.ALIVE_MS
GRACE_MS = 20_000  # for a page that is loaded again, and for consoles at other workers to be heard of
CALM_S = 0.2  # counts and colleagues are sent at most this often,
CALM = 10  # and with pauses so many times as long as it takes to count


class Live:
    """The open consoles of this process. Starts listening with the first of them; `close` ends it."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self._screens: set[Screen] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._following = Following(desk, self._screens)
        self._colleagues = Colleagues(desk)
        self._viewing = Viewing(desk, self._screens)
        self._shown = ShownTickets(desk, self._screens, self.unwatch)
        self._listening = asyncio.Event()
        self._stale = asyncio.Event()
        self._presence: dict[str, str] = {}
        self._handlers: dict[str, Callable[[JSON], Awaitable[None]]] = {
            "tickets": self._shown.moved,
            "typing": self._typing,
            "mentioned": self._mentioned,
            "agents": self._agents_changed,
            "user": self._user,
            "sessions": self._sessions,
            "desk": self._switched,
            "knowledge": self._articles_changed,
            "viewers": self._viewing.told,
            "viewers_wanted": self._viewing.wanted,
            "draft": self._draft,
            "window": self._window,
            "macros": self._macros_changed,
            "sla": self._promise,
            "set_away": self._set_away,
            "whisper": self._whisper,
            "follow_up": self._follow_up,
        }

    async def attach(self, screen: Screen) -> None:
        """A console was opened: nothing that happens from now on is missed."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(run()) for run in (self._listen, self._beat, self._refresh)]
            self._following.begin()
        await self._listening.wait()
        await self._following.ready()
        self._screens.add(screen)
        await self._close_ended([screen])  # it may have ended before this process listened for it
        now = self._desk.clock()
        await self._desk.db.write(agents.mark_alive, [screen.agent.id], now)
        screen.agent = await self._desk.people.find(screen.agent.id)
        screen.send(
            {
                "type": "ready",
                "user": views.user(screen.agent, now),
                "counts": await self._desk.counts(screen.agent),
                "accepting": await self._desk.accepting(),
            }
        )
        await self._desk.bus.publish("desk", {"type": "agents"})
        offered = [row for row in await self._desk.db.read(offers) if row.offered_to == screen.agent.id]
        for shown in await self._desk.show(offered, screen.agent):
            screen.send({"type": "ticket", "ticket": shown})

    async def detach(self, screen: Screen) -> None:
        """A console was closed."""
        self._screens.discard(screen)
        for ticket_id in list(screen.watched):
            await self.unwatch(screen, ticket_id)
        left_by = screen.agent.id
        if self._tasks and not any(each.agent.id == left_by for each in self._screens):
            gone_at = self._desk.clock() - agents.ALIVE_MS + GRACE_MS
            await logged(self._desk.db.write(agents.mark_leaving, left_by, gone_at))

    async def watch(self, screen: Screen, ticket_id: str) -> None:
        """Show a ticket's entries, typing and seen marks; a `watching` frame says from when on. Raises `Refused`."""
        if len(screen.watched) >= WATCHED and ticket_id not in screen.watched:
            raise Refused("too_many_watched")
        row = await self._desk.ticket(screen.agent, ticket_id)
        screen.watched[ticket_id] = row.conversation_id
        await self._following.settle()
        screen.send({"type": "watching", "ticket_id": ticket_id})
        await self._viewing.opened(screen, ticket_id)

    async def unwatch(self, screen: Screen, ticket_id: str) -> None:
        """The ticket is no longer on this screen."""
        if screen.watched.pop(ticket_id, None) is not None:
            self._following.let_go()
            await self._viewing.closed(screen, ticket_id)

    async def close(self) -> None:
        """The service goes down: consoles connect to another worker, or again."""
        for screen in self._screens:
            screen.close(GOING_DOWN)
        running = [*self._tasks, *self._following.tasks]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._tasks = []

    async def _listen(self) -> None:
        async with self._desk.bus.subscribe("desk") as hints:
            self._listening.set()
            async with contextlib.aclosing(gathered(hints)) as arrived:
                async for some in arrived:
                    for kind, alike in groupby(some, lambda hint: str(hint.get("type", ""))):
                        await self._follow(kind, list(alike))

    async def _follow(self, kind: str, hints: list[JSON]) -> None:
        """Hints of one kind, which came one after the other; those of tickets are followed together."""
        if not self._screens:
            return
        if kind == "ticket":
            for first in range(0, len(hints), TOGETHER):
                await logged(self._shown.acted(hints[first : first + TOGETHER]))
            self._stale.set()
        elif handler := self._handlers.get(kind):
            for hint in hints:
                await logged(handler(hint))

    async def _typing(self, hint: JSON) -> None:
        frame = {name: hint[name] for name in ("type", "ticket_id", "name", "on", "what")} | {"author": "agent"}
        for screen in self._screens:
            if hint["ticket_id"] in screen.watched and screen.agent.id != hint["agent_id"]:
                screen.send(frame)

    async def _mentioned(self, hint: JSON) -> None:
        for screen in tuple(self._screens):
            if screen.agent.id in hint["agent_ids"]:
                screen.send({"type": "mentions"} | await self._colleagues.mentions(screen.agent))

    async def _follow_up(self, hint: JSON) -> None:
        row = await self._desk.db.read(followups.find, hint["follow_up_id"])
        for screen in tuple(self._screens):
            if row is not None and may_follow(screen.agent, row):
                shown = {"follow_up": self._desk.follow_ups.shown(row), "reminder": hint["reminder"]}
                counts = await self._desk.follow_ups.counts(screen.agent)
                screen.send({"type": "follow_up", "counts": counts} | shown)

    async def _whisper(self, hint: JSON) -> None:
        """A supervisor's quiet word, on all screens of the one it is for."""
        for screen in self._screens:
            if screen.agent.id == hint["to"]:
                screen.send({name: hint[name] for name in ("type", "ticket_id", "name", "text")})

    async def _agents_changed(self, _hint: JSON) -> None:
        self._stale.set()

    async def _user(self, hint: JSON) -> None:
        concerned = [screen for screen in self._screens if screen.agent.id == hint["agent_id"]]
        if concerned:
            agent = await self._desk.people.find(hint["agent_id"])
            for screen in concerned:
                screen.agent = agent
                screen.send({"type": "me", "user": views.user(agent, self._desk.clock())})
                await self._drop_unseen(screen)
        self._stale.set()

    async def _drop_unseen(self, screen: Screen) -> None:
        for row in await self._desk.db.read(tickets.find_tickets, list(screen.watched)):
            if not sees(screen.agent, row):
                await self.unwatch(screen, row.id)
                screen.send({"type": "gone", "ticket_id": row.id})

    async def _sessions(self, _hint: JSON) -> None:
        await self._close_ended(list(self._screens))

    async def _close_ended(self, screens: list[Screen]) -> None:
        created_after = self._desk.clock() - LIFE_MS
        ids = [screen.session_id for screen in screens]
        living = await self._desk.db.read(agent_sessions.living_sessions, ids, created_after=created_after)
        for screen in screens:
            if screen.session_id not in living and screen in self._screens:
                self._screens.discard(screen)
                screen.close(SIGNED_OUT)

    async def _switched(self, hint: JSON) -> None:
        for screen in self._screens:
            screen.send({"type": "desk", "accepting": hint["accepting"]})

    async def _set_away(self, hint: JSON) -> None:
        for screen in self._screens:
            if screen.agent.id == hint["agent_id"]:
                screen.send({"type": "set_away", "reason": "ignored"})

    async def _promise(self, hint: JSON) -> None:
        """A clock runs out, or has: its ticket's holder should know, and who sees to it that promises are kept."""
        row = await self._desk.db.read(tickets.find_ticket, hint["ticket_id"])
        if row is None:
            return
        for screen in self._screens:
            if screen.agent.role in MANAGERS or (row.held and row.agent_id == screen.agent.id):
                screen.send({**hint, "number": row.number})

    async def _articles_changed(self, hint: JSON) -> None:
        for screen in self._screens:
            screen.send({name: hint[name] for name in ("type", "article_id", "action", "version")})

    async def _draft(self, hint: JSON) -> None:
        frame = {name: hint[name] for name in ("type", "ticket_id", "draft", "window")}
        for screen in self._screens:
            if screen.agent.id == hint["agent_id"]:
                screen.send(frame)

    async def _window(self, hint: JSON) -> None:
        for screen in self._screens:
            if screen.agent.id == hint["agent_id"]:
                screen.send({name: hint[name] for name in ("type", "ticket_id", "until")})

    async def _macros_changed(self, hint: JSON) -> None:
        for screen in self._screens:
            screen.send({"type": hint["type"]})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            await logged(self._stay_alive())

    async def _stay_alive(self) -> None:
        await self._sessions({})
        now = self._desk.clock()
        if self._screens:
            here = sorted({screen.agent.id for screen in self._screens})
            await self._desk.db.write(agents.mark_alive, here, now)
            sessions = sorted({screen.session_id for screen in self._screens})
            await self._desk.db.write(agent_sessions.touch_sessions, sessions, now)
        await self._viewing.beat()
        await self._desk.sign_in.tidy()
        await self._desk.devices.tidy()
        presence = {agent["id"]: agent["presence"] for agent in await self._desk.agents()}
        if presence != self._presence:
            self._presence = presence
            self._stale.set()

    async def _refresh(self) -> None:
        took = 0.0
        while True:
            await self._stale.wait()
            await asyncio.sleep(max(CALM_S, took * CALM))
            self._stale.clear()
            began = time.monotonic()
            await logged(self._send_totals())
            took = time.monotonic() - began

    async def _send_totals(self) -> None:
        colleagues = await self._desk.agents()
        screens = tuple(self._screens)
        everybodys = await self._desk.counts_of([screen.agent for screen in screens])
        for screen, counts in zip(screens, everybodys, strict=True):
            screen.send({"type": "counts", "counts": counts})
            screen.send({"type": "agents", "agents": colleagues})
