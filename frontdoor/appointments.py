"""Appointments: which times can be had, and booking one, with a ticket for the humans and an .ics for the customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event
from sqlalchemy import Connection

from connectors.desk import Reason
from connectors.errors import Malformed
from connectors.message import JSON, Attachment, Content
from desk.hours import Hours, Span
from frontdoor import escalation
from frontdoor.files import FileStore
from frontdoor.sections import Appointments as AppointmentSettings
from frontdoor.sections import Bookable
from frontdoor.sentences import say, stretch
from frontdoor.step import Step, Steps
from storage import appointments, conversations, files, handoffs
from storage.appointments import Appointment
from storage.clock import now_ms
from storage.tables import new_id

HOUR_MS = 3_600_000
CALENDAR = "text/calendar"
FILE_NAME = {"callback": "call-back.ics", "visit": "visit.ics"}


class NotToBeHad(Malformed):
    """The time is not offered, or was booked by others meanwhile."""

    status = 409

    def __init__(self) -> None:
        super().__init__("this time is not to be had", code="slot_taken", field="start")


@dataclass(frozen=True, kw_only=True, order=True)
class Slot:
    """A time that can be booked, in ms."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a customer wants; `key` stays the same when the request is repeated."""

    key: str
    kind: str
    start: int
    name: str = ""
    phone: str = ""
    address: str = ""


class Appointments:
    """Books and cancels."""

    def __init__(
        self,
        steps: Steps,
        store: FileStore,
        settings: AppointmentSettings,
        hours: Hours,
        *,
        desk: str,
        brand: Mapping[str, str],
    ) -> None:
        self._steps, self._files, self._hours, self._desk, self._brand = steps, store, hours, desk, brand
        self._bookable: Mapping[str, Bookable] = {"callback": settings.callback, "visit": settings.visit}
        self._zone = str(hours.zone)

    async def free(self, kind: str, limit: int) -> list[Slot]:
        """The next times that can be had. Raises KeyError for a kind there is not."""
        bookable = self._bookable[kind]
        return (await self._steps.database.read(self._free, kind, bookable))[:limit]

    async def book(self, conversation_id: str, wish: Wish) -> Appointment:
        """Book a time, tell the customer, and open a ticket. Raises `NotToBeHad`, KeyError for an unknown conversation
        or kind.
        """
        bookable = self._bookable[wish.kind]
        if (known := await self._steps.database.read(appointments.by_key, wish.key)) is not None:
            return known
        slot = next((each for each in self._slots(bookable) if each.start == wish.start), None)
        conversation = await self._steps.database.read(conversations.find, conversation_id)
        if slot is None or conversation is None:
            raise NotToBeHad if conversation is not None else KeyError(conversation_id)
        planned = Appointment(
            id=new_id(), conversation_id=conversation_id, key=wish.key, handoff_id="", kind=wish.kind,
            starts_at=slot.start, ends_at=slot.end, name=wish.name, phone=wish.phone, address=wish.address,
            status="booked", sequence=0, created_at=now_ms(),
        )  # fmt: skip
        number = handoffs.new_reference()
        data = calendar(planned, number, conversation.language or "en", self._brand)
        file = await self._files.keep(conversation_id, FILE_NAME[wish.kind], CALENDAR, data)
        try:
            booked = await self._steps.run(conversation_id, self._book, planned, bookable, file, number)
        except NotToBeHad:
            await self._discard(file)
            raise
        if booked.id != planned.id:  # a repeat that came at the same time
            await self._discard(file)
        return booked

    async def cancel(self, conversation_id: str, appointment_id: str) -> bool:
        """Cancel one; False when there is no such thing to cancel."""
        found = await self._steps.database.read(appointments.find, conversation_id, appointment_id)
        if found is None or found.status != "booked":
            return False
        conversation = await self._steps.database.read(conversations.find, conversation_id)
        handoff = await self._steps.database.read(handoffs.find, found.handoff_id)
        number = (handoff.number or handoff.reference) if handoff else ""
        language = (conversation.language if conversation else "") or "en"
        data = calendar(found, number, language, self._brand, cancelled=True)
        file = await self._files.keep(conversation_id, FILE_NAME[found.kind], CALENDAR, data)
        cancelled = await self._steps.run(conversation_id, self._cancel, found, file, number)
        if not cancelled:
            await self._discard(file)
        return cancelled

    async def _discard(self, file: Attachment) -> None:
        """The file of what did not come about."""
        await self._steps.database.write(files.drop, file.id)
        await self._files.discard([file.id])

    def _free(self, tx: Connection, kind: str, bookable: Bookable) -> list[Slot]:
        offered = self._slots(bookable)
        if not offered:
            return []
        taken = appointments.taken(tx, kind, offered[0].start, offered[-1].end)
        return [slot for slot in offered if taken.get(slot.start, 0) < bookable.capacity]

    def _slots(self, bookable: Bookable) -> list[Slot]:
        """Every time that is offered, booked or not."""
        earliest = now_ms() + bookable.notice_hours * HOUR_MS
        today = datetime.fromtimestamp(now_ms() / 1000, self._hours.zone).date()
        days = (today + timedelta(days=number) for number in range(bookable.days + 1))
        spans = [Span.parse(span) for span in bookable.spans]
        found = [slot for day in days for span in spans for slot in self._within(day, span, bookable.minutes)]
        return sorted(slot for slot in found if slot.start >= earliest and self._is_working(slot))

    def _within(self, day: date, span: Span, minutes: int) -> list[Slot]:
        length = minutes or span.end - span.start
        return [
            Slot(start=self._at(day, start), end=self._at(day, start + length))
            for start in range(span.start, span.end - length + 1, length)
        ]

    def _is_working(self, slot: Slot) -> bool:
        if not self._hours.is_open(slot.start):
            return False
        closes = self._hours.closes_at(slot.start)  # never, for a desk that is always open
        return closes is None or closes >= slot.end

    def _at(self, day: date, minutes: int) -> int:
        moment = datetime.combine(day, time(), self._hours.zone) + timedelta(minutes=minutes)
        return round(moment.astimezone(UTC).timestamp() * 1000)

    def _book(self, step: Step, planned: Appointment, bookable: Bookable, file: Attachment, number: str) -> Appointment:
        appointments.hold(step.tx)
        if (known := appointments.by_key(step.tx, planned.key)) is not None:
            return known
        free = {slot.start for slot in self._free(step.tx, planned.kind, bookable)}
        if planned.starts_at not in free:
            raise NotToBeHad
        language = step.conversation.language or "en"
        when = stretch(planned.starts_at, planned.ends_at, language, self._zone)
        told = {"appointment": planned.kind, "when": when, "name": planned.name, "phone": planned.phone}
        handoff_id = escalation.promise(
            step, Reason.APPOINTMENT, self._desk, told | {"address": planned.address}, reference=number
        ).id
        booked = Appointment(**{**vars(planned), "handoff_id": handoff_id})
        appointments.add(step.tx, booked)
        custom = {"kind": "appointment", "appointment": planned.kind, "start": planned.starts_at, "number": number}
        content = Content(attachments=(file,))
        values = {"when": when, "phone": planned.phone, "address": planned.address, "number": number}
        step.system(f"booked_{planned.kind}", custom, content, **values)
        return booked

    def _cancel(self, step: Step, found: Appointment, file: Attachment, number: str) -> bool:
        if not appointments.cancel(step.tx, found.id):
            return False
        language = step.conversation.language or "en"
        when = stretch(found.starts_at, found.ends_at, language, self._zone)
        custom: JSON = {"kind": "appointment_cancelled", "appointment": found.kind, "number": number}
        said = step.system("appointment_cancelled", custom, Content(attachments=(file,)), when=when, number=number)
        handoff = step.find_handoff(found.handoff_id)
        if handoff is not None:
            escalation.append_to(step, handoff, said)
        return True


def calendar(
    row: Appointment, number: str, language: str, brand: Mapping[str, str], *, cancelled: bool = False
) -> bytes:
    """The appointment as iCalendar (RFC 5545), for the customer's own calendar."""
    file, event = Calendar(), Event()
    file.add("prodid", "-//Front Door//EN")
    file.add("version", "2.0")
    file.add("method", "CANCEL" if cancelled else "PUBLISH")
    event.add("uid", f"{row.id}@frontdoor")
    event.add("dtstamp", datetime.fromtimestamp(row.created_at / 1000, UTC))
    event.add("dtstart", datetime.fromtimestamp(row.starts_at / 1000, UTC))
    event.add("dtend", datetime.fromtimestamp(row.ends_at / 1000, UTC))
    event.add("sequence", row.sequence + cancelled)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    name = brand["zh" if language == "zh" else "en"]
    event.add("summary", say(f"calendar_{row.kind}", language, brand=name))
    event.add("description", say("calendar_about", language, number=number, phone=row.phone))
    if row.address:
        event.add("location", row.address)
    file.add_component(event)
    return bytes(file.to_ical())
