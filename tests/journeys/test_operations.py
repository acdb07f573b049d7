"""What operators rely on: the desk switch, logs without text, an edited article that answers at once."""

import asyncio
import re

from tests.fakes.agent import Agent
from tests.fakes.visitor import Visitor
from tests.journeys.system import System


async def test_a_desk_that_is_off_gives_an_honest_handoff(system: System, agent: Agent) -> None:
    await asyncio.to_thread(system.command, "desk", "off")
    async with Visitor(system.url, language="zh", name="desk-off") as visitor:
        await visitor.say("转人工")
        offline = await visitor.sees("暂时联系不上人工客服系统", within_s=30)
        reference = offline["custom"]["reference"]
        assert all(ticket["number"] != reference for ticket in await agent.queue())
        await visitor.say("多久能送到？")
        await visitor.until(lambda: any(message.get("article") for message in visitor.messages.values()))
        await asyncio.to_thread(system.command, "desk", "on")
        queued = await visitor.sees("您排在第", within_s=60)
        assert queued["custom"]["number"] == reference
        assert [ticket["number"] for ticket in await agent.queue()].count(reference) == 1


async def test_no_log_holds_what_was_said(system: System) -> None:
    secret = "my card is 4111 1111 1111 1111 and my dog is called Bartholomew"
    async with Visitor(system.url, name="private") as visitor:
        await visitor.say(secret)
        await visitor.until(lambda: len(visitor.messages) > 1, within_s=30)
        await visitor.say("HL2026110101, bartholomew@example.com")
        await visitor.until(lambda: len(visitor.messages) > 3, within_s=30)
    for program in ("frontdoor", "rasa", "actions"):
        assert not re.search("bartholomew|4111 1111", system.log(program), re.IGNORECASE), program
    assert "Bartholomew" not in system.screen


async def test_an_edited_article_answers_within_seconds(system: System) -> None:
    """given a running bot, when an article changes, then it answers with the new text, untrained."""
    path = system.root / "data" / "kb" / "contact" / "opening-hours.en.md"
    path.write_text(path.read_text().rpartition("---\n")[0] + "---\nWe are open **around the clock** from today.\n")
    await asyncio.sleep(5)
    async with Visitor(system.url, name="editor") as visitor:
        await visitor.say("What are your opening hours?")
        await visitor.sees("around the clock", within_s=30)
