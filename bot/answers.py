"""What the bot says: domain responses in the customer's language, and the answers of the knowledge base."""

import json
from collections.abc import Callable
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import conversation, library
from knowledge.articles import EVERYONE, VERIFIED, Article
from knowledge.base import KnowledgeBase
from knowledge.personal import for_everybody, is_personal

BUTTONS = 3

Response = dict[str, Any]


class AnswerGenerator(TemplatedNaturalLanguageGenerator):
    """Rasa's generator of responses, plus those of docs/bot.md that the knowledge base fills."""

    def __init__(
        self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None,
        base: KnowledgeBase | None = None,
    ) -> None:  # fmt: skip
        super().__init__(domain.responses if domain else {})
        self._given = base
        self._special: dict[str, Callable[[Response, DialogueStateTracker, str], Response]] = {
            "utter_kb_answer": self._answer,
            "utter_kb_article": self._article,
            "utter_kb_clarify": self._clarify,
            "utter_repeat": self._repeat,
        }

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Response | None:
        """The response to utter, in the language of the latest message; None if the domain has no such response."""
        language = conversation.language(tracker) or "en"
        frame = self._frame(utter_action, tracker, language, output_channel, **kwargs)
        special = self._special.get(utter_action)
        return special(frame, tracker, language) if frame is not None and special else frame

    def _frame(
        self, utter_action: str, tracker: DialogueStateTracker, language: str, output_channel: str = "", **kwargs: Any
    ) -> Response | None:
        slots = {**tracker.current_slot_values(), conversation.LANGUAGE_SLOT: language}
        return self.generate_from_slots(utter_action, slots, output_channel, **kwargs)

    @property
    def _base(self) -> KnowledgeBase:
        return self._given or library.knowledge_base()

    def _answer(self, frame: Response, tracker: DialogueStateTracker, language: str) -> Response:
        found = _parsed(tracker)
        ranking = (found.get("kb") or {}).get("ranking") or []
        article = self._base.article(ranking[0]["id"], _audiences(tracker)) if ranking else None
        if article is None:
            return frame
        others = ranking[1:] if (found.get("decision") or {}).get("name") == "answer_alternatives" else []
        return self._told(
            article, tracker, language, confidence=ranking[0]["confidence"], offered=[hit["id"] for hit in others]
        )

    def _article(self, frame: Response, tracker: DialogueStateTracker, language: str) -> Response:
        wanted = next(tracker.get_latest_entity_values("article_id"), "")
        article = self._base.article(wanted, _audiences(tracker))
        return frame if article is None else self._told(article, tracker, language)

    def _told(
        self, article: Article, tracker: DialogueStateTracker, language: str, *, confidence: float = 1.0,
        offered: list[str] | None = None,
    ) -> Response:  # fmt: skip
        text = article.text(language)
        body = for_everybody(text.body)
        if text.language != language:
            note = self._frame("utter_kb_other_language", tracker, language)
            body = f"{note['text']}\n\n{body}" if note and note.get("text") else body
        said = {"id": article.id, "title": text.title, "language": text.language, "confidence": confidence}
        response: Response = {"text": body, "article": said}
        if is_personal(text.body):
            response["personal"] = text.body
        if buttons := self._buttons([*(offered or ()), *article.related], tracker, language, without=article.id):
            response["buttons"] = buttons
        return response

    def _clarify(self, frame: Response, tracker: DialogueStateTracker, language: str) -> Response:
        ranking = (_parsed(tracker).get("kb") or {}).get("ranking") or []
        candidates = self._buttons([hit["id"] for hit in ranking], tracker, language)
        return {**frame, "buttons": [*candidates, *(frame.get("buttons") or [])]}

    def _repeat(self, frame: Response, tracker: DialogueStateTracker, language: str) -> Response:
        for event in reversed(tracker.events):
            if isinstance(event, BotUttered) and event.text:
                said = {"buttons": event.data.get("buttons"), "article": event.metadata.get("article")}
                return {"text": event.text, **{name: value for name, value in said.items() if value}}
        return frame

    def _buttons(
        self, ids: list[str], tracker: DialogueStateTracker, language: str, without: str = ""
    ) -> list[dict[str, str]]:
        audiences = _audiences(tracker)
        articles = [
            self._base.article(article_id, audiences) for article_id in dict.fromkeys(ids) if article_id != without
        ]
        return [
            {"title": article.text(language).title, "payload": f"/ask_article{json.dumps({'article_id': article.id})}"}
            for article in [article for article in articles if article is not None][:BUTTONS]
        ]


def _parsed(tracker: DialogueStateTracker) -> dict[str, Any]:
    latest = tracker.latest_message
    return dict(latest.parse_data) if latest and latest.parse_data else {}


def _audiences(tracker: DialogueStateTracker) -> Any:
    latest = tracker.latest_message
    context = (latest.metadata or {}).get("context") if latest else None
    return VERIFIED if isinstance(context, dict) and context.get("verified") else EVERYONE
