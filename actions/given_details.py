"""An order number, e-mail address, phone number or name that comes without a question, outside any form."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.contact import correction, details_in_words, details_of, signal_contact
from actions.details import find_order_number
from actions.turn import Turn


class ActionTakeDetails(Action):
    """Looks up an order number; takes anything else as a correction of contact details, or keeps it for later."""

    def name(self) -> str:
        return "action_take_details"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn.of(tracker)
        if find_order_number(turn.text):
            return [FollowupAction("order_form")]
        given = correction(turn)
        if not given:
            dispatcher.utter_message(response="utter_rephrase")
            return []
        kept = [SlotSet(name, value) for name, value in given.items()]
        if tracker.slots.get("contact_confirmed"):
            details = details_of(tracker) | given
            dispatcher.utter_message(response="say_contact_corrected", details=details_in_words(details, turn.language))
            signal_contact(dispatcher, details)
            return kept
        if set(given) == {"contact_name"}:
            dispatcher.utter_message(response="say_pleased", name=given["contact_name"])
        else:
            dispatcher.utter_message(response="say_details_for_what")
        return kept
