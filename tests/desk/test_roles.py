"""Every route of the desk, asked by every role, does what the table of abilities says."""

import re

import pytest

from desk.api import routes
from desk.api.gate import ANYONE, NEEDS
from desk.permissions import ABILITIES, EVERYONE, ROLES, abilities_of
from storage.agents import change_agent
from tests.desk.house import House


def _declared(house: House) -> list[tuple[str, str, str]]:
    """Method, path and what is needed, of every route."""
    return [(each.method, each.path, NEEDS.get(each.handler, "")) for each in routes(house.service, house.live)]


async def test_every_route_says_which_ability_it_needs(house: House) -> None:
    undeclared = [f"{method} {path}" for method, path, needs in _declared(house) if not needs]
    assert undeclared == []


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_is_open_to_exactly_the_roles_of_the_table(house: House, role: str) -> None:
    console = await house.console("li.na", role=role)
    for method, path, needs in _declared(house):
        if needs == ANYONE or ABILITIES[needs] == EVERYONE:
            continue
        answer = await console.send(method, re.sub(r"\{\w+\}", "none", path).removeprefix("/desk/api"))
        refused = answer.status == 403 and (await answer.json())["error"]["code"] == "forbidden"
        assert refused == (role not in ABILITIES[needs]), f"{role}: {method} {path}"


async def test_an_editor_writes_and_publishes_articles_and_sees_no_customers(house: House) -> None:
    editor = await house.console("wen.bo", role="editor")
    ticket = await house.handed_over()
    for path in (f"/tickets/{ticket}", "/tickets", "/counts", f"/tickets/{ticket}/history"):
        assert (await editor.get(path)).status == 403
    socket = await editor.socket()
    await house.handed_over()
    assert await socket.silent("ticket")
    await socket.send(type="watch", ticket_id=ticket)
    await socket.expect("error", code="not_found")
    user = (await editor.json("/me"))["user"]
    assert {"write_articles", "publish_articles"} <= set(user["can"])
    assert not {"see_tier", "answer", "manage_users"} & set(user["can"])


async def test_a_ticket_that_an_editor_held_as_an_agent_is_theirs_no_more(house: House) -> None:
    console = await house.console("li.na")
    ticket = await house.handed_over()
    await console.act(ticket, "take")
    await house.db.write(change_agent, console.agent_id, role="editor")
    answer = await console.post(f"/tickets/{ticket}/messages", client_id="12345678", text="Hello")
    assert answer.status == 403


def test_seniors_are_agents_with_more_and_nobody_but_admins_manages_people() -> None:
    assert set(abilities_of("agent")) < set(abilities_of("senior")) < set(abilities_of("supervisor"))
    assert set(abilities_of("supervisor")) < set(abilities_of("admin"))
    assert [role for role in ROLES if "manage_users" in abilities_of(role)] == ["admin"]
