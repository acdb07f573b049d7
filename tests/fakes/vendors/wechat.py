"""WeChat's API for official accounts, as its pages describe it. Errors come with status 200.

https://developers.weixin.qq.com/doc/service/api/
"""

import itertools
import json
from collections import Counter

from aiohttp import web

from connectors.message import JSON
from tests.fakes.vendors.base import Choice, FakeVendor, Said

APP_ID = "wxd930ea5d5a258f4f"
APP_SECRET = "9f2c51d07be84a3fb6d1c0a57e3d8b42"
FILES = {"image": ("png", "jpg", "gif"), "voice": ("amr", "mp3"), "video": ("mp4",)}
SIZES = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20}


class WechatVendor(FakeVendor):
    """One account. `left` is how many messages it may still write to each customer."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.token = ""
        self.expired: set[str] = set()
        self.granted: Counter[str] = Counter()  # how often a token was asked for, by endpoint and mode
        self.expires_in = 7200
        self.left: dict[str, int] = {}
        self.unknown = False  # whether nobody has to have written before
        self.verified = True
        self.refusals: dict[str, int] = {}  # path → errcode
        self.media: dict[str, tuple[str, bytes]] = {}  # media id → kind and bytes
        self.menu: JSON = {}
        self.typing: list[str] = []
        super().__init__()

    def routes(self) -> None:
        post, get = self.app.router.add_post, self.app.router.add_get
        post("/cgi-bin/stable_token", self._stable_token)
        get("/cgi-bin/token", self._plain_token)
        post("/cgi-bin/message/custom/send", self._send)
        post("/cgi-bin/message/custom/typing", self._typing)
        post("/cgi-bin/media/upload", self._upload)
        get("/cgi-bin/media/get", self._get)
        get("/video/{id}", self._video)
        get("/cgi-bin/getcallbackip", self._harmless)
        get("/cgi-bin/customservice/getkflist", self._harmless)
        post("/cgi-bin/menu/create", self._create_menu)

    def expire(self) -> None:
        """The present token is over before its time."""
        self.expired.add(self.token)

    def customer_acts(self, address: str, messages: int) -> None:
        """What a customer does lets the account write so many messages."""
        self.left[address] = max(messages, self.left.get(address, 0))

    # tokens

    async def _stable_token(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if not set(body) <= {"grant_type", "appid", "secret", "force_refresh"}:
            return self.wrong("what asks for a token")
        return self._grant(body, "forced" if body.get("force_refresh") else "stable")

    async def _plain_token(self, request: web.Request) -> web.StreamResponse:
        return self._grant(dict(request.query), "token")

    def _grant(self, who: JSON, how: str) -> web.StreamResponse:
        self.granted[how] += 1
        if who.get("grant_type") != "client_credential" or who.get("appid") != APP_ID:
            return _error(40013, "invalid appid")
        if who.get("secret") != APP_SECRET:
            return _error(40125, "invalid appsecret")
        if code := self.refusals.get("token"):
            return _error(code, "refused")
        if how != "stable" or not self.token:
            self.token = f"ACCESS-TOKEN-{next(self.numbers)}"
        return web.json_response({"access_token": self.token, "expires_in": self.expires_in})

    def _refused(self, request: web.Request) -> web.StreamResponse | None:
        token = request.query.get("access_token", "")
        if not token:
            return _error(41001, "access_token missing")
        if token in self.expired:
            return _error(42001, "access_token expired")
        if token != self.token:
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        if code := self.refusals.get(request.path):
            return _error(code, "refused")
        if not self.verified and "getcallbackip" not in request.path:
            return _error(48001, "api unauthorized")
        return None

    # messages

    async def _send(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if refused := self._refused(request):
            return refused
        body = json.loads(raw)
        kind = body.get("msgtype")
        if b"\\u" in raw or set(body) != {"touser", "msgtype", kind}:
            return self.wrong(f"the message {body}")
        said = self._said(body, kind, body[kind])
        if isinstance(said, int):
            return _error(said, "refused")

        async def send() -> web.StreamResponse:
            if not self.unknown and self.left.get(said.address, 0) < 1:
                return _error(45047, "out of response count limit")
            self.left[said.address] = self.left.get(said.address, 0) - 1
            self.show(said)
            return _error(0, "ok")

        return await self.sending(send)

    def _said(self, body: JSON, kind: str, content: JSON) -> Said | int:
        address = body["touser"]
        match kind:
            case "text":
                if set(content) != {"content"} or not content["content"]:
                    self.wrongs.append(f"the text {content}")
                if len(content["content"].encode()) > 2048:
                    return 45002
                return Said(address=address, text=content["content"], raw=body)
            case "msgmenu":
                if set(content) != {"head_content", "list", "tail_content"}:
                    self.wrongs.append(f"the menu {content}")
                if self.refusals.get("msgmenu"):
                    return self.refusals["msgmenu"]
                choices = tuple(Choice(title=each["content"], data=each["id"]) for each in content["list"])
                return Said(address=address, text=content["head_content"], choices=choices, raw=body)
            case "image" | "voice" | "video":
                if not set(content) <= {"media_id", "thumb_media_id", "title", "description"}:
                    self.wrongs.append(f"the file {content}")
                if content["media_id"] not in self.media:
                    return 40007
                name, data = self.media[content["media_id"]]
                return Said(address=address, files=((name, data),), raw=body)
            case _:
                return 40008

    async def _typing(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        body = await request.json()
        if set(body) != {"touser", "command"} or body["command"] not in {"Typing", "CancelTyping"}:
            return _error(45072, "invalid command")
        self.typing.append(body["touser"])
        return _error(0, "ok")

    # files

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        kind, form = request.query.get("type", ""), await request.post()
        media = form.get("media")
        if kind not in FILES or not isinstance(media, web.FileField) or len(form) != 1:
            return self.wrong("the upload")
        data = media.file.read()
        if media.filename.rpartition(".")[2] not in FILES[kind]:
            return _error(40005, "invalid file type")
        if len(data) > SIZES[kind]:
            return _error(45001, "media size out of limit")
        media_id = f"MEDIA-{next(self.numbers)}"
        self.media[media_id] = (media.filename, data)
        return web.json_response({"type": kind, "media_id": media_id, "created_at": 1672500000})

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        media_id = request.query.get("media_id", "")
        if media_id not in self.media:
            return _error(40007, "invalid media_id")
        name, data = self.media[media_id]
        if name.startswith("linked"):
            return web.json_response({"video_url": f"{self.url}/video/{media_id}"})
        return web.Response(body=data, headers={"Content-disposition": f'attachment; filename="{name}"'})

    async def _video(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self.media[request.match_info["id"]][1])

    # set-up

    async def _harmless(self, request: web.Request) -> web.StreamResponse:
        return self._refused(request) or web.json_response({"ip_list": ["127.0.0.1"], "kf_list": []})

    async def _create_menu(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if refused := self._refused(request):
            return refused
        if b"\\u" in raw:
            return self.wrong("escaped names in the menu")
        self.menu = json.loads(raw)
        if not 1 <= len(self.menu["button"]) <= 3:
            return _error(40016, "invalid button size")
        return _error(0, "ok")


def _error(code: int, message: str) -> web.Response:
    return web.json_response(
        {"errcode": code, "errmsg": f"{message} rid: 6604ca78-1fb82aff-0b59c40e" * bool(code) or "ok"}
    )
