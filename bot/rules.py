"""What the rules of a trained model look at, so that equal situations can be told."""

import json
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.runner.interface import GraphRunner
from rasa.shared.core.constants import USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT

from bot.graph import DirectRunner

ACTIONS = (ActionExecuted, ActionExecutionRejected)

Situation = Hashable


@dataclass(frozen=True)
class RuleBook:
    """`depth` is how many states the longest rule has."""

    depth: int

    @classmethod
    def read(cls, runner: GraphRunner) -> "RuleBook | None":
        """Of a loaded model whose only policy is Rasa's `RulePolicy`, with rules on intents alone; else None, since
        other policies, or rules on texts, look at more than a situation has."""
        if not isinstance(runner, DirectRunner):
            return None
        policies = [part for node in runner.nodes.values() if isinstance(part := node._component, Policy)]
        if len(policies) != 1 or type(policies[0]) is not RulePolicy:
            return None
        lookup: dict[str, Any] = policies[0].lookup
        rules = [json.loads(key) for name in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH) for key in lookup.get(name, ())]
        if not rules or any(TEXT in state.get(USER, {}) for states in rules for state in states):
            return None
        return cls(depth=max(map(len, rules)))

    def situation(self, tracker: DialogueStateTracker, domain: Domain) -> Situation:
        """All that the rules' prediction depends on: the last states, whether there is a text, what became of the
        active form, and whether an action was rejected."""
        states = tracker.past_states(domain)[-self.depth :]
        message = tracker.latest_message
        actions = (event for event in reversed(tracker.events) if isinstance(event, ACTIONS))
        last = next(actions, None)
        return (
            tuple(map(_seen, states)),
            bool(message and message.text),
            message.intent_name if message else None,
            tracker.active_loop_name,
            tracker.is_active_loop_rejected,
            last.action_name if isinstance(last, ActionExecutionRejected) else None,
        )


def _seen(state: State) -> Situation:
    """A state without the customer's words, which no rule names."""
    return frozenset(
        (kind, frozenset((name, value) for name, value in parts.items() if (kind, name) != (USER, TEXT)))
        for kind, parts in state.items()
    )
