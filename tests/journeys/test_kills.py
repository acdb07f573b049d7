"""`kill -9` of each program in the middle of a conversation: it goes on, and every message is accounted for."""

import asyncio

import pytest

from tests.fakes.agent import Agent
from tests.fakes.visitor import Visitor
from tests.journeys.system import System

QUESTIONS = (
    ("How long does delivery take?", "delivery-times"),
    ("多久能送到？", "delivery-times"),
    ("How do I cancel my order?", "order-cancel"),
)


@pytest.mark.parametrize("program", ["rasa", "actions", "frontdoor"])
async def test_the_conversation_goes_on(system: System, program: str) -> None:
    """given a conversation, when a program is killed after each message, then each gets its article once."""
    async with Visitor(system.url, name=f"kill-{program}") as visitor:
        for question, _ in QUESTIONS:
            await visitor.say(question)
            await asyncio.sleep(0.05)
            system.kill(program)
            await visitor.until(
                lambda asked=question: _answered(visitor, asked), within_s=60, what=f"an answer to {question!r}"
            )
            await asyncio.to_thread(system.wait_until_ready, 60)
        articles = [m["article"]["id"] for _, m in sorted(visitor.messages.items()) if m.get("article")]
        assert articles == [article for _, article in QUESTIONS]
        assert len([m for m in visitor.messages.values() if m["author"] == "customer"]) == len(QUESTIONS)
        assert sorted(visitor.messages) == list(range(1, len(visitor.messages) + 1))


async def test_a_handoff_survives_the_death_of_everything(system: System, agent: Agent) -> None:
    async with Visitor(system.url, name="kill-all") as visitor:
        await visitor.say("I want to talk to a person")
        for program in ("rasa", "actions", "frontdoor"):
            system.kill(program)
        await visitor.until(lambda: visitor.state.get("state") == "queued", within_s=90)
        number = visitor.state["ticket"]
        await asyncio.to_thread(system.wait_until_ready, 60)
        tickets = [ticket for ticket in await agent.queue() if ticket["number"] == number]
        assert len(tickets) == 1
        await agent.take(str(tickets[0]["id"]))
        await agent.reply(str(tickets[0]["id"]), "Here I am.")
        await visitor.sees("Here I am.", author="agent")


def _answered(visitor: Visitor, question: str) -> bool:
    asked = [seq for seq, message in visitor.messages.items() if message["text"] == question]
    return bool(asked) and any(message.get("article") for seq, message in visitor.messages.items() if seq > asked[0])
