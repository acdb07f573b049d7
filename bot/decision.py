"""Last component of the pipeline: turns everything that is known into the one intent that rules answer."""

from collections.abc import Mapping
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
from knowledge.together import Together, shipped

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
        return cls(config.get("thresholds", {}))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`thresholds` overrides single values of `bot.outcome.Thresholds`, of which those about articles come with the
        models of confidence."""
        return {"thresholds": {}}

    def __init__(self, thresholds: Mapping[str, float]) -> None:
        self._thresholds = thresholds
        self._chosen(shipped())  # a name that is none shall be told when the bot starts

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
        together = shipped().beside(library.knowledge_base().model)  # of now: a company may have fitted it anew
        found = _weighed(message.get("kb") or {}, message.get("scope") or {}, together)
        message.set("kb", found, add_to_output=True)
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
            self._chosen(together),
        )
        understood = {"intent": cue or name, "confidence": 1.0 if cue else round(certainty, 4), "cue": bool(cue)}
        message.set("head", understood, add_to_output=True)
        if outcome.intent == "switch_language" and (wanted := named_language(text)):
            message.set("language", wanted, add_to_output=True)
        _set(message, outcome, times)

    def _chosen(self, together: Together) -> Thresholds:
        fitted = {"answer": together.answer, "clarify": together.clarify, "alternatives": together.alone}
        return Thresholds(**{**fitted, **self._thresholds})

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


def _weighed(found: Mapping[str, Any], beliefs: Mapping[str, float], together: Together) -> dict[str, Any]:
    """What was found, as sure as retrieval and head together are; `retrieval` is how sure it was alone."""
    ranking, answerable = found.get("ranking") or [], float(found.get("answerable") or 0.0)
    if not ranking or found.get("exact"):
        return dict(found)
    alone = [hit["confidence"] for hit in ranking]
    confidences, weighed = together.weigh(alone, answerable, beliefs)
    return {
        **found,
        "ranking": [
            {**hit, "confidence": round(confidence, 4)} for hit, confidence in zip(ranking, confidences, strict=True)
        ],
        "answerable": round(weighed, 4),
        "retrieval": {"confidence": alone[0], "answerable": answerable},
    }


def _set(message: Message, outcome: Outcome, times: dict[str, int]) -> None:
    decision = {"name": outcome.decision, "failures": outcome.failures}
    if outcome.decision in COUNTED:
        times = times | {outcome.decision: times.get(outcome.decision, 0) + 1}
    if times:
        decision["times"] = times
    message.set("decision", decision, add_to_output=True)
    intent = {INTENT_NAME_KEY: outcome.intent, PREDICTED_CONFIDENCE_KEY: round(outcome.confidence, 4)}
    message.set(INTENT, intent, add_to_output=True)
