"""Summaries and translations over HTTP; the language model is at the wire."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from frontdoor.assistant import EndpointAssistant
from frontdoor.chat_endpoint import ChatEndpoint
from tests.desk.house import House
from tests.fakes.model import ScriptedModel


@pytest.fixture
async def model(house: House) -> AsyncIterator[ScriptedModel]:
    """The house's language model."""
    async with ScriptedModel() as model:
        endpoint = ChatEndpoint(model.url, "small", "", timeout_s=5, tokens=400)
        house.service.ports = replace(house.service.ports, assistant=EndpointAssistant(endpoint))
        yield model
        await endpoint.close()


async def test_a_summary_needs_no_language_model(house: House) -> None:
    agent, ticket = await house.console("li.na"), await house.handed_over()
    answer = await agent.json(f"/tickets/{ticket}/summary", language="en")
    assert answer["assistant"] is False
    assert answer["summary"]["problem"], answer
    said = {entry["id"] for entry in (await agent.json(f"/tickets/{ticket}"))["timeline"]}
    assert {each["entry_id"] for each in answer["summary"]["problem"]} <= said
    for path, body in (("summary", {}), ("translations", {"to": "zh", "text": "Hello"})):
        refused = await agent.post(f"/tickets/{ticket}/{path}", **body)
        assert (refused.status, (await refused.json())["error"]["code"]) == (404, "no_assistant")


async def test_nobody_sums_up_what_they_may_not_see(house: House) -> None:
    stranger, ticket = await house.console("wang.wei", tiers=("senior",)), await house.handed_over()
    for answer in (
        await stranger.get(f"/tickets/{ticket}/summary"),
        await stranger.post(f"/tickets/{ticket}/summary"),
        await stranger.post(f"/tickets/{ticket}/translations", to="zh", text="Hello"),
    ):
        assert answer.status == 404


async def test_translations_keep_numbers_and_send_none_away(house: House, model: ScriptedModel) -> None:
    # Given a model that translates
    agent, ticket = await house.console("li.na"), await house.handed_over()
    model.says = "订单 ⟦2⟧ 已寄出，请回复 ⟦1⟧"
    text = "Order HL2026110101 is on its way, reply to anna@example.com"
    # When the same words are translated twice
    for _ in range(2):
        answer = await agent.post(f"/tickets/{ticket}/translations", to="zh", text=text)
        # Then the number and the address are back in their places
        assert (await answer.json())["text"] == "订单 HL2026110101 已寄出，请回复 anna@example.com"
    # And the model was asked once, for a text without them
    (asked,) = model.asked
    assert "HL2026110101" not in str(asked)
    assert "anna@example.com" not in str(asked)


@pytest.mark.parametrize(
    "says",
    ["", "订单已寄出", "订单 ⟦1⟧ ⟦2⟧ ⟦7⟧", "译文" * 400],
    ids=["nothing", "lost a number", "one too many", "a novel"],
)
async def test_what_is_no_translation_is_not_shown(house: House, model: ScriptedModel, says: str) -> None:
    agent, ticket = await house.console("li.na"), await house.handed_over()
    model.says = says
    answer = await agent.post(f"/tickets/{ticket}/translations", to="zh", text="Order HL2026110101, anna@example.com")
    assert (answer.status, (await answer.json())["error"]["code"]) == (503, "assistant_failed")


async def test_a_summary_in_sentences_says_no_number_that_nobody_named(house: House, model: ScriptedModel) -> None:
    agent, ticket = await house.console("li.na"), await house.handed_over()
    model.says = "- The customer wants to return something.\n- The bot's answer did not help."
    answer = await agent.post(f"/tickets/{ticket}/summary")
    assert (await answer.json())["sentences"] == [
        "The customer wants to return something.", "The bot's answer did not help.",
    ]  # fmt: skip
    model.says = "The customer is owed 5000 yuan."
    assert (await agent.post(f"/tickets/{ticket}/summary")).status == 503


async def test_entries_are_translated_by_their_ids(house: House, model: ScriptedModel) -> None:
    agent, ticket = await house.console("li.na"), await house.handed_over()
    timeline = (await agent.json(f"/tickets/{ticket}"))["timeline"]
    first = next(entry["id"] for entry in timeline if entry["kind"] == "message" and entry["content"]["text"])
    model.says = "Übersetzt"
    answer = await agent.post(f"/tickets/{ticket}/translations", to="zh", entries=[first, "nowhere"])
    assert (await answer.json())["entries"] == {first: "Übersetzt"}
