"""A real browser at a real desk."""

import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.chromium import running_browser
from tests.console.office import Office, running_office
from tests.console.screen import Screen, open_screen


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all; each screen is a profile of its own."""
    async with running_browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def door() -> Iterator[socket.socket]:
    """Where one office after another listens: to the browser they are one, whose pages it has."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door


@pytest_asyncio.fixture(loop_scope="package")
async def office(tmp_path: Path, sqlite_template: Path, door: socket.socket) -> AsyncIterator[Office]:
    """A desk with an admin, Li Na, and an agent, Wang Wei."""
    shutil.copy(sqlite_template, tmp_path / "desk.db")
    async with running_office(tmp_path, door=door) as office:
        await office.person("li.na", "Li Na", role="admin")
        await office.person("wang.wei", "Wang Wei")
        yield office


@pytest_asyncio.fixture(loop_scope="package")
async def screen(browser: Browser, office: Office) -> AsyncIterator[Screen]:
    """Li Na's screen, signed in."""
    async with open_screen(browser, office, "li.na") as screen:
        yield screen


@pytest_asyncio.fixture(loop_scope="package")
async def colleague(browser: Browser, office: Office) -> AsyncIterator[Screen]:
    """Wang Wei's screen, signed in."""
    async with open_screen(browser, office, "wang.wei") as screen:
        yield screen
