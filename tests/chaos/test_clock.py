"""The clock is set while people talk: no message is lost or stuck, and nobody is thought to have left."""

from pathlib import Path

import pytest
import yaml

from bench.soak.page import Page
from tests.chaos.crowd import Crowd
from tests.fakes.agent import Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation

HOUR_S = 3600
SOON_S = 30  # much less than any jump


@pytest.mark.parametrize("hours", [(2, -1), (-2, 3)])
async def test_people_talk_while_the_clock_is_set(
    installation: Installation, crowd: Crowd, tmp_path: Path, hours: tuple[int, int]
) -> None:
    """given customers with the bot, in the queue and with an agent, when the clock jumps to and fro, then all goes on,
    over a restart as well.
    """
    tiers = installation.root / "tiers.yml"  # promises go by the clock that is set, so nothing is to follow from them
    tiers.write_text(yaml.safe_dump(yaml.safe_load(tiers.read_text()) | {"escalation": []}, sort_keys=False))
    clock = tmp_path / "clock"
    clock.write_text("0")
    await installation.start(clock=clock)
    waiting, served, *_ = crowd.pages
    crowd.say()
    await crowd.answered()
    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        served.say("a human please")
        assert await served.until(lambda: served.state["state"] == "queued")
        ticket = str((await agent.queue())[0]["id"])
        await agent.take(ticket)
        waiting.say("a human please")
        assert await waiting.until(lambda: waiting.state["state"] == "queued")

        for jump in hours:
            clock.write_text(str(jump * HOUR_S))
            crowd.say()
            await crowd.heard()
            await agent.reply(ticket, f"It is {jump} o'clock.")
            await _sees(served, f"It is {jump} o'clock.")
            for page in crowd.pages[2:]:
                await _sees(page, f"You said: message {crowd.said} of {page.name}")
        await installation.kill()
        clock.write_text("0")
        await installation.start(clock=clock)
        crowd.say()
        await crowd.heard()
        assert waiting.state["state"] == "queued"
        assert served.state["owner"] == "agent"
        await agent.call("POST", f"tickets/{ticket}/return", briefing="")
        assert await served.until(lambda: served.state["owner"] == "bot")
        waiting.act("leave_queue")
        assert await waiting.until(lambda: waiting.state["owner"] == "bot")
    account = await crowd.account(*(f"It is {jump} o'clock." for jump in hours))
    assert account.wrong == []
    assert (account.sent, account.handoffs, account.tickets) == (22, 2, 2)


async def _sees(page: Page, text: str) -> None:
    assert await page.until(lambda: any(message["text"] == text for message in page.shown.values()), SOON_S), text
