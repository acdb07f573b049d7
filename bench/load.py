"""Closed-loop load: each visitor asks, waits for the answer, asks again. The same for the system and its peer."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from bench.questions import Question

TURNS_PER_CONVERSATION = 10


class Talk(Protocol):
    """One conversation with a bot."""

    @property
    def with_bot(self) -> bool:
        """Whether the bot owns it still."""

    async def ask(self, text: str) -> float:
        """Say something; the seconds until the answer. Raises BenchError."""

    async def back_to_bot(self) -> None:
        """Leave whatever queue it came into."""

    async def step_out(self) -> None:
        """Be where a new customer is: in no queue, and asked for nothing."""

    async def close(self) -> None:
        """End it."""


class System(Protocol):
    """Something that answers."""

    name: str

    async def talk(self, http: aiohttp.ClientSession, language: str) -> Talk:
        """A new conversation in `language`."""


Sources = Mapping[str, Iterator[Question]]
"""What is asked, by language: a conversation keeps to one."""


@dataclass(frozen=True)
class Load:
    """What a load took: each turn in seconds, and all of it."""

    seconds: list[float]
    elapsed: float

    @property
    def turns_per_s(self) -> float:
        """Turns that were answered per second, the opening of conversations included."""
        return round(len(self.seconds) / self.elapsed, 1)


async def load(
    system: System, sources: Sources, *, turns: int, visitors: int, done: Callable[[], None] = lambda: None
) -> Load:
    """Ask `turns` questions from `visitors` conversations at a time, ten each before the next customer comes."""
    seconds: list[float] = []
    left = iter(range(turns))
    languages = itertools.cycle(sorted(sources))

    async def visitor(http: aiohttp.ClientSession) -> None:
        while True:
            language = next(languages)
            talk: Talk | None = None
            for _ in itertools.islice(left, TURNS_PER_CONVERSATION):
                talk = talk or await system.talk(http, language)
                seconds.append(await talk.ask(_next(sources, language).text))
                done()
                if not talk.with_bot:
                    break
            if talk is None:
                return
            await talk.close()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(visitors):
                group.create_task(visitor(http))
        return Load(seconds, time.perf_counter() - started)


async def one_long_conversation(
    system: System, source: Iterator[Question], *, turns: int, done: Callable[[], None] = lambda: None
) -> list[float]:
    """The seconds of each turn of one conversation. The customer leaves every queue, and cancels when the bot asks for
    an order number or the like: else its question would follow every answer."""
    seconds = []
    async with aiohttp.ClientSession() as http:
        talk = await system.talk(http, "en")
        for question in itertools.islice(source, turns):
            seconds.append(await talk.ask(question.text))
            await talk.step_out()
            done()
        await talk.close()
    return seconds


def _next(sources: Sources, language: str) -> Question:
    question = next(sources[language], None)
    if question is None:
        raise ValueError(f"there are not enough different questions in {language}: give a longer file")
    return question
