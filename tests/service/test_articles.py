"""Articles in the running service: what the bot is told, and that no crash leaves half a publication."""

from typing import Any

import aiohttp
import pytest

from tests.fakes.agent import JSON, Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation

ARTICLE = "knowledge/gift-wrapping"
CONTENT = {
    "category": "orders",
    "texts": {"en": {"title": "Do you wrap gifts?", "questions": ["gift paper"], "body": "For ¥5."}},
}

UNTRIED: JSON = {"accept": True, "note": "new"}
"""For what is done without a bot that could replay."""


async def told(installation: Installation, **params: Any) -> JSON:
    """What a bot is told."""
    token = installation.settings.keys.internal_token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(installation.url, headers=headers) as http,
        http.get("/internal/v1/knowledge", params=params) as response,
    ):
        assert response.status == 200, await response.text()
        answer: JSON = await response.json()
        return answer


async def save(agent: Agent, base: int = 0) -> JSON:
    return await agent.call("PUT", f"{ARTICLE}/draft", content=CONTENT, base=base, note="")


async def publish(agent: Agent) -> JSON:
    return await agent.call("POST", f"{ARTICLE}/publish", **UNTRIED)


async def test_a_bot_is_told_what_was_published_since(installation: Installation) -> None:
    empty = await told(installation)
    assert (empty["revision"], empty["changes"], empty["complete"]) == (0, [], True)
    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        await save(agent)
        shown = await publish(agent)
        first = await told(installation, after=0, log=empty["log"])
        change = {"id": "gift-wrapping", "state": "published", "content": shown["content"]}
        assert (first["revision"], first["changes"]) == (1, [change])
        assert await told(installation, after=1, log=empty["log"]) == {
            "log": empty["log"], "revision": 1, "complete": False, "more": False, "changes": [],
        }  # fmt: skip
        await agent.call("POST", f"{ARTICLE}/withdraw", **UNTRIED)
    second = await told(installation, after=1, log=empty["log"])
    assert second["changes"] == [{"id": "gift-wrapping", "state": "withdrawn", "content": None}]


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic x"])
async def test_nobody_else_is_told(installation: Installation, token: str) -> None:
    async with (
        aiohttp.ClientSession(installation.url, headers={"Authorization": token} if token else {}) as http,
        http.get("/internal/v1/knowledge") as response,
    ):
        assert response.status == 401


@pytest.mark.parametrize("after", ["-1", "x", "1e3", "9" * 30])
async def test_a_number_is_a_number(installation: Installation, after: str) -> None:
    token = installation.settings.keys.internal_token.get_secret_value()
    async with (
        aiohttp.ClientSession(installation.url, headers={"Authorization": f"Bearer {token}"}) as http,
        http.get("/internal/v1/knowledge", params={"after": after}) as response,
    ):
        assert response.status == 400


SAVE, DROP = "desk/knowledge.py: save", "desk/knowledge.py: drop"
PUBLISH, ROLL_BACK = "desk/publishing.py: publish", "desk/publishing.py: roll_back"
WITHDRAW = "desk/publishing.py: withdraw"


OFTEN = [PUBLISH, *(pytest.param(site, marks=pytest.mark.slow) for site in (SAVE, WITHDRAW, ROLL_BACK, DROP))]


@pytest.mark.parametrize("when", ["inside", "after"])
@pytest.mark.parametrize("site", OFTEN)
async def test_a_crash_leaves_all_of_a_step_or_nothing(installation: Installation, site: str, when: str) -> None:
    """given a service that dies within or right after a write, when it is back, then the step is done or not begun, the
    bot is told the same, and the person who repeats it gets there.
    """
    await installation.stop()
    await installation.start(crash_at=f"{site} | {when}")
    cut_off = False
    steps: tuple[tuple[str, Any], ...] = (
        (SAVE, save),
        (PUBLISH, publish),
        (WITHDRAW, lambda agent: agent.call("POST", f"{ARTICLE}/withdraw", **UNTRIED)),
        (ROLL_BACK, lambda agent: agent.call("POST", f"{ARTICLE}/rollback", to=1, **UNTRIED)),
        (SAVE, lambda agent: save(agent, base=3)),
        (DROP, lambda agent: agent.call("DELETE", f"{ARTICLE}/draft")),
    )
    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        for name, step in steps:
            before = await _state(agent)
            try:
                await step(agent)
            except (aiohttp.ClientError, OSError):
                assert (name, cut_off) == (site, False)
                cut_off = True
                await installation.crashed()
                await installation.start()
                done = await _state(agent) != before
                assert done == (when == "after")
                if not done:
                    await step(agent)
    assert cut_off
    async with Agent(installation.url, "admin", f"{ADMIN_PASSWORD}-changed") as agent:
        article = await agent.call("GET", ARTICLE)
        assert [each["action"] for each in article["versions"]] == ["rolled_back", "withdrawn", "published"]
        assert article["draft"] is None
        (change,) = (await told(installation))["changes"]
        assert (change["state"], change["content"]) == ("published", article["content"])


async def _state(agent: Agent) -> tuple[object, object]:
    listed = (await agent.call("GET", "knowledge"))["articles"]
    if not listed:
        return 0, None
    article = await agent.call("GET", ARTICLE)
    return article["version"], article["draft"] and article["draft"]["at"]
