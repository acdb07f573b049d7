"""Slack at the wire, as https://docs.slack.dev/reference/methods has it."""

import html
import re

from aiohttp import web

from connectors.message import JSON
from tests.fakes.vendors.base import Choice, FakeVendor, Said

TOKEN = "xoxb-2345-6789-slackbottoken4f1a"
SCOPES = "app_mentions:read,channels:history,chat:write,files:read,files:write,im:history,users:read,users:read.email"


class SlackVendor(FakeVendor):
    """The Web API. A direct chat D… is of the customer whose name that is; a thread is `channel:thread`."""

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[str, JSON] = {}
        self.files: dict[str, JSON] = {}  # what files.info tells
        self.contents: dict[str, bytes] = {}  # by the last part of the address
        self.uploads: dict[str, tuple[str, int, bytes | None]] = {}  # name, length, bytes
        self.scopes = SCOPES

    def routes(self) -> None:
        add = self.app.router.add_post
        add("/api/chat.postMessage", self._post)
        add("/api/users.info", self._user)
        add("/api/files.info", self._file)
        add("/api/files.getUploadURLExternal", self._place)
        add("/api/files.completeUploadExternal", self._complete)
        add("/api/auth.test", self._test)
        add("/upload/{id}", self._upload)
        self.app.router.add_get("/files-pri/{name}", self._download)

    async def _post(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body = await request.json()
        known = {"channel", "text", "thread_ts", "blocks", "unfurl_links", "unfurl_media"}
        if not set(body) <= known or not 0 < len(body["text"]) <= 40_000 or re.search(r"<(?!\S+>)", body["text"]):
            return self.wrong(f"the message {body}")
        blocks = body.get("blocks", [])
        if not _are_blocks(blocks):
            return self.wrong(f"the blocks {blocks}")

        async def send() -> web.Response:
            text, choices = html.unescape(body["text"]), ()
            if blocks:
                text = "".join(html.unescape(each["text"]["text"]) for each in blocks if each["type"] == "section")
                choices = tuple(
                    Choice(title=each["text"]["text"], data=each["value"]) for each in blocks[-1]["elements"]
                )
            address = _address(body["channel"], body.get("thread_ts", ""))
            self.show(Said(address=address, text=text, choices=choices, raw=body))
            stamp = f"17000000{len(self.said):02}.000100"
            return web.json_response({"ok": True, "channel": body["channel"], "ts": stamp, "message": {"text": text}})

        return await self.sending(send)

    async def _user(self, request: web.Request) -> web.Response:
        form = await request.post()
        found = self.users.get(str(form.get("user")))
        return self._unknown(request) or _answer({"user": found} if found else None, "user_not_found")

    async def _file(self, request: web.Request) -> web.Response:
        form = await request.post()
        found = self.files.get(str(form.get("file")))
        return self._unknown(request) or _answer({"file": found} if found else None, "file_not_found")

    async def _place(self, request: web.Request) -> web.Response:
        form = await request.post()
        if refused := self._unknown(request):
            return refused
        if not form.get("filename") or int(str(form.get("length", "0"))) <= 0:
            return _answer(None, "invalid_arguments")
        file_id = f"F{len(self.uploads) + 1}"
        self.uploads[file_id] = (str(form["filename"]), int(str(form["length"])), None)
        return _answer({"upload_url": f"{self.url}/upload/{file_id}", "file_id": file_id}, "")

    async def _upload(self, request: web.Request) -> web.Response:
        file_id, data = request.match_info["id"], await request.read()
        if request.content_type.startswith("multipart/"):
            data = bytes((await request.post())["file"].file.read())  # type: ignore[union-attr]
        name, length, _ = self.uploads[file_id]
        if len(data) != length:
            return self.wrong(f"{len(data)} bytes instead of {length}")
        self.uploads[file_id] = (name, length, data)
        return web.Response(text=f"OK - {length}")

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown(request):
            return refused
        body = await request.json() if request.content_type == "application/json" else await _form(request)
        (file,) = body["files"]
        name, _, data = self.uploads[file["id"]]
        if data is None or not body["channel_id"]:
            return self.wrong(f"the upload {body}")

        async def send() -> web.Response:
            self.show(Said(address=_address(body["channel_id"], body.get("thread_ts") or ""), files=((name, data),)))
            return _answer({"files": [{"id": file["id"], "title": file.get("title", "")}]}, "")

        return await self.sending(send)

    async def _test(self, request: web.Request) -> web.Response:
        found = {"url": "https://hearthline.slack.com/", "team": "Hearthline", "user": "frontdoor", "team_id": "T111"}
        answer = self._unknown(request) or _answer(found | {"user_id": "UBOT", "bot_id": "B111"}, "")
        answer.headers["X-OAuth-Scopes"] = self.scopes
        return answer

    async def _download(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}" or "files:read" not in self.scopes:
            return web.Response(text="<!DOCTYPE html><html>Sign in</html>", content_type="text/html")
        return web.Response(body=self.contents[request.match_info["name"]])

    def _unknown(self, request: web.Request) -> web.Response | None:
        if request.content_type == "application/json" and request.charset != "utf-8":
            return self.wrong("JSON without its character set")  # Slack would warn: missing_charset
        given = request.headers.get("Authorization")
        return None if given == f"Bearer {TOKEN}" else _answer(None, "invalid_auth" if given else "not_authed")


def _answer(found: JSON | None, error: str) -> web.Response:
    return web.json_response({"ok": True, **found} if found is not None else {"ok": False, "error": error})


def _address(channel: str, thread: str) -> str:
    return channel[1:].lower() if channel.startswith("D") else f"{channel}:{thread}"


async def _form(request: web.Request) -> JSON:
    import json

    form = await request.post()
    return {name: json.loads(str(value)) if name == "files" else str(value) for name, value in form.items()}


def _are_blocks(blocks: list[JSON]) -> bool:
    """Sections, and behind them the choices. https://docs.slack.dev/reference/block-kit/blocks"""
    if not blocks:
        return True
    *sections, actions = blocks
    elements = actions["elements"]
    return (
        all(each["type"] == "section" and 0 < len(each["text"]["text"]) <= 3000 for each in sections)
        and len(blocks) <= 50
        and actions["type"] == "actions"
        and 0 < len(elements) <= 25
        and len({each["action_id"] for each in elements}) == len(elements)
        and all(each["type"] == "button" and each["text"]["type"] == "plain_text" for each in elements)
        and all(0 < len(each["text"]["text"]) <= 75 and 0 < len(each["value"]) <= 2000 for each in elements)
    )
