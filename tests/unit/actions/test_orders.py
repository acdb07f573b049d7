"""Reading orders: the format, the demo file and a shop's system over HTTP, for real."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from actions.orders.demo import DemoOrders
from actions.orders.errors import MalformedOrder, OrderSettingsError, OrdersUnavailable
from actions.orders.http import LARGEST_ANSWER, HttpOrders
from actions.orders.order import STATUSES, order_from_json
from actions.orders.settings import source_from
from actions.orders.telling import blanks, day_in_words, items_in_words, response_for, short_title
from tests.unit.actions.conftest import DEMO, ROOT

EVERY_STATUS = set(STATUSES)


def test_an_order_is_read_from_json(order_json: dict[str, Any]) -> None:
    order = order_from_json(order_json)
    assert order.number == "HL2026110104"
    assert order.total == 459900
    assert order.promised_on == date(2026, 11, 8)
    assert order.items[0].name.in_language("zh") == "520 升冰箱"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "12"}, "order.number"),
        ({"number": None}, "order.number"),
        ({"status": "lost"}, "order.status"),
        ({"placed_on": "yesterday"}, "order.placed_on"),
        ({"total": "4599"}, "order.total"),
        ({"total": -1}, "order.total"),
        ({"items": {}}, "order.items"),
        ({"items": [{"name": {"en": "Fridge"}}]}, "order.items[0].name.zh"),
        ({"items": [{"name": "Fridge", "quantity": 0}]}, "order.items[0].quantity"),
        ({"appointment": {"on": "2026-11-11"}}, "order.appointment.slot"),
        ({"parcels": ["SF1"]}, "order.parcels[0]"),
        ({"parcels": [{"items": "Fridge", "delivered": "yes"}]}, "order.parcels[0].delivered"),
    ],
)
def test_a_wrong_field_is_named(order_json: dict[str, Any], change: dict[str, Any], field: str) -> None:
    with pytest.raises(MalformedOrder) as wrong:
        order_from_json(order_json | change)
    assert str(wrong.value).startswith(f"{field}: expected ")


def test_an_order_is_no_list() -> None:
    with pytest.raises(MalformedOrder, match="order: expected an object"):
        order_from_json([])


def test_phone_and_email_are_compared_in_normal_form(order_json: dict[str, Any]) -> None:
    order = order_from_json(order_json | {"phone": "+86 139 1234 5678", "email": "Wei.Zhang@Example.com"})
    assert order.proven_by("13912345678")
    assert order.proven_by("wei.zhang@example.com")
    assert not order.proven_by("13912345679")
    assert not order.proven_by("")
    assert not order_from_json(order_json | {"phone": "", "email": ""}).proven_by("")


async def test_demo_orders_move_with_today(today: date) -> None:
    order = await DemoOrders(DEMO, today=today).find("HL2026110104")
    assert order is not None
    assert order.expected_on == date(2026, 11, 12)


async def test_demo_shows_every_status_and_each_can_be_told(today: date) -> None:
    source = DemoOrders(DEMO, today=today)
    domain = (ROOT / "domain.yml").read_text(encoding="utf-8")
    numbers = [order["number"] for order in json.loads(DEMO.read_text(encoding="utf-8"))["orders"]]
    orders = [await source.find(number) for number in numbers]
    assert {order.status for order in orders if order} == EVERY_STATUS
    for order in orders:
        assert order is not None
        assert f"\n  {response_for(order)}:\n" in domain
        for language in ("en", "zh"):
            filled = blanks(order, language, today)
            assert filled["items"]
            assert "None" not in "".join(filled.values())


async def test_recent_orders_are_the_customers_own_newest_first(today: date) -> None:
    source = DemoOrders(DEMO, today=today)
    recent = await source.recent("demo-anna", 2)
    assert [order.number for order in recent] == ["HL2026110101", "HL2026110102"]
    assert await source.recent("", 5) == ()
    assert await source.recent("nobody", 5) == ()


async def test_demo_file_is_read_again_when_it_changes(tmp_path: Path, order_json: dict[str, Any]) -> None:
    path = tmp_path / "orders.json"
    path.write_text('{"orders": []}', encoding="utf-8")
    source = DemoOrders(path)
    assert await source.find("HL2026110104") is None
    path.write_text(json.dumps({"orders": [order_json]}), encoding="utf-8")
    assert await source.find("HL2026110104") is not None


@pytest.mark.parametrize(
    ("content", "error"), [("{", OrderSettingsError), ("[]", MalformedOrder), (None, OrderSettingsError)]
)
async def test_a_bad_demo_file_is_reported(tmp_path: Path, content: str | None, error: type[Exception]) -> None:
    path = tmp_path / "orders.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(error):
        await DemoOrders(path).find("HL2026110104")


class Shop:
    """A shop's order system: answers as told, remembers what it was asked."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order, self.asked, self.answer = order, list[tuple[str, str]](), web.Response

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path_qs, request.headers.get("Authorization", "")))
        if self.answer is not web.Response:
            return await self.answer(request)
        if request.path == f"/api/orders/{self.order['number']}":
            return web.json_response(self.order)
        if request.path == "/api/customers/demo wei/orders":
            return web.json_response({"orders": [self.order, self.order]})
        raise web.HTTPNotFound


@pytest.fixture
async def shop(order_json: dict[str, Any]) -> AsyncIterator[Shop]:
    shop = Shop(order_json)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", shop.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    yield shop
    await runner.cleanup()


async def test_http_finds_an_order(shop: Shop) -> None:
    order = await HttpOrders(shop.url, token="secret").find("HL2026110104")
    assert order is not None
    assert order.status == "delayed"
    assert shop.asked == [("/api/orders/HL2026110104", "Bearer secret")]


async def test_http_knows_no_such_order_and_no_such_customer(shop: Shop) -> None:
    assert await HttpOrders(shop.url).find("HL2026999999") is None
    assert await HttpOrders(shop.url).recent("nobody", 5) == ()


async def test_http_lists_recent_orders_and_quotes_the_id(shop: Shop) -> None:
    assert len(await HttpOrders(shop.url).recent("demo wei", 1)) == 1
    assert shop.asked == [("/api/customers/demo%20wei/orders?limit=1", "")]
    assert await HttpOrders(shop.url).recent("../orders/HL2026110104", 1) == ()


async def test_http_refuses_an_order_that_was_not_asked_for(shop: Shop) -> None:
    async def another(_: web.Request) -> web.Response:
        return web.json_response(shop.order)

    shop.answer = another
    with pytest.raises(MalformedOrder, match=r"order\.number"):
        await HttpOrders(shop.url).find("HL2026110199")


@pytest.mark.parametrize("status", [301, 401, 429, 500, 503])
async def test_http_errors_are_unavailable(shop: Shop, status: int) -> None:
    async def failing(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    shop.answer = failing
    with pytest.raises(OrdersUnavailable, match=str(status)):
        await HttpOrders(shop.url).find("HL2026110104")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"number": 1}', b" " * (LARGEST_ANSWER + 1)])
async def test_http_junk_is_malformed(shop: Shop, body: bytes) -> None:
    async def junk(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/html")

    shop.answer = junk
    with pytest.raises(MalformedOrder):
        await HttpOrders(shop.url).find("HL2026110104")


async def test_http_slow_and_absent_systems_are_unavailable(shop: Shop) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.json_response(shop.order)

    shop.answer = slow
    with pytest.raises(OrdersUnavailable):
        await HttpOrders(shop.url, timeout=0.1).find("HL2026110104")
    with pytest.raises(OrdersUnavailable):
        await HttpOrders("http://127.0.0.1:9").find("HL2026110104")


def own_source() -> DemoOrders:
    """A source of the company's own, for `FRONTDOOR_ORDER_SOURCE`."""
    return DemoOrders(DEMO)


def test_the_source_is_chosen_by_the_environment() -> None:
    assert isinstance(source_from({}), DemoOrders)
    assert isinstance(
        source_from({"FRONTDOOR_ORDER_SOURCE": "http", "FRONTDOOR_ORDER_URL": "https://shop.example"}), HttpOrders
    )
    assert isinstance(source_from({"FRONTDOOR_ORDER_SOURCE": f"{__name__}:own_source"}), DemoOrders)


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"FRONTDOOR_ORDER_SOURCE": "http"}, "FRONTDOOR_ORDER_URL"),
        ({"FRONTDOOR_ORDER_SOURCE": "htpp"}, "FRONTDOOR_ORDER_SOURCE"),
        ({"FRONTDOOR_ORDER_SOURCE": "no.such:thing"}, "FRONTDOOR_ORDER_SOURCE"),
        ({"FRONTDOOR_ORDER_SOURCE": "actions.orders:nothing"}, "FRONTDOOR_ORDER_SOURCE"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], variable: str) -> None:
    with pytest.raises(OrderSettingsError, match=variable):
        source_from(environment)


@pytest.mark.parametrize(
    ("day", "english", "chinese"),
    [
        (date(2026, 11, 10), "today (10 November)", "今天（11月10日）"),
        (date(2026, 11, 11), "tomorrow (11 November)", "明天（11月11日）"),
        (date(2026, 11, 9), "yesterday (9 November)", "昨天（11月9日）"),
        (date(2026, 11, 13), "Friday, 13 November", "11月13日（周五）"),
        (date(2026, 12, 24), "24 December", "12月24日（周四）"),
        (date(2027, 1, 2), "2 January 2027", "2027年1月2日（周六）"),
    ],
)
def test_days_are_said_as_people_do(day: date, english: str, chinese: str, today: date) -> None:
    assert day_in_words(day, "en", today) == english
    assert day_in_words(day, "zh", today) == chinese


def test_a_source_that_knows_less_gets_the_plainer_answer(order_json: dict[str, Any], today: date) -> None:
    assert response_for(order_from_json(order_json | {"reason": None})) == "say_order_shipped"
    assert response_for(order_from_json(order_json | {"status": "installation_booked"})) == "say_order_delivered"
    assert (
        response_for(order_from_json(order_json | {"status": "partially_shipped", "parcels": []}))
        == "say_order_preparing"
    )
    assert blanks(order_from_json(order_json | {"expected_on": None}), "en", today)["expected_on"] == "soon"


def test_items_and_titles(order_json: dict[str, Any]) -> None:
    items = [{"name": {"en": f"Thing {n}", "zh": f"物品{n}"}, "quantity": n} for n in (1, 2, 3, 4)]
    order = order_from_json(order_json | {"items": items})
    assert items_in_words(order.items, "en") == "Thing 1, 2 × Thing 2, 3 × Thing 3 and more"
    assert items_in_words(order.items, "zh") == "物品1、物品2 ×2、物品3 ×3等"
    assert items_in_words((), "en") == "your goods"
    assert short_title(order, "en") == "HL2026110104 Thing 1 and more"
    assert short_title(order, "zh") == "HL2026110104 物品1等"
