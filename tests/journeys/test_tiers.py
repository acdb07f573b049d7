"""A morning at the desk: three agents of three tiers, their supervisor, ten customers, and what is in the books after.

Everything is real: Rasa, the service, and a browser profile for each agent and for three of the customers.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from connectors.message import Author
from storage import audit, messages, ticket_entries
from storage.database import Database
from storage.ticket_entries import MESSAGE, Entry
from storage.tickets import Ticket, find_ticket, internals_of
from tests.fakes.agent import Agent
from tests.fakes.visitor import Visitor
from tests.journeys.people import PATIENT, Customer, Seat
from tests.journeys.system import System

PASSWORD = "correct horse 9"
STAFF = {
    "mei": ("Wang Mei", "agent", ["front_line"]),
    "chen": ("陈宇", "agent", ["back_office"]),
    "zhang": ("Zhang Min", "senior", ["senior", "coordinator"]),
    "li": ("Li Na", "supervisor", []),
}
SKILLS = ["refunds", "technical", "sales", "records"]
HUMAN = {"en": "I want to talk to a person", "zh": "转人工"}
STATUS = re.compile(r"\S+/status/[\w-]{32}")
SLOW_S = 60.0


@dataclass
class Desk:
    """Who works here today, and the customers, by name."""

    system: System
    admin: Agent
    browser: Browser
    seats: dict[str, Seat] = field(default_factory=dict)
    visitors: dict[str, Visitor] = field(default_factory=dict)
    tickets: dict[str, str] = field(default_factory=dict)
    """Ids by customer."""

    async def ticket(self, name: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """A customer's ticket as the admin sees it, once it fits."""
        async with asyncio.timeout(SLOW_S):
            while True:
                found = (await self.admin.call("GET", f"tickets/{self.tickets[name]}"))["ticket"]
                if fits(found):
                    return found
                await asyncio.sleep(0.05)

    async def is_there(self, name: str, number: str) -> None:
        """Note the ticket of a customer by its number."""
        async with asyncio.timeout(SLOW_S):
            while name not in self.tickets:
                for ticket in (await self.admin.call("GET", "tickets?view=all"))["tickets"]:
                    if ticket["number"] == number:
                        self.tickets[name] = ticket["id"]

    async def asks_for_a_person(self, name: str, why: str) -> Visitor:
        """A visitor tells what it is about, and gets in line."""
        visitor = self.visitors[name]
        await visitor.say(why)
        if visitor.state.get("owner") == "bot":
            await visitor.until(lambda: _answered(visitor), within_s=SLOW_S, what="an answer")
        if visitor.state.get("owner") == "bot":
            await visitor.say(HUMAN[visitor.language])
        await visitor.until(lambda: visitor.state.get("ticket"), within_s=SLOW_S, what="a ticket")
        await self.is_there(name, visitor.state["ticket"])
        return visitor


@pytest_asyncio.fixture(loop_scope="session")
async def desk(system: System, agent: Agent, browser: Browser) -> AsyncIterator[Desk]:
    """Nothing waits; the agents sit at their consoles, and seven customers are at the chat."""
    for ticket in (await agent.call("GET", "tickets?view=all"))["tickets"]:
        if ticket["state"] == "queued":
            await agent.take(ticket["id"])
        await agent.call("POST", f"tickets/{ticket['id']}/resolve", note="")
    desk = Desk(system, agent, browser)
    async with AsyncExitStack() as stack:
        for login, (name, role, tiers) in STAFF.items():
            about = {"name": name, "role": role, "tiers": tiers, "skills": SKILLS, "capacity": 10}
            await agent.call("POST", "users", login=login, password=PASSWORD, **about)
            async with Agent(system.url, login, PASSWORD) as person:
                desk.seats[login] = await Seat.taken(browser, system, login, person.password)
        for number in range(3, 11):
            language = "zh" if number in (4, 7) else "en"
            visitor = Visitor(system.url, name=f"c{number}", language=language)
            desk.visitors[visitor.name] = await stack.enter_async_context(visitor)
        yield desk
    for seat in desk.seats.values():
        await seat.leave()


async def test_ten_customers_and_three_tiers(desk: Desk) -> None:
    """given agents of three tiers and ten customers, when they are answered, handed over, escalated, followed up and
    told, then each matter has one owner, nothing is lost or said twice, and everything is on the books.
    """
    await questions_are_answered_by_the_bot(desk)
    await the_back_office_is_asked_while_the_customer_is_kept(desk)
    await danger_goes_up_at_once(desk)
    await a_ticket_rests_and_comes_back(desk)
    await the_status_link_opens_it_again_with_the_same_agent(desk)
    await a_low_rating_is_followed_up(desk)
    await a_supervisor_whispers_and_takes_over(desk)
    await a_banner_is_repeated_by_the_bot(desk)
    await nothing_is_lost_and_everything_is_on_the_books(desk)


async def questions_are_answered_by_the_bot(desk: Desk) -> None:
    """Three customers need nobody."""
    for name, question in (
        ("c3", "How long does delivery take?"),
        ("c4", "多久能送到？"),
        ("c5", "How do I cancel my order?"),
    ):
        await desk.visitors[name].say(question)
    for name in ("c3", "c4", "c5"):
        visitor = desk.visitors[name]
        await visitor.until(lambda who=visitor: _articles(who), within_s=SLOW_S, what="an article")


async def the_back_office_is_asked_while_the_customer_is_kept(desk: Desk) -> None:
    """Ann, in a browser: offered, accepted by key, a canned reply, an internal ticket, its result, resolved, rated."""
    mei, chen = desk.seats["mei"], desk.seats["chen"]
    ann = Customer(await _page(desk, "en-GB"))
    await ann.visit(f"{desk.system.url}/?lang=en", "Chat with us")
    await ann.say("How long does delivery take?")
    await ann.sees("From our help centre")
    await ann.say(HUMAN["en"])
    await mei.accept("How long does delivery take?")
    await ann.sees("Wang Mei has joined")
    number = await mei.head.locator(".number").first.inner_text()
    await desk.is_there("c1", number.strip())
    judged = await desk.ticket("c1")
    assert (judged["tier"], judged["category"], judged["risk"]) == ("front_line", "delivery", "low")
    await mei.box.press_sequentially("/moment")
    found = mei.page.get_by_role("listbox", name="Canned replies").get_by_role("option")
    await expect(found).to_have_count(1, timeout=PATIENT)
    await mei.box.press("Enter")
    await expect(mei.box).to_have_value(re.compile("Thank you for waiting"))
    await mei.box.press("Enter")
    await ann.sees("Thank you for waiting")

    await mei.key("u")
    await mei.dialog.get_by_label("To which team").select_option("back_office")
    await mei.dialog.get_by_label("What was tried?").fill("Looked into the order: it has left.")
    await mei.dialog.get_by_label("What is asked?").fill("Where is the parcel now?")
    await mei.dialog.get_by_role("button", name="Escalate", exact=True).click()
    await expect(mei.head.get_by_text("Yours")).to_be_visible()
    await chen.accept("Where is the parcel now?")
    await expect(chen.head.get_by_text("Internal", exact=True)).to_be_visible()
    await chen.head.get_by_role("button", name="Give the result").click()
    await chen.dialog.get_by_label("Result", exact=True).fill("At the depot in Suzhou.")
    await chen.dialog.get_by_role("button", name="Give the result").click()
    await expect(mei.timeline.get_by_text("At the depot in Suzhou.")).to_be_visible(timeout=PATIENT)
    await mei.reply("Your parcel is in Suzhou and arrives tomorrow.")
    await ann.sees("arrives tomorrow")
    await mei.resolve("answered")
    await ann.rates("Yes, it’s solved", 5, "Send rating")
    await ann.sees("Thank you for your feedback")
    await desk.ticket("c1", lambda ticket: (ticket["rating"] or {}).get("score") == 5)


async def danger_goes_up_at_once(desk: Desk) -> None:
    """One is a matter for the senior tier from the start, another becomes one while somebody helps."""
    mei, zhang = desk.seats["mei"], desk.seats["zhang"]
    c7 = await desk.asks_for_a_person("c7", "你们的充电器烧起来了，我要起诉你们，还要报警！")
    await zhang.accept("起诉")
    await c7.sees("Zhang Min", author="system", within_s=SLOW_S)
    assert (await desk.ticket("c7"))["risk"] == "high"
    await zhang.reply("非常抱歉，请先断电，我马上处理。")
    await c7.sees("请先断电", within_s=SLOW_S)
    await zhang.resolve("answered")

    c8 = await desk.asks_for_a_person("c8", "Where is my refund?")
    await mei.accept("refund")
    await mei.reply("Let me look.")
    await c8.say("Enough. My lawyer will sue you, and I will call the police.")
    raised = await desk.ticket("c8", lambda ticket: ticket["tier"] == "senior")
    assert raised["escalations"] == 1
    await zhang.accept("refund")
    await c8.sees("Zhang Min has joined", within_s=SLOW_S)
    await zhang.reply("I am sorry. The refund is on its way.")
    await c8.sees("on its way", within_s=SLOW_S)
    await zhang.resolve("refund_made")


async def a_ticket_rests_and_comes_back(desk: Desk) -> None:
    """Snoozed until the customer writes, who does."""
    mei = desk.seats["mei"]
    c6 = await desk.asks_for_a_person("c6", "My kettle does not switch off")
    await mei.accept("kettle")
    await mei.reply("Please send me its serial number.")
    await mei.key("z")
    await expect(mei.dialog).to_be_visible()
    await mei.page.keyboard.press("1")
    await expect(mei.head.get_by_text("Until the customer writes")).to_be_visible()
    await c6.say("It is KT-5520")
    await expect(mei.timeline.get_by_text("the ticket is back")).to_be_visible(timeout=PATIENT)
    await mei.reply("A new one leaves today.")
    await mei.resolve("technical_fixed")
    await c6.sees("sorted out", within_s=SLOW_S)


async def the_status_link_opens_it_again_with_the_same_agent(desk: Desk) -> None:
    """On a phone, without a log-in."""
    mei = desk.seats["mei"]
    link = next(found.group() for line in desk.visitors["c6"].transcript if (found := STATUS.search(line)))
    context = await desk.browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, locale="en-GB")
    phone = await context.new_page()
    await phone.goto(link)
    await expect(phone.get_by_text("We think it is solved.")).to_be_visible(timeout=PATIENT)
    await phone.get_by_label("Tell us what is still wrong").fill("The new one leaks.")
    await phone.get_by_role("button", name="It isn't solved: open it again").last.click()
    await expect(phone.get_by_text("We are working on it.")).to_be_visible(timeout=PATIENT)
    await expect(mei.timeline.get_by_text("The new one leaks.").last).to_be_visible(timeout=PATIENT)
    again = await desk.ticket("c6", lambda ticket: ticket["state"] == "open")
    assert (again["reopened"], again["agent"]["name"]) == (1, "Wang Mei")
    await mei.reply("We refund it at once.")
    await mei.resolve("refund_made")
    await phone.get_by_role("button", name="Yes, it's solved").click(timeout=PATIENT)
    await desk.ticket("c6", lambda ticket: ticket["confirmed"] == "customer")
    await context.close()


async def a_low_rating_is_followed_up(desk: Desk) -> None:
    """Wang Fang, in a browser and in Chinese: an article with one key, one star, and the senior tier writes."""
    mei, zhang = desk.seats["mei"], desk.seats["zhang"]
    fang = Customer(await _page(desk, "zh-CN"))
    await fang.visit(f"{desk.system.url}/?lang=zh", "在线咨询")
    await fang.say("发票怎么开？")
    await fang.sees("来自帮助中心")
    await fang.say("转人工")
    await mei.accept("发票")
    await desk.is_there("c2", (await mei.head.locator(".number").first.inner_text()).strip())
    await fang.sees("Wang Mei 已接入")
    async with asyncio.timeout(SLOW_S):
        while not await mei.box.input_value():  # until the suggestions are there
            await mei.box.press("Alt+Digit1")
    await expect(mei.box).to_have_value(re.compile("发票"))
    await mei.box.press("Control+End")
    await mei.box.press("Enter")
    await expect(mei.timeline.locator(".entry-agent")).to_have_count(1, timeout=PATIENT)
    await mei.resolve("answered")
    await fang.rates("已解决", 1, "提交评价")
    await zhang.open("follow_ups")
    card = zhang.page.locator(".followup", has_text="Low rating")
    await card.get_by_role("button", name="Write to the customer").click(timeout=PATIENT)
    await expect(zhang.head.get_by_text("Yours")).to_be_visible()
    await zhang.reply("您好，我是高级客服，想了解一下哪里没有帮到您。")
    await fang.sees("哪里没有帮到您")
    await zhang.open("follow_ups")
    await zhang.page.locator(".followup").get_by_role("button", name="Done").click()
    await zhang.dialog.get_by_role("button", name="Done").click()
    await expect(zhang.page.get_by_text("Nobody is waiting to hear from us.")).to_be_visible(timeout=PATIENT)
    await zhang.open(f"mine/{desk.tickets['c2']}")
    await zhang.resolve("answered")


async def a_supervisor_whispers_and_takes_over(desk: Desk) -> None:
    """A new colleague is helped quietly, and relieved; another conversation goes back to the bot."""
    mei, li = desk.seats["mei"], desk.seats["li"]
    c10 = await desk.asks_for_a_person("c10", "Can I change the delivery address?")
    await mei.accept("delivery address")
    await li.open("wall")
    await expect(li.page.locator(".wall-people")).to_contain_text("Wang Mei")
    await li.open(f"all/{desk.tickets['c10']}")
    await li.head.get_by_role("button", name="More actions").click()
    await li.page.get_by_role("button", name="Whisper to Wang Mei").click()
    await li.dialog.get_by_label("What to say").fill("Ask for the order number first.")
    await li.dialog.get_by_role("button", name="Whisper").click()
    whispered = mei.page.locator(".toast", has_text="Li Na: Ask for the order number first.")
    await expect(whispered).to_be_visible(timeout=PATIENT)
    await mei.reply("What is your order number?")
    await li.head.get_by_role("button", name="More actions").click()
    await li.page.get_by_role("button", name="Take over this ticket").click()
    await li.dialog.get_by_role("button", name="Take over").click()
    await c10.sees("Li Na has joined", within_s=SLOW_S)
    await li.reply("Changed. It goes to your office.")
    await li.resolve("order_changed")
    await c10.sees("sorted out", within_s=SLOW_S)

    c9 = await desk.asks_for_a_person("c9", "Do you gift-wrap?")
    await mei.accept("gift-wrap")
    await mei.reply("We do, at no charge.")
    await mei.key("b")
    await mei.dialog.get_by_label("Briefing for the bot").fill("Told about gift-wrapping.")
    await mei.dialog.get_by_role("button", name="Return to bot").click()
    await c9.until(lambda: c9.state.get("owner") == "bot", within_s=SLOW_S, what="the bot")


async def a_banner_is_repeated_by_the_bot(desk: Desk) -> None:
    """Put up on the wall, said before the next answer, once; then taken down."""
    li, c3 = desk.seats["li"], desk.visitors["c3"]
    await li.open("wall")
    await li.page.get_by_label("In English").fill("Payments are down until noon.")
    await li.page.get_by_role("button", name="Tell everybody").click()
    await c3.until(lambda: c3.state.get("banners"), within_s=SLOW_S, what="the banner on the page")
    for question in ("How do I pay?", "How do I cancel my order?"):
        before = len(_articles(c3))
        await c3.say(question)
        await c3.until(lambda n=before: len(_articles(c3)) > n, within_s=SLOW_S, what="an article")
    assert len([line for line in c3.transcript if "Payments are down" in line]) == 1
    await li.page.get_by_role("button", name="End it").click()
    await c3.until(lambda: not c3.state.get("banners"), within_s=SLOW_S, what="the end of it")


OWNERS = {
    "c1": ["Wang Mei"],
    "c2": ["Wang Mei", "Zhang Min"],
    "c6": ["Wang Mei"],
    "c7": ["Zhang Min"],
    "c8": ["Wang Mei", "Zhang Min"],
    "c9": ["Wang Mei"],
    "c10": ["Wang Mei", "Li Na"],
}
"""Whose hands each matter went through. c3, c4 and c5 stayed with the bot."""
HAPPENED = {
    "c1": {"opened", "offered", "taken", "escalated", "internal_result", "resolved", "confirmed", "rated"},
    "c2": {"resolved", "rated", "followup_planned", "followup_done"},
    "c6": {"snoozed", "woken", "resolved", "reopened", "confirmed"},
    "c8": {"taken", "risk_raised", "escalated", "resolved"},
    "c9": {"taken", "returned"},
    "c10": {"taken", "taken_over", "resolved"},
}


async def nothing_is_lost_and_everything_is_on_the_books(desk: Desk) -> None:
    """Read from the database, beside the running service."""
    for visitor in desk.visitors.values():
        assert visitor.doubled == []
        assert sorted(visitor.messages) == list(range(1, len(visitor.messages) + 1))
    database = Database(f"sqlite:///{desk.system.root / 'var/frontdoor.db'}")
    try:
        for name, ticket_id in desk.tickets.items():
            ticket = await database.read(find_ticket, ticket_id)
            entries = await database.read(ticket_entries.timeline, ticket_id)
            assert ticket is not None
            assert _owners(entries) == OWNERS[name], name
            assert HAPPENED.get(name, set()) <= {entry.event for entry in entries}, name
            await _all_said(database, ticket, entries)
        assert set(desk.tickets) == set(OWNERS)
        internals = [await database.read(internals_of, desk.tickets[name]) for name in OWNERS]
        assert [len(found) for found in internals] == [1, 0, 0, 0, 0, 0, 0]
        assert (internals[0][0].agent_name, internals[0][0].state) == ("陈宇", "resolved")
        trail = await database.read(audit.page, limit=50)
        acts = {each.action for each in trail if each.agent_name == "Li Na"}
        assert {"ticket.whispered", "ticket.taken_over", "banner.put_up", "banner.taken_down"} <= acts
    finally:
        await database.close()


async def _all_said(database: Database, ticket: Ticket, entries: list[Entry]) -> None:
    """What people said is in the conversation and on the timeline, each once, by the same id."""
    conversation = await database.read(messages.after, ticket.conversation_id, 0)
    for author in (Author.AGENT, Author.CUSTOMER):
        told = [each.id for each in conversation if each.author is author and each.content.text]
        noted = [each.id for each in entries if each.kind == MESSAGE and each.author is author]
        assert sorted(noted) == sorted(told), (ticket.number, author)


def _owners(entries: list[Entry]) -> list[str]:
    """Whose hands a ticket went through, by its timeline: nobody takes what somebody has, only who has it speaks."""
    owner, owners = "", [""]
    for entry in entries:
        if entry.kind == MESSAGE and entry.author is Author.AGENT:
            assert entry.name == owner
        match entry.event:
            case "taken":
                assert owner == ""
                owner = entry.name
            case "taken_over":
                assert owner == entry.data["from"]
                owner = entry.name
            case "reopened":
                owner = owners[-1]
            case "returned" | "resolved":
                owner = ""
            case "escalated" if "internal" not in entry.data:  # else the customer was kept
                owner = ""
        if owner and owner != owners[-1]:
            owners.append(owner)
    return owners[1:]


def _articles(visitor: Visitor) -> list[str]:
    return [each["article"]["id"] for each in visitor.messages.values() if each.get("article")]


def _answered(visitor: Visitor) -> bool:
    """The last word is not the customer's, or a person is called."""
    last = visitor.messages[max(visitor.messages)] if visitor.messages else {"author": "customer"}
    return last["author"] != "customer" or visitor.state.get("owner") != "bot"


async def _page(desk: Desk, locale: str) -> Page:
    context = await desk.browser.new_context(viewport={"width": 1280, "height": 900}, locale=locale)
    return await context.new_page()
