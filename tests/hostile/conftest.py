"""One installation under siege: the real service, a scripted Rasa, and a bystander whose conversation goes on."""

import itertools
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.fakes.agent import Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.visitor import Visitor
from tests.hostile.attacker import Attacker

LIMITS = {
    "request_s": 4,
    "connections_per_ip": 40,
    "requests_per_ip_per_min": 600,
    "file_bytes": 200_000,
    "file_bytes_per_day": 500_000,
    "files_per_hour": 5,
}
PROXY = "127.0.0.9"
GROWTH_MB = 150
"""What the service may take on top of its memory at the start, whatever happens."""


class Siege:
    """What is attacked. `expect` notes a refusal that must be found in the metrics at the end of the group."""

    def __init__(self, installation: Installation, rasa: ScriptedRasa, bystander: Visitor, agent: Agent) -> None:
        self.installation, self.rasa, self.bystander, self.agent = installation, rasa, bystander, agent
        self.url = installation.url
        self.expected: Counter[tuple[str, str]] = Counter()
        self._numbers = itertools.count(1)
        self.memory_at_start = installation.memory_mb

    def expect(self, entrance: str, reason: str) -> None:
        """One more refusal."""
        self.expected[entrance, reason] += 1

    async def refused(self) -> dict[tuple[str, str], int]:
        """What the metrics say was refused."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/metrics") as response:
            text = await response.text()
        found = re.findall(r'^frontdoor_refused_total\{entrance="(.*)",reason="(.*)"\} (\S+)$', text, re.MULTILINE)
        return {(entrance, reason): int(float(count)) for entrance, reason, count in found}

    async def stands(self) -> None:
        """Everything is as it was for others, and what was refused has been counted."""
        word = f"still here {next(self._numbers)}"
        await self.bystander.say(word)
        await self.bystander.sees(f"You said: {word}")
        assert self.bystander.doubled == []
        assert self.bystander.errors == []
        assert self.installation.memory_mb < self.memory_at_start + GROWTH_MB
        counted = await self.refused()
        missing = {key: count for key, count in self.expected.items() if counted.get(key, 0) < count}
        assert not missing, f"not counted: {missing}; counted: {counted}"
        assert "Traceback" not in self.installation.log, self.installation.log[-3000:]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def siege(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Siege]:
    async with ScriptedRasa() as rasa:
        root: Path = tmp_path_factory.mktemp("siege")
        proxies = [f"{PROXY}/32"]
        installation = Installation(root, rasa.url, limits=LIMITS, trusted_proxies=proxies, logs={"level": "debug"})
        await installation.prepare()
        await installation.start()
        try:
            async with (
                Visitor(installation.url, name="bystander") as bystander,
                Agent(installation.url, "admin", ADMIN_PASSWORD) as agent,
            ):
                await bystander.say("hello")
                await bystander.sees("You said: hello")
                yield Siege(installation, rasa, bystander, agent)
        finally:
            await installation.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def _nobody_else_is_harmed(siege: Siege) -> AsyncIterator[None]:
    yield
    await siege.stands()


@pytest_asyncio.fixture(loop_scope="session")
async def attacker(siege: Siege) -> AsyncIterator[Attacker]:
    async with Attacker(siege.url) as attacker:
        yield attacker
