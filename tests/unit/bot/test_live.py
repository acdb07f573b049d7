"""A live tracker is at any moment what Rasa's replay of its events would be."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.live import LiveTracker
from tests.unit.bot.domains import domain

DOMAIN = domain(
    """
    version: "3.1"
    intents: [ask, order]
    slots:
      outcome: {type: categorical, values: [found, locked], mappings: [{type: custom}]}
      number: {type: text, influence_conversation: false, mappings: [{type: custom}]}
    forms: {order_form: {required_slots: [number]}}
    responses: {utter_answer: [{text: hi}]}
    """
)
TURN = ("utter_answer", "order_form", "action_deactivate_loop")


def turn(chance: random.Random) -> Iterator[Event]:
    """What a turn leaves, and now and then what rarely happens."""
    yield ActionExecuted("action_listen")
    yield UserUttered(chance.choice(["one", "two"]), {"name": chance.choice(["ask", "order"])})
    yield DefinePrevUserUtteredFeaturization(False)
    for _ in range(chance.randrange(3)):
        yield ActionExecuted(chance.choice(TURN))
        yield BotUttered("said")
        yield SlotSet(chance.choice(["outcome", "number"]), chance.choice(["found", "locked", None]))
    if chance.random() < 0.1:
        yield chance.choice([ActiveLoop("order_form"), ActiveLoop(None), ActionExecutionRejected("order_form")])
    if chance.random() < 0.04:
        yield chance.choice([SessionStarted(), Restarted(), AllSlotsReset(), ActionReverted(), UserUtteranceReverted()])


def state(tracker: DialogueStateTracker) -> dict[str, Any]:
    """Everything a tracker is, but for what Rasa's copies do not have."""
    ignored = {"model_id", "assistant_id", "slots", "_domain", "_past", "followup_action"}
    return {**{name: value for name, value in vars(tracker).items() if name not in ignored}, **tracker.current_state()}


def conversations(count: int = 150) -> Iterator[LiveTracker]:
    """Conversations, each at every turn."""
    for seed in range(count):
        chance = random.Random(seed)
        tracker = LiveTracker(f"c{seed}", DOMAIN.slots)
        tracker.update_with_events([ActionExecuted("action_session_start"), SessionStarted()], DOMAIN)
        for _ in range(12):
            for event in turn(chance):
                tracker.update(event, chance.choice([DOMAIN, None]))
            yield tracker


def test_past_states_are_those_of_a_replay() -> None:
    told = 0
    for tracker in conversations():
        told += tracker._past is not None
        replayed = DialogueStateTracker.from_events("c", list(tracker.events), DOMAIN.slots, domain=DOMAIN)
        assert tracker.past_states(DOMAIN) == replayed.past_states(DOMAIN)
    assert told > 600, "most conversations need no replay"


def test_a_copy_is_a_replay_and_goes_its_own_way() -> None:
    for tracker in conversations(40):
        replayed = DialogueStateTracker.copy(tracker)
        twin = tracker.copy()
        assert state(twin) == {**state(replayed), "followup_action": twin.followup_action}
        before = state(tracker)
        twin.update_with_events([SlotSet("number", "7"), ActionExecuted("order_form"), ActiveLoop(None)], DOMAIN)
        assert state(tracker) == before
        assert len(twin.past_states(DOMAIN)) > 0
        assert tracker.past_states(DOMAIN) == replayed.past_states(DOMAIN)


@pytest.mark.parametrize("asked", [{"omit_unset_slots": True}, {"ignore_rule_only_turns": True}])
def test_states_of_other_kinds_are_rasas(asked: dict[str, bool]) -> None:
    for tracker in conversations(5):
        replayed = DialogueStateTracker.copy(tracker)
        assert tracker.past_states(DOMAIN, **asked) == replayed.past_states(DOMAIN, **asked)
        assert tracker.past_states(domain("version: '3.1'"), **asked) == replayed.past_states(
            domain("version: '3.1'"), **asked
        )
