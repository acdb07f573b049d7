"""The store cannot be written for a while: nothing is acknowledged that is not on disk, and nothing is lost."""

import asyncio
import contextlib
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.chaos.crowd import Crowd
from tests.conftest import absent
from tests.fakes.agent import Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa

SMALL = "24m"
BUSY_S = 7.0  # longer than the service waits for a lock


@asynccontextmanager
async def locked(database: Path) -> AsyncIterator[None]:
    """Somebody else writes and does not come to an end."""
    other = sqlite3.connect(database, isolation_level=None, timeout=30)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


async def status(url: str) -> int:
    """Of a GET."""
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return response.status


async def test_a_locked_database_is_waited_for(installation: Installation, crowd: Crowd) -> None:
    await installation.start()
    crowd.say()
    await crowd.answered()
    async with locked(installation.database):
        crowd.say()
        crowd.say()
        await asyncio.sleep(BUSY_S)
        assert all(len(page.acks) == 1 for page in crowd.pages)
        assert await status(f"{installation.url}/healthz") == 200
        assert await status(f"{installation.url}/readyz") == 503
    await crowd.answered()
    account = await crowd.account()
    assert account.wrong == []
    assert (account.sent, account.answered) == (15, 15)


async def test_a_turn_that_ends_while_the_database_is_locked_is_answered_once(
    installation: Installation, rasa: ScriptedRasa, crowd: Crowd
) -> None:
    """given messages that the bot is thinking about, when its answers cannot be stored, then they are later."""
    await installation.start()
    rasa.delay_s = 1.0
    crowd.say()
    await crowd.heard()
    async with locked(installation.database):
        await asyncio.sleep(BUSY_S)
    await crowd.answered()
    account = await crowd.account()
    assert account.wrong == []
    assert (account.sent, account.answered) == (5, 5)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "var"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)]
    mounted = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if mounted.returncode:
        absent(f"the right to mount a small file system ({mounted.stderr.strip()})")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Nothing can be written while the block runs."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size):
                    pass
    yield
    filler.unlink()


async def test_a_full_disk_loses_nothing(small_disk: Path, installation: Installation, crowd: Crowd) -> None:
    """given a disk that fills up, then nobody is told a message has arrived until there is room for it again."""
    await installation.start()
    crowd.say()
    await crowd.answered()
    with full(small_disk):
        for _ in range(20):
            crowd.say("a message that needs room, " * 50)
        await asyncio.sleep(3)
        heard = [len(page.acks) for page in crowd.pages]
        assert all(count < 21 for count in heard), heard
        assert await status(f"{installation.url}/healthz") == 200
        await installation.kill()
    await installation.start()
    await crowd.answered()
    account = await crowd.account()
    assert account.wrong == []
    assert (account.sent, account.answered) == (105, 105)


async def test_an_agent_on_a_full_disk_is_told_and_says_it_again(
    small_disk: Path, installation: Installation, crowd: Crowd
) -> None:
    await installation.start()
    crowd.say("a human please")
    await crowd.answered()
    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        tickets = [str(ticket["id"]) for ticket in await agent.queue()]
        for ticket in tickets:
            await agent.take(ticket)
        with full(small_disk):
            refused = await _reply(agent, tickets[0], "Here I am.")
            assert refused in {200, 503}
        assert await _reply(agent, tickets[0], "Here I am.") == 200
        for ticket in tickets:
            await agent.call("POST", f"tickets/{ticket}/return", briefing="")
    account = await crowd.account("Here I am.")
    assert account.wrong == []
    assert (account.handoffs, account.tickets) == (5, 5)


async def _reply(agent: Agent, ticket: str, text: str) -> int:
    try:
        await agent.call("POST", f"tickets/{ticket}/messages", client_id="reply-000001", text=text)
    except AssertionError as refused:
        return int(refused.args[0][0])
    return 200
