"""WeCom's customer service API: every call with the access token that all workers share, and what its error codes
mean.

WeCom says what went wrong within an HTTP 200, as `errcode` (https://developer.work.weixin.qq.com/document/path/90313).
"""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp.multipart import content_disposition_filename, parse_content_disposition
from pydantic import SecretStr

from connectors.access_token import AccessToken, Granted, TokenRefused
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable, WindowClosed
from connectors.fields import clean_line
from connectors.message import JSON
from connectors.ports import State
from connectors.vendor import VendorAnswer, VendorClient

TOKEN_S = 7200
"""How long an access token lasts, where WeCom does not say (/document/path/91039)."""
TO_BE_MENDED_S = 60.0
"""Pause after an error that somebody has to put right in WeCom's console; what waits leaves by itself then."""
ERROR_BYTES = 2048  # an error instead of a file is shorter

TOKEN_REFUSED = frozenset({40014, 41001, 42001})
SESSION_STATE = 95018
MESSAGE_TOKEN = 95007
BUSY = {
    -1: "WeCom is busy",
    45009: "more calls than WeCom allows",
    45033: "more calls at once than WeCom allows",
}
SET_UP = {
    40001: "the secret is wrong",
    40013: "the corp id is wrong",
    48002: "the application may not use this part of the API",
    60011: "the application may not see the people who look after the account",
    60020: "our address is not among the application's trusted IP addresses",
    95011: "customer service is used within WeCom, not by API",
    95012: "customer service is not in use in WeCom",
    95017: "the account is not managed by API",
}
CLOSED = {
    95001: "five messages have been sent since the customer wrote",
    95002: "the customer wrote more than 48 hours ago",
    95013: "the session is over",
}
FINAL = {
    40007: "WeCom does not know the file",
    40096: "WeCom does not know the customer",
    95000: "there is no such customer service account",
    95004: "there is no such customer service account",
    95016: "WeCom does not allow that change of the session",
    SESSION_STATE: "the session is not with the bot",
    MESSAGE_TOKEN: "the token of the callback is not good any more",
}


class Refused(Undeliverable):
    """WeCom's own refusal, with its number."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{FINAL.get(code, 'WeCom refuses it')} ({code})")
        self.code = code


class Unreadable(OutcomeUnknown):
    """An answer that is no JSON, or too long for us."""


class WeComApi:
    """The calls that the channel makes. Nothing is opened before the first."""

    def __init__(self, base: str, corp_id: str, secret: SecretStr, state: State) -> None:
        self._corp_id, self._secret = corp_id, secret
        self._client = VendorClient("WeCom", base)
        self._token = AccessToken(state, "access_token", self._granted)

    async def post(self, path: str, body: JSON) -> JSON:
        """One call with JSON. Raises `SendError`; `Refused` and `WindowClosed` among them.

        WeCom refuses JSON with `\\u4f60` in it (error 40033, /document/path/90313), so it is written without.
        """
        data, headers = json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
        return await self._token.using(lambda token: self._called("POST", path, token, {}, data=data, headers=headers))

    async def upload(self, kind: str, name: str, data: bytes, media_type: str) -> str:
        """Keep a file at WeCom for three days; its media id (/document/path/90253)."""

        async def use(token: str) -> JSON:
            form = aiohttp.FormData(quote_fields=False)  # the customer sees the name as it stands there
            form.add_field("media", data, filename=_safe(name), content_type=media_type)
            return await self._called("POST", "media/upload", token, {"type": kind}, data=form)

        try:
            return str((await self._token.using(use)).get("media_id", ""))
        except OutcomeUnknown as unknown:  # a file nobody refers to harms nobody
            raise TryLater(str(unknown)) from None

    async def download(self, media_id: str) -> AsyncIterator[bytes]:
        """The bytes of a file (/document/path/90254). Raises `TryLater` or `Undeliverable`."""

        async def begin(token: str) -> tuple[bytes, AsyncIterator[bytes]]:
            query = urlencode({"access_token": token, "media_id": media_id})
            stream, head = self._client.download(f"media/get?{query}"), b""
            async for chunk in stream:
                head += chunk
                if len(head) > ERROR_BYTES:
                    return head, stream
            if _is_error(head):  # this is all there is
                _judge(VendorAnswer(status=200, headers={}, body=head))
            return head, stream

        head, rest = await self._token.using(begin)
        yield head
        async for chunk in rest:
            yield chunk

    async def file_name(self, media_id: str) -> str:
        """How the sender called a file: only the headers of the download tell. Raises `SendError`."""

        async def use(token: str) -> str:
            params = {"access_token": token, "media_id": media_id}
            answer = await self._client.call("GET", "media/get", params=params, headers={"Range": "bytes=0-0"})
            if answer.status == 200 and "errcode" in answer.json():
                _judge(answer)
            _, given = parse_content_disposition(answer.headers.get("Content-Disposition", ""))
            return clean_line(content_disposition_filename(given) or "")[:200]

        return await self._token.using(use)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _granted(self, _refused: bool) -> Granted:
        params = {"corpid": self._corp_id, "corpsecret": self._secret.get_secret_value()}
        found = _judge(await self._client.call("GET", "gettoken", params=params))
        token, seconds = found.get("access_token"), found.get("expires_in", TOKEN_S)
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise TryLater("WeCom gave no access token", after=TO_BE_MENDED_S)
        return Granted(token=token, seconds=seconds)

    async def _called(self, method: str, path: str, token: str, params: dict[str, str], **request: Any) -> JSON:
        return _judge(await self._client.call(method, path, params={"access_token": token, **params}, **request))


def failure(code: int) -> SendError:
    """What an error code means."""
    if code in BUSY:
        return TryLater(f"{BUSY[code]} ({code})")
    if code in SET_UP:
        return TryLater(f"{SET_UP[code]} ({code})", after=TO_BE_MENDED_S)
    if code in CLOSED:
        return WindowClosed(f"{CLOSED[code]} ({code})")
    return Refused(code)


def _judge(answer: VendorAnswer) -> JSON:
    """The answer, when it is good. Raises `SendError`, or `TokenRefused`."""
    found = answer.json()
    code = found.get("errcode")
    if code == 0:
        return found
    if not isinstance(code, int):
        raise Unreadable("WeCom answered something that it does not document")
    if code in TOKEN_REFUSED:
        raise TokenRefused(str(code))
    raise failure(code)


def _is_error(body: bytes) -> bool:
    try:
        found = json.loads(body)
    except ValueError:
        return False
    return isinstance(found, dict) and "errmsg" in found and found.get("errcode") not in {0, None}


def _safe(name: str) -> str:
    """A file's name within a header."""
    return clean_line(name).replace('"', "'").replace("\\", "_") or "file"
