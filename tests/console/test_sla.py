"""What agents see of promises: how long they have, and that it runs out."""

import re

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import Connection, update

from desk.sla_watch import SlaWatch
from storage.sla import clocks_of_one, sla_clock
from tests.console.office import Office
from tests.console.scenes import handoff
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

MINUTE = 60_000
MOMENTS = ("started_at", "running_since", "due_at", "warns_at", "look_at")


async def _passed(office: Office, ticket_id: str, minutes: int) -> None:
    """The ticket has been there longer, and the desk has looked."""

    def move(tx: Connection) -> None:
        earlier = {name: sla_clock.c[name] - minutes * MINUTE for name in MOMENTS}
        tx.execute(update(sla_clock).where(sla_clock.c.ticket_id == ticket_id).values(**earlier))

    await office.db.write(move)
    desk = office.service
    await SlaWatch(desk.db, desk.bus, desk.acting, desk.policy, desk.clock).run()


async def test_a_promise_runs_out_before_everyones_eyes(browser: Browser, screen: Screen, office: Office) -> None:
    # Given a ticket that a supervisor and an agent with the Chinese console see
    ticket_id = await office.open(handoff(urgency="normal", reference="FD-SLA001"))
    first, _ = await office.db.read(clocks_of_one, ticket_id)
    promised = first.target // MINUTE
    await screen.visit(f"#/queue/{ticket_id}")
    chip = screen.head.locator(".badge", has_text="Reply")
    await expect(chip).to_have_text(f"Reply in {promised} mins")
    await expect(screen.rows.locator(".badge-success", has_text=f"Reply in {promised} mins")).to_be_visible()
    await expect(chip).to_have_attribute("title", re.compile("Due .*: first response"))
    # When its time is nearly up
    await _passed(office, ticket_id, promised - 1)
    # Then it turns amber and the supervisor is told
    await expect(screen.page.locator(".toast")).to_contain_text("FD-SLA001")
    await expect(screen.page.locator(".toast")).to_contain_text("first response is due at")
    await expect(screen.head.locator(".badge-warn", has_text="Reply in 1 min")).to_be_visible()
    await expect(screen.timeline).to_contain_text("Time is running out")
    # And when it is up, red, in words too, and on a narrow Chinese screen as well
    await _passed(office, ticket_id, 10)
    await expect(screen.head.locator(".badge-danger", has_text="late")).to_be_visible()
    await expect(screen.page.locator(".toast-error")).to_contain_text("first response is overdue")
    await expect(screen.timeline).to_contain_text(f"Promise not kept: first response within {promised} mins")
    await office.person("zhang.min", "张敏", language="zh")
    phone = {"width": 400, "height": 800}
    async with open_screen(browser, office, viewport=phone, color_scheme="dark") as narrow:
        await narrow.sign_in("zhang.min")
        await expect(narrow.rows.locator(".badge-danger", has_text=re.compile("回复超时(9|10)分钟"))).to_be_visible()
