"""A customer who is gone leaves nothing in the service's memory: only the database knows of them."""

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from connectors.rates import Rate
from frontdoor.app import running
from tests.fakes.agent import Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.visitor import Visitor


@pytest.fixture
async def here(tmp_path: Path, rasa: ScriptedRasa) -> AsyncIterator[Installation]:
    """The service in this process, so that its memory can be looked into."""
    installation = Installation(tmp_path, rasa.url)
    await installation.prepare()
    async with running(installation.settings):
        yield installation


@pytest.fixture
async def agent(here: Installation) -> AsyncIterator[Agent]:
    async with Agent(here.url, "admin", ADMIN_PASSWORD) as agent:
        yield agent


def holders(name: str) -> Iterator[object]:
    """Containers in memory with a text in them that contains `name`; those of rates are emptied by themselves."""
    rates = {id(each._full_until) for each in gc.get_objects() if isinstance(each, Rate)}
    for each in gc.get_objects():
        if isinstance(each, dict | set | frozenset | list) and id(each) not in rates:
            texts = [*each.keys(), *each.values()] if isinstance(each, dict) else list(each)
            if any(isinstance(text, str) and name in text for text in texts):
                yield each


async def helped(here: Installation, agent: Agent, name: str) -> str:
    """A conversation from the first question to the solved ticket, all pages closed. Its id."""
    async with Visitor(here.url, name=name) as visitor:
        await visitor.say("how long does delivery take?")
        await visitor.sees("1–3 days")
        await visitor.say("human")
        await visitor.sees("in line")
        (ticket,) = await agent.queue()
        await agent.take(ticket["id"])
        await agent.reply(ticket["id"], "It is on its way.")
        await visitor.sees("on its way")
        await agent.call("POST", f"tickets/{ticket['id']}/resolve", note="")
        await visitor.until(lambda: visitor.state["state"] == "resolved")
        return str(visitor.state["id"])


async def over_rest(here: Installation, sender: str) -> None:
    """Another, by Rasa's REST protocol."""
    async with aiohttp.ClientSession(here.url) as http:
        body = {"sender": sender, "message": "how long does delivery take?"}
        async with http.post("/webhooks/rest/webhook", json=body) as response:
            assert "1–3 days" in await response.text()


async def test_nothing_stays_of_a_conversation(here: Installation, agent: Agent, rasa: ScriptedRasa) -> None:
    """given many conversations, then nothing is left of one in their midst: a statement's first values stay with it,
    and connections and threads hold what they did last."""
    ids = []
    for number in range(12):
        ids.append(await helped(here, agent, f"visitor-{number}"))
        await over_rest(here, f"sender-4711-{number}")
    rasa.forget_turns()
    midst = ids[3], "sender-4711-3"
    ids.clear()
    gc.collect()
    assert [held for name in midst for held in holders(name)] == []
