"""Takes the events of the endpoint under test, as the service would, and notes how they came."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from connectors.desk_protocol import news_in
from connectors.errors import Forged, Malformed
from connectors.message import JSON
from connectors.stamps import HEADER, check

BODY_BYTES = 2 << 20


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call. `forged` and `malformed` say what is wrong with it."""

    events: tuple[JSON, ...]
    forged: str = ""
    malformed: str = ""
    refused: bool = False  # by us, to see whether it comes again


class Listener:
    """Listens at an address of this machine. Use it as a context."""

    def __init__(self, host: str, port: int, secret: str, *, patience_s: float = 15) -> None:
        self._host, self._port, self._secret, self._patience = host, port, secret.encode(), patience_s
        self.calls: list[Call] = []
        self._refusals = 0
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_post("/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def refuse(self, times: int) -> None:
        """Answer the next calls with 503."""
        self._refusals = times

    async def until(self, enough: Callable[[list[Call]], bool]) -> bool:
        """Wait for calls, as long as is sensible; whether there were enough."""
        deadline = time.monotonic() + self._patience
        while not enough(self.calls):
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), deadline - time.monotonic())
            except TimeoutError:
                return False
        return True

    def events_of(self, ticket_id: str) -> list[JSON]:
        """What was told of a ticket and taken, in order."""
        told = [event for call in self.calls if not call.refused for event in call.events]
        return [event for event in told if event.get("ticket_id") == ticket_id]

    async def _take(self, request: web.Request) -> web.Response:
        body, signature = await request.read(), request.headers.get(HEADER, "")
        forged = malformed = ""
        try:
            check(signature, body, [self._secret], time.time())
            news_in(body, "conformance")
        except Forged as error:
            forged = str(error)
        except Malformed as error:
            malformed = f"{error.field} {error}".strip()
        refused, self._refusals = self._refusals > 0, max(0, self._refusals - 1)
        call = Call(events=_events(body), forged=forged, malformed=malformed, refused=refused)
        self.calls.append(call)
        self._news.set()
        status = 503 if refused else 403 if forged else 400 if malformed else 200
        return web.json_response({}, status=status)


def _events(body: bytes) -> tuple[JSON, ...]:
    try:
        found = json.loads(body)["events"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()
