"""The service as a process of its own, a scripted Rasa, and customers who account for every message."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.crowd import Crowd
from tests.fakes.installation import Installation
from tests.fakes.rasa import ScriptedRasa


@pytest.fixture
async def rasa() -> AsyncIterator[ScriptedRasa]:
    async with ScriptedRasa() as rasa:
        yield rasa


@pytest.fixture
async def installation(tmp_path: Path, rasa: ScriptedRasa) -> AsyncIterator[Installation]:
    installation = Installation(tmp_path, rasa.url)
    await installation.prepare()
    yield installation
    await installation.stop()


@pytest.fixture
async def crowd(installation: Installation) -> AsyncIterator[Crowd]:
    async with Crowd(installation) as crowd:
        yield crowd
