"""What Prometheus sees."""

import re

import aiohttp
from prometheus_client import REGISTRY

import connectors.http  # noqa: F401 - registers what is asked for
import frontdoor.metrics  # noqa: F401 - likewise
from tests.fakes.agent import Agent
from tests.fakes.installation import CODE, Installation
from tests.fakes.visitor import Visitor


async def scrape(installation: Installation) -> dict[str, float]:
    async with aiohttp.ClientSession(installation.url) as http, http.get("/metrics") as response:
        assert response.status == 200
        text = await response.text()
    return {name: float(value) for name, value in re.findall(r"^(frontdoor_\S+) (\S+)$", text, re.MULTILINE)}


async def test_a_conversation_leaves_its_traces(installation: Installation, agent: Agent) -> None:
    async with Visitor(installation.url) as visitor:
        await visitor.say("how long does delivery take?")
        await visitor.sees("1–3 days")
        await visitor.say("human")
        await visitor.sees("in line")
        seen = await scrape(installation)
        assert seen['frontdoor_received_total{channel="web"}'] == 2
        assert seen['frontdoor_turns_total{decision="answer",language="en"}'] == 1
        assert seen['frontdoor_owner_changes_total{owner="queue"}'] == 1
        assert seen["frontdoor_queue_length"] == 1
        assert seen['frontdoor_work{status="dead"}'] == 0
        assert seen['frontdoor_stage_seconds_count{stage="brain"}'] == 2
        assert seen['frontdoor_stage_seconds_count{stage="handoff"}'] == 1

        await visitor.press_unknown()
        await visitor.until(lambda: visitor.errors)
        assert (await scrape(installation))['frontdoor_refused_total{entrance="web",reason="unknown_button"}'] == 1


async def test_metrics_are_not_for_everyone(installation: Installation) -> None:
    await installation.stop()
    token = "a-token-of-some-length-41c9"
    installation.environment["METRICS_TOKEN"] = token
    path = installation.root / "frontdoor.yml"
    path.write_text(path.read_text() + "\nmetrics_token: ${METRICS_TOKEN}\n")
    await installation.start()
    async with aiohttp.ClientSession(installation.url) as http:
        async with http.get("/metrics") as response:
            assert response.status == 403
        async with http.get("/metrics", headers={"Authorization": f"Bearer {token}"}) as response:
            assert response.status == 200


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    asked = set(re.findall(r"frontdoor_[a-z_]+", (CODE / "deploy" / "grafana" / "frontdoor.json").read_text()))
    offered = {
        f"{name}{suffix}"
        for family in REGISTRY.collect()
        for name in [family.name]
        for suffix in ("", "_total", "_bucket")
    }
    assert asked - offered == set()
