"""A real Request Tracker behind the whole system: from a question in the chat to an answer out of its own pages."""

import json
import re
import time
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import pytest_asyncio
import yaml
from playwright.async_api import Browser, BrowserContext, Page, expect

from frontdoor.programs import rasa_python
from tests.conftest import absent
from tests.fakes.desks.request_tracker import RequestTrackerBench
from tests.fakes.servers.gateway import Gateway
from tests.fakes.servers.request_tracker import AGENT, AGENT_PASSWORD, RequestTracker
from tests.journeys.conftest import photograph
from tests.journeys.people import PATIENT, Customer
from tests.journeys.system import System

SOON_S = 3.0
REFERENCE = re.compile(r"FD-[A-Z0-9]+")


class Colleague:
    """Somebody at Request Tracker's own pages."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    async def signs_in(self, ticket_id: str) -> None:
        """By the address of a ticket."""
        await self.page.goto(f"{self.url}/Ticket/Display.html?id={ticket_id}")
        await self.page.locator("input[name=user]").fill(AGENT)
        await self.page.locator("input[name=pass]").fill(AGENT_PASSWORD)
        await self.page.get_by_role("button", name="Login").click()
        await expect(self.page.get_by_text("Ticket metadata")).to_be_visible(timeout=PATIENT)

    async def acts(self, action: str, words: str) -> None:
        """Choose from the menu "Actions", type, and send."""
        address = await self.page.locator("#page-menu a", has_text=action).first.get_attribute("href")
        await self.page.goto(f"{self.url}{address}")
        await self.page.frame_locator("iframe.cke_wysiwyg_frame").locator("body").fill(words, timeout=PATIENT)
        await self.page.locator("input[name=SubmitTicket]").click()
        await expect(self.page.locator(".results")).to_be_visible(timeout=PATIENT)


@pytest.fixture(scope="module")
def tracker() -> Iterator[RequestTracker]:
    with RequestTracker() as server:
        yield server


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, tracker: RequestTracker) -> Iterator[System]:
    """A running installation whose humans work in Request Tracker."""
    if not rasa_python().exists():
        absent("Rasa's environment (make setup)")
    system = System(tmp_path_factory.mktemp("helpdesk"))
    desk = {"url": tracker.url, "token": tracker.token, "queue": "Support", "poll_s": 0.5}
    desks = {"request_tracker": desk, "routes": [{"desk": "request_tracker"}]}
    (system.root / "desks.yml").write_text(yaml.safe_dump(desks))
    system.start()
    yield system
    system.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def office(tracker: RequestTracker) -> AsyncIterator[RequestTrackerBench]:
    """What can be read in Request Tracker by its interface."""
    async with aiohttp.ClientSession() as session:
        yield RequestTrackerBench(tracker, Gateway(tracker.url), session)


async def test_a_customer_is_helped_out_of_request_tracker(
    browser: Browser, window: BrowserContext, system: System, tracker: RequestTracker, office: RequestTrackerBench
) -> None:
    """given a company that works in Request Tracker, when a customer wants a human, then a ticket with everything is
    there, and what its people write and do on their own pages reaches the customer at once.
    """
    customer = Customer(await window.new_page())
    await customer.visit(f"{system.url}/?lang=en", "Chat with us")
    await customer.say("How long does delivery take? 多久？")
    await customer.sees("From our help centre")
    await customer.say("I want to talk to a person")
    await customer.sees("is with our team")

    told = await customer.chat.get_by_text("is with our team").last.inner_text()
    reference = REFERENCE.findall(told)[0]
    (ticket_id,) = await office.tickets_of(reference)
    shown = await office.shown(ticket_id)
    for part in (f"[{reference}] ", "How long does delivery take? 多久？", "I want to talk to a person"):
        assert part in shown
    ((name, data),) = (await office.files(ticket_id)).items()
    packet = json.loads(data)
    assert (name, packet["reference"]) == (f"handoff-{reference}.json", reference)
    assert "How long does delivery take? 多久？" in packet["transcript"][0].values()

    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    mei = Colleague(await context.new_page(), tracker.url)
    await mei.signs_in(ticket_id)
    await expect(mei.page.get_by_text("How long does delivery take? 多久？").last).to_be_visible(timeout=PATIENT)
    await photograph(mei.page, "request-tracker-ticket")
    await mei.acts("Reply", "Three days 三天. I'll look after it 😀")
    written = time.monotonic()
    await customer.sees("Three days 三天. I'll look after it 😀")
    assert time.monotonic() - written < SOON_S
    await photograph(customer.page, "widget-request-tracker")

    await customer.say("Wonderful, thank you!")
    await customer.sees("Wonderful, thank you!")
    await mei.page.goto(f"{tracker.url}/Ticket/Display.html?id={ticket_id}")
    await _until_shown(mei.page, "Wonderful, thank you!")
    await mei.acts("Resolve", "Delivered.")
    await customer.rates("Yes, it’s solved", 5, "Send rating")
    await customer.sees("Thank you for your feedback")
    await _until_shown(mei.page, "5 of 5")
    assert await office.resolved(ticket_id)
    assert "Delivered." not in await customer.chat.inner_text()
    assert tracker.mails == []
    await context.close()


async def _until_shown(page: Page, words: str) -> None:
    """Reload a ticket's page until its history has the words."""
    deadline = time.monotonic() + PATIENT / 1000
    while not await page.get_by_text(words).count():
        assert time.monotonic() < deadline, f"{words!r} never stood in the ticket"
        await page.wait_for_timeout(200)
        await page.reload()
