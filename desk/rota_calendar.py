"""Rotas as iCalendar (RFC 5545): what calendars subscribe to, and shifts that come from one."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import itsdangerous
import recurring_ical_events
from icalendar import Calendar, Event

from storage.shifts import Shift
from storage.tables import new_id

AHEAD_DAYS = 92
MOST = 500  # shifts of one file
DAY_MS = 86_400_000


class BadCalendar(ValueError):
    """The text is no calendar, or one that cannot be understood."""


def written(shifts: Sequence[Shift], name: str, tiers: dict[str, str], now: int) -> bytes:
    """A calendar with shifts; `tiers` are the names shown."""
    calendar = Calendar()
    calendar.add("prodid", "-//Front Door//Rota//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for each in shifts:
        event = Event()
        event.add("uid", f"{each.id}@frontdoor")
        event.add("dtstamp", _moment(now))
        event.add("dtstart", _moment(each.starts_at))
        event.add("dtend", _moment(each.ends_at))
        event.add("summary", " · ".join(tiers.get(tier, tier) for tier in each.tiers) or name)
        if each.note:
            event.add("description", each.note)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def read(text: str, agent_id: str, tiers: tuple[str, ...], zone: ZoneInfo, now: int) -> list[Shift]:
    """The events of the next three months as shifts of an agent; all-day and cancelled ones are left aside. Times
    without a zone are meant in `zone`. Raises `BadCalendar`.
    """
    begins = datetime.combine(datetime.fromtimestamp(now / 1000, zone).date(), time(), zone)
    try:
        calendar = Calendar.from_ical(text)
        events = recurring_ical_events.of(calendar).between(begins, begins + timedelta(days=AHEAD_DAYS))
        found = [shift for event in events if (shift := _shift(event, agent_id, tiers, zone))]
    except Exception as error:  # the parser raises whatever it stumbles over
        raise BadCalendar(str(error)) from error
    return list(islice(sorted(found, key=lambda shift: shift.starts_at), MOST))


def token(key: str, agent_id: str, generation: int) -> str:
    """What makes a subscription's link private; another `generation` ends the one before."""
    signed = itsdangerous.URLSafeSerializer(key, salt="rota").dumps([agent_id, generation])
    return signed if isinstance(signed, str) else signed.decode()


def of_token(key: str, text: str) -> tuple[str, int] | None:
    """Whose link it is and of which generation; None: not one of ours."""
    try:
        agent_id, generation = itsdangerous.URLSafeSerializer(key, salt="rota").loads(text)
    except (itsdangerous.BadSignature, ValueError, TypeError):
        return None
    return str(agent_id), int(generation)


def _shift(event: Event, agent_id: str, tiers: tuple[str, ...], zone: ZoneInfo) -> Shift | None:
    start, end = event.start, event.end
    if not (isinstance(start, datetime) and isinstance(end, datetime)):
        return None
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    starts_at, ends_at = (
        round((each if each.tzinfo else each.replace(tzinfo=zone)).timestamp() * 1000) for each in (start, end)
    )
    if not starts_at < ends_at <= starts_at + DAY_MS:
        return None
    uid, note = str(event.get("UID", ""))[:255], str(event.get("SUMMARY", ""))[:200]
    return Shift(
        id=new_id(), agent_id=agent_id, tiers=tiers, starts_at=starts_at, ends_at=ends_at, note=note,
        uid=uid or f"{starts_at}",
    )  # fmt: skip


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
