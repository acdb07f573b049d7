"""Six weeks of a desk's past, with a rush in the morning and one in the afternoon, and this week's rota."""

import math
import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from storage.passages import passage
from storage.shifts import Shift, add_shifts
from storage.tables import new_id
from storage.tickets import ticket

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = 42
HOURS = range(8, 22)


def work(tx: Connection, agents: tuple[str, ...], now: int) -> None:
    """Tickets like the one there is, with where they went; the same each time."""
    like: dict[str, Any] = dict(tx.execute(select(ticket)).mappings().first() or {})
    chance = random.Random(3)
    tickets: list[dict[str, Any]] = []
    passages: list[dict[str, Any]] = []
    for at in _arrivals(now, chance):
        ticket_id = new_id()
        more = {"id": ticket_id, "number": f"P-{len(tickets)}", "handoff_id": f"past-{len(tickets)}"}
        tickets.append(like | more | {"state": "resolved", "agent_id": None, "created_at": at, "closed_at": at})
        taken = at + round(chance.expovariate(1 / 40_000))
        closed = taken + round(chance.lognormvariate(6.0, 0.7) * 1000)
        agent = chance.choice(agents)
        for place, when, who in (("queue", at, ""), ("agent", taken, agent), ("resolved", closed, "")):
            row = {"id": new_id(), "ticket_id": ticket_id, "place": place, "tier": "front_line"}
            passages.append(row | {"at": when, "agent_id": who})
    tx.execute(ticket.insert(), tickets)
    tx.execute(passage.insert(), passages)


def rota(tx: Connection, agents: tuple[str, ...], now: int) -> None:
    """Early and late shifts by turns, and one too many on Monday."""
    today = datetime.fromtimestamp(now / 1000, SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    planned = [
        _shift(agent, monday + timedelta(days=day, hours=9 if (number + day) % 2 else 13))
        for day in range(7)
        for number, agent in enumerate(agents)
        if (number + day) % 4
    ]
    add_shifts(tx, [*planned, _shift(planned[0].agent_id, monday + timedelta(hours=11))])


def _arrivals(now: int, chance: random.Random) -> list[int]:
    today = datetime.fromtimestamp(now / 1000, SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for day in range(DAYS):
        midnight = today - timedelta(days=day)
        for hour in HOURS:
            rate = 20 * math.exp(-(((hour - 10.5) / 2.6) ** 2)) + 13 * math.exp(-(((hour - 16) / 2.5) ** 2)) + 1
            rate *= 0.45 if midnight.weekday() > 4 else 1
            count = max(0, round(chance.gauss(rate, math.sqrt(rate))))
            begins = midnight + timedelta(hours=hour)
            found += [round((begins.timestamp() + 3600 * chance.random()) * 1000) for _ in range(count)]
    return [at for at in found if at < now]


def _shift(agent_id: str, begins: datetime) -> Shift:
    starts_at = round(begins.timestamp() * 1000)
    return Shift(
        id=new_id(), agent_id=agent_id, tiers=("front_line",), starts_at=starts_at, ends_at=starts_at + 8 * 3_600_000
    )
