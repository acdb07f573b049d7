"""The whole system, real in every part: Rasa, actions, service, and a browser."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from frontdoor.programs import rasa_python
from tests.conftest import absent
from tests.fakes.agent import Agent
from tests.journeys.system import System

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs Rasa."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.rasa)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running installation that all journeys share."""
    if not rasa_python().exists():
        absent("Rasa's environment (make setup)")
    system = System(tmp_path_factory.mktemp("system"))
    system.start()
    yield system
    system.stop()


@pytest.fixture
async def agent(system: System) -> AsyncIterator[Agent]:
    """The admin, signed in, whose password was changed at the first log-in."""
    async with Agent(system.url, "admin", system.admin_password) as agent:
        system.admin_password = agent.password
        yield agent


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    if not CHROMIUM.exists():  # noqa: ASYNC240 - once, before anything runs
        absent("Chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        await browser.close()


@pytest.fixture
async def window(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser profile of its own; no page may complain."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce"
    )
    yield context
    await context.close()


def photographs() -> Path | None:
    """Where pictures for the docs are kept, when `FRONTDOOR_SCREENSHOTS` names a folder."""
    folder = os.environ.get("FRONTDOOR_SCREENSHOTS")
    return Path(folder) if folder else None


async def photograph(page: Page, name: str) -> None:
    """Keep a picture for the docs."""
    if folder := photographs():
        await page.wait_for_timeout(500)
        await page.screenshot(path=folder / f"{name}.png")
