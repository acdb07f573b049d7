"""What is done to the rota: shifts and absences by supervisors, swaps by agents. Functions over a transaction."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from desk import rota_calendar
from desk.errors import Refused, bad_field
from desk.permissions import can
from desk.tiers import Tiers
from storage import shifts
from storage.agents import Agent, find_agent
from storage.audit import Actor, record
from storage.shifts import ACCEPTED, APPROVED, ASKED, CANCELLED, DECLINED, OPEN, Absence, Shift, Swap

LONGEST_MS = 24 * 3_600_000
LONGEST_AWAY_MS = 366 * 86_400_000


@dataclass(frozen=True, kw_only=True)
class NewShift:
    """A shift as it is asked for; with `weeks` it repeats at the same time of day, so many weeks in all."""

    agent_id: str
    tiers: tuple[str, ...]
    starts_at: int
    ends_at: int
    note: str = ""
    weeks: int = 1
    client_id: str = ""


@dataclass(frozen=True, kw_only=True)
class RotaMoves:
    """All raise `Refused`. What supervisors do is kept in the audit trail. Where a swap and shifts change together, the
    swap's row is taken first, so that nobody waits in a circle.
    """

    tiers: Tiers
    clock: Callable[[], int]

    def add(self, tx: Connection, who: Actor, new: NewShift) -> list[Shift]:
        """Plan a shift, or one each week; repeated with the same `client_id`, nothing more comes of it."""
        self._check(tx, new.agent_id, new.tiers, new.starts_at, new.ends_at)
        ids = [_named(who, new.client_id, week) for week in range(new.weeks)]
        series = ids[0] if new.weeks > 1 else ""
        planned = [
            Shift(
                id=ids[week], agent_id=new.agent_id, tiers=new.tiers, starts_at=self._weeks(new.starts_at, week),
                ends_at=self._weeks(new.ends_at, week), note=new.note, series_id=series,
            )
            for week in range(new.weeks)
        ]  # fmt: skip
        if not shifts.add_shifts(tx, planned):
            if shifts.read_shift(tx, ids[0]) != planned[0]:
                raise Refused("client_id_used", field="client_id")
            return planned
        self._note(tx, who, "rota.shift_added", new.agent_id, {"starts_at": new.starts_at, "weeks": new.weeks})
        return planned

    def change(self, tx: Connection, who: Actor, shift_id: str, new: NewShift) -> Shift:
        """Another time, another agent, other tiers: of this one shift."""
        old = self._shift(tx, shift_id)
        self._check(tx, new.agent_id, new.tiers, new.starts_at, new.ends_at)
        values = {name: getattr(new, name) for name in ("agent_id", "tiers", "starts_at", "ends_at", "note")}
        shifts.change_shift(tx, shift_id, **values)
        self._note(tx, who, "rota.shift_changed", new.agent_id, {"from": old.starts_at, "to": new.starts_at})
        return replace(old, **values)

    def remove(self, tx: Connection, who: Actor, shift_id: str, *, following: bool) -> int:
        """Take a shift away, and with `following` the later ones of its series; how many that were."""
        old = self._shift(tx, shift_id)
        gone = shifts.remove_shifts(tx, old, following=following, at=self.clock())
        self._note(tx, who, "rota.shift_removed", old.agent_id, {"starts_at": old.starts_at, "shifts": gone})
        return gone

    def bring(self, tx: Connection, who: Actor, agent_id: str, tiers: tuple[str, ...], text: str) -> int:
        """Add the events of a calendar file as shifts; how many were new."""
        self._check_people(tx, agent_id, tiers)
        try:
            found = rota_calendar.read(text, agent_id, tiers, self.tiers.hours.time_zone, self.clock())
        except rota_calendar.BadCalendar as error:
            raise bad_field("calendar", "bad_calendar") from error
        added = shifts.add_shifts(tx, found)
        self._note(tx, who, "rota.imported", agent_id, {"shifts": added})
        return added

    def away(self, tx: Connection, who: Actor, new: Absence) -> Absence:
        """Note that somebody is away."""
        if find_agent(tx, new.agent_id) is None:
            raise bad_field("agent_id", "unknown_agent")
        if not 0 < new.ends_at - new.starts_at <= LONGEST_AWAY_MS:
            raise bad_field("ends_at", "bad_absence")
        shifts.add_absence(tx, new)
        self._note(tx, who, "rota.absent", new.agent_id, {"starts_at": new.starts_at, "kind": new.kind})
        return new

    def back(self, tx: Connection, who: Actor, absence_id: str) -> None:
        """Take an absence away."""
        old = shifts.remove_absence(tx, absence_id)
        if old is None:
            raise Refused("not_found")
        self._note(tx, who, "rota.not_absent", old.agent_id, {"starts_at": old.starts_at})

    def ask(self, tx: Connection, agent: Agent, shift_id: str, to_id: str, note: str) -> Swap:
        """Ask a colleague to take one of one's own shifts that are to come."""
        own = self._shift(tx, shift_id)
        if own.agent_id != agent.id:
            raise Refused("not_found")
        if own.starts_at <= self.clock():
            raise Refused("shift_began")
        self._check_people(tx, to_id, own.tiers, field="to_id")
        if to_id == agent.id:
            raise bad_field("to_id", "unknown_agent")
        asked = shifts.ask_swap(tx, shift_id=shift_id, from_id=agent.id, to_id=to_id, note=note, at=self.clock())
        if asked is None:
            raise Refused("swap_open")
        return asked

    def answer(self, tx: Connection, agent: Agent, swap_id: str, *, accept: bool, in_return: str) -> Swap:
        """Take the shift, in return for one of one's own if one likes; or say no."""
        asked = self._swap(tx, swap_id)
        if asked.to_id != agent.id:
            raise Refused("not_found")
        if asked.state != ASKED:
            raise Refused("swap_over")
        if accept and in_return:
            own = self._shift(tx, in_return)
            if own.agent_id != agent.id or own.starts_at <= self.clock():
                raise bad_field("in_return", "unknown_shift")
            self._check_people(tx, asked.from_id, own.tiers, field="in_return")
        state = ACCEPTED if accept else DECLINED
        return shifts.change_swap(tx, swap_id, at=self.clock(), state=state, in_return=in_return if accept else "")

    def take_back(self, tx: Connection, agent: Agent, swap_id: str) -> Swap:
        """Who asked wants it no more."""
        asked = self._swap(tx, swap_id)
        if asked.from_id != agent.id:
            raise Refused("not_found")
        if asked.state not in OPEN:
            raise Refused("swap_over")
        return shifts.change_swap(tx, swap_id, at=self.clock(), state=CANCELLED)

    def decide(self, tx: Connection, who: Actor, swap_id: str, *, approve: bool) -> Swap:
        """Let the two swap, or not. Both shifts must still be theirs and to come: the rows decide."""
        asked = self._swap(tx, swap_id)
        if asked.state not in OPEN or (approve and asked.state != ACCEPTED):
            raise Refused("swap_over")
        if approve:
            given = [(asked.shift_id, asked.from_id, asked.to_id)]
            given += [(asked.in_return, asked.to_id, asked.from_id)] if asked.in_return else []
            for shift_id, from_id, to_id in sorted(given):  # for the same reason in one order
                row = shifts.find_shift(tx, shift_id)
                if row is None or row.starts_at <= self.clock() or not shifts.hand_over(tx, shift_id, from_id, to_id):
                    raise Refused("swap_over")
        state = APPROVED if approve else DECLINED
        self._note(tx, who, f"rota.swap_{state}", asked.from_id, {"shift_id": asked.shift_id, "to": asked.to_id})
        return shifts.change_swap(tx, swap_id, at=self.clock(), state=state, decided_by=who.name[:60])

    def _check(self, tx: Connection, agent_id: str, tiers: tuple[str, ...], starts_at: int, ends_at: int) -> None:
        if not 0 < ends_at - starts_at <= LONGEST_MS:
            raise bad_field("ends_at", "bad_shift")
        self._check_people(tx, agent_id, tiers)

    def _check_people(self, tx: Connection, agent_id: str, tiers: tuple[str, ...], field: str = "agent_id") -> None:
        """The agent must work here and in these tiers."""
        if not tiers or any(tier not in self.tiers.tiers for tier in tiers):
            raise bad_field("tiers", "no_such_tier")
        agent = find_agent(tx, agent_id)
        if agent is None or agent.disabled or not can(agent, "take"):
            raise bad_field(field, "unknown_agent")
        if not set(tiers) <= set(agent.tiers) and not can(agent, "take_any"):
            raise bad_field(field, "unknown_agent")

    def _shift(self, tx: Connection, shift_id: str) -> Shift:
        found = shifts.read_shift(tx, shift_id)
        if found is None:
            raise Refused("not_found")
        return found

    def _swap(self, tx: Connection, swap_id: str) -> Swap:
        found = shifts.lock_swap(tx, swap_id)
        if found is None:
            raise Refused("not_found")
        return found

    def _weeks(self, at: int, weeks: int) -> int:
        """The same time of day so many weeks later."""
        zone = self.tiers.hours.time_zone
        local = datetime.fromtimestamp(at / 1000, zone).replace(tzinfo=None) + timedelta(weeks=weeks)
        return at if weeks == 0 else round(local.replace(tzinfo=zone).timestamp() * 1000)

    def _note(self, tx: Connection, who: Actor, action: str, agent_id: str, details: dict[str, object]) -> None:
        found = find_agent(tx, agent_id)
        name = found.name if found else ""
        record(tx, who, action, at=self.clock(), subject=agent_id, subject_name=name, details=details)


def _named(who: Actor, client_id: str, week: int) -> str:
    """The id of a shift that somebody asks for under a name of their own: of a repeat the same."""
    return hashlib.blake2b(f"{who.id}:{client_id}:{week}".encode(), digest_size=13).hexdigest()
