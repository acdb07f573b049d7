"""A real browser at a real desk."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.conftest import absent
from tests.console.office import Office, running_office
from tests.console.screen import Screen, open_screen

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong

CHROMIUM = "/usr/bin/chromium"
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def chromium() -> str:
    """The browser's program."""
    if not Path(CHROMIUM).exists():
        absent("Chromium")
    return CHROMIUM


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for all; each screen is a profile of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="package")
async def office(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Office]:
    """A desk with an admin, Li Na, and an agent, Wang Wei."""
    shutil.copy(sqlite_template, tmp_path / "desk.db")
    async with running_office(tmp_path) as office:
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
