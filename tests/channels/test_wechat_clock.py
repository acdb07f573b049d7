"""WeChat's five seconds by the clock: it hangs up after five, and sends the same message again, three times.

https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message.html
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.contract.vendor_bench import CUSTOMER, House, house_of, until
from tests.fakes.rasa import answer
from tests.fakes.vendors.wechat import WechatVendor
from tests.fakes.vendors.wechat_bench import PassiveWechatBench

PATIENCE_S, REPEATS = 5.0, 3
SENDS = "POST /cgi-bin/message/custom/send"


@dataclass(frozen=True)
class Heard:
    """What WeChat made of one try: "" when nobody answered in time."""

    body: bytes | None
    seconds: float


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with WechatVendor() as wechat, house_of(PassiveWechatBench(wechat), tmp_path, empty_database) as house:
        yield house
        assert wechat.wrongs == []


async def writes(house: House, text: str, message_id: str, address: str = CUSTOMER) -> list[Heard]:
    """WeChat delivers a message as it does, and shows its customer a passive reply."""
    bench = house.bench
    assert isinstance(bench, PassiveWechatBench)
    tries: list[Heard] = []
    while len(tries) <= REPEATS:
        hook = bench.message(text, message_id, address)
        began, body = time.monotonic(), None
        try:
            async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as own:  # a connection of its own
                url = house.client.make_url(f"/webhooks/{house.channel.name}/webhook")
                async with own.post(url, params=hook.query, headers=hook.headers, data=hook.body) as response:
                    body = await response.read() if response.status == 200 else None
        except TimeoutError:
            pass
        tries.append(Heard(body, time.monotonic() - began))
        if body is not None:
            if body not in {b"success", b""}:
                bench.vendor.show(bench.replied(body))
            break
    return tries


def bot(house: House, *seconds: float) -> None:
    """The bot takes so long for each of the next turns."""
    times = iter(seconds)

    def slowly(body: dict[str, Any]) -> Any:
        wait = next(times)

        async def late(_: web.Request) -> web.Response:
            await asyncio.sleep(wait)
            return web.json_response({"message_id": body["message_id"], **answer(body)})

        return late

    house.rasa.trouble = slowly


async def test_a_reply_within_the_time_is_the_answer_and_a_later_one_follows_by_itself(house: House) -> None:
    """Given bots that take 0.3, 3.5 and 4.6 s, then WeChat never waits five, never asks twice, and shows each once."""
    wechat = house.vendor
    bot(house, 0.3, 3.5, 4.6)
    for text, number, passive in (("quick", "1", True), ("slow", "2", True), ("too slow", "3", False)):
        [heard] = await writes(house, text, number)
        assert heard.seconds < PATIENCE_S - 0.5, text
        assert (heard.body != b"success") is passive, text
        said = await house.sees(f"You said: {text}")
        assert (said.raw == "passive") is passive, text
    assert wechat.requests.count(SENDS) == 1
    assert await house.settled() == {"sent": 3}


async def test_all_but_the_first_message_of_a_turn_follow_by_themselves(house: House) -> None:
    def three(body: dict[str, Any]) -> Any:
        async def say(_: web.Request) -> web.Response:
            said = answer(body)
            said["messages"] = [{"text": f"part {number}"} for number in (1, 2, 3)]
            return web.json_response({"message_id": body["message_id"], **said})

        return say

    house.rasa.trouble = three
    [heard] = await writes(house, "tell me all", "1")
    await house.sees("part 3")
    assert heard.body not in {b"success", None}
    assert [(each.text, each.raw == "passive") for each in house.vendor.said] == [
        ("part 1", True),
        ("part 2", False),
        ("part 3", False),
    ]


async def test_a_store_that_is_late_makes_wechat_repeat_and_nothing_is_said_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the first try is stored after WeChat has hung up, while the second one waits, then that one is answered."""
    write, ready = house.database.write, asyncio.Event()

    async def late(*arguments: Any, **named: Any) -> Any:
        await ready.wait()
        return await write(*arguments, **named)

    monkeypatch.setattr(house.database, "write", late)
    asyncio.get_running_loop().call_later(PATIENCE_S + 1.0, ready.set)
    first, second = await writes(house, "hello", "1")
    assert first.body is None
    assert second.seconds < PATIENCE_S
    assert second.body not in {b"success", None}
    await house.sees("You said: hello")
    assert await house.settled() == {"sent": 1}
    assert await house.stored() == ["hello"]
    assert wechat_said(house) == [("You said: hello", "passive")]


@pytest.mark.slow
async def test_a_house_that_never_answers_in_time_still_answers_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given no try is answered within five seconds (a network that holds answers back), then all of them are the same
    message, and its answer comes by itself.
    """
    answers = house.channel.answer

    async def held_back(*arguments: Any) -> Any:
        found = await answers(*arguments)
        await asyncio.sleep(PATIENCE_S)
        return found

    monkeypatch.setattr(type(house.channel), "answer", lambda _, *arguments: held_back(*arguments))
    house.channel._settings = house.channel._settings.model_copy(update={"passive_reply_s": 1.0})
    bot(house, *[1.5] * 4)
    tries = await writes(house, "hello", "1")
    assert [each.body for each in tries] == [None] * (REPEATS + 1)
    await until(lambda: house.vendor.said, house.explain)
    assert await house.settled() == {"sent": 1}
    assert await house.stored() == ["hello"]
    assert [text for text, _ in wechat_said(house)] == ["You said: hello"]


def wechat_said(house: House) -> list[tuple[str, object]]:
    """What the customer was shown, and how."""
    return [(each.text, each.raw) for each in house.vendor.said]
