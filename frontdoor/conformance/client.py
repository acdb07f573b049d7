"""Speaks to the endpoint under test, rightly or wrongly signed."""

import json
import time
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from connectors.desk_protocol import ID_HEADER, VERSION
from connectors.message import JSON
from connectors.stamps import HEADER, stamp
from connectors.vendor import fault

ANSWER_S = 20.0
"""As long as the service itself waits."""


class FailedCheck(Exception):
    """The endpoint does not do what it must. `remedy` is what its makers can do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class NotChecked(Exception):
    """Nobody can tell from outside whether it does."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the endpoint answered; `body` is the JSON object in it, empty without one."""

    status: int
    body: JSON

    @property
    def good(self) -> bool:
        """Whether it has taken the request."""
        return 200 <= self.status < 300


class Client:
    """One endpoint. Use it as a context."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self._secret = url, secret.encode()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(force_close=True))
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, kind: str, key: str, **values: Any) -> Answer:
        """One request, as the service makes it. Raises `FailedCheck` when nobody answers."""
        body = self.body(kind, key, **values)
        return await self.post(body, key, stamp([self._secret], body, int(time.time())))

    def body(self, kind: str, key: str, **values: Any) -> bytes:
        """The bytes of a request."""
        return json.dumps({"version": VERSION, "type": kind, "id": key} | values, ensure_ascii=False).encode()

    def signature(self, body: bytes, *, at: float) -> str:
        """The right signature of a body at some time."""
        return stamp([self._secret], body, int(at))

    async def post(self, body: bytes, key: str, signature: str) -> Answer:
        """Bytes with any signature, or none. Raises `FailedCheck` when nobody answers."""
        if self._session is None:
            raise RuntimeError("use the client as a context")
        headers = {"Content-Type": "application/json", ID_HEADER: key} | ({HEADER: signature} if signature else {})
        try:
            async with self._session.post(self.url, data=body, headers=headers, allow_redirects=False) as response:
                return Answer(status=response.status, body=_object(await response.read()))
        except (aiohttp.ClientError, TimeoutError) as error:
            what = f"no answer: {fault(error)}"
            raise FailedCheck(what, f"Answer every request within {ANSWER_S:g} s, and look at its log.") from None


def _object(body: bytes) -> JSON:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
