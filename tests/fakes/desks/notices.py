"""Group chats at the wire: the webhooks of Slack, Teams workflows, Feishu's custom bots and WeCom's group robots, each
as strict as its own page.
"""

import base64
import hashlib
import hmac
import json
import re
import time
from typing import Any

from aiohttp import web

from connectors.message import JSON
from tests.fakes.vendors.base import FakeVendor

SECRET = "feishu-sign-8c1f5a3e"
PATHS = {
    "slack": "/services/T000/B000/slack-token-4b7e",
    "teams": "/workflows/5f0c/triggers/manual/paths/invoke?sp=run&sig=teams-token-9d2a",
    "feishu": "/open-apis/bot/v2/hook/feishu-token-1c6f",
    "wecom": "/cgi-bin/webhook/send?key=wecom-token-7a3b",
}
SECRETS = ("slack-token-4b7e", "teams-token-9d2a", "feishu-token-1c6f", "wecom-token-7a3b", SECRET)
MENTIONS = re.compile(r"@(here|all|channel|everyone)|<at\b|<!|<@|<font|\]\(https?://(?!hearthline)", re.IGNORECASE)


class GroupChats(FakeVendor):
    """All four. `shown` is what people read, by vendor, each message as all of its texts."""

    def __init__(self) -> None:
        self.shown: dict[str, list[str]] = {kind: [] for kind in PATHS}
        super().__init__()

    def address(self, kind: str) -> str:
        """The webhook's address."""
        return self.url + PATHS[kind]

    def routes(self) -> None:
        self.app.router.add_post("/services/T000/B000/{token}", self._slack)
        self.app.router.add_post("/workflows/5f0c/triggers/manual/paths/invoke", self._teams)
        self.app.router.add_post("/open-apis/bot/v2/hook/{token}", self._feishu)
        self.app.router.add_post("/cgi-bin/webhook/send", self._wecom)

    async def _slack(self, request: web.Request) -> web.StreamResponse:
        async def send() -> web.StreamResponse:
            if request.match_info["token"] not in SECRETS:
                return web.Response(status=403, text="invalid_token")
            said = await self._read(request, 100_000)
            if set(said) - {"text", "blocks"} or not said.get("text") or not 0 < len(said["blocks"]) <= 50:
                return self._bad("Slack: text and blocks are wanted")
            for block in said["blocks"]:
                match block:
                    case {"type": "header", "text": {"type": "plain_text", "text": str(text)}} if len(text) <= 150:
                        continue
                    case {"type": "section", "fields": [_, *_] as fields} if len(fields) <= 10:
                        if all(each["type"] == "plain_text" and len(each["text"]) <= 2000 for each in fields):
                            continue
                    case {"type": "section", "text": {"type": "plain_text", "text": str(text)}} if len(text) <= 3000:
                        continue
                    case {"type": "actions", "elements": [{"type": "button", "url": str(), "text": {}}]}:
                        continue
                return self._bad(f"Slack: a block of type {block.get('type')}")
            return self._keep("slack", said, web.Response(text="ok"))

        return await self.sending(send)

    async def _teams(self, request: web.Request) -> web.StreamResponse:
        async def send() -> web.StreamResponse:
            if request.query.get("sig") not in SECRETS:
                return web.json_response({"error": {"code": "DirectApiAuthorizationRequired"}}, status=401)
            said = await self._read(request, 28 << 10)
            match said:
                case {
                    "type": "message",
                    "attachments": [
                        {
                            "contentType": "application/vnd.microsoft.card.adaptive",
                            "content": {"type": "AdaptiveCard", "version": "1.4", "body": [_, *_] as body} as card,
                        }
                    ],
                } if all(each["type"] in {"TextBlock", "FactSet"} for each in body):
                    if all(each["type"] == "Action.OpenUrl" for each in card.get("actions", ())):
                        return self._keep("teams", said, web.Response(status=202))
            return self._bad("Teams: no such card")

        return await self.sending(send)

    async def _feishu(self, request: web.Request) -> web.StreamResponse:
        async def send() -> web.StreamResponse:
            if request.match_info["token"] not in SECRETS:
                return web.json_response({"code": 19001, "msg": "param invalid: incoming webhook access token invalid"})
            said = await self._read(request, 20 << 10)
            if not _is_signed(said):
                return web.json_response({"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
            match said:
                case {
                    "msg_type": "interactive",
                    "card": {"header": {"title": {"tag": "plain_text"}}, "elements": [_, *_] as elements},
                } if all(each["tag"] in {"div", "action"} for each in elements):
                    answer = {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}
                    return self._keep("feishu", said, web.json_response(answer))
            self.wrongs.append("Feishu: no such card")
            return web.json_response({"code": 9499, "msg": "Bad Request", "data": {}})

        return await self.sending(send)

    async def _wecom(self, request: web.Request) -> web.StreamResponse:
        async def send() -> web.StreamResponse:
            if request.query.get("key") not in SECRETS:
                return web.json_response({"errcode": 93000, "errmsg": "invalid webhook url"})
            said = await self._read(request, 100_000)
            match said:
                case {"msgtype": "markdown", "markdown": {"content": str(content)}} if len(content.encode()) <= 4096:
                    return self._keep("wecom", said, web.json_response({"errcode": 0, "errmsg": "ok"}))
            self.wrongs.append("WeCom: no such message, or too long")
            return web.json_response({"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"})

        return await self.sending(send)

    async def _read(self, request: web.Request, most: int) -> JSON:
        body = await request.read()
        if request.content_type != "application/json" or len(body) > most:
            self.wrongs.append(f"{request.path}: {request.content_type} of {len(body)} bytes")
        said: JSON = json.loads(body)
        return said

    def _bad(self, what: str) -> web.Response:
        self.wrongs.append(what)
        return web.Response(status=400, text="invalid_payload")

    def _keep(self, kind: str, said: JSON, answer: web.Response) -> web.Response:
        text = "\n".join(_texts(said))
        if MENTIONS.search(text):
            self.wrongs.append(f"{kind}: somebody is mentioned, or a stranger's link is shown")
        self.shown[kind].append(text)
        return answer


def _is_signed(said: JSON) -> bool:
    stamp = str(said.get("timestamp") or "0")
    digest = hmac.new(f"{stamp}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    return said.get("sign") == base64.b64encode(digest).decode() and abs(time.time() - int(stamp)) < 3600


def _texts(value: Any) -> list[str]:
    """Every text in a message, in order."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
