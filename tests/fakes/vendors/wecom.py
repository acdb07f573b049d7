"""WeCom customer service at the wire, as its pages document it (developer.work.weixin.qq.com/document/path/94638)."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from connectors.message import JSON
from tests.fakes.vendors.base import Choice, FakeVendor, Said

CORP, SECRET = "ww8f2a41c07de91b35", "kf-secret-3b9d0c7e5a1f8642d0b7"
ACCOUNT, OTHER_ACCOUNT = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q", "wkAJ2GCAAAnOt_mAnAgEdByUs00000000"
MESSAGE_ID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
MENU_ID = re.compile(r"[0-9a-zA-Z_]{1,64}")
NEW, BOT, WAITING, HUMAN, OVER = range(5)
TRANSITIONS = {NEW: {BOT, WAITING, HUMAN}, BOT: {WAITING, HUMAN, OVER}, WAITING: {HUMAN, OVER}, HUMAN: {HUMAN, OVER}}
WRITABLE = {NEW, BOT}
MOST = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
MESSAGES_LEFT = 5

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WeComVendor(FakeVendor):
    """Accounts, their sessions, and what customers have written (`put`)."""

    def __init__(self) -> None:
        self.history: list[JSON] = []
        self.page = 1000  # messages of one answer of sync_msg
        self.empty_pages = 0  # so many answers come empty, with more behind them
        self.states: dict[str, int] = {}
        self.left: dict[str, int] = {}  # messages that the company may send
        self.codes: dict[str, str] = {}  # welcome codes that are good, and whom they welcome
        self.names: dict[str, str] = {}
        self.files: dict[str, tuple[str, str, bytes]] = {}  # media id: name, type, bytes
        self.tokens: set[str] = set()  # access tokens that are good
        self.granted = 0
        self.callback_tokens: set[str] = set()
        self.syncs: list[JSON] = []
        self.sent: set[str] = set()  # message ids
        self.unmanaged: set[str] = set()
        super().__init__()

    def routes(self) -> None:
        self.app.router.add_get("/cgi-bin/gettoken", self._gettoken)
        for path, handler in {
            "kf/sync_msg": self._sync_msg,
            "kf/send_msg": self._send_msg,
            "kf/send_msg_on_event": self._send_msg_on_event,
            "kf/service_state/get": self._get_state,
            "kf/service_state/trans": self._trans_state,
            "kf/account/list": self._accounts,
            "kf/add_contact_way": self._link,
            "kf/customer/batchget": self._customers,
            "media/upload": self._upload,
        }.items():
            self.app.router.add_post(f"/cgi-bin/{path}", self._authorized(handler))
        self.app.router.add_get("/cgi-bin/media/get", self._authorized(self._media))

    def put(self, item: JSON) -> None:
        """Something has happened that sync_msg will tell."""
        self.history.append(item)
        customer = item.get("external_userid", "")
        if item.get("origin") == 3:
            self.left[customer] = MESSAGES_LEFT
            if self.states.get(customer, OVER) == OVER:
                self.states[customer] = NEW
        event = item.get("event") or {}
        if code := event.get("welcome_code"):
            self.codes[code] = event["external_userid"]

    def end_tokens(self) -> None:
        """Every access token is over."""
        self.tokens.clear()

    # authorization

    async def _gettoken(self, request: web.Request) -> web.Response:
        if request.query.get("corpid") != CORP:
            return _error(40013, "invalid corpid")
        if request.query.get("corpsecret") != SECRET:
            return _error(40001, "invalid credential")
        self.granted += 1
        token = f"access-token-{self.granted}-9f31c2"
        self.tokens.add(token)
        return web.json_response({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200})

    def _authorized(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            token = request.query.get("access_token", "")
            if not token:
                return _error(41001, "access_token missing")
            if token not in self.tokens:
                return _error(40014 if token.startswith("x") else 42001, "access_token expired")
            if request.content_type == "application/json" and b"\\u" in await request.read():
                self.wrongs.append("characters that are written as \\u")
                return _error(40033, "invalid charset. please check your request, if include \\uxxxx will create fail!")
            return await handler(request)

        return checked

    # reading

    async def _sync_msg(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if set(body) - {"cursor", "token", "limit", "voice_format", "open_kfid"} or not body.get("open_kfid"):
            return self.wrong(f"sync_msg {body}")
        if not 1 <= body.get("limit", 1000) <= 1000 or body.get("voice_format", 0) not in {0, 1}:
            return self.wrong(f"sync_msg {body}")
        self.syncs.append(body)
        if body.get("token") and body["token"] not in self.callback_tokens:
            return _error(95007, "invalid msg token")
        position = int(body.get("cursor") or "0")
        if self.empty_pages:
            self.empty_pages -= 1
            return _ok({"next_cursor": f"{position:0{9 - self.empty_pages}}", "has_more": 1, "msg_list": []})
        page: list[JSON] = []
        while position < len(self.history) and len(page) < min(self.page, body.get("limit", 1000)):
            page += [self.history[position]] if _account(self.history[position]) == body["open_kfid"] else []
            position += 1
        more = any(_account(each) == body["open_kfid"] for each in self.history[position:])
        return _ok({"next_cursor": str(position), "has_more": int(more), "msg_list": page})

    async def _customers(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        ids = body.get("external_userid_list")
        if not isinstance(ids, list) or not 1 <= len(ids) <= 100:
            return self.wrong(f"customer/batchget {body}")
        known = [{"external_userid": each, "nickname": self.names[each]} for each in ids if each in self.names]
        unknown = [each for each in ids if each not in self.names]
        return _ok({"customer_list": known, "invalid_external_userid": unknown})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        found = self.files.get(request.query.get("media_id", ""))
        if found is None:
            return _error(40007, "invalid media_id")
        name, media_type, data = found
        headers = {"Content-Type": media_type, "Content-Disposition": f'attachment; filename="{name}"'}
        if request.headers.get("Range") == "bytes=0-0":
            return web.Response(status=206, body=data[:1], headers=headers)
        return web.Response(body=data, headers=headers)

    # writing

    async def _send_msg(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        customer, account = body.get("touser"), body.get("open_kfid")
        if account != ACCOUNT or not customer or not MESSAGE_ID.fullmatch(body.get("msgid", "")):
            return self.wrong(f"send_msg {body}")
        said = self._said(body, customer, most=10)
        if said is None or set(body) != {"touser", "open_kfid", "msgid", "msgtype", body["msgtype"]}:
            return self.wrong(f"send_msg {body}")
        if self.states.get(customer, OVER) not in WRITABLE:
            return _error(95018, "send msg session status invalid")
        if self.left.get(customer, 0) <= 0:
            return _error(95001, "send kf msg count limit")
        if body["msgid"] in self.sent:
            return _error(40058, "msgid is not unique")

        async def send() -> web.Response:
            self.left[customer] -= 1
            self.sent.add(body["msgid"])
            self.show(said)
            return _ok({"msgid": body["msgid"]})

        return await self.sending(send)

    async def _send_msg_on_event(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if body.get("msgtype") not in {"text", "msgmenu"} or not MESSAGE_ID.fullmatch(body.get("msgid", "")):
            return self.wrong(f"send_msg_on_event {body}")
        customer = self.codes.get(body.get("code"))
        if customer is None:
            return _error(40058, "invalid code")  # WeCom does not document which code it is
        said = self._said(body, customer, most=10)
        if said is None:
            return self.wrong(f"send_msg_on_event {body}")

        async def send() -> web.Response:
            del self.codes[body["code"]]
            self.show(said)
            return _ok({"msgid": body["msgid"]})

        return await self.sending(send)

    def _said(self, body: JSON, customer: str, most: int) -> Said | None:
        kind, what = body.get("msgtype", ""), body.get(body.get("msgtype", ""))
        if not isinstance(what, dict):
            return None
        if kind == "text":
            text = what.get("content", "")
            return Said(address=customer, text=text, raw=body) if 0 < len(text.encode()) <= 2048 else None
        if kind == "msgmenu":
            return _menu(body, what, customer, most)
        if kind in MOST and set(what) == {"media_id"} and what["media_id"] in self.files:
            name, _, data = self.files[what["media_id"]]
            return Said(address=customer, files=((name, data),), raw=body)
        return None

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        kind = request.query.get("type", "")
        part = await (await request.multipart()).next()
        if kind not in MOST or part is None or part.name != "media" or not part.filename:  # type: ignore[union-attr]
            return self.wrong(f"media/upload of {kind}")
        data = bytes(await part.read())  # type: ignore[union-attr]
        if not 5 < len(data) <= MOST[kind]:
            return _error(40006, "invalid file size")
        media_id = f"media-{len(self.files) + 1}"
        media_type = part.headers.get("Content-Type", "")  # type: ignore[union-attr]
        self.files[media_id] = (part.filename, media_type, data)  # type: ignore[union-attr]
        return _ok({"type": kind, "media_id": media_id, "created_at": "1380000000"})

    # sessions and accounts

    async def _get_state(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if set(body) != {"open_kfid", "external_userid"}:
            return self.wrong(f"service_state/get {body}")
        return _ok({"service_state": self.states.get(body["external_userid"], OVER), "servicer_userid": ""})

    async def _trans_state(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        present, wanted = self.states.get(body.get("external_userid"), OVER), body.get("service_state")
        if wanted not in TRANSITIONS.get(present, set()):
            return _error(95016, "not allow to trans to this state")
        self.states[body["external_userid"]] = wanted
        return _ok({})

    async def _accounts(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if set(body) != {"offset", "limit"} or not 1 <= body["limit"] <= 100:
            return self.wrong(f"account/list {body}")
        rows = [
            {"open_kfid": each, "name": "咨询客服", "avatar": "", "manage_privilege": each not in self.unmanaged}
            for each in (ACCOUNT, OTHER_ACCOUNT)
        ]
        return _ok({"account_list": rows[body["offset"] :][: body["limit"]]})

    async def _link(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if not re.fullmatch(r"[0-9a-zA-Z_-]{0,32}", body.get("scene", "")) or not body.get("open_kfid"):
            return self.wrong(f"add_contact_way {body}")
        return _ok({"url": "https://work.weixin.qq.com/kf/kfcbf8f8d07ac7215f?enc_scene=ENCGFSDF567DF"})


def _menu(body: JSON, menu: JSON, customer: str, most: int) -> Said | None:
    items = menu.get("list")
    texts = [menu.get("head_content", ""), menu.get("tail_content", "")]
    if set(menu) - {"head_content", "list", "tail_content"} or any(len(each.encode()) > 1024 for each in texts):
        return None
    if not isinstance(items, list) or not 1 <= len(items) <= most or any(each.get("type") != "click" for each in items):
        return None
    choices = [Choice(title=each["click"]["content"], data=each["click"]["id"]) for each in items]
    if not all(0 < len(each.title.encode()) <= 128 and MENU_ID.fullmatch(each.data) for each in choices):
        return None
    return Said(address=customer, text=texts[0], choices=tuple(choices), raw=body)


def _account(item: JSON) -> Any:
    return item.get("open_kfid") or (item.get("event") or {}).get("open_kfid")


def _ok(more: JSON) -> web.Response:
    return web.json_response({"errcode": 0, "errmsg": "ok", **more})


def _error(code: int, words: str) -> web.Response:
    more = f"hint: [1761875715499301309318952], from ip: 127.0.0.1, more info at /devtool/query?e={code}"
    return web.json_response({"errcode": code, "errmsg": f"{words}, {more}"})
