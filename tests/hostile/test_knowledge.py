"""The knowledge base's doors: who may not, what no article is, and texts that would do harm if they were believed."""

import asyncio
import time
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.installation import ADMIN_PASSWORD
from tests.hostile.attacker import JSON, Answer, Attacker
from tests.hostile.conftest import Siege

pytestmark = pytest.mark.asyncio(loop_scope="session")

GOOD: JSON = {"category": "orders", "texts": {"en": {"title": "Do you wrap gifts?", "questions": [], "body": "Yes."}}}


class Insider:
    """Somebody who has signed in, and means no good."""

    def __init__(self, attacker: Attacker, signed_in: Answer) -> None:
        self._attacker = attacker
        cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
        self.headers = {"Cookie": cookie, "X-CSRF-Token": signed_in.json["csrf"]}

    async def call(self, method: str, path: str, **arguments: Any) -> Answer:
        headers = self.headers | arguments.pop("headers", {})
        return await self._attacker.call(method, f"/desk/api/{path}", headers=headers, **arguments)

    async def draft(self, content: object, article_id: str = "hostile", **more: object) -> Answer:
        body = {"content": content, "base": 0} | more
        return await self.call("PUT", f"knowledge/{article_id}/draft", json=body)


async def signed_in(attacker: Attacker, login: str, password: str) -> Insider:
    answer = await attacker.call("POST", "/desk/api/session", json={"login": login, "password": password})
    assert answer.status == 200, answer
    return Insider(attacker, answer)


@pytest_asyncio.fixture(loop_scope="session")
async def admin(attacker: Attacker) -> Insider:
    return await signed_in(attacker, "admin", f"{ADMIN_PASSWORD}-changed")


ROUTES = [
    ("GET", "knowledge"), ("GET", "knowledge/hostile"), ("GET", "knowledge/hostile/versions/1"),
    ("PUT", "knowledge/hostile/draft"), ("DELETE", "knowledge/hostile/draft"), ("POST", "knowledge/hostile/replay"),
    ("POST", "knowledge/hostile/publish"), ("POST", "knowledge/hostile/rollback"), ("GET", "knowledge/learning"),
    ("POST", "knowledge/hostile/withdraw"), ("POST", "knowledge/learning"), ("POST", "knowledge/gaps/x/draft"),
    ("POST", "knowledge/gaps/x/dismiss"), ("POST", "tickets/x/article"),
]  # fmt: skip


async def test_nobody_comes_in_without_a_session_or_from_elsewhere(
    siege: Siege, attacker: Attacker, admin: Insider
) -> None:
    for method, path in ROUTES:
        answer = await attacker.call(method, f"/desk/api/{path}", json={})
        assert (answer.status, answer.code) == (401, "signed_out"), path
        siege.expect("desk", "signed_out")
        answer = await admin.call(method, path, headers={"Origin": "https://evil.example"}, json={})
        assert (answer.status, answer.code) == (403, "origin"), path
        siege.expect("desk", "origin")
        if method != "GET":
            answer = await admin.call(method, path, headers={"X-CSRF-Token": "0" * 64}, json={})
            assert (answer.status, answer.code) == (403, "csrf"), path
            siege.expect("desk", "csrf")


async def test_agents_publish_nothing_and_touch_no_draft_of_others(
    siege: Siege, attacker: Attacker, admin: Insider
) -> None:
    person = {"login": "eve", "name": "Eve", "role": "agent", "tiers": ["front_line"]}
    added = await siege.agent.call("POST", "users", **person)
    eve = await signed_in(attacker, "eve", added["password"])
    changed = await eve.call("POST", "password", json={"current": added["password"], "new": "correct horse 9"})
    eve = Insider(attacker, changed)
    assert (await admin.draft(GOOD)).status == 200
    for move, more in (("publish", {}), ("rollback", {"to": 0}), ("withdraw", {})):
        answer = await eve.call("POST", f"knowledge/hostile/{move}", json={"accept": True, "note": "please", **more})
        assert (answer.status, answer.code) == (403, "forbidden"), move
        siege.expect("desk", "forbidden")
    assert (await eve.call("DELETE", "knowledge/hostile/draft")).code == "forbidden"
    assert (await eve.draft(GOOD, draft_at=0)).code == "stale"
    assert (await admin.call("DELETE", "knowledge/hostile/draft")).status == 204
    await siege.agent.call("PATCH", f"users/{added['user']['id']}", disabled=True)


@pytest.mark.parametrize(
    ("article_id", "status"),
    [("a.b", 400), ("%2e%2e%2fx", 400), ("A", 400), ("x" * 81, 400), ("gaps", 400), ("learning", 400), ("%c3%bc", 400),
     ("%00", 404), ("-", 400), ("a--b", 400), ("a%0ab", 400), ("__proto__", 400), ("%e2%80%aea", 400)],
)  # fmt: skip
async def test_an_id_is_words_and_dashes(admin: Insider, article_id: str, status: int) -> None:
    answer = await admin.draft(GOOD, article_id)
    assert answer.status == status
    if status == 400:
        assert answer.json["error"]["field"] == "id"
        assert (await admin.call("GET", f"knowledge/{article_id}")).status in {200, 404}


NO_ARTICLES: dict[str, JSON] = {
    "nothing": {},
    "a list for texts": {"texts": []},
    "a list for a language": {"texts": {"en": []}},
    "nothing for a language": {"texts": {"en": None, "__proto__": {}, "": {}}},
    "objects for words": {"texts": {"en": {"title": {}, "questions": {}, "body": 5}}},
    "everything of another kind": {"category": [], "tags": 5, "related": {}, "audience": [], "updated": [], "texts": 1},
    "a folder above": GOOD | {"category": "../../etc"},
    "a path": GOOD | {"category": "/etc/cron.d"},
    "a category of nothing": GOOD | {"category": "\u202e"},
    "a huge number": GOOD | {"category": 10**300},
    "3,000 fields": {str(number): number for number in range(3_000)},
    "a day that never was": GOOD | {"valid_until": "2026-02-31"},
    "a script": GOOD | {"texts": {"en": {"title": "x", "questions": [], "body": "<script>alert(1)</script>"}}},
    "a title of nothing": GOOD | {"texts": {"en": {"title": "\u200b\u202e", "questions": [], "body": "x"}}},
}  # fmt: skip


@pytest.mark.parametrize("what", NO_ARTICLES)
async def test_what_is_no_article_is_kept_as_a_draft_with_its_mistakes_and_never_published(
    admin: Insider, what: str
) -> None:
    saved = await admin.draft(NO_ARTICLES[what], "no-article")
    assert saved.status == 200, saved
    assert any(each["error"] and each["field"] and each["message"] for each in saved.json["draft"]["problems"])
    for move in ("replay", "publish"):
        answer = await admin.call(
            "POST", f"knowledge/no-article/{move}", json={"accept": True, "note": "x"} if move == "publish" else {}
        )
        assert (answer.status, answer.code) == (409, "has_errors")
    assert (await admin.call("GET", "knowledge")).status == 200
    assert (await admin.call("DELETE", "knowledge/no-article/draft")).status == 204


async def test_what_cannot_be_stored_names_its_field(admin: Insider) -> None:
    for content in ({"a\0b": 1}, {"texts": {"en": {"title": "\ud800"}}}):
        answer = await admin.draft(content)
        assert (answer.status, answer.code, answer.json["error"]["field"]) == (400, "bad_field", "content")
    for wrong in (
        {"base": -1},
        {"base": "0"},
        {"base": True},
        {"base": 10**30},
        {"note": "x" * 501},
        {"draft_at": -1},
        {"more": 1},
    ):
        answer = await admin.draft(GOOD, **wrong)
        assert (answer.status, answer.json["error"]["field"]) == (400, next(iter(wrong)))
    for depth, status in ((900, 200), (20_000, 400)):
        body = b'{"base":0,"content":{"tags":' + b"[" * depth + b"]" * depth + b"}}"
        answer = await admin.call(
            "PUT", "knowledge/deep/draft", data=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status == status
    assert (await admin.call("GET", "knowledge/deep")).status == 200
    assert (await admin.call("DELETE", "knowledge/deep/draft")).status == 204
    big = GOOD | {"texts": {"en": {"title": "x", "questions": [], "body": "x" * 70_000}}}
    assert (await admin.draft(big)).code == "too_large"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1e3", "limit=99999", "offset=-1", "filter=x", "query=%00", "query=" + "x" * 201, "x=1"]
)
async def test_a_list_is_asked_for_in_bounds(admin: Insider, query: str) -> None:
    answer = await admin.call("GET", f"knowledge?{query}")
    assert (answer.status, answer.code) == (400, "bad_field")


async def test_a_body_of_very_many_lines_holds_nobody_up(siege: Siege, admin: Insider) -> None:
    """given texts that are slow to check, when they are saved again and again, then customers are answered meanwhile"""
    bodies = ["a" + "\n" * 30_000 + "b", "<a" * 30_000, "a" + " \n" * 20_000 + "|", "| " * 30_000]
    texts = [GOOD | {"texts": {"en": {"title": "x", "questions": [], "body": body}}} for body in bodies]
    begun = time.monotonic()
    saving = asyncio.gather(*(admin.draft(content, f"long-{number}") for number, content in enumerate(texts)))
    await siege.bystander.say("are you still there?")
    await siege.bystander.sees("You said: are you still there?")
    assert [each.status for each in await saving] == [200] * 4
    assert time.monotonic() - begun < 5
    for number in range(4):
        assert (await admin.call("DELETE", f"knowledge/long-{number}/draft")).status == 204


async def test_texts_that_deceive_are_shown_as_what_they_are(admin: Insider) -> None:
    """given links that would run and marks that turn the text, when they are published, then no mark is left, and what
    is no link to the console and the widget stays text"""
    words = {
        "title": "Invoice\u202efdp.exe\u200b",
        "questions": ["\u2066a question\u2069"],
        "body": "[pay](javascript:alert(1))\u202e",
    }
    await admin.draft(GOOD | {"texts": {"en": words}}, "deceiving")
    answer = await admin.call("POST", "knowledge/deceiving/publish", json={"accept": True, "note": "x"})
    assert answer.status == 200, answer
    shown = answer.json["content"]["texts"]["en"]
    assert shown == {"title": "Invoicefdp.exe", "questions": ["a question"], "body": "[pay](javascript:alert(1))"}
    gone = await admin.call("POST", "knowledge/deceiving/withdraw", json={"accept": True, "note": "x"})
    assert gone.status == 200


@pytest.mark.parametrize("number", ["x", "-1", "1e3", "%D9%A9", "9" * 30, "99", "%00"])
async def test_a_version_is_a_number(admin: Insider, number: str) -> None:
    assert (await admin.call("GET", f"knowledge/deceiving/versions/{number}")).status == 404


@pytest.mark.parametrize("gap", ["x", "%00", "x" * 3_000, "%ff", "a%2fb", "%e2%80%ae"])
async def test_gaps_and_tickets_that_are_none_are_not_found(admin: Insider, gap: str) -> None:
    for path in (f"knowledge/gaps/{gap}/draft", f"knowledge/gaps/{gap}/dismiss", f"tickets/{gap}/article"):
        answer = await admin.call("POST", path, json={})
        assert (answer.status, answer.code) == (404, "not_found")


async def test_the_bots_door_opens_for_the_bot_alone(siege: Siege, attacker: Attacker) -> None:
    path = "/internal/v1/knowledge"
    for header in ("", "Bearer ", "Bearer " + "0" * 64, "Basic x", "Bearer \udcff"):
        answer = await attacker.call("GET", path, headers={"Authorization": header} if header else {})
        assert (answer.status, answer.code) == (401, "unauthorized")
        siege.expect("internal", "unauthorized")
    token = {"Authorization": f"Bearer {siege.installation.settings.keys.internal_token.get_secret_value()}"}
    for query in ("after=-1", "after=1e3", "after=" + "9" * 4_000, "after=%D9%A9"):
        assert (await attacker.call("GET", f"{path}?{query}", headers=token)).status == 400
    for query in ("after=0&log=%00", "log=" + "x" * 3_000, "after=5&log=%ff"):
        assert (await attacker.call("GET", f"{path}?{query}", headers=token)).json["complete"] is True
    assert (await attacker.call("POST", path, headers=token)).status == 405
