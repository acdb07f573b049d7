"""Calls of WeChat's API: the shared access token, messages, files, the menu.

https://developers.weixin.qq.com/doc/service/api/
"""

import json
from collections.abc import AsyncIterator
from urllib.parse import urlencode, urlsplit

import aiohttp

from connectors.access_token import AccessToken, Granted, TokenRefused
from connectors.channels.wechat_errors import TOKEN, code_of, error_of, judged
from connectors.channels.wechat_settings import WechatSettings
from connectors.errors import OutcomeUnknown, TryLater, Undeliverable
from connectors.message import JSON, Media
from connectors.ports import State
from connectors.vendor import VendorAnswer, VendorClient, is_public

TOKEN_S = 8.0  # to wait for an access token: the message has to leave within the same attempt
FILE_HOSTS = ("qq.com", "qpic.cn")
LARGEST_JSON = 64 * 1024
NOT_OURS = 48001  # the account has no permission


class WechatApi:
    """One account's API."""

    def __init__(self, settings: WechatSettings, state: State) -> None:
        self._settings, self._state = settings, state
        self._client = VendorClient("WeChat", settings.api_url)
        self._name = f"access_token.{settings.app_id}"
        self._token = AccessToken(state, self._name, self._fetch_token)

    async def call(self, path: str, body: JSON | None = None, *, method: str = "POST") -> JSON:
        """One call with the access token. Raises `SendError`.

        WeChat shows `\\u4f60` as it stands, so JSON is written without it.
        """
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"} if data else {}

        async def use(token: str) -> JSON:
            params = {"access_token": token}
            return judged(await self._client.call(method, path, params=params, data=data, headers=headers))

        return await self._token.using(use)

    async def upload(self, kind: str, name: str, media_type: str, data: bytes) -> str:
        """Keep a file at WeChat for three days; its media id. Raises `SendError`: nothing has been shown.

        https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia
        """

        async def use(token: str) -> JSON:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("media", data, filename=name, content_type=media_type)
            params = {"access_token": token, "type": kind}
            return judged(await self._client.call("POST", "cgi-bin/media/upload", params=params, data=form))

        try:
            return str((await self._token.using(use)).get("media_id", ""))
        except OutcomeUnknown as unknown:
            raise TryLater(str(unknown)) from None

    async def download(self, media: Media) -> AsyncIterator[bytes]:
        """A customer's file; a video may be behind a link. Raises `TryLater` or `Undeliverable`.

        https://developers.weixin.qq.com/doc/service/api/material/temporary/api_getmedia
        """
        found = await self._token.using(lambda token: self._opened(media.ref, token))
        link = ""
        if isinstance(found, dict):
            code = code_of(found)
            link = str(found.get("video_url") or (code == NOT_OURS and media.data.get("link")) or "")
            if not link:
                raise error_of(code) if code else Undeliverable("WeChat answered with something that is no file")
            found = self._client.download(link, hosts=_hosts(link))
        try:
            async for chunk in found:
                yield chunk
        except Undeliverable as missing:
            if not link:
                raise
            raise TryLater(str(missing)) from None  # a video's link leads nowhere for the first seconds

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _opened(self, media_id: str, token: str) -> AsyncIterator[bytes] | JSON:
        """A file that has begun to come, or what WeChat says instead, which no picture, sound or film looks like."""
        query = urlencode({"access_token": token, "media_id": media_id})
        chunks = self._client.download(f"cgi-bin/media/get?{query}")
        first = await anext(chunks, b"")
        if not first.lstrip().startswith(b"{"):
            return _together(first, chunks)
        async for chunk in chunks:
            first += chunk
            if len(first) > LARGEST_JSON:
                break
        said = VendorAnswer(status=200, headers={}, body=first).json()
        if code_of(said) in TOKEN:
            raise TokenRefused("for a file")
        return said

    async def _fetch_token(self, refused: bool) -> Granted:
        """Ask for a token. The stable kind gives the present one again; only when that was refused is it replaced.

        https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
        https://developers.weixin.qq.com/doc/service/api/base/api_getaccesstoken
        """
        granted = await self._ask_for_token(force=False)
        kept = await self._state.get(self._name) if refused else None
        if kept and kept.get("token") == granted.token and self._settings.stable_token:
            granted = await self._ask_for_token(force=True)
        return granted

    async def _ask_for_token(self, *, force: bool) -> Granted:
        who = {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret.get_secret_value(),
        }
        timeout = aiohttp.ClientTimeout(total=TOKEN_S)
        if self._settings.stable_token:
            body = {**who, "force_refresh": force}
            answer = await self._client.call("POST", "cgi-bin/stable_token", json=body, timeout=timeout)
        else:
            answer = await self._client.call("GET", "cgi-bin/token", params=who, timeout=timeout)
        found = answer.json()
        if code := code_of(found):
            raise error_of(code)
        token, seconds = found.get("access_token"), found.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
            raise TryLater("WeChat gave no access token")
        return Granted(token=token, seconds=seconds)


async def _together(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _hosts(link: str) -> tuple[str, ...]:
    """Where a link of WeChat's own answer may lead: to its own names, or to a public address."""
    try:
        host = urlsplit(link).hostname or ""
        return (*FILE_HOSTS, host) if is_public(host) else FILE_HOSTS
    except ValueError:
        return FILE_HOSTS
