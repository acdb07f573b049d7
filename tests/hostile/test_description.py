"""The service keeps to its own description (web/api/openapi.yml), whatever is sent: Schemathesis tries.

No answer is a failure of the service, each has a status, a type and a form that the description names, other methods
are 405, and what needs a session is refused without one.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.installation import Installation
from tests.fakes.rasa import ScriptedRasa
from tests.hostile.attacker import Attacker

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNLIMITED = dict.fromkeys(("frames_per_10s", "sessions_per_ip_per_min", "requests_per_ip_per_min"), 1_000_000)
PROGRAM = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@pytest_asyncio.fixture(loop_scope="session")
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """A service that has time for as many requests as one likes."""
    async with ScriptedRasa() as rasa:
        installation = Installation(tmp_path, rasa.url, limits=UNLIMITED)
        await installation.prepare()
        await installation.start()
        yield installation.url
        await installation.stop()
        assert "Traceback" not in installation.log, installation.log[-3000:]


async def tried(url: str, folder: Path, *options: str) -> tuple[int | None, str]:
    """Run Schemathesis; its exit code and what it said."""
    async with Attacker(url) as visitor:
        token = await visitor.session()
    command = [*PROGRAM, "--config-file", str(CONFIGURATION), "run", f"{url}/api/v1/openapi.json", *options]
    command += ["--header", f"Authorization: Bearer {token}", "--continue-on-failure", "--no-color"]
    program = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await program.communicate()
    return program.returncode, said.decode(errors="replace")


async def test_every_operation_is_as_described(url: str, tmp_path: Path) -> None:
    code, said = await tried(url, tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", "15")
    assert code == 0, said


@pytest.mark.slow
async def test_every_operation_is_as_described_again_and_again(url: str, tmp_path: Path) -> None:
    code, said = await tried(url, tmp_path, "--max-examples", "300")
    assert code == 0, said
