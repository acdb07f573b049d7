"""Telegram's Bot API at the wire (https://core.telegram.org/bots/api), strict where the page says what is allowed.

python-telegram-bot is driven against it in tests/channels/test_telegram_fake.py, so others' clients take it.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from connectors.message import JSON
from connectors.splitting import MEASURES, Unit
from tests.fakes.vendors.base import Choice, FakeVendor, Said

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
BOT = {"id": 110201543, "is_bot": True, "first_name": "Hearthline", "username": "hearthline_bot"}
GROUP = -1001234567890
FIRST_UPDATE = 700_000
ACTIONS = {"typing", "upload_photo", "record_video", "upload_video", "upload_document", "find_location"}
MEGABYTE = 1_000_000
UTF16 = MEASURES[Unit.UTF16]


class Refused(Exception):
    """What the API answers when it does not do what was asked."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class TelegramVendor(FakeVendor):
    """One bot and its customers."""

    def routes(self) -> None:
        self.ids: dict[str, int] = {}  # of customers, by the names of the tests
        self.blocked: set[int] = set()
        self.moved: dict[int, int] = {}  # groups that became supergroups
        self.queries: set[str] = set()  # presses whose spinner turns
        self.actions: list[tuple[str, str]] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.refuses_photos = False
        self.hook: JSON = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        self.secret = ""
        self.commands: dict[str, list[JSON]] = {}
        self.confirmed = 0
        self._updates: list[JSON] = []
        self._changed = asyncio.Condition()
        self._asker, self._holding = 0, False
        self._next_update, self._next_message = FIRST_UPDATE, 5_000
        self._methods: dict[str, Callable[[JSON], Awaitable[Any]]] = {
            "getme": self._get_me,
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "senddocument": self._send_document,
            "sendchataction": self._send_action,
            "answercallbackquery": self._answer_query,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "getfile": self._get_file,
        }
        self.app.router.add_route("*", "/bot{token}/{method}", self._call)
        self.app.router.add_get("/file/bot{token}/{path:.+}", self._download)

    def id_of(self, name: str) -> int:
        """The chat of a customer: a number."""
        return self.ids.setdefault(name, 900_000_000 + len(self.ids))

    async def happens(self, update: JSON) -> int:
        """Something happened, to be fetched by getUpdates; the number it got."""
        async with self._changed:
            self._next_update += 1
            self._updates.append({**update, "update_id": self._next_update})
            self._changed.notify_all()
            return self._next_update

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """What happens meanwhile comes in one answer."""
        self._holding = True
        yield
        async with self._changed:
            self._holding = False
            self._changed.notify_all()

    async def until_confirmed(self, update_id: int) -> None:
        """Wait until somebody has asked for what comes after it."""
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: self.confirmed >= update_id), 15)

    def wrong(self, what: str) -> web.Response:
        self.wrongs.append(what)
        return _error(Refused(400, f"Bad Request: {what}"))

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            known_form = re.fullmatch(r"\d+:[\w-]{20,}", request.match_info["token"])
            return _error(Refused(401, "Unauthorized") if known_form else Refused(404, "Not Found"))
        method = self._methods.get(request.match_info["method"].lower())
        if method is None:
            self.wrongs.append(f"the method {request.match_info['method']}")
            return _error(Refused(404, "Not Found: method not found"))
        data = await _parameters(request)

        async def act() -> web.StreamResponse:
            try:
                return web.json_response({"ok": True, "result": await method(data)})
            except Refused as refused:
                return _error(refused)
            except (KeyError, ValueError, TypeError, AssertionError) as error:
                return self.wrong(f"{request.match_info['method']}: {error!r} in {data}")

        return await (self.sending(act) if request.match_info["method"].lower().startswith("sendm") else act())

    async def _get_me(self, _: JSON) -> JSON:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    async def _send_message(self, data: JSON) -> JSON:
        _only(data, "chat_id", "text", "reply_markup", "link_preview_options", "disable_notification")
        text = data["text"]
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if UTF16(text) > 4096:
            self.wrongs.append("a text of more than 4096 UTF-16 units")
            raise Refused(400, "Bad Request: message is too long")
        chat, keys = self._chat(data), _keys(data)
        sent = self._sent(chat, text=text)
        self.show(Said(address=self._name(chat), text=text, choices=keys, raw=sent))
        return sent

    async def _send_photo(self, data: JSON) -> JSON:
        _only(data, "chat_id", "photo")
        name, content = data["photo"]
        assert len(content) <= 10 * MEGABYTE
        if self.refuses_photos:
            raise Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
        return self._sent_file(self._chat(data), name, content, {"photo": [_stored(content, width=90, height=90)]})

    async def _send_document(self, data: JSON) -> JSON:
        _only(data, "chat_id", "document")
        name, content = data["document"]
        assert len(content) <= 50 * MEGABYTE
        return self._sent_file(self._chat(data), name, content, {"document": _stored(content, file_name=name)})

    async def _send_action(self, data: JSON) -> bool:
        _only(data, "chat_id", "action")
        assert data["action"] in ACTIONS
        self.actions.append((self._name(self._chat(data)), data["action"]))
        return True

    async def _answer_query(self, data: JSON) -> bool:
        _only(data, "callback_query_id")
        if data["callback_query_id"] not in self.queries:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.queries.remove(data["callback_query_id"])
        return True

    async def _get_updates(self, data: JSON) -> list[JSON]:
        _only(data, "offset", "limit", "timeout", "allowed_updates")
        if self.hook["url"]:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook")
        offset, limit = int(data.get("offset", 0)), int(data.get("limit", 100))
        assert 1 <= limit <= 100
        assert isinstance(json.loads(data.get("allowed_updates", "[]")), list)
        async with self._changed:
            self._asker += 1
            me = self._asker
            self.confirmed = max(self.confirmed, offset - 1)
            self._updates = [each for each in self._updates if each["update_id"] > self.confirmed]
            self._changed.notify_all()
            end = time.monotonic() + int(data.get("timeout", 0))
            while self._nothing_new() and time.monotonic() < end and not self.silence.is_set() and me == self._asker:
                try:
                    await asyncio.wait_for(self._changed.wait(), 0.2)
                except TimeoutError:
                    continue
            if me != self._asker:
                raise Refused(409, "Conflict: terminated by other getUpdates request")
            return [] if self._holding else self._updates[:limit]

    def _nothing_new(self) -> bool:
        return self._holding or not self._updates

    async def _set_webhook(self, data: JSON) -> bool:
        _only(data, "url", "secret_token", "allowed_updates", "drop_pending_updates", "max_connections")
        if not data["url"].startswith("https://"):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", data.get("secret_token", "x"))
        self.secret = data.get("secret_token", "")
        self.hook |= {"url": data["url"], "allowed_updates": json.loads(data.get("allowed_updates", "[]"))}
        return True

    async def _delete_webhook(self, data: JSON) -> bool:
        _only(data, "drop_pending_updates")
        assert data.get("drop_pending_updates", "false") == "false", "this would lose messages"
        self.hook |= {"url": ""}
        return True

    async def _get_webhook(self, _: JSON) -> JSON:
        return self.hook

    async def _set_commands(self, data: JSON) -> bool:
        _only(data, "commands", "scope", "language_code")
        commands = json.loads(data["commands"])
        for each in commands:
            assert re.fullmatch(r"[a-z0-9_]{1,32}", each["command"])
            assert 1 <= len(each["description"]) <= 256
        self.commands[data.get("language_code", "")] = commands
        return True

    async def _get_commands(self, data: JSON) -> list[JSON]:
        return self.commands.get(data.get("language_code", ""), [])

    async def _get_file(self, data: JSON) -> JSON:
        _only(data, "file_id")
        if data["file_id"] not in self.files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        path, content = self.files[data["file_id"]]
        if len(content) > 20 * MEGABYTE:
            raise Refused(400, "Bad Request: file is too big")
        return {"file_id": data["file_id"], "file_unique_id": "u1", "file_size": len(content), "file_path": path}

    async def _download(self, request: web.Request) -> web.StreamResponse:
        found = [content for path, content in self.files.values() if path == request.match_info["path"]]
        if request.match_info["token"] != TOKEN or not found:
            return _error(Refused(404, "Not Found"))
        return web.Response(body=found[0], content_type="application/octet-stream")

    def _chat(self, data: JSON) -> int:
        chat = int(data["chat_id"])
        if chat in self.moved:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.moved[chat],
            )
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat > 0 and chat not in self.ids.values():
            raise Refused(400, "Bad Request: chat not found")
        return chat

    def _name(self, chat: int) -> str:
        return next((name for name, known in self.ids.items() if known == chat), str(chat))

    def _sent(self, chat: int, **what: Any) -> JSON:
        self._next_message += 1
        kind = {"type": "private", "first_name": self._name(chat)} if chat > 0 else {"type": "supergroup", "title": "G"}
        return {
            "message_id": self._next_message,
            "from": BOT,
            "chat": {"id": chat, **kind},
            "date": int(time.time()),
            **what,
        }

    def _sent_file(self, chat: int, name: str, content: bytes, what: JSON) -> JSON:
        sent = self._sent(chat, **what)
        self.show(Said(address=self._name(chat), files=((name, content),), raw=sent))
        return sent


async def _parameters(request: web.Request) -> JSON:
    """The three ways in which the API takes parameters; what is no text arrives as JSON in a text."""
    found: JSON = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        return found | {name: each if isinstance(each, str) else json.dumps(each) for name, each in body.items()}
    for name, each in (await request.post()).items():
        found[name] = (each.filename, each.file.read()) if isinstance(each, web.FileField) else each
    return found


def _only(data: JSON, *known: str) -> None:
    assert set(data) <= set(known), f"unknown: {set(data) - set(known)}"


def _keys(data: JSON) -> tuple[Choice, ...]:
    if "reply_markup" not in data:
        return ()
    rows = json.loads(data["reply_markup"])["inline_keyboard"]
    keys = [key for row in rows for key in row]
    assert all(1 <= len(row) <= 8 for row in rows)
    assert len(keys) <= 100
    for key in keys:
        assert set(key) == {"text", "callback_data"}
        assert key["text"]
        assert 1 <= len(key["callback_data"].encode()) <= 64
    return tuple(Choice(title=key["text"], data=key["callback_data"]) for key in keys)


def _stored(content: bytes, **what: Any) -> JSON:
    return {"file_id": "BQADAgADpgADy", "file_unique_id": "u1", "file_size": len(content), **what}


def _error(refused: Refused) -> web.Response:
    body: JSON = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return web.json_response(body, status=refused.status)
