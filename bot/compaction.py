"""Shortening a conversation's events, so that a long conversation costs what a short one does.

Rasa replays all events of a tracker for every action. What the next turn needs of them is the slots and the last few
turns.
"""

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

MOST_EVENTS = 60
KEPT_EVENTS = 24


def is_due(tracker: DialogueStateTracker) -> bool:
    """Whether a tracker is long, and at a point where nothing is under way but waiting for the customer."""
    return (
        len(tracker.events) > MOST_EVENTS
        and tracker.latest_action_name == ACTION_LISTEN_NAME
        and not tracker.is_paused()
    )


def compacted(tracker: DialogueStateTracker, domain: Domain) -> DialogueStateTracker:
    """A tracker in the same state with a short history: the slots and the form that was active, then the last whole
    turns.
    """
    events: list[Event] = list(tracker.events)
    start = _first_turn_to_keep(events)
    if start == 0:  # one endless turn: nothing can be left out
        return tracker
    before = DialogueStateTracker.from_events(tracker.sender_id, events[:start], domain.slots, domain=domain)
    at = events[start].timestamp
    head: list[Event] = [
        ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at),
        SessionStarted(timestamp=at),
        ActionExecuted(ACTION_LISTEN_NAME, timestamp=at),
        *_form(before, at),
        *(
            SlotSet(name, slot.value, timestamp=at)
            for name, slot in before.slots.items()
            if slot.value != slot.initial_value
        ),
        ActionExecuted(ACTION_LISTEN_NAME, timestamp=at),
    ]
    short = type(tracker).from_events(tracker.sender_id, [*head, *events[start:]], domain.slots, domain=domain)
    short.model_id, short.assistant_id = tracker.model_id, tracker.assistant_id
    return short


def _form(before: DialogueStateTracker, at: float) -> list[Event]:
    """How the form came to be active: what the customer said, and the form's beginning."""
    form = before.active_loop
    if form is None or form.name is None:
        return []
    said = form.trigger_message or {}
    message = UserUttered(
        said.get("text"), said.get("intent"), said.get("entities"), parse_data=said or None, timestamp=at
    )
    begun: list[Event] = [message, ActionExecuted(form.name, timestamp=at), ActiveLoop(form.name, timestamp=at)]
    return [*begun, ActionExecutionRejected(form.name, timestamp=at)] if form.rejected else begun


def _first_turn_to_keep(events: list[Event]) -> int:
    """Index of the first kept event: a customer's message, at least `KEPT_EVENTS` from the end."""
    last = range(len(events) - KEPT_EVENTS - 1, 0, -1)
    return next((at for at in last if isinstance(events[at], UserUttered)), 0)
