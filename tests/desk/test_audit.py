"""The audit trail: what is done is noted with it, and nobody rewrites it."""

import pytest
from sqlalchemy import Connection, delete, update
from sqlalchemy.exc import DBAPIError

from storage import audit
from storage.audit import Actor
from tests.desk.house import OPEN_AT, House

ADA = Actor(id="a1", name="Ada", address="192.0.2.7")


async def test_a_record_is_found_again_by_who_what_and_when(house: House) -> None:
    def given(tx: Connection) -> None:
        audit.record(tx, ADA, "user.added", at=OPEN_AT, subject="u1", subject_name="Bo", details={"role": "agent"})
        audit.record(tx, ADA, "user.changed", at=OPEN_AT + 1, subject="u1", subject_name="Bo")
        audit.record(tx, Actor(), "login.refused", at=OPEN_AT + 2, subject="bo")

    await house.db.write(given)

    newest = await house.db.read(audit.page, limit=2)
    rest = await house.db.read(audit.page, after=(newest[-1].at, newest[-1].id))
    assert [each.action for each in newest] == ["login.refused", "user.changed"]
    assert [(each.action, each.address, each.details) for each in rest] == [
        ("user.added", "192.0.2.7", {"role": "agent"})
    ]
    assert len(await house.db.read(audit.page, action="user")) == 2
    assert len(await house.db.read(audit.page, agent_id="a1", since=OPEN_AT + 1)) == 1
    assert await house.db.read(audit.page, subject="bo", until=OPEN_AT) == []


@pytest.mark.parametrize("statement", [delete(audit.audit), update(audit.audit).values(agent_name="Nobody")])
async def test_nobody_rewrites_it(house: House, statement: object) -> None:
    await house.db.write(audit.record, ADA, "user.added", at=OPEN_AT)

    with pytest.raises(DBAPIError, match="only added"):
        await house.db.write(lambda tx: tx.execute(statement))  # type: ignore[call-overload]

    assert [each.agent_name for each in await house.db.read(audit.page)] == ["Ada"]


async def test_what_admins_do_to_people_and_to_the_desk_is_on_it(house: House) -> None:
    admin = await house.console("root", role="admin")
    added = await admin.post("/users", login="bo.li", name="Bo Li", role="agent", tiers=["front_line"])
    user_id = (await added.json())["user"]["id"]
    await admin.send("PATCH", f"/users/{user_id}", {"role": "supervisor", "capacity": 4})
    await admin.send("PATCH", f"/users/{user_id}", {"role": "supervisor"})
    await admin.send("PUT", "/desk", {"accepting": False})

    about_bo = await admin.json("/audit", action="user", subject=user_id)
    assert [(each["action"], each["agent_name"]) for each in about_bo["records"]] == [
        ("user.changed", "Root"),
        ("user.added", "Root"),
    ]
    assert about_bo["records"][0]["details"] == {"changed": ["role"], "role": ["agent", "supervisor"]}
    (switched,) = (await admin.json("/audit", action="settings"))["records"]
    assert (switched["details"], switched["address"]) == ({"accepting": False}, "127.0.0.1")
