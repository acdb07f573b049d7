"""A conversation in memory, which knows its present state instead of replaying its events for it.

Rasa copies a tracker for every action, and asks for all its past states for every prediction, by replaying all events:
some 40 with what `bot.compaction` leaves, a tenth of the turn's CPU. Here both cost the same after any number.
"""

from copy import copy
from typing import Any

from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.trackers import DialogueStateTracker


class LiveTracker(DialogueStateTracker):
    """A tracker like Rasa's, kept by `bot.trackers`."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._domain: Domain | None = None  # whose slots and intents the states are in: that of the latest event
        self._past: list[State] | None = []  # before each action since the session began; None: only a replay can tell
        super().__init__(*arguments, **named)

    @classmethod
    def of(cls, tracker: DialogueStateTracker, domain: Domain) -> "LiveTracker":
        """A tracker as one of these; Rasa's wrapper around the store makes those of new conversations itself."""
        if isinstance(tracker, cls):
            return tracker
        live = cls.from_events(tracker.sender_id, list(tracker.events), domain.slots, domain=domain)
        live.model_id, live.assistant_id = tracker.model_id, tracker.assistant_id
        return live

    def update(self, event: Event, domain: Domain | None = None) -> None:
        """Let an event happen."""
        if domain is not None and domain is not self._domain:
            self._domain, self._past = domain, [] if not self.events else None
        if isinstance(event, SessionStarted):
            self._past = []
        elif _rewrites(event):
            self._past = None
        elif isinstance(event, ActionExecuted) and self._past is not None:
            self._past = [*self._past, self._domain.get_active_state(self)] if self._domain else None
        super().update(event, domain)

    def past_states(
        self, domain: Domain, omit_unset_slots: bool = False, ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:  # fmt: skip
        """The states before each action, and the present one. The present one is the caller's to change."""
        if self._past is None or domain is not self._domain or omit_unset_slots or ignore_rule_only_turns:
            return super().past_states(domain, omit_unset_slots, ignore_rule_only_turns, rule_only_data)
        return [*self._past, domain.get_active_state(self)]

    def copy(self) -> "LiveTracker":
        """A tracker in the same state that goes its own way."""
        twin = copy(self)
        twin.events = self.events.copy()
        twin.slots = {name: copy(slot) for name, slot in self.slots.items()}
        twin.active_loop = copy(self.active_loop)
        twin.model_id = twin.assistant_id = None  # as in Rasa's copies, which are not stored
        return twin


def _rewrites(event: Event) -> bool:
    """Whether an event changes which of the earlier ones count. Forms do: what happened in them is passed over."""
    if isinstance(event, ActiveLoop):
        return event.name is not None
    return isinstance(event, (Restarted, ActionReverted, UserUtteranceReverted))
