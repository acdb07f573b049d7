"""A language model at the wire: an OpenAI-compatible endpoint that streams what a test tells it to say.

Events as https://platform.openai.com/docs/api-reference/chat-streaming shows them.
"""

import asyncio
import json
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "key-of-the-scripted-model"


class ScriptedModel:
    """A server on loopback. `says` is the whole answer; `asked` are the bodies it got."""

    def __init__(self) -> None:
        self.says = ""
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.content_type = "text/event-stream"
        self.pause_s = 0.0  # before each piece
        self.raw: bytes | None = None  # sent instead of events
        self.ends = True
        self._app = web.Application()
        self._app.router.add_post("/v1/chat/completions", self._complete)
        self._server = TestServer(self._app)

    async def __aenter__(self) -> "ScriptedModel":
        await self._server.start_server()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        """The base of its API."""
        return str(self._server.make_url("/v1"))

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.headers.append(dict(request.headers))
        if self.status != 200:
            return web.json_response({"error": {"message": "scripted"}}, status=self.status)
        response = web.StreamResponse(headers={"Content-Type": self.content_type})
        await response.prepare(request)
        if self.raw is not None:
            await response.write(self.raw)
            return response
        await response.write(_event({"role": "assistant"}))
        for start in range(0, len(self.says), 5):
            await asyncio.sleep(self.pause_s)
            await response.write(_event({"content": self.says[start : start + 5]}))
        await response.write(_event({}))
        if self.ends:
            await response.write(b'data: {"choices": [], "usage": {"total_tokens": 7}}\n\ndata: [DONE]\n\n')
        return response


def _event(delta: dict[str, str]) -> bytes:
    data = {"id": "c-1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}
    return f": keep-alive\n\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
