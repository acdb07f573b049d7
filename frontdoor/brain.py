"""The brain: an HTTP client of Rasa. The protocol is docs/protocol/brain.md."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from connectors.message import JSON, Article, Button, Content

PATIENCE_S = 60.0


class BrainError(Exception):
    """Rasa is slow, dead, restarting, or answered with an error; the turn may be tried again with the same message
    id.
    """


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One thing to think about. Exactly one of `text` (the customer's words) and `payload` (a button of ours) is
    set.
    """

    conversation_id: str
    message_id: str
    text: str = ""
    payload: str = ""
    context: JSON = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the bot makes of a turn: messages to say, signals to act on, the evidence behind it, and the slots it has
    filled.
    """

    messages: tuple[Content, ...]
    signals: tuple[JSON, ...]
    evidence: JSON
    slots: JSON


class Brain:
    """Talks to one Rasa over kept-alive connections."""

    def __init__(self, url: str, token: str, *, timeout_s: float) -> None:
        self._url = f"{url}/webhooks/brain"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=2)
        self._patient = aiohttp.ClientTimeout(total=PATIENCE_S, sock_connect=2)  # for what no customer waits for
        self._session: aiohttp.ClientSession | None = None

    async def turn(self, turn: Turn) -> Reply:
        """Let the bot think. Idempotent by message id. Raises `BrainError`."""
        answer = await self._post("/turn", dict(turn.__dict__))
        try:
            return _reply(answer)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BrainError(f"an answer that is not as documented: {type(error).__name__}") from error

    async def brief(self, conversation_id: str, message_id: str, briefing: str) -> None:
        """Tell the bot what the human did. Idempotent. Raises `BrainError`."""
        body = {"conversation_id": conversation_id, "message_id": message_id, "briefing": briefing, "article_ids": []}
        await self._post("/brief", body)

    async def forget(self, conversation_id: str) -> None:
        """Delete all that the bot keeps of a conversation. Idempotent. Raises `BrainError`."""
        await self._post("/forget", {"conversation_id": conversation_id})

    async def search(self, query: str, language: str, limit: int) -> list[JSON]:
        """Articles for an agent, best first: `id title language confidence text audience`. Raises `BrainError`."""
        answer = await self._post("/search", {"query": query[:500], "language": language, "limit": limit})
        return list(answer.get("articles", ()))

    async def replay(self, questions: Sequence[JSON], change: JSON | None = None) -> list[JSON]:
        """What the bot decides about `questions` (`text language verified`) `now`, and `then`, with the change of an
        article (`id content`). Of the first of them, at least one: ask for the rest again. Raises `BrainError`.
        """
        body: JSON = {"questions": list(questions)} | ({"change": change} if change else {})
        found = (await self._post("/replay", body, self._patient)).get("results")
        return _objects(found)

    async def phrasings(self, change: JSON | None, limit: int) -> list[JSON]:
        """What the articles themselves say that customers ask (`text language verified article`), those nearest to the
        change first. Raises `BrainError`.
        """
        body: JSON = {"limit": limit} | ({"change": change} if change else {})
        return _objects((await self._post("/phrasings", body, self._patient)).get("questions"))

    async def vectors(self, texts: Sequence[str]) -> JSON:
        """Vectors of questions, as docs/protocol/brain.md has them. Raises `BrainError`."""
        return await self._post("/vectors", {"texts": list(texts)}, self._patient)

    async def healthy(self) -> bool:
        """Whether Rasa has a model loaded and can store."""
        try:
            async with self._open().get(
                f"{self._url}/health", headers=self._headers, timeout=aiohttp.ClientTimeout(total=2)
            ) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, path: str, body: JSON, timeout: aiohttp.ClientTimeout | None = None) -> JSON:
        try:
            async with self._open().post(
                self._url + path, json=body, headers=self._headers, timeout=timeout or self._timeout
            ) as response:
                if response.status != 200:
                    raise BrainError(f"status {response.status}")
                answer = await response.json()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise BrainError(type(error).__name__) from error
        if not isinstance(answer, dict):
            raise BrainError("an answer that is no object")
        return answer

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30), loop=asyncio.get_running_loop()
            )
        return self._session


def _reply(answer: JSON) -> Reply:
    """An answer as documented. Raises AttributeError, KeyError, TypeError or ValueError for any other."""
    reply = Reply(
        messages=tuple(_content(message) for message in answer["messages"]),
        signals=tuple(dict(signal) for signal in answer["signals"]),
        evidence=dict(answer["evidence"]),
        slots=dict(answer["slots"]),
    )
    _strings(reply.evidence["decision"], reply.evidence["language"], *(signal["type"] for signal in reply.signals))
    told = reply.messages or any(signal["type"] != "language" for signal in reply.signals)
    if not told and reply.evidence["decision"] != "pass":
        raise ValueError("a turn that came to nothing")
    return reply


def _objects(found: object) -> list[JSON]:
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BrainError("an answer that is not as documented")
    return found


def _strings(*values: object) -> None:
    if not all(isinstance(value, str) for value in values):
        raise TypeError("a string is something else")


def _content(message: JSON) -> Content:
    article, text = message.get("article"), message.get("text") or ""
    _strings(text)
    return Content(
        text=text,
        buttons=tuple(Button(title=each["title"], payload=each["payload"]) for each in message.get("buttons", ())),
        article=Article(**article) if article else None,
        custom=message.get("custom") or {},
    )
