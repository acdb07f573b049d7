"""What an agent sees and does, in words."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.console.office import PASSWORD, Office

_profiles: defaultdict[tuple[Browser, str], list[BrowserContext]] = defaultdict(list)
"""Profiles to be used again, by the look of their windows."""
EXPECTED = "Failed to load resource"  # an answer with an error status, as many tests want it


@dataclass(kw_only=True)
class Screen:
    """One browser window at /desk/. `complaints` are script errors and violations of the content policy."""

    page: Page
    office: Office
    complaints: list[str] = field(default_factory=list)

    async def visit(self, hash_: str = "") -> None:
        """Open the console."""
        await self.page.goto(f"{self.office.origin}/desk/{hash_}")

    async def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """Fill the log-in page."""
        await self.page.get_by_label("User name").fill(login)
        await self.page.get_by_label("Password", exact=True).fill(password)
        await self.button("Sign in").click()

    def button(self, name: str) -> Locator:
        """A button by its exact name."""
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def rows(self) -> Locator:
        """The tickets of the list."""
        return self.page.locator(".ticket-row")

    @property
    def head(self) -> Locator:
        """The head of the open ticket."""
        return self.page.locator(".ticket-head")

    @property
    def timeline(self) -> Locator:
        """The conversation."""
        return self.page.get_by_role("region", name="Conversation")

    @property
    def context(self) -> Locator:
        """The pane on the right."""
        return self.page.get_by_role("complementary")

    @property
    def box(self) -> Locator:
        """Where one writes."""
        return self.page.locator("#composer-text")

    @property
    def live(self) -> Locator:
        """The sign that the line is up."""
        return self.page.get_by_text("Live", exact=True)

    def entry(self, text: str) -> Locator:
        """An entry of the conversation by a part of its text."""
        return self.timeline.locator(".entry", has_text=text)

    async def take(self, ticket_id: str) -> None:
        """Open a ticket and take it."""
        await self.visit(f"#/queue/{ticket_id}")
        await self.head.get_by_role("button", name="Take").click()
        await self.page.wait_for_url(f"**/desk/#/mine/{ticket_id}")
        await expect(self.head.get_by_text("Yours")).to_be_visible()

    async def reply(self, text: str) -> None:
        """Type and send with Enter."""
        await self.box.fill(text)
        await self.box.press("Enter")


@asynccontextmanager
async def open_screen(browser: Browser, office: Office, login: str = "", **context: Any) -> AsyncIterator[Screen]:
    """A new window; with `login` it is signed in. At the end no script may have complained."""
    async with _window(browser, office, **context) as page:
        page.set_default_timeout(10_000)
        screen = Screen(page=page, office=office)
        page.on("pageerror", lambda error: screen.complaints.append(str(error)))
        page.on("console", lambda message: _heard(screen, message.type, message.text))
        await screen.visit()
        if login:
            await screen.sign_in(login)
            await expect(screen.live).to_be_attached()
        yield screen
    assert screen.complaints == [], screen.complaints


@asynccontextmanager
async def _window(browser: Browser, office: Office, **about: Any) -> AsyncIterator[Page]:
    """A window in which nobody is signed in and nothing is kept. Its profile was another test's before: what the
    console's pages consist of is there already, so that most of a test's time is not their loading.
    """
    looks = {"locale": "en-GB", "viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"} | about
    profiles = _profiles[browser, repr(looks)]
    profile = profiles.pop() if profiles else await browser.new_context(**looks)
    page = await profile.new_page()
    session = await profile.new_cdp_session(page)
    kept = {"origin": office.origin, "storageTypes": "local_storage,indexeddb,cache_storage,service_workers"}
    await session.send("Storage.clearDataForOrigin", kept)
    await session.detach()
    try:
        yield page
    except BaseException:
        await profile.close()  # who knows what it holds
        raise
    for each in profile.pages:
        await each.close()
    await profile.clear_cookies()
    profiles.append(profile)


def _heard(screen: Screen, kind: str, text: str) -> None:
    if kind == "error" and EXPECTED not in text and "WebSocket connection" not in text:
        screen.complaints.append(text)
