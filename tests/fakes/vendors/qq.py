"""QQ at the wire, as https://bot.q.qq.com/wiki/develop/api-v2/ has it."""

from collections import Counter

from aiohttp import web

from tests.fakes.vendors.base import FakeVendor, Said

APP_ID = "102001234"
SECRET = "naOC0ocQE3shWLAfffVLB1rhYPG7"  # of the example on QQ's page about signatures
MOST = {"users": 4, "groups": 5}  # answers to one message


class QQVendor(FakeVendor):
    """Tokens and the API. `open` are the messages and events that may be answered; `active` whether we may write
    unasked.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: set[str] = set()
        self.active = True
        self.answered: set[tuple[str, int]] = set()
        self.count: Counter[str] = Counter()
        self.tokens: list[str] = []
        self.uploads: dict[str, str] = {}
        self.uploads_broken = False
        self.contents: dict[str, bytes] = {}

    def routes(self) -> None:
        add = self.app.router.add_route
        add("POST", "/app/getAppAccessToken", self._token)
        add("GET", "/users/@me", self._me)
        add("POST", "/v2/{kind:users|groups}/{id}/messages", self._message)
        add("POST", "/v2/{kind:users|groups}/{id}/files", self._file)
        add("GET", "/download/{name}", self._download)

    async def _token(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body != {"appId": APP_ID, "clientSecret": SECRET}:
            return web.json_response({"code": 100016, "message": "invalid appid or secret"})
        self.tokens.append(f"qq-token-{len(self.tokens) + 1}")
        return web.json_response({"access_token": self.tokens[-1], "expires_in": "7200"})

    async def _me(self, request: web.Request) -> web.Response:
        return self._unknown(request) or web.json_response({"id": "1", "username": "暖居客服", "bot": True})

    async def _message(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body, kind, openid = await request.json(), request.match_info["kind"], request.match_info["id"]
        anchor = body.get("msg_id") or body.get("event_id")
        if not set(body) <= {"msg_type", "content", "media", "msg_id", "event_id", "msg_seq"} or not body["content"]:
            return self.wrong(f"the message {body}")
        if (
            body["msg_type"] not in {0, 7}
            or (body["msg_type"] == 7) != ("media" in body)
            or len(body["content"]) > 2000
        ):
            return self.wrong(f"the message {body}")

        async def send() -> web.Response:
            if anchor is None and not self.active:
                return _error(40034102 if kind == "users" else 40034105)
            if anchor is not None and anchor not in self.open:
                return _error(40034005)
            if anchor is not None and (anchor, body["msg_seq"]) in self.answered:
                return _error(40054005)
            if anchor is not None and self.count[anchor] >= MOST[kind]:
                return _error(40034128)
            if anchor is not None:
                self.answered.add((anchor, body["msg_seq"]))
                self.count[anchor] += 1
            files = ((self.uploads[body["media"]["file_info"]], b""),) if "media" in body else ()
            self.show(Said(address=openid, text=body["content"].strip(), files=files, raw=body))
            return web.json_response({"id": f"ROBOT1.0_{len(self.said)}", "timestamp": "2026-07-21T10:30:00+08:00"})

        return await self.sending(send)

    async def _file(self, request: web.Request) -> web.Response:
        body = await request.json()
        if refused := self._unknown(request):
            return refused
        if self.uploads_broken:
            return web.Response(status=504)
        if set(body) != {"file_type", "url", "srv_send_msg"} or body["srv_send_msg"] is not False:
            return self.wrong(f"the file {body}")
        if body["file_type"] not in {1, 2} or not body["url"].startswith("https://"):
            return self.wrong(f"the file {body}")
        info = f"info-{len(self.uploads) + 1}"
        self.uploads[info] = body["url"]
        return web.json_response({"file_uuid": "u", "file_info": info, "ttl": 300})

    async def _download(self, request: web.Request) -> web.Response:
        return web.Response(body=self.contents[request.match_info["name"]])

    def _unknown(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("Authorization", "")
        if self.tokens and given == f"QQBot {self.tokens[-1]}" and request.headers.get("X-Union-Appid") == APP_ID:
            return None
        return web.json_response({"message": "token not exist or expire", "code": 11244}, status=401)


def _error(code: int) -> web.Response:
    return web.json_response({"message": "不行", "code": code, "err_code": code, "trace_id": "t"}, status=400)
