"""How far is my ticket?"""

import logging
from datetime import date, datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.clock import beijing_today
from actions.details import find_ticket_number
from actions.orders.telling import day_in_words
from actions.tickets import Ticket, TicketsUnavailable, tickets_of
from actions.turn import Turn

logger = logging.getLogger(__name__)
MOST_SHOWN = 3


class ActionTicketStatus(Action):
    """Tells the tickets of this conversation, or the one that was named; never those of other conversations."""

    def name(self) -> str:
        return "action_ticket_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = Turn.of(tracker)
        try:
            tickets = await tickets_of(turn.conversation_id)
        except TicketsUnavailable as error:
            logger.warning("tickets: %s", error)
            dispatcher.utter_message(response="say_ticket_unavailable")
            return []
        if named := find_ticket_number(turn.text):
            tickets = tuple(ticket for ticket in tickets if ticket.number.upper() == named)
        for ticket in tickets[:MOST_SHOWN]:
            _tell(ticket, dispatcher, turn.language)
        if not tickets and named:
            dispatcher.utter_message(response="say_ticket_unknown", number=named)
        elif not tickets:
            dispatcher.utter_message(response="say_ticket_none")
        return []


def _tell(ticket: Ticket, dispatcher: CollectingDispatcher, language: str) -> None:
    response = f"say_ticket_{ticket.status}"
    if ticket.status == "queued" and ticket.position is not None:
        response = "say_ticket_queued_at"
    updated = moment_in_words(ticket.updated_at, language, beijing_today())
    dispatcher.utter_message(response=response, number=ticket.number, position=ticket.position, updated=updated)


def moment_in_words(moment: datetime, language: str, today: date) -> str:
    """A day and time: "today (22 November) at 14:05", "今天（11月22日）14:05"."""
    day = day_in_words(moment.date(), language, today)
    return f"{day} {moment:%H:%M}" if language == "zh" else f"{day} at {moment:%H:%M}"
