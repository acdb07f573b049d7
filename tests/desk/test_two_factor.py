"""The second step of a log-in: enrolled, asked for, never accepted twice, and taken away only by who may."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest
from aiohttp import ClientResponse

from desk.access import REQUIRED, Access
from desk.sealing import Seal, Unreadable
from storage import audit
from storage.factors import find_factor
from tests.desk.house import PASSWORD, Console, House, build

KEY = "a key for tests, of any length"


def code_at(house: House, secret: str, steps: int = 0) -> str:
    """What the person's app shows, some steps from now."""
    return pyotp.TOTP(secret).at(house.clock() // 1000 + 30 * steps)


async def enrol(house: House, console: Console) -> tuple[str, list[str]]:
    """Set up the second step; the secret and the recovery codes."""
    begun = await (await console.post("/two-factor")).json()
    answer = await console.post("/two-factor/confirm", code=code_at(house, begun["secret"]))
    assert answer.status == 200, await answer.text()
    return begun["secret"], (await answer.json())["codes"]


async def code_of(answer: ClientResponse, expected: int) -> str:
    """The code of a refusal."""
    assert answer.status == expected, await answer.text()
    return str((await answer.json())["error"]["code"])


async def actions(house: House) -> list[str]:
    """What the audit trail has, the oldest first."""
    return [each.action for each in reversed(await house.db.read(lambda tx: audit.page(tx, limit=100)))]


async def test_after_the_password_a_code_is_asked_for_and_nothing_else_works_before(house: House) -> None:
    console = await house.console("li.na")
    secret, _ = await enrol(house, console)
    house.clock.pass_minutes(1)
    other = house.browser()
    entered = await (await other.log_in("li.na", PASSWORD)).json()
    assert entered.keys() == {"stage", "csrf"}
    for path in ("/tickets", "/sessions", "/agents", "/two-factor"):
        assert await code_of(await other.get(path), 403) == "awaits_code"
    assert (await other.json("/me"))["stage"] == "awaits_code"
    assert len((await console.json("/sessions"))["sessions"]) == 1
    before = other.client.session.cookie_jar.filter_cookies(house.server.make_url("/desk"))["fd_desk"].value
    answer = await other.post("/session/code", code=code_at(house, secret))
    assert answer.status == 200
    other.csrf = (await answer.json())["csrf"]
    after = other.client.session.cookie_jar.filter_cookies(house.server.make_url("/desk"))["fd_desk"].value
    assert before != after
    assert (await other.get("/tickets")).status == 200
    assert (await actions(house))[-2:] == ["two_factor.enrolled", "login"]


async def test_a_code_works_once_even_for_two_who_send_it_together(house: House) -> None:
    console = await house.console("li.na")
    secret, _ = await enrol(house, console)
    first, second = house.browser(), house.browser()
    for each in (first, second):
        await each.log_in("li.na", PASSWORD)
    assert await code_of(await first.post("/session/code", code=code_at(house, secret)), 401) == "bad_code"
    house.clock.pass_minutes(1)
    code = code_at(house, secret)
    answers = await asyncio.gather(*(each.post("/session/code", code=code) for each in (first, second)))
    assert sorted(answer.status for answer in answers) == [200, 401]


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (1, 200), (2, 401)])
async def test_clocks_may_differ_by_one_step(house: House, steps: int, status: int) -> None:
    console = await house.console("li.na")
    secret, _ = await enrol(house, console)
    house.clock.pass_minutes(5)
    other = house.browser()
    await other.log_in("li.na", PASSWORD)
    assert (await other.post("/session/code", code=code_at(house, secret, steps))).status == status


async def test_wrong_codes_lock_the_account_like_wrong_passwords_and_the_right_one_is_no_help_then(
    house: House,
) -> None:
    console = await house.console("li.na")
    secret, _ = await enrol(house, console)
    house.clock.pass_minutes(1)
    other = house.browser()
    await other.log_in("li.na", PASSWORD)
    answers = [(await other.post("/session/code", code="000000")).status for _ in range(4)]
    assert answers == [401] * 4
    assert (await other.post("/session/code", code=code_at(house, secret))).status == 429
    assert (await house.browser().log_in("li.na", PASSWORD)).status == 429
    assert (await actions(house)).count("login.failed") == 4


async def test_recovery_codes_work_once_each_and_new_ones_end_the_old(house: House) -> None:
    console = await house.console("li.na")
    _, codes = await enrol(house, console)
    assert len(set(codes)) == 10
    for code, status in ((codes[0].upper().replace("-", " "), 200), (codes[0], 401)):
        other = house.browser()
        await other.log_in("li.na", PASSWORD)
        assert (await other.post("/session/code", code=code)).status == status
    assert (await console.json("/two-factor"))["codes_left"] == 9
    renewed = (await (await console.post("/two-factor/codes")).json())["codes"]
    other = house.browser()
    await other.log_in("li.na", PASSWORD)
    assert (await other.post("/session/code", code=codes[1])).status == 401
    assert (await other.post("/session/code", code=renewed[1])).status == 200


async def test_dangerous_things_ask_for_a_code_again_after_a_while(house: House) -> None:
    admin = await house.console("boss", role="admin")
    agent = await house.console("li.na")
    secret, _ = await enrol(house, admin)
    assert (await admin.send("PATCH", f"/users/{agent.agent_id}", {"name": "Na"})).status == 200
    house.clock.pass_minutes(16)
    for method, path in (("PATCH", f"/users/{agent.agent_id}"), ("DELETE", "/two-factor"), ("POST", "/users")):
        assert await code_of(await admin.send(method, path, {}), 403) == "prove"
    assert (await admin.post("/session/proof", code="123")).status == 401
    assert (await admin.post("/session/proof", code=code_at(house, secret))).status == 204
    assert (await admin.send("PATCH", f"/users/{agent.agent_id}", {"name": "Na"})).status == 200
    assert (await admin.send("DELETE", "/two-factor")).status == 204
    assert (await house.browser().log_in("boss", PASSWORD)).status == 200


async def test_an_admin_takes_away_the_step_of_somebody_who_lost_their_phone(house: House) -> None:
    admin, agent = await house.console("boss", role="admin"), await house.console("li.na")
    await enrol(house, agent)
    assert [each["two_factor"] for each in (await admin.json("/users"))["users"]] == [False, True]
    assert (await admin.send("DELETE", f"/users/{agent.agent_id}/two-factor")).status == 204
    assert (await agent.get("/me")).status == 401
    other = house.browser()
    assert (await (await other.log_in("li.na", PASSWORD)).json())["stage"] == ""
    assert (await actions(house))[-2:] == ["two_factor.reset", "login"]
    assert await code_of(await admin.send("DELETE", f"/users/{agent.agent_id}/two-factor"), 409) == "two_factor_none"


async def test_the_secret_is_not_readable_in_the_database_nor_for_another_person(house: House) -> None:
    console = await house.console("li.na")
    secret, codes = await enrol(house, console)
    row = await house.db.read(find_factor, console.agent_id)
    assert row is not None
    assert secret not in row.secret
    assert codes[0] not in row.secret
    seal = Seal(KEY)
    closed = seal.close(secret, "one")
    assert seal.open(closed, "one") == secret
    for other, owner in ((seal, "two"), (Seal("another key"), "one")):
        with pytest.raises(Unreadable):
            other.open(closed, owner)


async def test_an_app_is_in_force_only_after_a_code_of_it(house: House) -> None:
    console = await house.console("li.na")
    first = await (await console.post("/two-factor")).json()
    second = await (await console.post("/two-factor")).json()
    assert first["picture"]["path"].startswith("M")
    assert (await console.post("/two-factor/confirm", code=code_at(house, first["secret"]))).status == 401
    assert (await (await house.browser().log_in("li.na", PASSWORD)).json())["stage"] == ""
    assert (await console.post("/two-factor/confirm", code=code_at(house, second["secret"]))).status == 200
    assert await code_of(await console.post("/two-factor"), 409) == "two_factor_on"


@pytest.fixture
async def strict(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A desk whose admins must have a second step."""
    access = Access(key=KEY, two_factor=REQUIRED, required_for=("admin",))
    async for built in build(sqlite_url, tmp_path / "files", access=access):
        yield built


async def test_who_must_have_a_second_step_can_do_nothing_before(strict: House) -> None:
    admin = await strict.console("boss", role="admin")
    agent = await strict.console("li.na")
    assert (await agent.get("/tickets")).status == 200
    assert await code_of(await admin.get("/users"), 403) == "must_enrol"
    assert (await admin.json("/me"))["stage"] == "must_enrol"
    await enrol(strict, admin)
    assert (await admin.get("/users")).status == 200


async def test_an_account_disabled_while_its_socket_opens_loses_it_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = await house.console("li.na")
    ready = house.live._following.ready

    async def disabled_meanwhile() -> None:
        await house.service.people.change(console.agent_id, {"disabled": True})
        await ready()

    monkeypatch.setattr(house.live._following, "ready", disabled_meanwhile)
    origin = {"Origin": str(house.server.make_url("")).rstrip("/")}
    socket = await console.client.ws_connect("/desk/api/socket", headers=origin)
    async with asyncio.timeout(5):
        while not socket.closed:
            await socket.receive()
    assert socket.close_code == 4401
