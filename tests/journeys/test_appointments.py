"""A visit booked and cancelled in the chat, with the real bot, its actions and the service."""

import re

from playwright.async_api import BrowserContext, expect

from tests.fakes.agent import Agent
from tests.journeys.conftest import photograph
from tests.journeys.system import System
from tests.journeys.test_first_light import PATIENT, Customer


async def test_a_visit_is_booked_and_cancelled(window: BrowserContext, system: System, agent: Agent) -> None:
    """given a customer in the chat, when they choose a time, then they have an .ics, a ticket, and may cancel it."""
    customer = Customer(await window.new_page())
    await customer.visit(f"{system.url}/?lang=en", "Chat with us")
    await customer.say("I want to book a technician visit")
    await customer.sees("When may our technician come?")
    await photograph(customer.page, "widget-appointment-en")
    await customer.chat.get_by_role("button", name=re.compile(r"\d+ \w{3} 13:00–17:00")).first.click()
    await customer.sees("Where shall the technician come?")
    await customer.say("1 Lake Road, flat 3, Hangzhou")
    await customer.sees("Which phone number shall we call?")
    await customer.say("13800138000")
    await customer.sees("Shall I book it?")
    await customer.chat.get_by_role("button", name="Book it").click()
    await customer.sees("Booked: a technician comes to 1 Lake Road, flat 3, Hangzhou")
    await expect(customer.chat.get_by_role("link", name="visit.ics")).to_be_visible(timeout=PATIENT)
    await customer.sees("Is there anything else I can do for you?")
    tickets = (await agent.call("GET", "tickets?view=queue"))["tickets"]
    (ticket,) = [each for each in tickets if each["reason"] == "appointment"]
    packet = (await agent.call("GET", f"tickets/{ticket['id']}"))["packet"]
    assert (packet["slots"]["address"], packet["slots"]["phone"]) == ("1 Lake Road, flat 3, Hangzhou", "13800138000")
    await customer.say("please cancel my appointment")
    await customer.sees("is cancelled")
    await agent.take(ticket["id"])
    await agent.call("POST", f"tickets/{ticket['id']}/resolve", note="cancelled by the customer")
