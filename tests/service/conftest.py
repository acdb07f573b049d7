"""The service as a process of its own, with a scripted Rasa at the wire."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.agent import Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa


@pytest.fixture
async def rasa() -> AsyncIterator[ScriptedRasa]:
    async with ScriptedRasa() as rasa:
        yield rasa


@pytest.fixture
async def installation(tmp_path: Path, rasa: ScriptedRasa) -> AsyncIterator[Installation]:
    (tmp_path / "data" / "kb").mkdir(parents=True)
    installation = Installation(tmp_path, rasa.url)
    await installation.prepare()
    await installation.start()
    yield installation
    await installation.stop()


@pytest.fixture
async def agent(installation: Installation) -> AsyncIterator[Agent]:
    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        yield agent
