"""Answers with what the company knows of a customer, who has to agree first; and how the company tells."""

import json
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connectors.errors import Rejected
from connectors.message import JSON, Profile
from frontdoor.cards_api import CardsApi
from frontdoor.cli.customer import read_cards
from storage import cards, retention
from storage.cards import Card
from storage.database import Database
from tests.unit.frontdoor.conftest import Customer

KEY = "key-of-the-shop"
CARD = Card(user_id="u-17", name="Li Na", tier={"en": "Gold", "zh": "金卡"})


async def _known(customer: Customer, database: Database, user_id: str = "u-17") -> None:
    """The site vouches for the customer, whom the company knows."""
    await customer.core.portal.open("web", customer.address, Profile(user_id=user_id))
    await database.write(cards.put_card, CARD)


async def test_a_customer_is_asked_once_and_answered_personally_after_a_yes(
    customer: Customer, database: Database
) -> None:
    await _known(customer, database)
    # When they ask about levels for the first time, they get what everybody gets, and are asked
    await customer.say("which level am I?")
    asked = await customer.sees("personally")
    assert "bot: There are three levels." in await customer.transcript()
    assert not any("Gold" in line for line in await customer.transcript())
    # When they agree, the rest comes, and from now on at once
    await customer.press(asked["buttons"][0]["token"])
    await customer.sees("Yours is **Gold**.")
    await customer.say("my level again")
    await customer.sees("There are three levels.\n\nYours is **Gold**.")
    assert sum("personally" in line for line in await customer.transcript()) == 1
    assert not any(
        "{{" in json.dumps(each.get("custom")) for each in await customer.messages() if each["author"] == "bot"
    )


async def test_where_others_read_along_everybody_gets_the_same(customer: Customer, database: Database) -> None:
    """given a customer who agreed at home, when they go on in a group, then nothing of theirs is said there."""
    await _known(customer, database)
    await customer.say("level")
    await customer.press((await customer.sees("personally"))["buttons"][0]["token"])
    await customer.sees("Yours is **Gold**.")
    customer.core.steps.in_company = lambda channel, address: True
    await customer.say("my level again")
    await customer.say("hello")
    await customer.sees("You said: hello")
    assert sum("Gold" in line for line in await customer.transcript()) == 1


async def test_a_no_is_kept(customer: Customer, database: Database) -> None:
    await _known(customer, database)
    await customer.say("level")
    asked = await customer.sees("personally")
    await customer.press(asked["buttons"][1]["token"])
    await customer.sees("I won't use it")
    await customer.say("level once more")
    await customer.say("hello")
    await customer.sees("You said: hello")
    transcript = await customer.transcript()
    assert not any("Gold" in line for line in transcript)
    assert sum("personally" in line for line in transcript) == 1


@pytest.mark.parametrize("user_id", ["", "u-99"], ids=["nobody vouches for them", "the company has no card"])
async def test_nobody_else_hears_of_a_card(customer: Customer, database: Database, user_id: str) -> None:
    await _known(customer, database, user_id)
    await customer.say("level")
    await customer.say("hello")
    await customer.sees("You said: hello")
    assert [line for line in await customer.transcript() if line.startswith(("bot", "system"))] == [
        "bot: There are three levels.", "bot: You said: hello",
    ]  # fmt: skip


async def test_a_card_and_a_word_are_forgotten_with_the_customer(customer: Customer, database: Database) -> None:
    await _known(customer, database)
    await customer.say("level")
    asked = await customer.sees("personally")
    await customer.press(asked["buttons"][0]["token"])
    await customer.sees("Yours is **Gold**.")
    ids = await database.read(retention.conversations_of, "u-17")
    await database.write(retention.erase, ids)
    assert await database.read(cards.find_card, "u-17") is None


async def _call(database: Database, method: str, body: object = None) -> tuple[int, JSON]:
    app = web.Application()
    app.add_routes(CardsApi(database, KEY).routes())
    async with TestClient(TestServer(app)) as client:
        headers = {"Authorization": f"Bearer {KEY}"}
        try:
            answer = await client.request(method, "/api/v1/customers/u-17/card", json=body, headers=headers)
        except Rejected as error:  # the service's own middleware makes the answer of it
            return error.status, {"field": error.field}
        return answer.status, await answer.json() if answer.content_type == "application/json" else {}


async def test_the_company_gives_reads_and_drops_a_card(database: Database) -> None:
    given = {
        "name": "Li Na",
        "tier": "Gold",
        "segment": "vip",
        "products": [{"name": {"zh": "扫地机"}, "code": "RV-9"}],
    }
    status, kept = await _call(database, "PUT", given)
    assert (status, kept["tier"], kept["products"][0]["code"]) == (200, {"en": "Gold"}, "RV-9")
    assert (await _call(database, "GET"))[1] == kept
    assert [(await _call(database, "DELETE"))[0] for _ in range(2)] == [204, 404]


def test_a_file_of_cards_is_taken_as_a_whole_or_its_lines_are_named(tmp_path: Path) -> None:
    file = tmp_path / "cards.jsonl"
    file.write_text('{"user_id": "u-1", "tier": "Gold"}\nnot json\n\n{"tier": "Gold"}\n{"user_id": "u-2", "age": 3}\n')
    rows, problems = read_cards(file)
    assert [row.user_id for row in rows] == ["u-1"]
    assert [problem.split(":")[0] for problem in problems] == ["line 2", "line 4", "line 5"]
    assert "user_id" in problems[1]
    assert "age" in problems[2]
