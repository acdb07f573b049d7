"""The lean processor predicts what Rasa's own does, in every situation."""

import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph

from bot.processor import LeanProcessor
from tests.unit.bot.domains import domain

DOMAIN = domain(
    """
    version: "3.1"
    intents: [ask, again, order, inform, stop]
    slots:
      outcome: {type: categorical, values: [found, locked], mappings: [{type: custom}]}
      number: {type: text, influence_conversation: false, mappings: [{type: custom}]}
    forms: {order_form: {required_slots: [number]}}
    responses: {utter_answer: [{text: a}], utter_again: [{text: b}], utter_found: [{text: c}], utter_stop: [{text: d}]}
    """
)
RULES = """
version: "3.1"
rules:
- {rule: answer, steps: [{intent: ask}, {action: utter_answer}]}
- {rule: again, steps: [{action: utter_answer}, {intent: again}, {action: utter_again}]}
- rule: order
  steps: [{intent: order}, {action: order_form}, {slot_was_set: [{outcome: null}]}, {active_loop: order_form}]
- {rule: stop, steps: [{intent: stop}, {action: action_deactivate_loop}, {active_loop: null}, {action: utter_stop}]}
- rule: found
  condition: [{active_loop: order_form}]
  steps:
  - action: order_form
  - active_loop: null
  - slot_was_set: [{requested_slot: null}, {outcome: found}]
  - action: utter_found
"""


class DomainOfTheTest(GraphComponent):
    """Stands where a trained model has its domain."""

    @classmethod
    def create(cls, config: Any, model_storage: Any, resource: Any, execution_context: Any) -> "DomainOfTheTest":
        return cls()

    def provide(self) -> Domain:
        return DOMAIN


def node(uses: type, fn: str, needs: dict[str, str], **more: Any) -> SchemaNode:
    return SchemaNode(needs=needs, uses=uses, constructor_name="create", fn=fn, config={}, eager=True, **more)


def processor(folder: Path, *policies: str) -> MessageProcessor:
    """A processor of Rasa's, with trained rules and nothing else."""
    storage, resource = LocalModelStorage(folder), Resource("rules")
    stories = StoryGraph(YAMLStoryReader().read_from_string(RULES))
    trackers = TrainingDataGenerator(stories, DOMAIN).generate()
    nodes = {"domain": node(DomainOfTheTest, "provide", {})}
    context = ExecutionContext(GraphSchema({}), "model")
    for policy in policies:
        config = RulePolicy.get_default_config()
        RulePolicy.create(config, storage, resource, context).train(trackers, DOMAIN)
        needs = {"tracker": "__tracker__", "domain": "domain"}
        nodes[policy] = node(RulePolicy, "predict_action_probabilities", needs, resource=resource)
        nodes[policy].constructor_name = "load"
    needs = {"tracker": "__tracker__", "domain": "domain", **{policy: policy for policy in policies}}
    nodes["best"] = node(DefaultPolicyPredictionEnsemble, "combine_predictions_from_kwargs", needs)
    rasa = MessageProcessor.__new__(MessageProcessor)
    rasa.domain = DOMAIN
    rasa.graph_runner = DaskGraphRunner(GraphSchema(nodes), storage, context)
    rasa.model_metadata = SimpleNamespace(core_target="best")  # type: ignore[assignment]
    return rasa


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> MessageProcessor:
    return processor(tmp_path_factory.mktemp("model"), "rules")


def something(chance: random.Random) -> Iterator[Event]:
    """Anything that may happen next, sensible or not."""
    kind = chance.randrange(8)
    if kind < 3:
        intent = chance.choice(["ask", "again", "order", "inform", "stop", "restart"])
        yield UserUttered(chance.choice(["one", "two", ""]), {"name": intent})
    elif kind < 6:
        yield ActionExecuted(
            chance.choice(["action_listen", "utter_answer", "utter_again", "order_form", "utter_stop"])
        )
        yield BotUttered("said")
    elif kind == 6:
        yield chance.choice([ActiveLoop("order_form"), ActiveLoop(None), ActionExecutionRejected("order_form")])
    else:
        yield SlotSet("outcome", chance.choice(["found", "locked", None]))


def seen(processor: MessageProcessor, tracker: DialogueStateTracker) -> Any:
    """What a prediction says, and the events it brings."""
    found = processor._predict_next_with_tracker(tracker.copy())
    flags = (found.policy_name, found.is_end_to_end_prediction, found.is_no_user_prediction, found.hide_rule_turn)
    return found.probabilities, found.policy_priority, flags, [event.as_dict()["event"] for event in found.events]


def test_it_predicts_what_rasa_predicts(rasa: MessageProcessor) -> None:
    chance, lean = random.Random(1), LeanProcessor.of(rasa)
    actions = set()
    for number in range(100):
        tracker = DialogueStateTracker(f"c{number}", DOMAIN.slots)
        tracker.update(ActionExecuted("action_listen"))
        for _ in range(20):
            tracker.update_with_events(list(something(chance)), DOMAIN)
            expected = seen(rasa, tracker)
            assert seen(lean, tracker) == expected
            actions.add(max(range(DOMAIN.num_actions), key=lambda at: expected[0][at]))
    assert len(actions) > 5, "the conversations came to too few actions to prove anything"
    assert len(lean._predicted) < 1_800, "few situations recurred: what was compared is Rasa with itself"


def test_a_remembered_prediction_is_not_shared(rasa: MessageProcessor) -> None:
    lean = LeanProcessor.of(rasa)
    tracker = DialogueStateTracker("c", DOMAIN.slots)
    tracker.update_with_events([ActionExecuted("action_listen"), UserUttered("hi", {"name": "ask"})], DOMAIN)
    for _ in range(3):
        prediction = lean._predict_next_with_tracker(tracker)
        (event,) = prediction.events
        assert not event.metadata
        event.metadata = {"spoilt": True}
        prediction.probabilities[0] = 7.0
        assert max(lean._predict_next_with_tracker(tracker).probabilities) == 1.0


def test_with_other_policies_nothing_is_remembered(tmp_path: Path) -> None:
    lean = LeanProcessor.of(processor(tmp_path, "rules", "more rules"))
    tracker = DialogueStateTracker("c", DOMAIN.slots)
    tracker.update_with_events([ActionExecuted("action_listen"), UserUttered("hi", {"name": "ask"})], DOMAIN)
    prediction = lean._predict_next_with_tracker(tracker)
    assert DOMAIN.action_names_or_texts[prediction.max_confidence_index] == "utter_answer"
    assert not lean._predicted


def test_an_intent_the_domain_does_not_have_is_told_of(rasa: MessageProcessor) -> None:
    lean = LeanProcessor.of(rasa)
    with pytest.warns(UserWarning, match="nonsense"):
        lean._check_for_unseen_features({"intent": {"name": "nonsense"}, "entities": []})
    with pytest.warns(UserWarning, match="nowhere"):
        lean._check_for_unseen_features({"intent": {"name": "ask"}, "entities": [{"entity": "nowhere"}]})
