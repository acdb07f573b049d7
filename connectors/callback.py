"""Posts signed JSON to a URL of the company's own: later messages of the REST channel, all messages of the webhook."""

import json
import time
from urllib.parse import urlsplit

import aiohttp

from connectors.channel import Receipt
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable, Unreachable
from connectors.stamps import HEADER, stamp
from connectors.vendor import fault

_CONNECT_WITHIN = 5.0  # seconds
_ANSWER_WITHIN = 15.0  # seconds
_LONGEST_PAUSE = 3600  # seconds; the most a client may ask for


class Callback:
    """A client's URL. The message id goes along and stays the same on every try, so a client can drop repeats.

    `previous_secret` signs too while clients still check with it.
    """

    def __init__(self, url: str, secret: str, previous_secret: str = "") -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            raise ValueError("callback_url: write http://… or https://…")
        if len(secret) < 16:
            raise ValueError("callback_secret: set at least 16 characters; the client checks signatures with it")
        self._url, self._secrets = url, [each.encode() for each in (secret, previous_secret) if each]
        self._session: aiohttp.ClientSession | None = None

    async def post(self, message_id: str, payload: object) -> Receipt:
        """Deliver JSON. Raises `TryLater`, `Undeliverable` or `OutcomeUnknown`."""
        body = json.dumps(payload, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "Front-Door-Message-Id": message_id,
            HEADER: stamp(self._secrets, body, int(time.time())),
        }
        try:
            async with self._client().post(self._url, data=body, headers=headers, allow_redirects=False) as response:
                return _judge(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(f"the callback URL could not be reached ({fault(error)})") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OutcomeUnknown(f"the callback URL did not answer ({fault(error)})") from None

    async def close(self) -> None:
        """Release connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A connection of its own for each message: a kept one may be closed just as the message leaves.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN, sock_connect=_CONNECT_WITHIN),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _judge(response: aiohttp.ClientResponse) -> Receipt:
    """A status that says "failed" is a certain failure, and the id makes trying again harmless."""
    if 200 <= response.status < 300:
        return Receipt()
    reason = f"the callback URL answered {response.status}"
    if response.status in {408, 425, 429} or response.status >= 500:
        pause = response.headers.get("Retry-After", "")
        raise TryLater(reason, after=min(int(pause), _LONGEST_PAUSE) if pause.isdecimal() else None)
    raise Undeliverable(reason)
