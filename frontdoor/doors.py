"""Doors: how connections come in. So many from one address, and none that never says what it wants."""

import asyncio
import ipaddress
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpProcessingError, RawRequestMessage
from aiohttp.streams import StreamReader

from connectors.http import TooMany, count_refusal
from connectors.rates import network_of
from connectors.refusals import phrase

ENTRANCE = "http"
KEPT_OPEN_S = 75.0
"""How long a connection may lie idle between two requests; longer than proxies keep theirs (60 s by default)."""
LINGER_S = 5.0
RETRY_S = 10
NO_REQUEST = "UNKNOWN"
"""The method that aiohttp gives to what is no HTTP request; it answers 400 by itself."""
LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Who may come in. `request_s`: seconds until the head of a connection's first request must be there."""

    connections_per_ip: int
    request_s: float
    trusted_proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network] = ()

    def trusts(self, address: str | None) -> bool:
        """Whether the address is one of our proxies, which speak for many customers."""
        if not self.trusted_proxies:
            return False
        try:
            parsed = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        return any(parsed in network for network in self.trusted_proxies)


class Doors(web.AppRunner):
    """Runs an application behind the rules."""

    def __init__(self, app: web.Application, rules: Rules, **arguments: Any) -> None:
        super().__init__(app, access_log=None, **arguments)
        self._rules = rules

    async def _make_server(self) -> web.Server:
        return Hall(await super()._make_server(), self._rules)


class Hall(web.Server):
    """The open connections. Those over the limit of their address are told to come later; far over it, nothing."""

    def __init__(self, plain: web.Server, rules: Rules) -> None:
        super().__init__(
            self._answer,
            request_factory=self._begin,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=KEPT_OPEN_S,
            lingering_time=LINGER_S,
        )
        self._app, self._request = plain.request_handler, plain.request_factory
        self._rules = rules
        self._open: Counter[str] = Counter()
        self._networks: dict[web.RequestHandler, str] = {}
        self._silent: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._excess: set[web.RequestHandler] = set()
        logging.getLogger("aiohttp.server").addFilter(_worth_a_line)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Somebody is at the door."""
        super().connection_made(handler, transport)
        self._silent[handler] = self._loop.call_later(self._rules.request_s, self._too_late, handler, transport)
        address = (transport.get_extra_info("peername") or ("",))[0]
        if self._rules.trusts(address):
            return
        network = self._networks[handler] = network_of(address)
        self._open[network] += 1
        if self._open[network] > self._rules.connections_per_ip:
            count_refusal(ENTRANCE, "too_many_connections")
            self._excess.add(handler)
        if self._open[network] > 2 * self._rules.connections_per_ip:
            self._loop.call_soon(transport.abort)  # once aiohttp has begun to serve it

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """They have gone."""
        super().connection_lost(handler, exc)
        self._excess.discard(handler)
        if timer := self._silent.pop(handler, None):
            timer.cancel()
        if (network := self._networks.pop(handler, None)) is not None:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]

    def _too_late(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        self._silent.pop(handler, None)
        count_refusal(ENTRANCE, "late")
        transport.write(LATE)
        transport.close()

    def _begin(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        if timer := self._silent.pop(protocol, None):
            timer.cancel()
        if message.method == NO_REQUEST:
            count_refusal(ENTRANCE, "bad_request")
        return self._request(message, payload, protocol, writer, task)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.protocol not in self._excess:
            return await self._app(request)
        refused = TooMany(RETRY_S)
        body = {"error": {"code": refused.code, "message": phrase(refused.code, "en", {"seconds": RETRY_S})}}
        response = web.json_response(body, status=refused.status, headers={hdrs.RETRY_AFTER: str(RETRY_S)})
        response.force_close()
        return response


def _worth_a_line(record: logging.LogRecord) -> bool:
    """What is no HTTP is the sender's fault: it is answered and counted, and shall not fill the log."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
