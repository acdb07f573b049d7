"""`kill -9` at any moment: every message that was acknowledged is answered, once, in order."""

import asyncio
import random
from collections import Counter

import pytest

from storage import work
from storage.database import Database
from tests.fakes.agent import Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.visitor import Visitor

VISITORS, MESSAGES = 8, 12


@pytest.mark.parametrize("seed", [1, 2])
async def test_killing_the_service_loses_and_doubles_nothing(
    installation: Installation, rasa: ScriptedRasa, seed: int
) -> None:
    """given eight customers who write, when the service is killed again and again, then all are answered once."""
    chance = random.Random(seed)
    rasa.delay_s = 0.02

    async def chat(number: int) -> Visitor:
        async with Visitor(installation.url, name=f"visitor{number}") as visitor:
            for index in range(MESSAGES):
                await visitor.say(f"message {number}/{index}")
                await asyncio.sleep(random.Random(number * 100 + index).uniform(0, 0.25))
            await visitor.until(
                lambda: len([text for text in visitor.transcript if text.startswith("bot:")]) >= MESSAGES, within_s=60
            )
            return visitor

    async def kill() -> None:
        for _ in range(4):
            await asyncio.sleep(chance.uniform(0.2, 0.7))
            await installation.kill()
            await installation.start()

    *visitors, _ = await asyncio.gather(*(chat(number) for number in range(VISITORS)), kill())

    for number, visitor in enumerate(visitors):
        customer = [text for text in visitor.transcript if text.startswith("customer:")]
        bot = [text for text in visitor.transcript if text.startswith("bot:")]
        assert customer == [f"customer: message {number}/{index}" for index in range(MESSAGES)]
        assert bot == [f"bot: You said: message {number}/{index}" for index in range(MESSAGES)]
        assert sorted(visitor.messages) == list(range(1, 2 * MESSAGES + 1))
    database = Database(installation.settings.database_url)
    assert await database.read(work.counts) == {"pending": 0, "dead": 0}
    await database.close()


async def test_killing_the_service_opens_one_ticket_for_each_handoff(installation: Installation) -> None:
    async def ask(number: int) -> str:
        async with Visitor(installation.url, name=f"visitor{number}") as visitor:
            await visitor.say("human please")
            queued = await visitor.sees("in line for a colleague", within_s=60)
            return str(queued["custom"]["number"])

    async def kill() -> None:
        for _ in range(3):
            await asyncio.sleep(0.15)
            await installation.kill()
            await installation.start()

    *numbers, _ = await asyncio.gather(*(ask(number) for number in range(10)), kill())
    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        queue = Counter(ticket["number"] for ticket in await agent.queue())
    assert queue == Counter(numbers)


async def test_a_reply_that_the_agent_saw_accepted_reaches_the_customer(installation: Installation) -> None:
    async with Visitor(installation.url) as visitor:
        await visitor.say("human")
        await visitor.sees("in line")
        async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
            ticket_id = str((await agent.queue())[0]["id"])
            await agent.take(ticket_id)
            await agent.reply(ticket_id, "I am on it.")
            await installation.kill()
        await installation.start()
        await visitor.sees("I am on it.", author="agent")
        assert len([text for text in visitor.transcript if text == "agent: I am on it."]) == 1


async def test_a_dead_bot_is_waited_for(installation: Installation, rasa: ScriptedRasa) -> None:
    async with Visitor(installation.url) as visitor:
        rasa.status = 503
        await visitor.say("hello")
        await asyncio.sleep(1)
        await installation.kill()
        rasa.status = 200
        await installation.start()
        await visitor.sees("You said: hello")
        assert [text.partition(":")[0] for text in visitor.transcript].count("bot") == 1
