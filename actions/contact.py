"""Leaving contact details: name and e-mail or phone, confirmed, and corrected whenever the customer likes."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.details import find_name, find_reach, introduced_name
from actions.form import REQUESTED_SLOT, FormDialogue
from actions.turn import Turn

DETAILS = ("contact_name", "contact_email", "contact_phone")
_LABELS = {"en": ("Name", "E-mail", "Phone"), "zh": ("姓名", "邮箱", "电话")}


class ValidateContactForm(FormDialogue):
    """Asks for `contact_name`, then e-mail or phone (requested as `contact_email`), then `contact_confirmed`."""

    starters = frozenset({"leave_contact"})
    left: Mapping[str, Any] = {"contact_confirmed": False}

    def name(self) -> str:
        return "validate_contact_form"

    async def ask(self, requested: str, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> None:
        details = details_of(tracker)
        if requested == "contact_name":
            dispatcher.utter_message(response="say_resume_contact_name")
        elif requested == "contact_email":
            dispatcher.utter_message(response="say_resume_contact_reach", name=details["contact_name"])
        else:
            _ask(requested, dispatcher, details, turn)

    async def take(
        self, requested: str | None, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn
    ) -> dict[str, Any]:
        before = details_of(tracker)
        details = before | _given(requested, turn)
        if requested is None:
            details = _known_from_account(turn) | {name: value for name, value in details.items() if value}
        missing = _missing(details)
        changed = details != before
        confirmed = requested == "contact_confirmed" and turn.intent == "affirm" and not changed
        slots: dict[str, Any] = {name: details.get(name) for name in DETAILS}
        if confirmed:
            return slots | {"contact_confirmed": True, REQUESTED_SLOT: None}
        if missing == requested and not changed:
            _say_unclear(missing, dispatcher, details, turn)
        else:
            _ask(missing, dispatcher, details, turn)
        return slots | {"contact_confirmed": None, REQUESTED_SLOT: missing}


class ActionSaveContact(Action):
    """Hands confirmed details to the service. A form that was left has none."""

    def name(self) -> str:
        return "action_save_contact"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if tracker.slots.get("contact_confirmed") is False:
            return []
        details = details_of(tracker)
        dispatcher.utter_message(response="say_contact_saved", name=details["contact_name"])
        signal_contact(dispatcher, details)
        return []


def details_of(tracker: Tracker) -> dict[str, str | None]:
    """Name, e-mail and phone as far as the conversation has them."""
    return {name: tracker.slots.get(name) for name in DETAILS}


def details_in_words(details: dict[str, str | None], language: str) -> str:
    """The details as a Markdown list."""
    colon = "：" if language == "zh" else ": "
    lines = zip(_LABELS[language], (details.get(name) for name in DETAILS), strict=True)
    return "\n".join(f"- {label}{colon}{value}" for label, value in lines if value)


def signal_contact(dispatcher: CollectingDispatcher, details: dict[str, str | None]) -> None:
    """Tell the service the customer's contact details (docs/protocol/brain.md)."""
    name, email, phone = (details.get(key) or "" for key in DETAILS)
    dispatcher.utter_message(json_message={"signal": {"type": "contact", "name": name, "email": email, "phone": phone}})


def correction(turn: Turn) -> dict[str, str]:
    """Details named in so many words, at any time: an e-mail address, a phone number, "my name is …"."""
    reach = find_reach(turn.text)
    found = {"contact_name": introduced_name(turn.text), "contact_email": reach.email, "contact_phone": reach.phone}
    return {name: value for name, value in found.items() if value}


def _given(requested: str | None, turn: Turn) -> dict[str, str]:
    given = correction(turn)
    asked_for_name = requested == "contact_name" or (requested == "contact_confirmed" and not given)
    if asked_for_name and turn.intent == "inform" and "contact_name" not in given and (name := find_name(turn.text)):
        given["contact_name"] = name
    return given


def _known_from_account(turn: Turn) -> dict[str, str | None]:
    name, email = str(turn.customer.get("name") or ""), str(turn.customer.get("email") or "")
    return {"contact_name": name or None, "contact_email": find_reach(email).email or None, "contact_phone": None}


def _missing(details: dict[str, str | None]) -> str:
    if not details.get("contact_name"):
        return "contact_name"
    if not (details.get("contact_email") or details.get("contact_phone")):
        return "contact_email"
    return "contact_confirmed"


def _ask(requested: str, dispatcher: CollectingDispatcher, details: dict[str, str | None], turn: Turn) -> None:
    if requested == "contact_name":
        dispatcher.utter_message(response="say_ask_contact_name")
    elif requested == "contact_email":
        dispatcher.utter_message(response="say_ask_contact_reach", name=details["contact_name"])
    else:
        dispatcher.utter_message(response="say_confirm_contact", details=details_in_words(details, turn.language))


def _say_unclear(requested: str, dispatcher: CollectingDispatcher, details: dict[str, str | None], turn: Turn) -> None:
    if requested == "contact_name":
        dispatcher.utter_message(response="say_contact_name_unclear")
    elif requested == "contact_email":
        dispatcher.utter_message(response="say_contact_reach_unclear")
    elif turn.intent == "deny":
        dispatcher.utter_message(response="say_what_to_correct")
    else:
        dispatcher.utter_message(response="say_confirm_contact", details=details_in_words(details, turn.language))
