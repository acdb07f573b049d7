"""The storm: many conversations at once, and programs that are killed at moments that chance chooses."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp

from bench.questions import different, phrasings
from bench.soak.accounts import Account, Stored, audit
from bench.soak.colleague import Colleague
from bench.soak.customer import Customer
from bench.soak.page import Page
from bench.soak.settling import Installed, is_ready, settled, until

COLLEAGUES = 4


class Target(Installed, Protocol):
    """An installation whose programs are started again when they die."""

    def kill(self, program: str) -> bool:
        """`kill -9`; False when it is not running just then."""


@dataclass(frozen=True, kw_only=True)
class Weather:
    """What is to happen. `victims` are killed in random order, each `pause_s` (at least, at most) after the one before
    has recovered, or, with the probability `impatience`, before it has. Visits begin until there were so many
    `conversations` and all victims have died, but not after `minutes`.
    """

    seed: int
    conversations: int
    at_once: int = 50
    victims: tuple[str, ...] = ("service",) * 6 + ("rasa",) * 4 + ("actions",) * 3
    pause_s: tuple[float, float] = (1.0, 6.0)
    impatience: float = 0.25
    minutes: float = 3.5


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How it went: the account, the kills by program, and the seconds it took."""

    account: Account
    kills: Counter[str]
    seconds: float


async def storm(
    target: Target, weather: Weather, knowledge: Path, admin: tuple[str, str], told: Callable[[], None]
) -> Outcome:
    """Play all conversations while programs die, wait until everything is done, and account for it. `told` is called
    after each visit; `admin` is the name and password of who can add colleagues.
    """
    started, chance = time.monotonic(), random.Random(weather.seed)  # noqa: S311 - repeatable on purpose
    kills: Counter[str] = Counter()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        desk = await _desk(stack, target.url, admin, chance)
        working = [asyncio.create_task(each.work(), name=each.login) for each in desk]
        dying = asyncio.create_task(_kill(http, target, weather, chance, kills), name="killer")
        pages = await _visits(stack, http, target.url, weather, knowledge, dying, told)
        await _ended(dying)
        await settled(http, target, pages)
        await _ended(*working)
    replies = [text for each in desk for texts in each.replies.values() for text in texts]
    account = audit(Stored.read(target.database), pages, replies)
    return Outcome(account=account, kills=kills, seconds=time.monotonic() - started)


async def _desk(stack: AsyncExitStack, url: str, admin: tuple[str, str], chance: random.Random) -> list[Colleague]:
    """Colleagues who have just been given an account, signed in."""
    first = await stack.enter_async_context(Colleague(url, *admin, chance))
    names = [f"colleague-{number}" for number in range(1, COLLEAGUES + 1)]
    password = f"patience-in-{chance.randrange(10**9)}"
    for name in names:
        await first.add(name, password)
    return [await stack.enter_async_context(Colleague(url, name, password, chance)) for name in names]


async def _visits(
    stack: AsyncExitStack, http: aiohttp.ClientSession, url: str, weather: Weather, knowledge: Path,
    dying: asyncio.Task[None], told: Callable[[], None],
) -> list[Page]:  # fmt: skip
    """All visits; the pages, which stay open."""
    pages: list[Page] = []
    questions = {
        language: (each for each in different(phrasings(knowledge), weather.seed) if each.language == language)
        for language in ("en", "zh")
    }
    deadline = time.monotonic() + weather.minutes * 60
    numbers = itertools.count(1)

    async def visit_after_visit() -> None:
        for number in numbers:
            if time.monotonic() > deadline or (number > weather.conversations and dying.done()):
                return
            chance = random.Random(f"{weather.seed}/{number}")  # noqa: S311
            language = chance.choice(("en", "zh"))
            page = await stack.enter_async_context(Page(http, url, language, f"seed{weather.seed}-{number:03}"))
            pages.append(page)
            await Customer(page, chance, questions[language]).live()
            told()

    async with asyncio.TaskGroup() as group:
        for _ in range(weather.at_once):
            group.create_task(visit_after_visit())
    return pages


async def _kill(
    http: aiohttp.ClientSession, target: Target, weather: Weather, chance: random.Random, kills: Counter[str]
) -> None:
    """One victim after the other."""
    for program in chance.sample(weather.victims, len(weather.victims)):
        if chance.random() >= weather.impatience:
            await until(lambda: is_ready(http, target))
        await asyncio.sleep(chance.uniform(*weather.pause_s))
        kills[program] += target.kill(program)


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks that run without end; re-raises what one of them failed with before."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
