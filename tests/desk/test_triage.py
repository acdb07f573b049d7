"""Triage at the desk: where handoffs go by it, what people correct, and what customers say later."""

from dataclasses import replace
from typing import Any

from connectors.desk import Handoff
from connectors.message import JSON
from storage.triage import corrections
from tests.desk.house import Console, House, handoff, line

SMOKE = "There is smoke coming out of the socket!"


def asked(question: str, **values: Any) -> Handoff:
    return replace(handoff(), question=question, transcript=(), sentiment="neutral", urgency="normal", **values)


async def customer_says(house: House, ticket_id: str, message_id: str, text: str) -> None:
    await house.desk.append(ticket_id, line(text, message_id=message_id))


async def correct(console: Console, ticket_id: str, said: JSON, status: int = 200) -> JSON:
    answer = await console.send("PUT", f"/tickets/{ticket_id}/triage", said)
    assert answer.status == status, await answer.text()
    return dict(await answer.json())


async def opened(house: House, question: str, **values: Any) -> str:
    return (await house.desk.open(asked(question, **values))).ticket_id


async def test_a_ticket_has_its_triage_with_reasons(house: House) -> None:
    console = await house.console("li.na", role="supervisor")
    shown = await console.json(f"/tickets/{await opened(house, 'I want to return the shoes')}")
    ticket = shown["ticket"]
    assert [ticket[name] for name in ("category", "complexity", "urgency", "value", "risk")] == [
        "returns", "simple", "normal", "normal", "low",
    ]  # fmt: skip
    assert ticket["skills"] == ["refunds"]
    category = shown["packet"]["triage"]["category"]
    assert category["value"] == "returns"
    assert category["because"][0]["cue"] == "returns_words"
    assert category["because"][0]["weight"] > 0


ROUTED = (
    ("Where is my parcel?", {}, "front_line"),
    ("Where is my parcel?", {"segment": "vip", "verified": True}, "senior"),
    ("My lawyer will write to you", {}, "senior"),
    ("Which model would you recommend before I buy?", {}, "front_line"),
    ("The courier says the depot has it, the depot says the courier has it, for three weeks", {}, "coordinator"),
)


async def test_rules_go_by_what_triage_found(house: House) -> None:
    console = await house.console("li.na", role="supervisor")
    tiers = []
    for number, (question, customer, _) in enumerate(ROUTED):
        ticket = await opened(house, question, id=str(number), conversation_id=str(number), customer=customer)
        tiers.append((await console.json(f"/tickets/{ticket}"))["ticket"]["tier"])
    assert tiers == [tier for *_, tier in ROUTED]


async def test_a_correction_is_kept_shown_and_moves_what_waits(house: House) -> None:
    console = await house.console("li.na", role="supervisor")
    ticket = await opened(house, "I want to return the shoes")
    said = {"category": "complaint", "risk": "high", "urgency": "high", "tags": ["Shoes", "shoes", "autumn sale"]}
    answer = await correct(console, ticket, said)
    shown = answer["ticket"]
    assert (shown["category"], shown["risk"], shown["tier"], shown["skills"]) == ("complaint", "high", "senior", [])
    assert shown["tags"] == ["shoes", "autumn sale"]
    event = answer["entry"]
    assert (event["event"], event["name"]) == ("triaged", "Li Na")
    assert event["data"]["changes"]["category"] == ["returns", "complaint"]
    packet = (await console.json(f"/tickets/{ticket}"))["packet"]["triage"]
    assert packet["category"]["corrected_by"] == "Li Na"
    assert packet["category"]["judged"] == "returns"
    kept = {each.dimension: each for each in await house.db.read(corrections)}
    assert {name: (each.judged, each.value) for name, each in kept.items()} == {
        "category": ("returns", "complaint"), "risk": ("low", "high"), "urgency": ("normal", "high"),
    }  # fmt: skip
    assert kept["category"].seen["returns_words"] == 1.0


async def test_agreement_is_remembered_and_changes_nothing(house: House) -> None:
    console = await house.console("li.na", role="supervisor")
    ticket = await opened(house, "I want to return the shoes")
    answer = await correct(console, ticket, {"category": "returns"})
    assert "entry" not in answer
    assert [each.value for each in await house.db.read(corrections)] == ["returns"]
    await correct(console, ticket, {"category": "order"})
    assert [(each.judged, each.value) for each in await house.db.read(corrections)] == [("returns", "order")]


async def test_a_ticket_that_people_work_on_stays_with_them(house: House) -> None:
    console = await house.console("li.na")
    ticket = await opened(house, "I want to return the shoes")
    await console.act(ticket, "take")
    shown = (await correct(console, ticket, {"risk": "high", "urgency": "urgent"}))["ticket"]
    assert (shown["risk"], shown["tier"], shown["state"]) == ("high", "front_line", "open")


async def test_what_cannot_be_is_refused(house: House) -> None:
    console = await house.console("li.na")
    ticket = await opened(house, "I want to return the shoes")
    refused: list[tuple[JSON, str]] = [
        ({"category": "weather"}, "category"),
        ({"risk": "none"}, "risk"),
        ({"tags": ["a" * 33]}, "tags.0"),
        ({"tags": [str(n) for n in range(11)]}, "tags"),
        ({"mood": "bad"}, "mood"),
    ]
    for said, field in refused:
        assert (await correct(console, ticket, said, 400))["error"]["field"] == field


async def test_only_who_sees_a_ticket_corrects_it(house: House) -> None:
    ticket = await opened(house, SMOKE)  # at the senior tier
    console = await house.console("li.na")
    await correct(console, ticket, {"risk": "low"}, 404)


async def test_grave_words_raise_the_risk_once_and_move_what_waits(house: House) -> None:
    console = await house.console("li.na", role="supervisor")
    ticket = await opened(house, "I want to return the shoes")
    await customer_says(house, ticket, "m1", "And the colour is ugly")
    assert (await console.json(f"/tickets/{ticket}"))["ticket"]["risk"] == "low"
    await customer_says(house, ticket, "m2", SMOKE)
    await customer_says(house, ticket, "m3", SMOKE)
    shown = await console.json(f"/tickets/{ticket}")
    assert (shown["ticket"]["risk"], shown["ticket"]["tier"]) == ("high", "senior")
    raised = [each for each in shown["timeline"] if each.get("event") == "risk_raised"]
    assert [each["data"]["from"] for each in raised] == ["low"]
    assert raised[0]["data"]["because"][0]["cue"] == "danger"
    assert shown["packet"]["triage"]["risk"]["value"] == "high"


async def test_what_a_person_has_judged_is_not_raised_by_the_same_words(house: House) -> None:
    console = await house.console("li.na", role="supervisor")
    ticket = await opened(house, SMOKE)
    await correct(console, ticket, {"risk": "low"})
    await customer_says(house, ticket, "m1", SMOKE)
    assert (await console.json(f"/tickets/{ticket}"))["ticket"]["risk"] == "low"
    await customer_says(house, ticket, "m2", "I will sue you")
    assert (await console.json(f"/tickets/{ticket}"))["ticket"]["risk"] == "high"


async def test_earlier_tickets_of_a_customer_count(house: House) -> None:
    console = await house.console("li.na", role="supervisor")
    first = asked("Where is my parcel?")
    for number in range(2):
        await house.desk.open(replace(first, id=f"earlier-{number}"))
    third = (await house.desk.open(replace(first, id="third"))).ticket_id
    shown = await console.json(f"/tickets/{third}")
    assert shown["ticket"]["complexity"] == "complex"
    assert shown["packet"]["triage"]["complexity"]["because"][0]["cue"] == "earlier_tickets"


async def test_tags_that_are_added_come_to_those_that_others_gave(house: House) -> None:
    console, colleague = await house.console("li.na"), await house.console("wang.wei")
    ticket = await opened(house, "I want to return the shoes")
    await correct(colleague, ticket, {"tags": ["shoes"]})
    await correct(console, ticket, {"add_tags": ["VIP", "shoes"]})
    assert (await console.json(f"/tickets/{ticket}"))["ticket"]["tags"] == ["shoes", "vip"]
    many = {"add_tags": [f"tag {n}" for n in range(9)]}
    assert (await correct(console, ticket, many, 400))["error"]["field"] == "tags"
