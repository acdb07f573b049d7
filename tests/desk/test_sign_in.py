"""Getting in, staying in, and being kept out."""

import asyncio

import pytest
from yarl import URL

from desk.api.gate import COOKIE
from tests.desk.house import PASSWORD, House


async def test_the_first_log_in_demands_a_new_password(house: House) -> None:
    await house.person("li.na")
    console = house.browser()
    answer = await console.log_in("LI.NA", "first password 1")
    assert answer.status == 200
    assert (await answer.json())["user"]["must_change"] is True
    assert (await (await console.get("/counts")).json())["error"]["code"] == "must_change"
    first_cookie = console.client.session.cookie_jar.filter_cookies(URL(str(answer.url)))[COOKIE].value

    changed = await console.post("/password", current="first password 1", new=PASSWORD)
    assert changed.status == 200
    assert (await changed.json())["user"]["must_change"] is False
    assert (await console.get("/counts")).status == 200
    old = await house.browser().client.get("/desk/api/me", headers={"Cookie": f"{COOKIE}={first_cookie}"})
    assert old.status == 401


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    await house.person("li.na")
    answer = await house.browser().log_in("li.na", "first password 1")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/desk" in cookie
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("login", ["li.na", "nobody"])
async def test_a_wrong_password_and_an_unknown_name_look_the_same(house: House, login: str) -> None:
    await house.person("li.na")
    answer = await house.browser().log_in(login, "wrong")
    assert (answer.status, (await answer.json())["error"]["code"]) == (401, "bad_login")


async def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(house: House) -> None:
    await house.person("li.na")
    console = house.browser()
    answers = await asyncio.gather(*(console.log_in("li.na", f"wrong {n}") for n in range(8)))
    assert sorted(answer.status for answer in answers) == [401] * 5 + [429] * 3
    locked = await console.log_in("li.na", "first password 1")
    assert locked.status == 429
    assert 0 < int(locked.headers["Retry-After"]) <= 900
    house.clock.pass_minutes(16)
    assert (await console.log_in("li.na", "first password 1")).status == 200


async def test_an_address_that_tries_many_accounts_is_locked(house: House) -> None:
    console = house.browser()
    statuses = [(await console.log_in(f"user{n}", "wrong")).status for n in range(21)]
    assert statuses == [401] * 20 + [429]


async def test_a_right_password_forgives_the_wrong_ones(house: House) -> None:
    await house.person("li.na")
    console = house.browser()
    for _ in range(3):
        for n in range(4):
            await console.log_in("li.na", f"wrong {n}")
        house.clock.pass_minutes(0.1)
        assert (await console.log_in("li.na", "first password 1")).status == 200


async def test_changes_need_the_csrf_token(house: House) -> None:
    console = await house.console("li.na")
    for token in ("", "0" * 64, "ü"):
        console.csrf = token.encode().decode("latin-1")
        answer = await console.send("PUT", "/presence", {"presence": "away"})
        assert (answer.status, (await answer.json())["error"]["code"]) == (403, "csrf")


async def test_another_sites_page_is_refused(house: House) -> None:
    console = await house.console("li.na")
    answer = await console.send("PUT", "/presence", {"presence": "away"}, Origin="https://evil.example")
    assert (answer.status, (await answer.json())["error"]["code"]) == (403, "origin")
    body = {"login": "li.na", "password": PASSWORD}
    answer = await console.client.post("/desk/api/session", json=body, headers={"Origin": "https://evil.example"})
    assert answer.status == 403


async def test_sessions_end_by_log_out_idleness_and_age(house: House) -> None:
    console = await house.console("li.na")
    assert (await console.send("DELETE", "/session")).status == 204
    assert (await console.get("/me")).status == 401
    await console.log_in("li.na", PASSWORD)
    house.clock.pass_minutes(13 * 60)
    assert (await console.get("/me")).status == 401
    await console.log_in("li.na", PASSWORD)
    for _ in range(7 * 24 // 6 - 1):
        house.clock.pass_minutes(6 * 60)
        assert (await console.get("/me")).status == 200
    house.clock.pass_minutes(7 * 60)
    assert (await console.get("/me")).status == 401


async def test_signing_out_everywhere_ends_every_session(house: House) -> None:
    office = await house.console("li.na")
    home = house.browser()
    await home.log_in("li.na", PASSWORD)
    sessions = (await office.json("/sessions"))["sessions"]
    assert sorted(each["current"] for each in sessions) == [False, True]
    other = next(each["id"] for each in sessions if not each["current"])
    assert (await office.send("DELETE", f"/sessions/{other}")).status == 204
    assert (await home.get("/me")).status == 401
    assert (await office.send("DELETE", f"/sessions/{other}")).status == 404
    await home.log_in("li.na", PASSWORD)
    assert (await home.send("DELETE", "/sessions")).status == 204
    assert (await office.get("/me")).status == 401


async def test_one_cannot_end_somebody_elses_session(house: House) -> None:
    mine, theirs = await house.console("li.na"), await house.console("wang.wei")
    session = (await theirs.json("/sessions"))["sessions"][0]["id"]
    assert (await mine.send("DELETE", f"/sessions/{session}")).status == 404
    assert (await theirs.get("/me")).status == 200


@pytest.mark.parametrize(
    "password", ["short", "x" * 201, "1234567890", "aaaaaaaaaaaa", "my name is li.na", "abcdefghijk", PASSWORD]
)
async def test_weak_passwords_are_refused(house: House, password: str) -> None:
    console = await house.console("li.na")
    answer = await console.post("/password", current=PASSWORD, new=password)
    assert answer.status == 400
    assert (await answer.json())["error"] | {"message": ""} == {"code": "weak_password", "message": "", "field": "new"}


async def test_changing_the_password_needs_the_current_one(house: House) -> None:
    console = await house.console("li.na")
    answers = [await console.post("/password", current="guess", new="another good one") for _ in range(6)]
    assert [answer.status for answer in answers] == [403] * 5 + [429]


async def test_a_reset_link_works_once_and_ends_all_sessions(house: House) -> None:
    admin = await house.console("boss", role="admin")
    console = await house.console("li.na")
    issued = await (await admin.post(f"/users/{console.agent_id}/reset")).json()
    newer = await (await admin.post(f"/users/{console.agent_id}/reset")).json()
    assert newer["path"] == f"/desk/#reset={newer['token']}"
    visitor = house.browser()
    replaced = await visitor.post("/password/reset", token=issued["token"], new="quite another 5")
    assert (replaced.status, (await replaced.json())["error"]["code"]) == (404, "bad_token")
    weak = await visitor.post("/password/reset", token=newer["token"], new="short")
    assert weak.status == 400
    answers = await asyncio.gather(
        *(visitor.post("/password/reset", token=newer["token"], new=f"quite another {n}") for n in range(3))
    )
    assert sorted(answer.status for answer in answers) == [204, 404, 404]
    assert (await console.get("/me")).status == 401
    assert (await console.log_in("li.na", PASSWORD)).status == 401


async def test_a_reset_link_expires(house: House) -> None:
    admin = await house.console("boss", role="admin")
    agent_id = await house.person("li.na")
    token = (await (await admin.post(f"/users/{agent_id}/reset")).json())["token"]
    house.clock.pass_minutes(24 * 60 + 1)
    assert (await house.browser().post("/password/reset", token=token, new="quite another 5")).status == 404


async def test_messages_are_in_the_language_asked_for(house: House) -> None:
    browser = house.browser()
    for header, word in (("zh-CN,zh;q=0.9", "请重新登录"), ("en", "log in")):
        answer = await browser.client.get("/desk/api/me", headers={"Accept-Language": header})
        assert word in (await answer.json())["error"]["message"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "bad_json"),
        (b"[]", "application/json", 400, "bad_json"),
        (b"[" * 60_000, "application/json", 400, "bad_json"),
        (b"login=li.na", "application/x-www-form-urlencoded", 415, "json_expected"),
        (b'{"login": "' + b"x" * 70_000 + b'"}', "application/json", 413, "too_large"),
        (b'{"login": "li.na"}', "application/json", 400, "bad_field"),
        (b'{"login": "li.na", "password": "x", "extra": 1}', "application/json", 400, "bad_field"),
    ],
)
async def test_bad_bodies_get_a_clear_answer(house: House, body: bytes, kind: str, status: int, code: str) -> None:
    answer = await house.browser().client.post("/desk/api/session", data=body, headers={"Content-Type": kind})
    assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)
