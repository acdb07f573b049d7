"""What Prometheus sees."""

import asyncio
import json
import re

import aiohttp
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.contract.vendor_bench import until
from tests.fakes.agent import Agent
from tests.fakes.installation import CODE, Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.vendors.webhook import WebhookBench, WebhookVendor
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
        assert seen['frontdoor_desk_waiting{desk="built_in"}'] == 0
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


async def test_the_dashboard_shows_a_used_system(installation: Installation, agent: Agent, rasa: ScriptedRasa) -> None:
    """given customers, also of a vendor, handoffs, refusals and a bot that fails, then every query of the dashboard
    finds what it names: the metric, of the type that its functions need, with its labels and their values."""
    await installation.stop()
    async with WebhookVendor() as vendor:
        bench = WebhookBench(vendor)
        (installation.root / "channels.yml").write_text(yaml.safe_dump({"webhook": bench.settings()}))
        await installation.start()
        for hook in (*bench.unsupported(), bench.message("hello", "m-1")):
            url = f"{installation.url}/webhooks/webhook/webhook"
            async with aiohttp.ClientSession() as http, http.post(url, data=hook.body, headers=hook.headers) as answer:
                assert answer.status == 200
        await until(lambda: vendor.said)
        for _ in range(100):
            if "frontdoor_sent_total" in str(await families(installation)):
                break
            await asyncio.sleep(0.05)
    async with Visitor(installation.url) as visitor:
        await visitor.say("how long does delivery take?")
        await visitor.sees("1–3 days")
        await visitor.press_unknown()
        await visitor.until(lambda: visitor.errors)
        rasa.status = 503
        await visitor.say("hello")
        await visitor.sees("having trouble")
        rasa.status = 200
        await visitor.say("human")
        await visitor.sees("in line")
    found = await families(installation)
    for expression in expressions():
        for name, matchers in asked(expression):
            family = found[re.sub("_(bucket|total)$", "", name)]
            samples = [sample for sample in family.samples if sample.name == name]
            assert samples, f"{name}: there is no such series in {sorted(found)}"
            assert family.type == needed_type(name, expression), expression
            for label, operator, value in matchers:
                values = {sample.labels.get(label) for sample in samples}
                wanted = value.split("|") if operator == "=~" else [value]
                assert set(wanted) <= values, f"{expression}: {label} is one of {values}"
            for label in grouped(expression):
                assert all(label in sample.labels for sample in samples), f"{expression}: no label {label}"


async def test_the_exposition_is_as_prometheus_reads_it(installation: Installation) -> None:
    async with aiohttp.ClientSession(installation.url) as http, http.get("/metrics") as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        text = await response.text()
    found = list(text_string_to_metric_families(text))
    assert len({family.name for family in found}) == len(found), "each family once"
    for family in found:
        assert family.documentation, f"{family.name}: says what it is"
        assert family.type in {"counter", "gauge", "histogram", "info", "summary"}, family.name
        series = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in family.samples]
        assert len(set(series)) == len(series), f"{family.name}: each series once"


def expressions() -> list[str]:
    """All queries of the dashboard."""
    dashboard = json.loads((CODE / "deploy" / "grafana" / "frontdoor.json").read_text(encoding="utf-8"))
    found = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    assert len(found) >= len(dashboard["panels"])
    return found


def asked(expression: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The metrics of a query, each with its matchers: label, operator, value."""
    selectors = re.findall(r"(frontdoor_\w+)(?:\{([^}]*)\})?", expression)
    return [(name, re.findall(r'(\w+)(=~|=)"([^"]*)"', inside)) for name, inside in selectors]


def grouped(expression: str) -> list[str]:
    """The labels a query groups by."""
    return [label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")]


def needed_type(name: str, expression: str) -> str:
    """What kind of metric a query is right for."""
    if name.endswith("_bucket"):
        assert "histogram_quantile" in expression
        assert "rate(" in expression
        return "histogram"
    return "counter" if "rate(" in expression else "gauge"


async def families(installation: Installation) -> dict[str, Metric]:
    """A scrape, by family."""
    async with aiohttp.ClientSession(installation.url) as http, http.get("/metrics") as response:
        return {family.name: family for family in text_string_to_metric_families(await response.text())}
