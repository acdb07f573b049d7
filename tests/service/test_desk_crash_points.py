"""Killed exactly there, behind the scenes: at every commit boundary of a case that goes through many hands."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yaml

from tests.fakes.agent import JSON, Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.visitor import Visitor
from tests.service.test_crash_points import BEHIND_THE_SCENES, WATCHED, PatientAgent, nothing_left

HOUR_MS = 3_600_000
CASE = Counter(
    {
        "opened": 1, "offered": 1, "taken": 1, "escalated": 1, "internal_result": 1, "followup_planned": 1,
        "snoozed": 1, "woken": 1, "linked": 1, "merged_in": 1, "resolved": 1,
    }
)  # fmt: skip


@pytest.fixture
async def desk(tmp_path: Path, rasa: ScriptedRasa) -> AsyncIterator[Installation]:
    installation = Installation(tmp_path, rasa.url)
    await installation.prepare()
    await installation.start()
    async with Agent(installation.url, "admin", ADMIN_PASSWORD):
        pass  # signed in once, so that the password is the person's own
    await installation.stop()
    yield installation
    await installation.stop()


def promising_six_seconds(desk: Installation) -> None:
    """From its next start on, first responses are late after six seconds, and nothing else brings a ticket up."""
    path = desk.root / "tiers.yml"
    tiers = yaml.safe_load(path.read_text())
    soon = {"calendar": "always"} | dict.fromkeys(("urgent", "high", "normal", "low"), 0.1)
    tiers["sla"] = (tiers.get("sla") or {}) | {"first_response": soon}
    tiers["escalation"] = [{"when": {"sla_breached": ["first_response"]}, "because": {"en": "late", "zh": "超时"}}]
    path.write_text(yaml.safe_dump(tiers, allow_unicode=True, sort_keys=False))


async def killed_and_started(desk: Installation, point: str) -> "asyncio.Task[None]":
    """The service runs until it dies at the point, and is started again."""
    await desk.start(crash_at=point)

    async def again() -> None:
        await desk.crashed()
        await desk.start(crash_at="nowhere | after")  # with the same short intervals

    return asyncio.create_task(again())


@contextlib.asynccontextmanager
async def at_the_console(agent: Agent) -> AsyncIterator[None]:
    """An agent whose console is open, and opens again whenever the service is back: somebody to offer tickets to."""

    async def stay() -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async for _ in await agent.socket():
                    pass
            await asyncio.sleep(0.05)

    staying = asyncio.create_task(stay())
    yield
    staying.cancel()
    await asyncio.gather(staying, return_exceptions=True)


async def asked_for(visitor: Visitor, agent: PatientAgent, known: tuple[str, ...] = ()) -> str:
    """A customer asks for a human; the id of the ticket, once it waits."""
    await visitor.say("human please")
    await visitor.sees("in line", within_s=60)
    found = await agent.until(
        "tickets?view=queue", lambda listed: [each for each in listed["tickets"] if each["id"] not in known]
    )
    return str(found[0]["id"])


def _events(detail: JSON) -> Counter[str]:
    return Counter(entry["event"] for entry in detail["timeline"] if entry["kind"] == "event")


def points(sites: tuple[str, ...], *always: str) -> list[object]:
    """Both sides of each commit; `always` in every run, all of them in the soak test."""
    found = [f"{site} | {when}" for site in sites for when in ("inside", "after")]
    return [pytest.param(point, marks=() if point in always else pytest.mark.slow) for point in found]


@pytest.mark.parametrize("point", points(BEHIND_THE_SCENES, "desk/acting.py: escalate | after"))
async def test_a_case_of_many_hands_survives_a_crash(desk: Installation, point: str) -> None:
    """given a case that is offered, asked about, put off and merged, when the service is killed at one point of it,
    then each of these has happened once, and one agent has it.
    """
    again = await killed_and_started(desk, point)
    async with (
        Agent(desk.url, "admin", f"{ADMIN_PASSWORD}-changed") as signed_in,
        Visitor(desk.url, name="li") as visitor, Visitor(desk.url, name="li-on-the-phone") as other,
    ):  # fmt: skip
        agent = PatientAgent(signed_in)
        async with at_the_console(signed_in):
            ticket_id = await asked_for(visitor, agent)
            ticket = f"tickets/{ticket_id}"
            await agent.until(ticket, lambda found: _events(found)["offered"])
            await agent.call("POST", f"{ticket}/take")
        await agent.call("POST", f"{ticket}/messages", client_id="reply-000001", text="I am on it.")
        wish = {"client_id": "wish-000001", "tier": "back_office", "tried": "Looked at it.", "asked": "Please change."}
        await agent.call("POST", f"{ticket}/escalate", **wish)
        (internal,) = (await agent.call("GET", f"{ticket}/linked"))["internals"]
        behind = f"tickets/{internal['id']}"
        await agent.call("POST", f"{behind}/take")
        await agent.call("POST", f"{behind}/result", client_id="result-000001", text="Changed.", done=True)
        tomorrow = int(time.time() * 1000) + 24 * HOUR_MS
        await agent.call("POST", f"{ticket}/follow_ups", client_id="plan-000001", due_at=tomorrow, mine=True)
        rest_ms = 20_000 if "snooze" in point else 1_500  # it has to be a time to come when it is asked for again
        await agent.call("POST", f"{ticket}/snooze", until=int(time.time() * 1000) + rest_ms)
        await agent.until(ticket, lambda found: _events(found)["woken"])
        second_id = await asked_for(other, agent, (ticket_id,))
        first, second = [(await agent.call("GET", f"tickets/{each}"))["ticket"] for each in (ticket_id, second_id)]
        await agent.call("POST", f"{ticket}/link", number=second["number"])
        await agent.call("POST", f"tickets/{second_id}/merge", into=first["number"])
        await visitor.sees("I am on it.", within_s=60)
        await agent.call("POST", f"{ticket}/resolve", note="")
        await other.sees("sorted out", within_s=60)  # where they wrote last
        await again
        detail, merged = await agent.call("GET", ticket), await agent.call("GET", f"tickets/{second_id}")
        asked, planned = await agent.call("GET", behind), await agent.call("GET", f"{ticket}/follow_ups")
        everything = [(await agent.call("GET", f"tickets?view={view}"))["tickets"] for view in ("all", "resolved")]
    await nothing_left(desk)
    assert _events(detail) == CASE
    assert _events(merged)["merged"] == 1
    behind_the_scenes = _events(asked)
    behind_the_scenes.pop("offered", None)  # if the desk was faster than the agent
    assert behind_the_scenes == Counter({"internal_opened": 1, "taken": 1, "internal_result": 1})
    assert len(planned["follow_ups"]) == 1
    assert {each["id"] for listed in everything for each in listed} == {ticket_id, second_id, internal["id"]}
    assert {each["ticket"]["agent"]["name"] for each in (detail, merged, asked)} == {"Admin"}
    assert [text for text in visitor.transcript if text.startswith("agent: ")] == ["agent: I am on it."]
    assert (visitor.doubled, other.doubled) == ([], [])


@pytest.mark.parametrize("point", points(WATCHED, "desk/acting.py: _notice | after"))
async def test_a_promise_that_is_broken_is_noticed_once_whatever_dies(desk: Installation, point: str) -> None:
    """given a ticket that nobody takes, when the service is killed while it notices, then it goes up once."""
    promising_six_seconds(desk)
    again = await killed_and_started(desk, point)
    async with Agent(desk.url, "admin", f"{ADMIN_PASSWORD}-changed") as signed_in, Visitor(desk.url) as visitor:
        agent = PatientAgent(signed_in)
        ticket = f"tickets/{await asked_for(visitor, agent)}"
        detail = await agent.until(ticket, lambda found: found if _events(found)["escalated"] else None)
        await again
        await agent.call("POST", f"{ticket}/take")
        await visitor.sees("has joined", within_s=60)
        detail = await agent.call("GET", ticket)
    await nothing_left(desk)
    assert detail["ticket"]["tier"] == "coordinator"
    happened = _events(detail)
    assert happened.pop("sla_warned", 1) == 1  # none, if it was late by the time the service was back
    assert happened == Counter({"opened": 1, "sla_breached": 1, "escalated": 1, "taken": 1})
    assert len([text for text in visitor.transcript if "has joined" in text]) == 1
