"""The learning loop: what the bot could not answer, a colleague answers, and the bot answers the next customer."""

import asyncio
import itertools
import time

from tests.fakes.agent import JSON, Agent
from tests.fakes.visitor import Visitor
from tests.journeys.system import System

NUMBERS = itertools.count(1)
WITHIN_S = 5.0
QUESTION = "Do you rent out party tents?"
IN_OTHER_WORDS = ("How much does it cost to rent a party tent?", "租派对帐篷多少钱")


async def ticket_of(agent: Agent, question: str) -> JSON:
    """The ticket that waits with this question."""
    for _ in range(150):
        found = [each for each in await agent.queue() if question in (each["question"], each["summary"])]
        if found:
            return found[0]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no ticket about {question!r}")


async def answer_to(system: System, question: str) -> JSON:
    """What the bot answers a customer of its own."""
    async with Visitor(system.url, name=f"asks-{next(NUMBERS)}") as customer:
        await customer.say(question)
        await customer.until(lambda: 2 in customer.messages)
        return customer.messages[2]


async def test_a_colleagues_answer_is_the_bots_next_answer(system: System, agent: Agent) -> None:
    async with Visitor(system.url, name="asks-first") as first:
        await first.say(QUESTION)
        await first.until(lambda: len(first.messages) >= 2)
        assert all("article" not in message for message in first.messages.values()), first.transcript
        await first.say("I want to talk to a person")
        await first.sees("in line")
        ticket = await ticket_of(agent, QUESTION)
        await agent.take(ticket["id"])
        answer = (
            "Hello! Thank you for waiting. We rent out party tents for ¥88 a weekend. Book one two days before. "
            "Have a nice day!"
        )
        await agent.reply(ticket["id"], answer)
        await first.sees("¥88")
        await agent.call("POST", f"tickets/{ticket['id']}/resolve", note="")

    article = (await agent.call("POST", f"tickets/{ticket['id']}/article"))["article"]
    assert (await agent.call("POST", f"tickets/{ticket['id']}/article"))["article"] == article
    draft = (await agent.call("GET", f"knowledge/{article}"))["draft"]
    text = draft["content"]["texts"]["en"]
    assert text["title"] == QUESTION
    assert text["body"] == "We rent out party tents for ¥88 a weekend. Book one two days before."
    assert not [problem for problem in draft["problems"] if problem["error"]]
    assert [problem["field"] for problem in draft["problems"] if "zh" in problem["message"]], draft["problems"]

    assert "article" not in await answer_to(system, IN_OTHER_WORDS[0])  # it is a draft only

    replay = await agent.call("POST", f"knowledge/{article}/replay")
    assert replay["passes"], replay["changes"]
    better = {change["question"] for change in replay["changes"] if change["verdict"] == "better"}
    assert QUESTION in better
    assert replay["asked"] > 100  # of the shipped articles' own questions, too

    published = await agent.call("POST", f"knowledge/{article}/publish", note="", replay_id=replay["replay_id"])
    since = time.monotonic()
    assert published["versions"][0]["replay"]["worse"] == 0
    while (message := await answer_to(system, IN_OTHER_WORDS[0])).get("article", {}).get("id") != article:
        assert time.monotonic() - since < WITHIN_S, message
    assert time.monotonic() - since < WITHIN_S
    assert "¥88" in message["text"]

    async with Visitor(system.url, name="asks-in-chinese", language="zh") as chinese:
        await chinese.say(IN_OTHER_WORDS[1])
        message = await chinese.sees("¥88", author="bot")
        assert message["text"].startswith("这个问题目前只有英文说明")
