"""Rasa at the wire, scripted: speaks docs/protocol/brain.md, so that the service can be tested without a model.

It answers "hello" and the like by rules a test can read, and can be slow, broken, empty or dead.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

TOKEN = "token-of-the-scripted-rasa"


class ScriptedRasa:
    """A server on loopback. `turns` counts how often each message id was thought about; `trouble` may choose who
    answers a turn instead.
    """

    def __init__(self) -> None:
        self.turns: Counter[str] = Counter()
        self.texts: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.contexts: list[dict[str, Any]] = []
        self.briefings: list[str] = []
        self.forgotten: list[str] = []
        self.articles: list[dict[str, Any]] = []  # what every search finds
        self.delay_s = 0.0
        self.status = 200
        self.trouble: Callable[[dict[str, Any]], Handler | None] = lambda _: None
        self._app = web.Application()
        self._app.router.add_post("/webhooks/brain/turn", self._turn)
        self._app.router.add_post("/webhooks/brain/brief", self._brief)
        self._app.router.add_post("/webhooks/brain/search", self._search)
        self._app.router.add_post("/webhooks/brain/forget", self._forget)
        self._app.router.add_get("/webhooks/brain/health", self._health)
        self._server = TestServer(self._app)

    async def __aenter__(self) -> "ScriptedRasa":
        await self._server.start_server()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.close()

    def forget_turns(self) -> None:
        """Know no more of what was asked."""
        for each in (self.turns, self.texts, self.asked, self.contexts, self.briefings):
            each.clear()

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self._server.make_url("")).rstrip("/")

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "unauthorized"}, status=401)
        body = await request.json()
        self.turns[body["message_id"]] += 1
        await asyncio.sleep(self.delay_s)
        if trouble := self.trouble(body):
            return await trouble(request)
        if self.status != 200:
            return web.json_response({"error": "scripted"}, status=self.status)
        self.asked.append(body)
        self.texts.append(body["text"] or body["payload"])
        self.contexts.append(body["context"])
        return web.json_response({"message_id": body["message_id"], **answer(body)})

    async def _brief(self, request: web.Request) -> web.Response:
        self.briefings.append((await request.json())["briefing"])
        return web.json_response({"ok": True})

    async def _forget(self, request: web.Request) -> web.Response:
        if self.status == 200:
            self.forgotten.append((await request.json())["conversation_id"])
        return web.json_response({"ok": self.status == 200}, status=self.status)

    async def _search(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        return web.json_response({"articles": self.articles[: wanted["limit"]]}, status=self.status)

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True}, status=self.status)


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """What the scripted bot makes of a turn."""
    text, waiting = body["text"] or body["payload"], body["context"]["waiting"]
    language = (
        "zh" if any("\u4e00" <= character <= "\u9fff" for character in text) else body["context"]["language"] or "en"
    )
    evidence: dict[str, Any] = {"language": language, "intent": "kb_answer", "decision": "answer", "ranking": []}
    if "delivery" in text or "配送" in text:
        article = {"id": "delivery-times", "title": "Delivery times", "language": language, "confidence": 0.9}
        buttons = [{"title": "Delivery fees", "payload": '/ask_article{"article_id": "delivery-fees"}'}]
        message = {"text": "1–3 days.", "article": article, "buttons": buttons}
        return {"messages": [message], "signals": [], "evidence": evidence | {"ranking": [article]}, "slots": {}}
    if "level" in text:
        article = {"id": "levels", "title": "Levels", "language": language, "confidence": 0.9}
        personal = "There are three levels.\n\nYours is **{{customer.tier}}**."
        message = {"text": "There are three levels.", "article": article, "custom": {"personal": personal}}
        return {"messages": [message], "signals": [], "evidence": evidence | {"ranking": [article]}, "slots": {}}
    if waiting:
        return {"messages": [], "signals": [], "evidence": evidence | {"decision": "pass"}, "slots": {}}
    if "human" in text or "人工" in text:
        signal = {"type": "handoff", "reason": "requested", "detail": ""}
        evidence |= {"intent": "ask_human", "decision": "handoff"}
        return {"messages": [], "signals": [signal], "evidence": evidence, "slots": {"order_number": "HL2026110101"}}
    return {
        "messages": [{"text": f"You said: {text}"}],
        "signals": [],
        "evidence": evidence | {"intent": "greet", "decision": "dialogue"},
        "slots": {},
    }
