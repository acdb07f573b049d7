"""Admins manage people; everyone sees colleagues and tiers."""

from typing import Any

import pytest

from tests.desk.house import PASSWORD, House


@pytest.mark.parametrize("role", ["agent", "supervisor"])
async def test_only_admins_manage_people(house: House, role: str) -> None:
    console = await house.console("li.na", role=role)
    one = f"/users/{console.agent_id}"
    requests = [("GET", "/users"), ("POST", "/users"), ("PATCH", one), ("POST", f"{one}/reset")]
    for method, path in [*requests, ("DELETE", f"{one}/sessions")]:
        answer = await console.send(method, path)
        assert (answer.status, (await answer.json())["error"]["code"]) == (403, "forbidden")


async def test_a_person_is_added_with_a_generated_password_shown_once(house: House) -> None:
    admin = await house.console("boss", role="admin")
    body: dict[str, Any] = {"login": "li.na", "name": " 李娜 ", "role": "agent", "tiers": ["front_line"]}
    answer = await admin.send("POST", "/users", body)
    assert answer.status == 201
    added = await answer.json()
    assert (added["user"]["name"], added["user"]["grade"], added["user"]["must_change"]) == ("李娜", "junior", True)
    assert "password" not in str(await admin.json("/users"))
    assert (await house.browser().log_in("li.na", added["password"])).status == 200
    again = await admin.send("POST", "/users", body)
    assert (again.status, (await again.json())["error"]["field"]) == (409, "login")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"login": "Li Na"}, "login"), ({"name": ""}, "name"), ({"role": "king"}, "role"), ({"tiers": ["moon"]}, "tiers"),
     ({"grade": "x"}, "grade"), ({"capacity": 0}, "capacity"), ({"email": "x"}, "email"),
     ({"password": "x"}, "password"), ({"languages": ["fr"]}, "languages.0")],
)  # fmt: skip
async def test_wrong_fields_are_named(house: House, changes: dict[str, Any], field: str) -> None:
    admin = await house.console("boss", role="admin")
    body = {"login": "li.na", "name": "Li Na", "role": "agent", "tiers": ["front_line"]} | changes
    answer = await admin.send("POST", "/users", body)
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, field)


async def test_changes_take_effect_at_once(house: House) -> None:
    admin, agent = await house.console("boss", role="admin"), await house.console("li.na")
    ticket = await house.handed_over()
    path = f"/users/{agent.agent_id}"
    changed = await (await admin.send("PATCH", path, {"tiers": ["senior"], "name": "Na Li"})).json()
    assert (changed["user"]["tiers"], changed["user"]["capacity"]) == (["senior"], 4)
    assert (await agent.get(f"/tickets/{ticket}")).status == 404
    assert (await admin.send("PATCH", "/users/nobody", {"name": "x"})).status == 404


async def test_the_last_admin_stays(house: House) -> None:
    admin = await house.console("boss", role="admin")
    path = f"/users/{admin.agent_id}"
    for change in ({"role": "agent"}, {"disabled": True}):
        answer = await admin.send("PATCH", path, change)
        assert (answer.status, (await answer.json())["error"]["code"]) == (409, "last_admin")
    await house.person("other.boss", role="admin")
    assert (await admin.send("PATCH", path, {"role": "agent"})).status == 200
    assert (await admin.get("/users")).status == 403


async def test_an_admin_signs_somebody_out_everywhere(house: House) -> None:
    admin, agent = await house.console("boss", role="admin"), await house.console("li.na")
    assert (await admin.send("DELETE", f"/users/{agent.agent_id}/sessions")).status == 204
    assert (await agent.get("/me")).status == 401


async def test_a_new_password_from_the_command_line_must_be_changed(house: House) -> None:
    agent = await house.console("li.na")
    password = await house.service.people.set_password((await house.service.people.find_login("li.na")).id)
    assert (await agent.get("/me")).status == 401
    assert (await agent.log_in("li.na", PASSWORD)).status == 401
    answer = await agent.log_in("li.na", password)
    assert (await answer.json())["user"]["must_change"] is True


async def test_colleagues_and_tiers(house: House) -> None:
    agent = await house.console("li.na")
    await house.person("wang.wei")
    colleagues = (await agent.json("/agents"))["agents"]
    assert [(each["name"], each["presence"], each["open"]) for each in colleagues] == [
        ("Li Na", "offline", 0),
        ("Wang Wei", "offline", 0),
    ]
    tiers = await agent.json("/tiers")
    assert [tier["id"] for tier in tiers["tiers"]] == ["front_line", "coordinator", "back_office", "senior"]
    assert tiers["tiers"][2]["faces_customer"] is False
    assert tiers["tiers"][0]["open"] is True
    assert tiers["time_zone"] == "Asia/Shanghai"


async def test_people_choose_their_language_and_presence(house: House) -> None:
    agent = await house.console("li.na")
    assert (await (await agent.send("PATCH", "/me", {"language": "zh"})).json())["user"]["language"] == "zh"
    answer = await agent.send("PUT", "/presence", {"presence": "offline"})
    assert answer.status == 400
