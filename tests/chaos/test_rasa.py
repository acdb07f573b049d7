"""Rasa is slow, empty, wrong, or gone in the middle of a word: every message is answered by it, once, in order."""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.chaos.crowd import Crowd
from tests.fakes.installation import Installation
from tests.fakes.rasa import ScriptedRasa

JSON = dict[str, Any]

TIMES = 2  # answered badly


async def too_slow(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)  # the service has long hung up
    return web.json_response({})


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def stops_in_the_middle(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"messages": [{"text": "You sa')
    assert request.transport is not None
    request.transport.abort()
    return response


def answers(body: str | bytes, *, status: int = 200, content_type: str = "application/json") -> Handler:
    """Always this answer."""

    async def trouble(_: web.Request) -> web.StreamResponse:
        raw = body.encode() if isinstance(body, str) else body
        return web.Response(body=raw, status=status, content_type=content_type)

    return trouble


def turn(messages: str = "[]", signals: str = "[]", evidence: str = "{}") -> str:
    """An answer in the right shape, with something wrong in it."""
    return f'{{"messages": {messages}, "signals": {signals}, "evidence": {evidence}, "slots": {{}}}}'


TROUBLES: dict[str, Handler] = {
    "too slow": too_slow,
    "hangs up": hangs_up,
    "stops in the middle": stops_in_the_middle,
    "status 500": answers("{}", status=500),
    "status 502, an empty turn": answers('{"error": "empty_turn"}', status=502),
    "nothing": answers(""),
    "an empty list, as Rasa's own API says nothing": answers("[]"),
    "an empty object": answers("{}"),
    "a page of HTML": answers("<html>Bad gateway</html>", content_type="text/html"),
    "no UTF-8": answers(b'{"messages": [{"text": "\xff\xfe"}]}'),
    "half an object": answers('{"messages": [{"text": "You said'),
    "messages that are none": answers(turn(messages="7")),
    "a message that is a list": answers(turn(messages="[[1, 2]]")),
    "a button without a title": answers(turn(messages='[{"text": "x", "buttons": [{"payload": "/y"}]}]')),
    "an article with other fields": answers(turn(messages='[{"text": "x", "article": {"name": "y"}}]')),
    "half a character": answers(turn(messages='[{"text": "\\ud83d"}]')),
    "a signal without a type": answers(turn(signals='[{"reason": "requested"}]', messages='[{"text": 5}]')),
    "a reason that nobody knows": answers(turn(signals='[{"type": "handoff", "reason": "weather"}]')),
    "a language that is an object": answers(turn(evidence='{"language": {"is": "en"}}')),
}


async def test_a_bot_in_trouble_is_asked_again(installation: Installation, rasa: ScriptedRasa) -> None:
    """given a Rasa that answers each customer badly in another way, and then well, then all is answered once."""

    def trouble(body: JSON) -> Handler | None:
        of_customer = TROUBLES[list(TROUBLES)[int(body["text"].rpartition("customer")[2])]]
        return of_customer if "message 2" in body["text"] and rasa.turns[body["message_id"]] <= TIMES else None

    rasa.trouble = trouble
    await installation.start()
    async with Crowd(installation, len(TROUBLES)) as crowd:
        for _ in range(3):
            crowd.say()
        await crowd.heard()
        account = await crowd.account()
    assert account.wrong == []
    assert (account.sent, account.answered, account.handoffs) == (3 * len(TROUBLES), 3 * len(TROUBLES), 0)
    for page, name in zip(crowd.pages, TROUBLES, strict=True):
        assert rasa.turns[page.acks[page.said[1]]["message_id"]] == TIMES + 1, name
