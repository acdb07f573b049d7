"""Canned replies: who may use and change them, what their placeholders stand for, and that no hole is ever sent."""

from typing import Any

import pytest

from tests.desk.house import House

REFUND = {
    "shortcut": "money-back",
    "titles": {"en": "Money back"},
    "texts": {"en": "Dear {customer.name}, order {order.number} is paid back."},
}


def texts_of(body: dict[str, Any]) -> dict[str, str]:
    return {each["shortcut"]: each["texts"].get("en", "") for each in body["macros"]}


async def test_useful_ones_are_there_from_the_start_in_both_languages(house: House) -> None:
    console = await house.console("li.na")
    listed = (await console.json("/macros"))["macros"]
    assert len(listed) == 8
    assert all(set(each["titles"]) == set(each["texts"]) == {"en", "zh"} for each in listed)
    assert {each["can_change"] for each in listed} == {False}


async def test_ones_own_are_ones_own(house: House) -> None:
    one, other = await house.console("li.na"), await house.console("wang.wei")
    added = await one.post("/macros", **REFUND)
    assert added.status == 201, await added.text()
    macro = (await added.json())["macro"]
    assert "money-back" in texts_of(await one.json("/macros"))
    assert "money-back" not in texts_of(await other.json("/macros"))
    assert (await other.send("DELETE", f"/macros/{macro['id']}")).status == 404

    changed = await one.send("PUT", f"/macros/{macro['id']}", REFUND | {"texts": {"en": "Paid."}, "version": 1})
    stale = await one.send("PUT", f"/macros/{macro['id']}", REFUND | {"version": 1})
    assert ((await changed.json())["macro"]["texts"], stale.status) == ({"en": "Paid."}, 409)
    assert (await one.send("DELETE", f"/macros/{macro['id']}")).status == 204


async def test_those_of_a_tier_are_written_by_supervisors_and_seen_there(house: House) -> None:
    agent, outsider = await house.console("li.na"), await house.console("wang.wei", tiers=("senior",))
    chief = await house.console("chief", role="supervisor")
    of_tier = REFUND | {"scope": "tier", "tier": "front_line"}
    assert (await agent.post("/macros", **of_tier)).status == 403
    assert (await chief.post("/macros", **of_tier)).status == 201
    assert "money-back" in texts_of(await agent.json("/macros"))
    assert "money-back" not in texts_of(await outsider.json("/macros"))
    assert (await agent.post("/macros", **REFUND)).status == 400  # the shortcut means something to them already
    (record,) = (await chief.json("/audit", action="macro"))["records"]
    assert (record["action"], record["subject_name"]) == ("macro.added", "/money-back")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"texts": {"en": "Dear {customer.nmae}"}}, "texts.en"),
        ({"texts": {"zh": "您好"}}, "texts"),
        ({"shortcut": "a b"}, "shortcut"),
        ({"actions": [{"do": "snooze", "value": "never"}]}, "actions.0"),
        ({"actions": [{"do": "tag"}]}, "actions.0"),
        ({"actions": [{"do": "tag", "value": "so good!"}]}, "actions.0"),
        ({"actions": [{"do": "explode"}]}, "actions.0.do"),
    ],
)
async def test_what_could_not_be_inserted_is_not_kept(house: House, wrong: dict[str, Any], field: str) -> None:
    console = await house.console("li.na")
    answer = await console.post("/macros", **REFUND | wrong)
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, field)


async def test_placeholders_stand_for_what_the_ticket_knows_and_none_is_sent(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over(slots={})
    await console.act(ticket, "take")
    values = (await console.json(f"/tickets/{ticket}/variables"))["values"]
    assert (values["en"]["customer.name"], values["en"]["agent.name"]) == ("王芳", "Li Na")
    assert (values["zh"]["order.number"], values["en"]["team.name"] != values["zh"]["team.name"]) == ("", True)

    words = {"client_id": "reply-0001", "text": "Order {order.number} is paid back."}
    hole = await console.post(f"/tickets/{ticket}/messages", **words)
    assert (hole.status, "order.number" in (await hole.json())["error"]["message"]) == (400, True)
    said = (await console.json(f"/tickets/{ticket}"))["timeline"]
    assert "paid back" not in str(said)


async def test_what_a_reply_was_made_of_is_noted_and_counted_once(house: House) -> None:
    console = await house.console("li.na")
    macro = (await (await console.post("/macros", **REFUND)).json())["macro"]["id"]
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    said = {"client_id": "reply-0001", "text": "Paid back.", "macros": [macro], "articles": ["return-address"]}
    for _ in range(2):
        assert (await console.post(f"/tickets/{ticket}/messages", **said)).status == 200
    used = {each["id"]: each["used"] for each in (await console.json("/macros"))["macros"]}
    assert used[macro] == 1
    entry = (await console.json(f"/tickets/{ticket}"))["timeline"][-1]
    assert entry["data"] == {"macros": [macro], "articles": ["return-address"]}


async def test_a_reply_and_what_is_done_with_it_are_one_request(house: House) -> None:
    """given a reply with a tag, a category and the end, when it is sent twice, then all is done, once and in order."""
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    await console.send("PUT", f"/tickets/{ticket}/triage", {"tags": ["vip"]})
    then = {"tags": ["refund"], "category": "returns", "resolve": True, "wrap_up": "answered"}
    for _ in range(2):
        await console.act(ticket, "messages", client_id="reply-0001", text="It is paid back.", then=then)
    detail = await console.json(f"/tickets/{ticket}")
    row = detail["ticket"]
    assert (row["state"], row["tags"], row["category"], row["wrap_up"]) == (
        "resolved", ["vip", "refund"], "returns", "answered",
    )  # fmt: skip
    done = [each.get("event") or each["kind"] for each in detail["timeline"]]
    assert done[-3:] == ["message", "triaged", "resolved"]
    clocks = {each["metric"]: each["state"] for each in row["sla"]}
    assert set(clocks.values()) == {"met"}, "the reply counted before the end"


async def test_nothing_is_said_where_the_rest_is_refused(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    for then, field in (
        ({"resolve": True, "wrap_up": "nonsense"}, "wrap_up"),
        ({"snooze": True, "until": house.clock.now - 1}, "until"),
        ({"category": "nonsense"}, "category"),
    ):
        words = {"client_id": "reply-0001", "text": "It is paid back.", "then": then}
        answer = await console.post(f"/tickets/{ticket}/messages", **words)
        assert (answer.status, (await answer.json())["error"]["field"]) == (400, field)
    detail = await console.json(f"/tickets/{ticket}")
    assert "paid back" not in str(detail["timeline"])
    until = house.clock.now + 3_600_000
    then = {"snooze": True, "until": until}
    slept = await console.act(ticket, "messages", client_id="reply-0001", text="It is paid back.", then=then)
    assert (slept["ticket"]["snoozed_until"], slept["entry"]["kind"]) == (until, "message")
