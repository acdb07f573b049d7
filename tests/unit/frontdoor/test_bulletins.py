"""What everybody is told while something is wrong."""

from typing import Any

from connectors.message import Action
from storage import banners
from storage.clock import now_ms
from storage.database import Database
from tests.unit.frontdoor.conftest import Customer, until


async def _put_up(customer: Customer, database: Database, **about: Any) -> str:
    """A banner that this process has heard of."""
    values: dict[str, Any] = {
        "text": {"en": "Payments are down.", "zh": "支付暂时不可用。"}, "words": (), "by_id": "a", "by_name": "Boss",
        "at": now_ms(), "ends_at": None,
    }  # fmt: skip
    row = await database.write(lambda tx: banners.add_banner(tx, **values | about))
    await customer.core.steps.bus.publish("banner", {"id": row.id})
    return row.id


async def _told(customer: Customer) -> int:
    return sum(1 for line in await customer.transcript() if line == "system: Payments are down.")


async def test_the_bot_says_it_once_in_each_conversation_before_its_answer(
    customer: Customer, database: Database
) -> None:
    await _put_up(customer, database)
    await until(lambda: customer.core.steps.bulletins("en"))
    await customer.say("hello")
    await customer.sees("You said: hello")
    await customer.say("again")
    await customer.sees("You said: again")
    transcript = await customer.transcript()
    assert transcript[:3] == ["customer: hello", "system: Payments are down.", "bot: You said: hello"]
    assert await _told(customer) == 1
    other = Customer(customer.core, address="other")
    await other.do(Action.HUMAN)
    await other.sees("Payments are down.")


async def test_it_concerns_only_those_who_write_of_it(customer: Customer, database: Database) -> None:
    await _put_up(customer, database, words=("pay", "支付"))
    await customer.core.steps.bus.publish("banner", {})
    await customer.say("hello")
    await customer.sees("You said: hello")
    assert await _told(customer) == 0
    assert (await customer.snapshot())["conversation"]["banners"] == []
    await customer.say("Why can't I PAY?")
    await customer.sees("Payments are down.")


async def test_an_open_page_shows_it_and_takes_it_away_at_once(customer: Customer, database: Database) -> None:
    conversation = (await customer.snapshot())["conversation"]["id"]
    await customer.core.portal.present(conversation)
    async with customer.core.portal.listen(conversation) as frames:
        banner_id = await _put_up(customer, database)
        first = await anext(aiter(frames))
        assert [each["text"] for each in first["conversation"]["banners"]] == ["Payments are down."]
        await database.write(lambda tx: banners.end_banner(tx, banner_id, by="Boss", at=now_ms()))
        await customer.core.steps.bus.publish("banner", {})
        assert (await anext(aiter(frames)))["conversation"]["banners"] == []


async def test_one_that_is_over_is_told_no_more(customer: Customer, database: Database) -> None:
    await _put_up(customer, database, ends_at=now_ms() - 1)
    await customer.say("hello")
    await customer.sees("You said: hello")
    assert await _told(customer) == 0
