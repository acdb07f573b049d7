"""LINE at the wire, as https://developers.line.biz/en/reference/messaging-api/ has it."""

import uuid
from typing import Any

import regex
from aiohttp import web

from connectors.message import JSON
from tests.fakes.vendors.base import Choice, FakeVendor, Said

TOKEN = "line-access-token-3f9a7c1e5b2d"
OPTIONS = ("notificationDisabled", "customAggregationUnits")
CHARACTER = regex.compile(r"\X")


class LineVendor(FakeVendor):
    """Both of LINE's servers. `reply_tokens` maps those that are good to who wrote; `profiles` and `contents` are what
    customers have.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reply_tokens: dict[str, str] = {}
        self.accepted: dict[str, str] = {}  # retry key → id of the message
        self.replies = self.pushes = 0
        self.profiles: dict[str, JSON] = {}
        self.contents: dict[str, bytes] = {}
        self.preparing: dict[str, list[str]] = {}  # what a look at the preparation says, in order
        self.loading: list[JSON] = []
        self.webhook: JSON = {"endpoint": "", "active": True}
        self.reaches = True
        self.quota: JSON = {"type": "limited", "value": 200}
        self.used = 0

    def routes(self) -> None:
        add = self.app.router.add_route
        add("POST", "/v2/bot/message/push", self._push)
        add("POST", "/v2/bot/message/reply", self._reply)
        add("POST", "/v2/bot/chat/loading/start", self._loading)
        add("GET", "/v2/bot/profile/{id}", self._profile)
        add("GET", "/v2/bot/message/{id}/content", self._content)
        add("GET", "/v2/bot/message/{id}/content/transcoding", self._transcoding)
        add("GET", "/v2/bot/info", self._info)
        add("GET", "/v2/bot/message/quota", self._quota)
        add("GET", "/v2/bot/message/quota/consumption", self._consumption)
        add("GET", "/v2/bot/channel/webhook/endpoint", self._webhook)
        add("PUT", "/v2/bot/channel/webhook/endpoint", self._webhook)
        add("POST", "/v2/bot/channel/webhook/test", self._test)

    async def _push(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body, key = await request.json(), request.headers.get("X-Line-Retry-Key", "")
        try:
            uuid.UUID(key)
        except ValueError:
            return self.wrong(f"the retry key {key!r}")
        if not {"to", "messages"} <= set(body) <= {"to", "messages", *OPTIONS}:
            return self.wrong(f"the push {body}")
        if (said := self._said(body["to"], body["messages"])) is None:
            return self.wrong(f"the push {body}")

        async def send() -> web.Response:
            self.pushes += 1
            if key in self.accepted:
                sent = {"message": "The retry key is already accepted", "sentMessages": [{"id": self.accepted[key]}]}
                return web.json_response(sent, status=409, headers={"X-Line-Accepted-Request-Id": "accepted-before"})
            self.show(said)
            self.accepted[key] = f"46{len(self.said)}"
            return web.json_response({"sentMessages": [{"id": self.accepted[key], "quoteToken": "q"}]})

        return await self.sending(send)

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body = await request.json()
        known = {"replyToken", "messages"}
        if "X-Line-Retry-Key" in request.headers or not known <= set(body) <= {*known, *OPTIONS}:
            return self.wrong(f"the reply {body}")
        address = self.reply_tokens.get(body["replyToken"])
        if address is None:
            return web.json_response({"message": "Invalid reply token"}, status=400)
        if (said := self._said(address, body["messages"])) is None:
            return self.wrong(f"the reply {body}")

        async def send() -> web.Response:
            self.replies += 1
            del self.reply_tokens[body["replyToken"]]
            self.show(said)
            return web.json_response({"sentMessages": [{"id": f"46{len(self.said)}"}]})

        return await self.sending(send)

    async def _loading(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self._unknown(request) or not 5 <= body["loadingSeconds"] <= 60 or body["loadingSeconds"] % 5:
            return self.wrong(f"the loading indicator {body}")
        self.loading.append(body)
        return web.json_response({}, status=202)

    async def _profile(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        found = self.profiles.get(request.match_info["id"])
        return web.json_response(found) if found else web.json_response({"message": "Not found"}, status=404)

    async def _content(self, request: web.Request) -> web.Response:
        if refused := self._unknown(request):
            return refused
        found = self.contents.get(request.match_info["id"])
        return web.Response(body=found) if found is not None else web.Response(status=404)

    async def _transcoding(self, request: web.Request) -> web.Response:
        says = self.preparing.get(request.match_info["id"], [])
        return web.json_response({"status": says.pop(0) if says else "succeeded"})

    async def _info(self, request: web.Request) -> web.Response:
        info = {"userId": "Ub9952f8", "basicId": "@216ru", "displayName": "Hearthline"}
        return self._unknown(request) or web.json_response(info | {"chatMode": "bot", "markAsReadMode": "auto"})

    async def _quota(self, _: web.Request) -> web.Response:
        return web.json_response(self.quota)

    async def _consumption(self, _: web.Request) -> web.Response:
        return web.json_response({"totalUsage": self.used})

    async def _webhook(self, request: web.Request) -> web.Response:
        if request.method == "PUT":
            self.webhook |= {"endpoint": (await request.json())["endpoint"]}
            return web.json_response({})
        return web.json_response(self.webhook)

    async def _test(self, request: web.Request) -> web.Response:
        ok = self.webhook["endpoint"].startswith("https://") and self.reaches
        answer = {"success": ok, "statusCode": 200 if ok else 0, "reason": "OK" if ok else "COULD_NOT_CONNECT"}
        return web.json_response(answer | {"timestamp": "2020-09-30T05:38:20.031Z", "detail": "200"})

    def _unknown(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Bearer {TOKEN}":
            return None
        return web.json_response({"message": "Authentication failed"}, status=401)

    def _said(self, address: str, messages: Any) -> Said | None:
        """What the customer is shown; None for what LINE would refuse."""
        if not isinstance(messages, list) or len(messages) != 1:
            return None
        message = messages[0]
        match message["type"]:
            case "text":
                items = message.get("quickReply", {"items": []})["items"]
                actions = [each["action"] for each in items]
                if not 0 < _utf16(message["text"]) <= 5000 or len(actions) > 13 or not _are_postbacks(actions):
                    return None
                return Said(address=address, text=message["text"], choices=_choices(actions), raw=message)
            case "template":
                template = message["template"]
                text, actions = template["text"], template["actions"]
                if not 0 < len(CHARACTER.findall(text)) <= 160 or not 0 < _utf16(message["altText"]) <= 400:
                    return None
                if template["type"] != "buttons" or not 0 < len(actions) <= 4 or not _are_postbacks(actions):
                    return None
                return Said(address=address, text=text, choices=_choices(actions), raw=message)
            case "image":
                urls = (message["originalContentUrl"], message["previewImageUrl"])
                if not all(url.startswith("https://") and len(url) <= 2000 for url in urls):
                    return None
                return Said(address=address, files=((urls[0], b""),), raw=message)
        return None


def _are_postbacks(actions: list[JSON]) -> bool:
    return all(
        each["type"] == "postback"
        and 0 < len(CHARACTER.findall(each["label"])) <= 20
        and 0 < len(each["data"]) <= 300
        and len(CHARACTER.findall(each["displayText"])) <= 300
        for each in actions
    )


def _choices(actions: list[JSON]) -> tuple[Choice, ...]:
    return tuple(Choice(title=each["label"], data=each["data"]) for each in actions)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
