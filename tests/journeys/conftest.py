"""The whole system, real in every part: Rasa, actions, service, and a browser."""

import inspect
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from frontdoor.programs import rasa_python
from tests.chromium import running_browser
from tests.conftest import absent
from tests.fakes.agent import Agent
from tests.journeys.system import System


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs Rasa; one event loop for all, so that they share one browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.rasa)
            if inspect.iscoroutinefunction(getattr(item, "function", None)):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running installation that all journeys share."""
    if not rasa_python().exists():
        absent("Rasa's environment (make setup)")
    system = System(tmp_path_factory.mktemp("system"))
    system.start()
    yield system
    system.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def agent(system: System) -> AsyncIterator[Agent]:
    """The admin, signed in, whose password was changed at the first log-in."""
    async with Agent(system.url, "admin", system.admin_password) as agent:
        system.admin_password = agent.password
        yield agent


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with running_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
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
