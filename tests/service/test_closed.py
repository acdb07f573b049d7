"""Outside opening hours: a ticket at once, and when to expect an answer."""

import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.fakes.agent import Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.visitor import Visitor

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(("language", "words"), [("en", "at 09:00"), ("zh", "09:00 上线")])
async def test_the_customer_hears_when_the_desk_opens(
    tmp_path: Path, rasa: ScriptedRasa, language: str, words: str
) -> None:
    """given a desk that opens in two days, when a customer wants a human, then they get a ticket and the time."""
    opening = datetime.datetime.now(ZONE) + datetime.timedelta(days=2)
    installation = Installation(tmp_path, rasa.url, hours={f"{opening:%a}".lower(): ["09:00-12:00"]})
    await installation.prepare()
    await installation.start()
    try:
        async with (
            Visitor(installation.url, language=language) as visitor,
            Agent(installation.url, "admin", ADMIN_PASSWORD) as agent,
        ):
            await visitor.act("human")
            told = await visitor.sees(words)
            opens_at = datetime.datetime.fromtimestamp(told["custom"]["opens_at"] / 1000, ZONE)
            assert told["custom"]["kind"] == "handoff_closed"
            assert (opens_at.date(), opens_at.hour) == (opening.date(), 9)
            assert [ticket["number"] for ticket in await agent.queue()] == [told["custom"]["number"]]
    finally:
        await installation.stop()
