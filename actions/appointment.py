"""Booking a call-back or a technician's visit: when, where, which phone; confirmed, then booked at the service."""

import logging
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import booking
from actions.booking import Refused, ServiceUnavailable, Slot
from actions.clock import beijing_today
from actions.day_words import meant
from actions.details import find_phone, plain
from actions.form import REQUESTED_SLOT, FormDialogue
from actions.turn import Turn

logger = logging.getLogger(__name__)

FIELDS = ("appointment_kind", "appointment_start", "appointment_when", "appointment_address", "appointment_phone")
KINDS = {"request_callback": "callback", "request_visit": "visit"}
MORE = {"en": "Other times", "zh": "其他时间"}
OFFERED = 5
LOOKED_AT = 60
SHORTEST_ADDRESS = 6  # characters


class ValidateAppointmentForm(FormDialogue):
    """Asks for `appointment_start`, for a visit `appointment_address`, then `appointment_phone`, then
    `appointment_confirmed`.
    """

    starters = frozenset(KINDS)

    def name(self) -> str:
        return "validate_appointment_form"

    async def ask(self, requested: str, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> None:
        await _ask(requested, dispatcher, _known(tracker), turn)

    async def take(
        self, requested: str | None, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn
    ) -> dict[str, Any]:
        known = _known(tracker)
        if turn.intent in KINDS and known["appointment_kind"] != KINDS[turn.intent]:
            known = dict.fromkeys(FIELDS) | {"appointment_kind": KINDS[turn.intent]}
            requested = None
        known["appointment_phone"] = find_phone(turn.text) or known["appointment_phone"] or _account_phone(turn)
        try:
            if requested == "appointment_start" or "appointment_start" in turn.entities:
                known |= await _time(dispatcher, known, turn)
                if not known["appointment_start"]:
                    return known | {REQUESTED_SLOT: "appointment_start", "appointment_confirmed": None}
        except (ServiceUnavailable, Refused) as error:
            return _unavailable(dispatcher, error)
        if requested == "appointment_address" and (address := _address(turn)):
            known["appointment_address"] = address
        if requested == "appointment_confirmed" and turn.intent == "affirm":
            return known | {"appointment_confirmed": True, REQUESTED_SLOT: None}
        if requested == "appointment_confirmed" and turn.intent == "deny":
            known |= {"appointment_start": None, "appointment_when": None}
        missing = _missing(known)
        if missing == requested and missing in {"appointment_address", "appointment_phone"}:
            dispatcher.utter_message(response=f"say_{missing}_unclear")
            return known | {REQUESTED_SLOT: missing, "appointment_confirmed": None}
        try:
            asked = await _ask(missing, dispatcher, known, turn)
        except (ServiceUnavailable, Refused) as error:
            return _unavailable(dispatcher, error)
        return known | {"appointment_confirmed": None, REQUESTED_SLOT: missing if asked else None}


class ActionBookAppointment(Action):
    """Books what the form has collected."""

    def name(self) -> str:
        return "action_book_appointment"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        known, turn = _known(tracker), Turn.of(tracker)
        if tracker.slots.get("appointment_confirmed"):
            await _book(dispatcher, known, turn, len(tracker.events))
        return [SlotSet(name, None) for name in (*FIELDS, "appointment_confirmed")]


class ActionCancelAppointment(Action):
    """Cancels what the conversation has booked next."""

    def name(self) -> str:
        return "action_cancel_appointment"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn.of(tracker)
        try:
            booked = await booking.upcoming(turn.conversation_id)
            if not booked:
                dispatcher.utter_message(response="say_appointment_none")
            else:
                await booking.cancel(turn.conversation_id, booked[0].id)
                dispatcher.utter_message(response="say_appointment_cancelled")
        except (ServiceUnavailable, Refused) as error:
            _unavailable(dispatcher, error)
        return []


def _known(tracker: Tracker) -> dict[str, Any]:
    return {name: tracker.slots.get(name) for name in FIELDS}


async def _time(dispatcher: CollectingDispatcher, known: dict[str, Any], turn: Turn) -> dict[str, Any]:
    """The time that is meant, or none, after saying what there is."""
    slots = await booking.free_slots(str(known["appointment_kind"]), turn.language, LOOKED_AT)
    pressed = turn.entities.get("appointment_start")
    if pressed == "more":
        _offer(dispatcher, slots[OFFERED : 2 * OFFERED] or slots[:OFFERED], "say_offer_times")
        return {"appointment_start": None}
    found = [slot for slot in slots if str(slot.start) == pressed or plain(turn.text) == plain(slot.title)]
    found = found or list(meant(turn.text, slots, beijing_today()))
    if len(found) == 1:
        return {"appointment_start": str(found[0].start), "appointment_when": found[0].when}
    if found:
        _offer(dispatcher, found[:OFFERED], "say_offer_times")
    else:
        _offer(dispatcher, slots[:OFFERED], "say_appointment_time_unclear", MORE[turn.language])
    return {"appointment_start": None}


async def _ask(requested: str, dispatcher: CollectingDispatcher, known: dict[str, Any], turn: Turn) -> bool:
    """Ask for it; False when there is nothing to be had. Raises ServiceUnavailable or Refused."""
    if requested == "appointment_start":
        slots = await booking.free_slots(str(known["appointment_kind"]), turn.language, LOOKED_AT)
        if not slots:
            dispatcher.utter_message(response="say_appointment_no_time")
            return False
        more = MORE[turn.language] if len(slots) > OFFERED else ""
        _offer(dispatcher, slots[:OFFERED], f"say_offer_{known['appointment_kind']}", more)
    elif requested == "appointment_confirmed":
        response = f"say_confirm_{known['appointment_kind']}"
        values = {name.removeprefix("appointment_"): known[name] for name in FIELDS}
        dispatcher.utter_message(response=response, **values)
    else:
        dispatcher.utter_message(response=f"say_ask_{requested}")
    return True


def _offer(dispatcher: CollectingDispatcher, slots: Sequence[Slot], response: str, more: str = "") -> None:
    """Say `response` with the times as buttons, and one for `more` where it has a title."""
    buttons = [{"title": slot.title, "payload": f'/inform{{"appointment_start": "{slot.start}"}}'} for slot in slots]
    if more:
        buttons.append({"title": more, "payload": '/inform{"appointment_start": "more"}'})
    dispatcher.utter_message(response=response, buttons=buttons)


def _missing(known: dict[str, Any]) -> str:
    if not known["appointment_start"]:
        return "appointment_start"
    if known["appointment_kind"] == "visit" and not known["appointment_address"]:
        return "appointment_address"
    return "appointment_confirmed" if known["appointment_phone"] else "appointment_phone"


def _address(turn: Turn) -> str:
    text = plain(turn.text)
    return text[:400] if len(text) >= SHORTEST_ADDRESS else ""


def _account_phone(turn: Turn) -> str | None:
    return find_phone(str(turn.customer.get("phone") or "")) or None


async def _book(dispatcher: CollectingDispatcher, known: dict[str, Any], turn: Turn, length: int) -> None:
    wish = {
        "key": f"{turn.conversation_id}-{known['appointment_start']}-{length}"[:80],
        "kind": known["appointment_kind"],
        "start": int(known["appointment_start"]),
        "phone": known["appointment_phone"],
        "address": known["appointment_address"] or "",
        "name": str(turn.customer.get("name") or ""),
    }
    try:
        await booking.book(turn.conversation_id, wish)
        dispatcher.utter_message(response="say_appointment_booked")
    except Refused:
        dispatcher.utter_message(response=f"say_appointment_gone_{known['appointment_kind']}")
    except ServiceUnavailable as error:
        _unavailable(dispatcher, error)


def _unavailable(dispatcher: CollectingDispatcher, error: Exception) -> dict[str, Any]:
    logger.warning("appointments: %s", error)
    dispatcher.utter_message(response="say_appointments_unavailable")
    return dict.fromkeys(FIELDS) | {"appointment_confirmed": None, REQUESTED_SLOT: None}
