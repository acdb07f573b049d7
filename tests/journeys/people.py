"""People in real browsers: customers at the chat, and agents at their desks."""

import re

from playwright.async_api import Browser, Locator, Page, expect

from tests.journeys.system import System

PATIENT = 30_000  # ms


class Customer:
    """The demo page with its chat."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.chat = page.locator("front-door-chat")

    async def visit(self, url: str, opener: str) -> None:
        """Open the page, and the chat on it."""
        await self.page.goto(url)
        await self.page.get_by_role("button", name=opener, exact=True).first.click()

    async def say(self, text: str) -> None:
        """Type and send."""
        field = self.chat.get_by_role("textbox").last
        await field.fill(text)
        await field.press("Enter")

    async def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait for words in the chat."""
        await expect(self.chat.get_by_text(text).last).to_be_visible(timeout=PATIENT)

    async def rates(self, yes: str, score: int, send: str) -> None:
        """Say that it is solved, and give a score."""
        await self.chat.get_by_role("button", name=yes).click(timeout=PATIENT)
        await self.chat.get_by_role("radio").nth(score - 1).check(force=True, timeout=PATIENT)
        await self.chat.get_by_role("button", name=send).click()


class Seat:
    """Somebody's console, in a browser profile of its own. No script may complain."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @classmethod
    async def taken(cls, browser: Browser, system: System, login: str, password: str) -> "Seat":
        """Sign in in English and wait until the line is up."""
        context = await browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="en-GB", reduced_motion="reduce"
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENT)
        seat = cls(page, system.url)
        await page.goto(f"{system.url}/desk/")
        await page.get_by_label("User name").fill(login)
        await page.get_by_label("Password", exact=True).fill(password)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page.get_by_text("Live", exact=True)).to_be_attached(timeout=PATIENT)
        return seat

    @property
    def head(self) -> Locator:
        """The head of the open ticket."""
        return self.page.locator(".ticket-head")

    @property
    def timeline(self) -> Locator:
        """The conversation."""
        return self.page.get_by_role("region", name="Conversation")

    @property
    def box(self) -> Locator:
        """Where one writes."""
        return self.page.locator("#composer-text")

    @property
    def dialog(self) -> Locator:
        """What is asked before something happens."""
        return self.page.get_by_role("dialog")

    async def open(self, place: str) -> None:
        """A page or a ticket by its address."""
        await self.page.goto(f"{self.origin}/desk/#/{place}")

    async def key(self, key: str) -> None:
        """Leave the text box and press a key."""
        await self.page.keyboard.press("Escape")
        await self.page.keyboard.press(key)

    async def accept(self, words: str) -> None:
        """Wait for the offer with these words, and accept it by key."""
        await expect(self.page.locator(".offer-card", has_text=words)).to_be_visible(timeout=PATIENT)
        await expect(self.page.locator(".offer-card")).to_have_count(1, timeout=PATIENT)
        await self.key("y")
        await expect(self.head.get_by_text("Yours")).to_be_visible(timeout=PATIENT)

    async def reply(self, text: str) -> None:
        """Type, send with Enter, and wait until it is taken."""
        await self.box.fill(text)
        await self.box.press("Enter")
        await expect(self.timeline.get_by_text(text).last).to_be_visible(timeout=PATIENT)
        await expect(self.page.locator(".entry-pending")).to_have_count(0, timeout=PATIENT)

    async def resolve(self, code: str) -> None:
        """Resolve the open ticket with a wrap-up code."""
        await self.key("e")
        await self.dialog.get_by_label("Wrap-up code").select_option(code)
        await self.dialog.get_by_role("button", name="Resolve").click()
        await expect(self.dialog).to_have_count(0, timeout=PATIENT)

    async def leave(self) -> None:
        """Close the window."""
        await self.page.context.close()
        assert self.complaints == []
