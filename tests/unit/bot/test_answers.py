"""What is said: in the customer's language, from the knowledge base, to whom it may be said."""

from typing import Any

import pytest
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers import AnswerGenerator
from knowledge.base import KnowledgeBase
from tests.unit.bot.domains import domain

DOMAIN = domain(
    """
    version: "3.1"
    entities: [article_id]
    slots: {language: {type: text, influence_conversation: false, mappings: [{type: from_entity, entity: language}]}}
    responses:
      utter_greet:
        - text: Hello
        - {text: 您好, condition: [{type: slot, name: language, value: zh}]}
      utter_kb_answer: [{text: gone}]
      utter_kb_article: [{text: gone}]
      utter_kb_other_language:
        - text: Only in Chinese, sorry.
        - {text: 只有英文。, condition: [{type: slot, name: language, value: zh}]}
      utter_kb_clarify: [{text: "Which one?", buttons: [{title: None of these, payload: "/none_of_these"}]}]
      utter_repeat: [{text: I have said nothing yet.}]
    """
)


@pytest.fixture
def generator(base: KnowledgeBase) -> AnswerGenerator:
    return AnswerGenerator(None, DOMAIN, base)


def tracker(
    *before: Any, entities: list[dict[str, Any]] | None = None, verified: bool = False, **parsed: Any
) -> DialogueStateTracker:
    data = {"text": "q", "intent": {"name": "x"}, "entities": entities or [], **parsed}
    event = UserUttered("q", parse_data=data, entities=entities, metadata={"context": {"verified": verified}})
    return DialogueStateTracker.from_events("c", [*before, event], DOMAIN.slots)


def ranking(*ids: str) -> dict[str, Any]:
    return {"ranking": [{"id": article, "title": "", "language": "en", "confidence": 0.7} for article in ids]}


async def said(generator: AnswerGenerator, action: str, found: DialogueStateTracker) -> dict[str, Any]:
    response = await generator.generate(action, found, "brain", domain_responses=DOMAIN.responses)
    assert response is not None
    return response


@pytest.mark.parametrize(("language", "text"), [("en", "Hello"), ("zh", "您好"), ("", "Hello")])
async def test_responses_follow_the_message(generator: AnswerGenerator, language: str, text: str) -> None:
    assert (await said(generator, "utter_greet", tracker(language=language)))["text"] == text


async def test_an_answer_is_the_article_with_related_ones(generator: AnswerGenerator) -> None:
    found = tracker(language="zh", kb=ranking("delivery-fees", "return-no-reason"), decision={"name": "answer"})
    response = await said(generator, "utter_kb_answer", found)
    assert "包邮" in response["text"]
    assert response["article"] == {"id": "delivery-fees", "title": "运费多少钱？", "language": "zh", "confidence": 0.7}
    assert response["buttons"] == [
        {"title": "配送需要多长时间？", "payload": '/ask_article{"article_id": "delivery-times"}'}
    ]


async def test_alternatives_come_before_related_articles(generator: AnswerGenerator) -> None:
    found = tracker(
        language="en", kb=ranking("delivery-fees", "return-no-reason"), decision={"name": "answer_alternatives"}
    )
    titles = [button["title"] for button in (await said(generator, "utter_kb_answer", found))["buttons"]]
    assert titles == ["Can I return something I do not like?", "How long does delivery take?"]


async def test_the_other_language_is_announced(generator: AnswerGenerator) -> None:
    response = await said(
        generator, "utter_kb_answer", tracker(language="zh", kb=ranking("warranty-period"), decision={"name": "answer"})
    )
    assert response["text"].startswith("只有英文。\n\nLarge appliances")
    assert response["article"]["language"] == "en"


async def test_what_is_gone_or_not_for_this_customer_is_not_shown(generator: AnswerGenerator) -> None:
    for article in ("no-such", "order-cancel", "goodwill-limits"):
        entity = [{"entity": "article_id", "value": article}]
        assert (await said(generator, "utter_kb_article", tracker(language="en", entities=entity)))["text"] == "gone"
        assert (await said(generator, "utter_kb_answer", tracker(language="en", kb=ranking(article))))["text"] == "gone"
    verified = tracker(language="en", entities=[{"entity": "article_id", "value": "order-cancel"}], verified=True)
    assert "Cancel" in (await said(generator, "utter_kb_article", verified))["text"]


async def test_did_you_mean(generator: AnswerGenerator) -> None:
    many = ranking("delivery-fees", "delivery-times", "goodwill-limits", "return-no-reason", "warranty-period")
    response = await said(generator, "utter_kb_clarify", tracker(language="en", kb=many))
    assert [button["payload"] for button in response["buttons"]] == [
        '/ask_article{"article_id": "delivery-fees"}',
        '/ask_article{"article_id": "delivery-times"}',
        '/ask_article{"article_id": "return-no-reason"}',
        "/none_of_these",
    ]


async def test_repeating(generator: AnswerGenerator) -> None:
    assert (await said(generator, "utter_repeat", tracker(language="en")))["text"] == "I have said nothing yet."
    buttons = [{"title": "T", "payload": "/t"}]
    before = [
        BotUttered("first"),
        BotUttered("last", {"buttons": buttons}, metadata={"article": {"id": "a"}}),
        BotUttered(None),
    ]
    response = await said(generator, "utter_repeat", tracker(*before, language="en"))
    assert (response["text"], response["buttons"], response["article"]) == ("last", buttons, {"id": "a"})


async def test_an_unknown_response_is_none(generator: AnswerGenerator) -> None:
    assert await generator.generate("utter_nothing", tracker(language="en"), "brain") is None
