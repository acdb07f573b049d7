"""Agents begin conversations: a call they log, and words they write first."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.vendor_bench import PUBLIC_URL
from tests.fakes.agent import Agent
from tests.fakes.installation import ADMIN_PASSWORD, Installation
from tests.fakes.rasa import ScriptedRasa
from tests.fakes.vendors.everyone import Vendors

CALL = {
    "channel": "phone",
    "name": "Zhang Wei",
    "phone": "+86 138 0013 8000",
    "language": "en",
    "text": "The washer leaks.",
}


async def begin(agent: Agent, client_id: str = "begin-000001", **what: Any) -> dict[str, Any]:
    return await agent.call("POST", "conversations", client_id=client_id, **(CALL | what))


async def timeline(agent: Agent, ticket_id: str) -> list[dict[str, Any]]:
    return list((await agent.call("GET", f"tickets/{ticket_id}"))["timeline"])


async def test_a_call_becomes_a_conversation_with_a_ticket_of_its_agent(agent: Agent) -> None:
    begun = await begin(agent)
    assert begun["taken"] is True
    detail = await agent.call("GET", f"tickets/{begun['id']}")
    assert (detail["ticket"]["channel"], detail["ticket"]["number"]) == ("phone", begun["number"])
    assert detail["packet"]["question"] == "The washer leaks."
    assert (detail["packet"]["customer"]["name"], detail["packet"]["reason"]) == ("Zhang Wei", "agent")
    (said,) = [entry for entry in detail["timeline"] if entry["kind"] == "message"]
    assert (said["author"], said["content"]["custom"]) == ("customer", {"kind": "phone_call", "by": "Admin"})
    await agent.reply(begun["id"], "I sent a technician.")
    await agent.call("POST", f"tickets/{begun['id']}/resolve", note="")


async def test_a_repeat_begins_nothing_more(agent: Agent) -> None:
    first, *others = await asyncio.gather(*(begin(agent) for _ in range(3)))
    assert {other["id"] for other in others} == {first["id"]}
    texts = [entry for entry in await timeline(agent, first["id"]) if entry["content"].get("text") == CALL["text"]]
    assert len(texts) == 1


async def test_a_second_call_while_the_first_is_open_is_added_to_it(agent: Agent) -> None:
    first = await begin(agent)
    second = await begin(agent, "begin-000002", text="It still leaks.")
    assert second["id"] == first["id"]
    for _ in range(200):
        said = [entry["content"].get("text") for entry in await timeline(agent, first["id"])]
        if "It still leaks." in said:
            break
        await asyncio.sleep(0.02)
    assert "It still leaks." in said


async def test_callers_who_hide_their_number_are_kept_apart(agent: Agent) -> None:
    one, other = await begin(agent, "begin-000001", phone=""), await begin(agent, "begin-000002", phone="")
    assert one["id"] != other["id"]
    (identity,) = (await agent.call("GET", f"tickets/{one['id']}/person"))["identities"]
    assert (identity["channel"], identity["address"]) == ("phone", ""), "there is no number to show"


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"phone": "call me"}, "phone"),
        ({"text": " "}, "text"),
        ({"language": "fr"}, "language"),
    ],
)
async def test_what_is_wrong_is_named(agent: Agent, what: dict[str, str], field: str) -> None:
    with pytest.raises(AssertionError, match=field):
        await begin(agent, **what)


async def test_while_the_desk_is_off_the_call_is_kept_and_said_to_be(agent: Agent) -> None:
    await agent.call("PUT", "desk", accepting=False)
    with pytest.raises(AssertionError, match="unavailable"):
        await begin(agent)
    await agent.call("PUT", "desk", accepting=True)
    for _ in range(100):
        if queue := await agent.queue():
            break
        await asyncio.sleep(0.1)
    assert queue[0]["channel"] == "phone"


@pytest.fixture
async def with_sms(tmp_path: Path, rasa: ScriptedRasa) -> AsyncIterator[tuple[Installation, Vendors]]:
    vendors = Vendors(("sms",))
    installation = Installation(tmp_path, rasa.url, public_url=PUBLIC_URL)
    (tmp_path / "channels.yml").write_text(yaml.safe_dump({"sms": vendors.benches["sms"].settings()}))
    await installation.prepare()
    await installation.start()
    yield installation, vendors
    await installation.stop()
    vendors.close()


async def test_an_agent_writes_first_where_that_is_allowed(with_sms: tuple[Installation, Vendors]) -> None:
    """given a channel on which we may write first, then the customer reads the agent's words and nothing else."""
    installation, vendors = with_sms
    vendor = vendors.benches["sms"].vendor
    async with Agent(installation.url, "admin", ADMIN_PASSWORD) as agent:
        assert (await agent.call("GET", "conversations/ways"))["channels"] == ["phone", "sms"]
        begun = await begin(agent, channel="sms", text="Your spare part has come.")
        assert begun["taken"] is True
        for _ in range(300):
            if vendor.said:
                break
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
    assert [each.text for each in vendor.said] == ["Your spare part has come."]
