"""Articles from the console, with real Rasa: what is published answers on every worker within seconds."""

import asyncio
import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from frontdoor.programs import bot_environment, rasa_python
from frontdoor.settings import Settings, load
from tests.conftest import free_port
from tests.fakes.agent import JSON, Agent
from tests.fakes.visitor import Visitor
from tests.journeys.system import System

WITHIN_S = 5.0

GIFTS = "Do you wrap things up as a present?"

WORKER = """
import json, sys
from bot import library
library.follow_edits()
base = library.knowledge_base()
for question in sys.stdin:
    exact = base.exact(question.strip())
    article = exact and base.article(exact)
    print(json.dumps([article.id, article.text("en").body] if article else None), flush=True)
"""


class Worker:
    """A further process with the index of the bot. `service` is where it asks what was published."""

    def __init__(self, system: System, service: str) -> None:
        settings: Settings = load(system.root, os.environ)
        environment = {
            **os.environ,
            **bot_environment(settings),
            "FRONTDOOR_INTERNAL_URL": service,
            "FRONTDOOR_INTERNAL_TOKEN": settings.keys.internal_token.get_secret_value(),
        }
        self._process = subprocess.Popen(
            [str(rasa_python()), "-c", WORKER], env=environment, cwd=system.root, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def knows(self, question: str) -> tuple[str, str] | None:
        """Id and English text of the article whose question this is."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{question}\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        return (found[0], found[1]) if found else None

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def another_worker(system: System, service: str = "") -> Iterator[Worker]:
    """Beside the Rasa that runs."""
    worker = Worker(system, service or system.url)
    try:
        yield worker
    finally:
        worker.stop()


def content(body: str) -> JSON:
    text = {"title": GIFTS, "questions": ["gift paper", "wrap it as a present"], "body": body}
    chinese = {"title": "可以包装成礼物吗？", "questions": ["礼品包装", "包起来送人"], "body": "可以，5 元。"}
    return {"category": "orders", "texts": {"en": text, "zh": chinese}}


async def publish(agent: Agent, article_id: str, body: str) -> int:
    """Draft and publish; the new version."""
    path = f"knowledge/{article_id}"
    listed = {each["id"]: each for each in (await agent.call("GET", "knowledge"))["articles"]}
    base = listed[article_id]["version"] if article_id in listed else 0
    await agent.call("PUT", f"{path}/draft", content=content(body), base=base, note="")
    shown = await agent.call("POST", f"{path}/publish", accept=True, note="for the journey")
    return int(shown["version"])


async def asked(system: System, question: str) -> JSON:
    """What the bot says to a new customer."""
    async with Visitor(system.url, name="curious") as visitor:
        await visitor.say(question)

        def answers() -> list[JSON]:
            return [each for _, each in sorted(visitor.messages.items()) if each["author"] == "bot"]

        await visitor.until(answers, within_s=60, what="an answer")
        return answers()[-1]


async def until_said(system: System, question: str, expected: str | None) -> None:
    """Asks until the answer contains `expected`, or no longer is the article for None."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        said = await asked(system, question)
        article = (said.get("article") or {}).get("id")
        if (article != "gift-wrapping") if expected is None else (expected in said["text"]):
            return
        assert time.monotonic() < deadline, said
        await asyncio.sleep(0.3)


async def until_known(worker: Worker, question: str, expected: str | None) -> None:
    deadline = time.monotonic() + WITHIN_S
    while True:
        known = await asyncio.to_thread(worker.knows, question)
        if (known is None) if expected is None else (known is not None and expected in known[1]):
            return
        assert time.monotonic() < deadline, known
        await asyncio.sleep(0.3)


@pytest.fixture
def clean_up(system: System) -> Iterator[None]:
    """Other journeys have the articles of the files."""
    yield
    asyncio.run(_as_before(system))


async def _as_before(system: System) -> None:
    system.wait_until_ready(60)
    async with Agent(system.url, "admin", system.admin_password) as agent:
        for each in (await agent.call("GET", "knowledge", filter="console"))["articles"]:
            if each["source"] == "console" and each["state"] == "published":
                await agent.call("POST", f"knowledge/{each['id']}/withdraw", accept=True, note="the end of the journey")


async def test_what_is_published_answers_on_every_worker(system: System, agent: Agent) -> None:
    """given two processes of the bot, when an article is published, corrected, rolled back and withdrawn, then both
    say so within seconds.
    """
    with another_worker(system) as worker:
        assert worker.knows(GIFTS) is None
        assert await publish(agent, "gift-wrapping", "We wrap for ¥5.") == 1
        await until_said(system, GIFTS, "¥5")
        await until_known(worker, GIFTS, "¥5")
        assert await publish(agent, "gift-wrapping", "We wrap for ¥55.") == 2
        await until_said(system, GIFTS, "¥55")
        await until_known(worker, GIFTS, "¥55")
        await agent.call("POST", "knowledge/gift-wrapping/rollback", to=1, note="a slip")
        await until_said(system, GIFTS, "¥5.")
        await until_known(worker, GIFTS, "¥5.")
        await agent.call("POST", "knowledge/gift-wrapping/withdraw", accept=True, note="no more")
        await until_said(system, GIFTS, None)
        await until_known(worker, GIFTS, None)


async def test_what_is_published_survives_the_death_of_service_and_bot(
    system: System, agent: Agent, clean_up: None
) -> None:
    """given a published article, when everything dies, then the bot that is started again has it; so has one that
    cannot reach the service.
    """
    await publish(agent, "gift-wrapping", "We wrap for ¥7.")
    await until_said(system, GIFTS, "¥7")
    for program in ("frontdoor", "rasa"):
        system.kill(program)
    await asyncio.to_thread(system.wait_until_ready, 60)
    said = await asked(system, GIFTS)
    assert "¥7" in said["text"]
    with another_worker(system, f"http://127.0.0.1:{free_port()}") as worker:
        assert await asyncio.to_thread(worker.knows, GIFTS) == ("gift-wrapping", "We wrap for ¥7.")
