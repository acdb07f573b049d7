"""A visitor who measures: one socket of docs/protocol/web.md, one question at a time, every answer's time taken."""

import asyncio
import os
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import aiohttp

from bench.processes import BenchError

JSON = dict[str, Any]

ANSWER_WITHIN_S = 60.0
WAYS_OUT = {'say "cancel"': "cancel", "回复“取消”": "取消"}  # how the bot ends its questions for details: what to say
SILENCE_S = 0.5  # after the bot has read a message of somebody who waits: it then speaks only if it knows an answer


class Outcome(StrEnum):
    """What became of a message."""

    ANSWERED = "answered"  # with an article of the knowledge base
    DIALOGUE = "dialogue"  # by a rule, a form or small talk
    CLARIFIED = "clarified"  # "did you mean", or asked to say it in other words
    HANDED_OVER = "handed_over"
    SILENT = "silent"  # read, while a human is awaited


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The answer to one message. Times in seconds since it was sent; `said` are the messages that came."""

    client_id: str
    acknowledged_s: float
    answered_s: float | None
    said: tuple[JSON, ...]
    outcome: Outcome


@dataclass(kw_only=True)
class _Turn:
    client_id: str
    started: float
    acknowledged_s: float = 0.0
    answered_s: float | None = None
    seq: int = 0
    read: bool = False
    said: list[JSON] = field(default_factory=list)


class Visitor:
    """An open page. Use `arrive`, then `ask`; not for several tasks at once.

    `state` is the conversation's, `delivered` the numbers of all messages in the order they came.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, session: JSON) -> None:
        self._http, self._url = http, url
        self._token: str = session["token"]
        self.conversation_id: str = session["conversation_id"]
        self.state: JSON = {}
        self.delivered: list[int] = []
        self._way_out = ""
        self._name = os.urandom(4).hex()
        self._sent = 0

    @classmethod
    async def arrive(cls, http: aiohttp.ClientSession, url: str, language: str) -> "Visitor":
        """Open a session and its socket. Raises BenchError."""
        async with http.post(f"{url}/api/v1/web/session", json={"language": language}) as response:
            if response.status != 200:
                raise BenchError(f"no session: status {response.status}")
            visitor = cls(http, url, await response.json())
        await visitor._connect()
        return visitor

    @property
    def with_bot(self) -> bool:
        """Whether the bot owns the conversation."""
        return bool(self.state["owner"] == "bot")

    async def ask(self, text: str) -> float:
        """Say something; the seconds until the answer was there (if none is due, until that is clear).

        Raises BenchError.
        """
        started = time.perf_counter()
        heard = await self.say(text)
        return heard.answered_s if heard.answered_s is not None else time.perf_counter() - started

    async def say(self, text: str) -> Heard:
        """Say something and wait for all that follows from it. Raises BenchError when nothing does in a minute."""
        turn = await self._send({"type": "message", "text": text})
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._follow(turn)
        except TimeoutError:
            raise BenchError(f"no answer within {ANSWER_WITHIN_S:.0f} s") from None
        return Heard(
            client_id=turn.client_id,
            acknowledged_s=turn.acknowledged_s,
            answered_s=turn.answered_s,
            said=tuple(turn.said),
            outcome=_outcome(turn.said),
        )

    async def call_human(self) -> float:
        """Press "talk to a human" and wait for the ticket; the moment it was sent, of `time.perf_counter`."""
        turn = await self._send({"type": "action", "action": "human"})
        await self.until_state("queued")
        return turn.started

    async def until_state(self, state: str) -> None:
        """Wait until the conversation is in `state`. Raises TimeoutError after a minute."""
        await self._until(lambda: self.state["state"] == state)

    async def back_to_bot(self) -> None:
        """Leave the queue, if the customer is in one."""
        if not self.with_bot:
            await self._send({"type": "action", "action": "leave_queue"})
            await self._until(lambda: self.with_bot)

    async def step_out(self) -> None:
        """Be where a new customer is: give the bot no details it asks for, and stand in no queue. Raises BenchError."""
        way_out, self._way_out = self._way_out, ""
        if way_out:
            await self.say(way_out)
        await self.back_to_bot()

    async def history(self) -> list[JSON]:
        """All messages, as a page that comes back gets them; `delivered` stays what came live. Call it at the end."""
        await self.close()
        live, self.delivered = self.delivered, []
        await self._connect()
        messages: list[JSON] = []
        while not messages or messages[-1]["seq"] < self._stored:
            frame = await self._receive()
            if frame["type"] == "message":
                messages.append(frame["message"])
        self.delivered = live
        return messages

    async def close(self) -> None:
        """Leave the page."""
        await self._socket.close()

    async def _connect(self) -> None:
        self._socket = await self._http.ws_connect(f"{self._url}/api/v1/web/socket")
        await self._socket.send_json({"type": "hello", "token": self._token, "after": 0})
        frame = await self._receive()
        if frame["type"] != "ready":
            raise BenchError(f"{frame['type']} instead of ready")
        self._stored: int = frame["last"]

    async def _send(self, frame: JSON) -> _Turn:
        self._sent += 1
        turn = _Turn(client_id=f"{self._name}-{self._sent:06}", started=time.perf_counter())
        await self._socket.send_json({**frame, "client_id": turn.client_id})
        return turn

    async def _until(self, happened: Any) -> None:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while not happened():
                await self._receive()

    async def _follow(self, turn: _Turn) -> None:
        while not (turn.said and turn.read and turn.acknowledged_s):
            waits_for_human = turn.read and self.state["state"] not in {"bot", "requested"}
            try:
                async with asyncio.timeout(SILENCE_S if waits_for_human else None):
                    frame = await self._receive()
            except TimeoutError:
                return
            self._take(turn, frame)

    def _take(self, turn: _Turn, frame: JSON) -> None:
        since = time.perf_counter() - turn.started
        match frame:
            case {"type": "ack", "client_id": turn.client_id}:
                turn.acknowledged_s, turn.seq = since, frame["seq"]
            case {"type": "seen", "seq": seq} if turn.seq and seq >= turn.seq:
                turn.read = True
            case {"type": "message", "message": {"author": "customer", "client_id": turn.client_id, "seq": seq}}:
                turn.seq = seq
            case {"type": "message", "message": message} if 0 < turn.seq < message["seq"]:
                if not _asks_for_patience(message):
                    turn.said.append(message)
                    turn.answered_s = turn.answered_s or since
            case {"type": "error"}:
                raise BenchError(f"refused: {frame['code']}")

    async def _receive(self) -> JSON:
        received = await self._socket.receive()
        if received.type is not aiohttp.WSMsgType.TEXT:
            raise BenchError(f"the socket was closed with {self._socket.close_code}")
        frame: JSON = received.json()
        if "conversation" in frame:
            self.state = frame["conversation"]
        if frame["type"] == "message":
            self.delivered.append(frame["message"]["seq"])
            said = frame["message"]["text"] if frame["message"]["author"] == "bot" else ""
            self._way_out = next((answer for words, answer in WAYS_OUT.items() if words in said), self._way_out)
        return frame


def _asks_for_patience(message: JSON) -> bool:
    """What the service says when the bot takes long: not the answer yet."""
    return bool(message["author"] == "system" and not message.get("custom"))


def _outcome(said: list[JSON]) -> Outcome:
    """What a customer would call it."""
    kinds = {message.get("custom", {}).get("kind", "") for message in said}
    if any(kind.startswith("handoff_") for kind in kinds):
        return Outcome.HANDED_OVER
    if any(message.get("article") for message in said):
        return Outcome.ANSWERED
    bot = [message for message in said if message["author"] == "bot"]
    if not bot:
        return Outcome.SILENT
    return Outcome.CLARIFIED if any(message.get("buttons") for message in bot) else Outcome.DIALOGUE
