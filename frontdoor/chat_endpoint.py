"""A language model behind any OpenAI-compatible endpoint, asked for a text that comes in pieces.

`POST {url}/chat/completions` with `stream: true`, answered by server-sent events, as
https://platform.openai.com/docs/api-reference/chat describes and vLLM, Ollama, LocalAI, Azure and others speak it.

EndpointError    the endpoint is down, slow, refuses, or answers something else; the message never holds a text
"""

import json
from collections.abc import AsyncGenerator, Sequence

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError  # a line without end

from connectors.message import JSON

LINE_BYTES = 64 * 1024
TEMPERATURE = 0.0
"""The likeliest wording: the same question shall be told the same."""


class EndpointError(Exception):
    """No text, or not all of it."""


class ChatEndpoint:
    """One model at one endpoint, over kept-alive connections."""

    def __init__(self, url: str, model: str, api_key: str, *, timeout_s: float, tokens: int) -> None:
        self._url = url.rstrip("/") + "/chat/completions"
        self._model = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=3)
        self._tokens = tokens
        self._session: aiohttp.ClientSession | None = None

    async def stream(self, messages: Sequence[JSON]) -> AsyncGenerator[str]:
        """Pieces of the text as they come; ends when the model has said all. Raises `EndpointError`."""
        body = {
            "model": self._model,
            "messages": list(messages),
            "stream": True,
            "temperature": TEMPERATURE,
            "max_tokens": self._tokens,
        }
        try:
            async with self._open().post(
                self._url, json=body, headers=self._headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise EndpointError(f"status {response.status}")
                if response.content_type != "text/event-stream":
                    raise EndpointError("an answer that is no stream of events")
                async for line in response.content:
                    event = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
                    if event == b"[DONE]":
                        return
                    if event and (piece := _piece(event)):
                        yield piece
        except (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError, ValueError) as error:
            raise EndpointError(type(error).__name__) from error
        raise EndpointError("a stream without its end")

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(read_bufsize=LINE_BYTES)
        return self._session


def _piece(event: bytes) -> str:
    """What an event adds to the text. Raises ValueError for one that is not as documented."""
    try:
        choices = json.loads(event)["choices"]
        piece = choices[0]["delta"].get("content") if choices else None
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError("an event that is not as documented") from error
    if piece is not None and not isinstance(piece, str):
        raise ValueError("an event that is not as documented")
    return piece or ""
