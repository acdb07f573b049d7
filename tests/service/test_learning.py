"""The learning loop in the running service: from customers' questions to a draft, through any crash."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.fakes.agent import JSON, Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa_learning import LearningRasa
from tests.fakes.visitor import Visitor

LOOK = "frontdoor/gaps.py: _keep"
NOTE, SAVE = "frontdoor/learning.py: draft_begun", "desk/knowledge.py: save"
DISMISS = "frontdoor/learning.py: dismiss"
OFTEN = [NOTE, *(pytest.param(each, marks=pytest.mark.slow) for each in (LOOK, SAVE, DISMISS))]
PAINT = ("please paint kettles yellow", "could someone paint kettles yellow")
COINS = ("please accept golden coins", "could someone accept golden coins")


@pytest.fixture
async def rasa() -> AsyncIterator[LearningRasa]:
    async with LearningRasa(delivery_times="How long does delivery take") as rasa:
        rasa.unanswered = True
        yield rasa


async def ask(installation: Installation, *texts: str) -> None:
    """Each by a customer of their own."""
    for number, text in enumerate(texts):
        async with Visitor(installation.url, name=f"visitor-{number}") as visitor:
            await visitor.say(text)
            await visitor.until(lambda visitor=visitor: 2 in visitor.messages)


async def drafts(agent: Agent) -> list[str]:
    return [each["id"] for each in (await agent.call("GET", "knowledge?filter=drafts"))["articles"]]


async def test_what_customers_asked_in_vain_becomes_a_draft(installation: Installation) -> None:
    await ask(installation, *PAINT, "what a lovely day")
    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        (gap,) = (await agent.call("POST", "knowledge/learning"))["gaps"]
        assert sorted(gap["examples"]) == sorted(PAINT)
        assert gap["nearest"] is not None
        article = (await agent.call("POST", f"knowledge/gaps/{gap['id']}/draft"))["article"]
        assert await drafts(agent) == [article]
        (again,) = (await agent.call("GET", "knowledge/learning"))["gaps"]
        assert (again["id"], again["draft"]) == (gap["id"], article)


@pytest.mark.parametrize("when", ["inside", "after"])
@pytest.mark.parametrize(
    "site", [NOTE, *(pytest.param(each, marks=pytest.mark.slow) for each in (LOOK, SAVE, DISMISS))]
)
async def test_a_crash_leaves_one_draft_and_no_gap_is_lost(installation: Installation, site: str, when: str) -> None:
    """given a service that dies within or right after a write, when the person repeats what was not answered, then
    there is one draft, and the other gap is dismissed.
    """
    await ask(installation, *PAINT, *COINS)
    await installation.stop()
    await installation.start(crash_at=f"{site} | {when}")
    cut_off = 0

    async def patiently(agent: Agent, method: str, path: str) -> JSON:
        nonlocal cut_off
        try:
            return await agent.call(method, path)
        except (aiohttp.ClientError, OSError):
            cut_off += 1
            await installation.crashed()
            await installation.start()
            return await agent.call(method, path)

    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        found = (await patiently(agent, "POST", "knowledge/learning"))["gaps"]
        first, second = sorted(found, key=lambda gap: "yellow" not in gap["label"])
        article = (await patiently(agent, "POST", f"knowledge/gaps/{first['id']}/draft"))["article"]
        await patiently(agent, "POST", f"knowledge/gaps/{second['id']}/dismiss")
        assert cut_off == 1
        assert await drafts(agent) == [article]
        (left,) = (await agent.call("POST", "knowledge/learning"))["gaps"]
        assert (left["id"], left["draft"]) == (first["id"], article)


async def test_a_publication_is_gated_by_what_it_changes(installation: Installation) -> None:
    """given an article that takes another one's question, when it is published, then it is refused until a supervisor
    says why, and the version tells what the replay found."""
    taken = "How long does delivery take overnight"
    content = {"category": "x", "texts": {"en": {"title": taken, "questions": [], "body": "One night."}}}
    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        await agent.call("PUT", "knowledge/later-in-the-alphabet/draft", content=content, base=0, note="")
        with pytest.raises(AssertionError, match="replay_failed"):
            await agent.call("POST", "knowledge/later-in-the-alphabet/publish", note="")
        replay = await agent.call("POST", "knowledge/later-in-the-alphabet/replay")
        assert [(change["question"], change["verdict"]) for change in replay["changes"]] == [
            ("How long does delivery take", "worse"),
            (taken, "better"),
        ]
        done = await agent.call("POST", "knowledge/later-in-the-alphabet/publish", note="both are asked", accept=True)
        (version,) = done["versions"]
        assert (version["replay"]["worse"], version["note"]) == (1, "both are asked")
