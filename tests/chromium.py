"""The browser of the tests: Chromium without windows, as Debian packs it by itself; a page takes it half as long."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright, expect

from tests.conftest import absent

PROGRAMS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """A headless Chromium. Fails in CI where there is none, skips elsewhere."""
    program = next((each for each in PROGRAMS if each.exists()), None)
    if program is None:
        absent("Chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        await browser.close()
