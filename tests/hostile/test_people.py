"""The desk's door: sessions that were planted, requests from elsewhere, names that deceive; and what the log keeps."""

import re

import aiohttp
import pytest

from tests.fakes.installation import ADMIN_PASSWORD
from tests.hostile.attacker import Attacker
from tests.hostile.conftest import Siege

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOGIN = {"login": "admin", "password": f"{ADMIN_PASSWORD}-changed"}


async def test_a_session_that_was_planted_is_not_taken_over(attacker: Attacker) -> None:
    """given a cookie that somebody else chose, when a person logs in, then they get another, safe one"""
    planted = "p" * 43
    answer = await attacker.call("POST", "/desk/api/session", json=LOGIN, headers={"Cookie": f"fd_desk={planted}"})
    cookie = answer.headers["Set-Cookie"]
    assert answer.status == 200
    assert planted not in cookie
    assert {"HttpOnly", "Path=/desk", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}
    old = await attacker.call("GET", "/desk/api/me", headers={"Cookie": f"fd_desk={planted}"})
    assert old.code == "signed_out"


async def test_other_sites_and_pages_without_the_proof_change_nothing(siege: Siege, attacker: Attacker) -> None:
    signed_in = await attacker.call("POST", "/desk/api/session", json=LOGIN)
    cookie = {"Cookie": signed_in.headers["Set-Cookie"].partition(";")[0]}
    good = cookie | {"X-CSRF-Token": signed_in.json["csrf"]}
    change = {"json": {"accepting": False}}
    for headers, code in [
        (cookie, "csrf"),
        (cookie | {"X-CSRF-Token": "0" * 64}, "csrf"),
        (cookie | {"X-CSRF-Token": "\udcff"}, "csrf"),
        (good | {"Origin": "https://evil.example"}, "origin"),
        (good | {"Origin": "null"}, "origin"),
        (good | {"Origin": f"{siege.url}.evil.example"}, "origin"),
    ]:
        answer = await attacker.call("PUT", "/desk/api/desk", headers=headers, **change)
        assert (answer.status, answer.code) == (403, code), headers
        siege.expect("desk", code)
    for origin in ("https://evil.example", "null"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await attacker.http.ws_connect(f"{siege.url}/desk/api/socket", headers=cookie | {"Origin": origin})
        assert refused.value.status == 403
        siege.expect("desk", "origin")
    assert (await siege.agent.call("GET", "desk"))["accepting"] is True
    assert (await attacker.call("DELETE", "/desk/api/session", headers=good)).status == 204


async def test_names_of_people_are_one_readable_line(siege: Siege) -> None:
    person = {"login": "mallory", "name": "Mal\u202elory\r\n\u200b<b>", "role": "agent", "tiers": ["front_line"]}
    added = await siege.agent.call("POST", "users", **person)
    assert added["user"]["name"] == "Mallory <b>"
    await siege.agent.call("PATCH", f"users/{added['user']['id']}", disabled=True)


async def test_ids_of_tickets_and_people_tell_nothing(siege: Siege, attacker: Attacker) -> None:
    """given ids that are somebody's, or nobody's, then without a right to them the answer is the same"""
    person = {"login": "trudy", "name": "Trudy", "role": "agent", "tiers": ["senior"]}
    added = await siege.agent.call("POST", "users", **person)
    signed_in = await attacker.call("POST", "/desk/api/session", json={"login": "trudy", "password": added["password"]})
    cookie = {"Cookie": signed_in.headers["Set-Cookie"].partition(";")[0]}
    for path in ("users", f"users/{added['user']['id']}", "users/01ARZ3NDEKTSV4RRFFQ69G5FAV", "tickets", "desk"):
        answer = await attacker.call("GET", f"/desk/api/{path}", headers=cookie)
        assert (answer.status, answer.code) == (403, "must_change"), path
        siege.expect("desk", "must_change")
    await siege.agent.call("PATCH", f"users/{added['user']['id']}", disabled=True)
    gone = await attacker.call("GET", "/desk/api/me", headers=cookie)
    assert gone.code == "signed_out"


async def test_nobody_outside_writes_lines_into_the_log(siege: Siege, attacker: Attacker) -> None:
    await attacker.call("GET", "/x%0a2026-01-01T00:00:00Z%20[error]%20forged.line%20user=admin%1b[31m%e2%80%a8y")
    assert "forged.line" in siege.installation.log
    assert not re.search(r"^2026-01-01", siege.installation.log, re.MULTILINE)
    assert "\x1b[31m" not in siege.installation.log
    assert "\u2028" not in siege.installation.log


async def test_the_log_keeps_no_secrets(siege: Siege, attacker: Attacker) -> None:
    """given a log at its most talkative, then what opens a door is not in it"""
    token = await attacker.session()
    await attacker.frames(token, {"type": "ping"})
    signed_in = await attacker.call("POST", "/desk/api/session", json=LOGIN)
    cookie = signed_in.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    await attacker.call("GET", "/internal/v1/conversations/x/tickets", headers={"Authorization": "Bearer s3cret-guess"})
    keys = siege.installation.settings.keys
    secrets = [key.get_secret_value() for key in (keys.session_key, keys.brain_token, keys.internal_token)]
    for secret in (token, cookie, signed_in.json["csrf"], LOGIN["password"], ADMIN_PASSWORD, "s3cret-guess", *secrets):
        assert secret not in siege.installation.log
    siege.expect("internal", "unauthorized")
