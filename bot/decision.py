"""Last component of the pipeline: turns everything that is known into the one intent that rules answer."""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import conversation, library
from bot.cues import heard, hinted
from bot.outcome import COUNTED, NUMBERS, Outcome, Situation, Thresholds, decide, decide_button
from knowledge.language import named_language

INVISIBLE = "\u2060"  # word joiner: before a "/" it keeps Rasa from reading a command, and nobody sees it


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Decision(GraphComponent):
    """Sets `intent` to the outcome and puts `head` and `decision` on the message (docs/bot.md)."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Decision":
        model = library.knowledge_base().model
        fitted = {"answer": model.answer, "clarify": model.clarify, "alternatives": model.alone}
        return cls(Thresholds(**{**fitted, **config.get("thresholds", {})}))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`thresholds` overrides single values of `bot.outcome.Thresholds`."""
        return {"thresholds": {}}

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds

    def process(
        self, messages: list[Message], tracker: DialogueStateTracker, domain: Domain | None = None
    ) -> list[Message]:
        """Decide each message."""
        for message in messages:
            before = conversation.previous(tracker).get("decision") or {}
            failures, times = int(before.get("failures", 0)), dict(before.get("times") or {})
            if conversation.is_payload(message.get(TEXT) or ""):
                self._decide_button(message, failures, times, domain)
            else:
                self._decide_text(message, failures, times, tracker)
        return messages

    def _decide_text(
        self, message: Message, failures: int, times: dict[str, int], tracker: DialogueStateTracker
    ) -> None:
        head = message.get(INTENT) or {}
        name, certainty = head.get(INTENT_NAME_KEY) or "", float(head.get(PREDICTED_CONFIDENCE_KEY) or 0.0)
        found = message.get("kb") or {}
        text = message.get(TEXT) or ""
        cue = heard(text)
        outcome = decide(
            Situation(
                intent=name,
                certainty=certainty,
                candidates=tuple(hit["confidence"] for hit in found.get("ranking", ())),
                exact=bool(found.get("exact")),
                answerable=float(found.get("answerable") or 0.0),
                waiting=bool(conversation.context(message).get("waiting")),
                form=tracker.active_loop_name is not None,
                failures=failures,
                cue=cue,
                hinted=hinted(text, name),
                times=times,
                number=next(
                    (kind for entity in message.get(ENTITIES) or () if (kind := entity["entity"]) in NUMBERS), ""
                ),
            ),
            self._thresholds,
        )
        understood = {"intent": cue or name, "confidence": 1.0 if cue else round(certainty, 4), "cue": bool(cue)}
        message.set("head", understood, add_to_output=True)
        if outcome.intent == "switch_language" and (wanted := named_language(text)):
            message.set("language", wanted, add_to_output=True)
        _set(message, outcome, times)

    def _decide_button(self, message: Message, failures: int, times: dict[str, int], domain: Domain | None) -> None:
        unpacked = YAMLStoryReader.unpack_regex_message(message, domain, entity_extractor_name=type(self).__name__)
        if unpacked is message:  # no intent of the domain: Rasa has warned, and the fallback answers
            return
        message.set(ENTITIES, unpacked.get(ENTITIES), add_to_output=True)
        for entity in unpacked.get(ENTITIES):
            if entity["entity"] == "language":
                message.set("language", entity["value"], add_to_output=True)
        # Rasa's own handler comes next; it would parse the payload again and drop all we put on the message.
        message.set(TEXT, INVISIBLE + message.get(TEXT), add_to_output=True)
        _set(message, decide_button(unpacked.get(INTENT)[INTENT_NAME_KEY], failures), times)


def _set(message: Message, outcome: Outcome, times: dict[str, int]) -> None:
    decision = {"name": outcome.decision, "failures": outcome.failures}
    if outcome.decision in COUNTED:
        times = times | {outcome.decision: times.get(outcome.decision, 0) + 1}
    if times:
        decision["times"] = times
    message.set("decision", decision, add_to_output=True)
    intent = {INTENT_NAME_KEY: outcome.intent, PREDICTED_CONFIDENCE_KEY: round(outcome.confidence, 4)}
    message.set(INTENT, intent, add_to_output=True)
