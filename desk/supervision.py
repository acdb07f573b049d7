"""Supervision: how the desk stands now, a quiet word to a colleague, taking over, and what all customers are told."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind
from connectors.message import JSON, Author, Content
from desk import rota, views
from desk.announcer import Act, promise
from desk.errors import Refused, bad_field
from desk.noting import happened, locked
from desk.permissions import can
from desk.service import DeskService
from storage import audit, banners, tickets, wall
from storage.agents import Agent, all_agents
from storage.audit import Actor
from storage.banners import Banner
from storage.tables import new_id
from storage.ticket_entries import NOTE, Entry, add_entry, find_by_client_id
from storage.tickets import CASE, Ticket

SOON_MS = 15 * 60_000
NAMED = 8
"""Tickets that are named in each list of the wall."""
STANDING = 3
"""Banners at a time: who must read more reads none."""
SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class SupervisionMoves:
    """Functions over a transaction; all raise `Refused`."""

    desk: str
    clock: Callable[[], int]

    def whisper(
        self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, text: str, who: Actor
    ) -> Act:  # fmt: skip
        """A note that is put before the holder's eyes at once; the customer never sees it."""
        held = locked(tx, agent, ticket_id)
        if known := find_by_client_id(tx, held.id, client_id):
            return Act(ticket=held, entry=known)
        if not held.held or held.agent_id == agent.id:
            raise Refused("nobody_to_whisper")
        new = Entry(
            ticket_id=held.id, id=new_id(), kind=NOTE, author=Author.AGENT, name=agent.name, at=self.clock(),
            content=Content(text=text), data={"whisper": held.agent_id}, agent_id=agent.id, client_id=client_id,
        )  # fmt: skip
        added = add_entry(tx, held, new)
        if not added:
            return Act(ticket=held)
        _record(tx, who, "ticket.whispered", held, new.at, to=held.agent_name)
        return Act(ticket=added[0], before=held, entry=added[1])

    def take_over(self, tx: Connection, agent: Agent, ticket_id: str, reason: str, who: Actor) -> Act:
        """Have a ticket that a colleague has; the customer hears who is there now."""
        held = locked(tx, agent, ticket_id)
        if held.held and held.agent_id == agent.id:
            return Act(ticket=held)
        if not held.held:
            raise Refused("closed", state=held.state)
        now = self.clock()
        data: JSON = {"from": held.agent_name, "reason": reason}
        _record(tx, who, "ticket.taken_over", held, now, **{"from": held.agent_name})
        act = happened(
            tx, held, "taken_over", at=now, by=agent, data=data, agent_id=agent.id, agent_name=agent.name, taken_at=now
        )
        if held.kind != CASE:
            return act
        promise(tx, act.ticket, self._joined(act, agent))
        return replace(act, promised=True)

    def _joined(self, act: Act, agent: Agent) -> DeskEvent:
        return DeskEvent(
            id=act.entry.id if act.entry else new_id(), desk=self.desk, ticket_id=act.ticket.id,
            kind=DeskEventKind.TAKEN, agent_id=agent.id, agent_name=agent.name,
        )  # fmt: skip


class Supervision:
    """For those who may supervise. Raises `Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self.moves = SupervisionMoves(desk=desk.name, clock=desk.clock)

    async def wall(self, agent: Agent) -> JSON:
        """How the desk stands now, in the words of docs/protocol/console.md."""
        return await self._desk.db.read(self._wall, agent)

    async def whisper(self, agent: Agent, who: Actor, ticket_id: str, client_id: str, text: str) -> JSON:
        """Tell the holder, and nobody else, what to see at once."""
        said_before = await self._desk.db.read(find_by_client_id, ticket_id, client_id)
        shown = await self._desk.act(self.moves.whisper, agent, ticket_id, client_id, text, who)
        if not said_before:
            to = shown["ticket"]["agent"]["id"]
            whisper = {"type": "whisper", "ticket_id": ticket_id, "to": to, "name": agent.name, "text": text}
            await self._desk.bus.publish("desk", whisper)
        return shown

    async def banners(self) -> JSON:
        """Those that stand, and those that stood."""
        now = self._desk.clock()
        return {"banners": [_banner(each, now) for each in await self._desk.db.read(banners.latest, SHOWN)]}

    async def put_up(self, agent: Agent, who: Actor, text: dict[str, str], words: tuple[str, ...], hours: int) -> JSON:
        """Tell every customer; after `hours` it ends by itself, 0: when somebody ends it."""
        if not any(each.strip() for each in text.values()):
            raise bad_field("text", "empty")
        row = await self._desk.db.write(self._put_up, agent, who, text, words, hours)
        await self._desk.bus.publish("banner", {"id": row.id})
        return {"banner": _banner(row, self._desk.clock())}

    async def take_down(self, agent: Agent, who: Actor, banner_id: str) -> None:
        """Tell no more."""
        await self._desk.db.write(self._take_down, agent, who, banner_id)
        await self._desk.bus.publish("banner", {"id": banner_id})

    def _put_up(
        self, tx: Connection, agent: Agent, who: Actor, text: dict[str, str], words: tuple[str, ...], hours: int
    ) -> Banner:
        now = self._desk.clock()
        banners.hold(tx)
        if len(banners.standing(tx, now)) >= STANDING:
            raise Refused("too_many_banners", most=STANDING)
        ends_at = now + hours * 3_600_000 if hours else None
        row = banners.add_banner(
            tx, text=text, words=words, by_id=agent.id, by_name=agent.name, at=now, ends_at=ends_at
        )
        audit.record(tx, who, "banner.put_up", at=now, subject=row.id, details={"text": text, "words": list(words)})
        return row

    def _take_down(self, tx: Connection, agent: Agent, who: Actor, banner_id: str) -> None:
        now = self._desk.clock()
        if not banners.end_banner(tx, banner_id, by=agent.name, at=now):
            raise Refused("not_found")
        audit.record(tx, who, "banner.taken_down", at=now, subject=banner_id)

    def _wall(self, tx: Connection, agent: Agent) -> JSON:
        now, tiers = self._desk.clock(), self._desk.tiers
        midnight = datetime.fromtimestamp(now / 1000, tiers.hours.time_zone).replace(hour=0, minute=0, second=0)
        everyone, held = all_agents(tx, disabled=False), tickets.held_counts(tx)
        staff = [each for each in everyone if can(each, "take")]
        open_now = {each.tier: each for each in wall.tiers_now(tx, due_before=now + SOON_MS)}
        should = rota.should_be_here(tx, now)
        shown = []
        for name in [*tiers.tiers, *(each for each in open_now if each not in tiers.tiers)]:
            figures = open_now.get(name) or wall.TierNow(
                tier=name, queued=0, held=0, unanswered=0, breached=0, due_soon=0, waits_since=None
            )
            here = [each for each in staff if name in each.tiers and each.seen_as(now) == "online"]
            due = [each for each in everyone if each.id in should.get(name, ())]
            there = {
                "expected": len(due),
                "missing": [each.name for each in due if each.seen_as(now) == "offline"],
                "online": len(here),
                "capacity": sum(each.capacity for each in here),
                "load": sum(held.get(each.id, 0) for each in here),
                "open": tiers.hours_of(name).is_open(now),
            }
            shown.append(asdict(figures) | there)
        return {
            "now": now,
            "tiers": shown,
            "today": asdict(wall.so_far(tx, round(midnight.timestamp() * 1000))),
            "agents": [views.colleague(each, now, held.get(each.id, 0)) for each in staff],
            "waiting": [views.ticket(row, agent, {}) for row in wall.waiting_longest(tx, NAMED)],
            "trouble": [views.ticket(row, agent, {}) for row in wall.in_trouble(tx, NAMED)],
        }


def _record(tx: Connection, who: Actor, action: str, held: Ticket, at: int, **details: str) -> None:
    audit.record(tx, who, action, at=at, subject=held.id, subject_name=held.number, details=details)


def _banner(row: Banner, now: int) -> JSON:
    names = ("id", "text", "words", "by_name", "created_at", "ends_at", "ended_at", "ended_by")
    return {name: getattr(row, name) for name in names} | {"stands": row.stands(now)}
