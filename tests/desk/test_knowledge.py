"""Articles over the API: drafts, publishing with a replay before it, history, and who may do what."""

from typing import Any

import pytest

from connectors.message import JSON
from desk.ports import Answered, ReplayedChange, ReplayReport
from storage import article_log
from tests.desk.house import Console, House

FEES = "/knowledge/delivery-fees"
NEW = "/knowledge/gift-wrapping"
TODAY = "2026-11-22"


def content(body: str = "We wrap for ¥5.", **changes: Any) -> JSON:
    texts = {
        "en": {"title": "Do you wrap gifts?", "questions": ["gift paper", "wrap it", "as a present"], "body": body},
        "zh": {"title": "可以包装礼品吗？", "questions": ["礼品包装", "包起来", "送礼"], "body": "包装费 5 元。"},
    }
    return {"category": "orders", "tags": ["gift"], "audience": "public", "related": [], "texts": texts} | changes


def worse() -> ReplayReport:
    before = Answered(decision="answer", article="delivery-times", title="Times", confidence=0.9)
    after = Answered(decision="clarify", article="", title="", confidence=0.4)
    change = ReplayedChange(question="how long", language="en", times=7, before=before, after=after, verdict="worse")
    return ReplayReport(asked=9, unchanged=8, changes=(change,), passes=False)


async def drafted(console: Console, path: str = NEW, base: int = 0, **changes: Any) -> JSON:
    body = {"content": changes.pop("content", content()), "base": base, "note": "as asked", **changes}
    answer = await console.send("PUT", f"{path}/draft", body)
    assert answer.status == 200, await answer.text()
    return (await answer.json())["draft"]


async def done(console: Console, path: str, **body: Any) -> JSON:
    answer = await console.post(path, **body)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def refused(console: Console, path: str, **body: Any) -> tuple[int, JSON]:
    answer = await console.post(path, **body)
    return answer.status, (await answer.json())["error"]


@pytest.fixture
async def agent(house: House) -> Console:
    return await house.console("li.na")


@pytest.fixture
async def supervisor(house: House) -> Console:
    return await house.console("sue", role="supervisor")


async def test_the_list_has_files_and_what_the_console_made_of_them(
    house: House, agent: Console, supervisor: Console
) -> None:
    await drafted(agent)
    await drafted(supervisor, FEES)
    await done(supervisor, f"{FEES}/publish", note="new prices")
    await done(supervisor, "/knowledge/refund-times/withdraw", note="wrong")
    listed = {each["id"]: each for each in (await agent.json("/knowledge"))["articles"]}
    assert listed["gift-wrapping"] | {"problems": []} == {
        "id": "gift-wrapping", "category": "orders", "languages": ["en", "zh"], "audience": "public", "tags": ["gift"],
        "titles": {"en": "Do you wrap gifts?", "zh": "可以包装礼品吗？"}, "updated": "", "source": "console",
        "state": "draft_only", "version": 0, "draft": True, "problems": [],
    }  # fmt: skip
    fees, times, refunds = listed["delivery-fees"], listed["delivery-times"], listed["refund-times"]
    assert (fees["source"], fees["state"], fees["version"], fees["draft"]) == ("console", "published", 1, False)
    assert (fees["titles"]["en"], fees["updated"]) == ("Do you wrap gifts?", TODAY)
    assert (times["source"], times["state"], times["version"]) == ("file", "published", 0)
    assert (refunds["state"], refunds["titles"]["zh"]) == ("withdrawn", "退款多久到账？")


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"filter": "drafts"}, ["gift-wrapping"]),
        ({"filter": "withdrawn"}, ["refund-times"]),
        ({"filter": "console"}, ["gift-wrapping", "refund-times"]),
        ({"query": "礼品"}, ["gift-wrapping"]),
        ({"query": "GIFT-WRAP"}, ["gift-wrapping"]),
        ({"query": "gift", "filter": "files"}, []),
        ({"query": "几天能到", "limit": "1"}, ["delivery-times"]),
    ],
)
async def test_the_list_can_be_narrowed(
    agent: Console, supervisor: Console, params: dict[str, str], ids: list[str]
) -> None:
    await drafted(agent)
    await done(supervisor, "/knowledge/refund-times/withdraw")
    assert [each["id"] for each in (await agent.json("/knowledge", **params))["articles"]] == ids


async def test_a_broken_file_and_warnings_are_problems(house: House, agent: Console) -> None:
    (house.kb / "delivery" / "broken.en.md").write_text("---\nid: broken\n---\n")
    listed = {each["id"]: each for each in (await agent.json("/knowledge", filter="problems"))["articles"]}
    assert listed["broken"]["state"] == "broken"
    assert any(problem["error"] and "title" in problem["field"] for problem in listed["broken"]["problems"])
    assert [each["error"] for each in listed["warranty-period"]["problems"]] == [False]


async def test_a_draft_is_kept_with_its_mistakes_and_not_published(house: House, supervisor: Console) -> None:
    wrong = content("<b>Yes</b>", related=["no-such"], colour="red")
    draft = await drafted(supervisor, content=wrong)
    assert draft["content"] == wrong
    assert draft["by"] == {"id": supervisor.agent_id, "name": "Sue"}
    found = {(problem["field"], problem["error"]) for problem in draft["problems"]}
    assert found == {("texts.en.body", True), ("colour", True)}
    status, error = await refused(supervisor, f"{NEW}/publish")
    assert (status, error["code"]) == (409, "has_errors")
    assert {problem["field"] for problem in error["problems"]} == {"texts.en.body", "colour"}
    assert (await supervisor.json(NEW))["state"] == "draft_only"
    assert house.replay.asked == []


async def test_warnings_of_a_draft_name_the_other_article(agent: Console) -> None:
    texts = {"en": {"title": "Is it free?", "questions": ["is shipping free"], "body": "Yes."}}
    draft = await drafted(agent, content=content(texts=texts, related=["no-such"]))
    told = {problem["field"]: problem["message"] for problem in draft["problems"]}
    assert "no-such" in told["related"]
    assert "delivery-fees" in told["questions"]
    assert not any(problem["error"] for problem in draft["problems"])


async def test_publishing_asks_again_first_and_keeps_what_came_of_it(house: House, supervisor: Console) -> None:
    await drafted(supervisor)
    shown = await done(supervisor, f"{NEW}/publish", note="for Christmas")
    assert [asked for asked, _ in house.replay.asked] == ["gift-wrapping"]
    assert (shown["state"], shown["version"], shown["source"], shown["draft"]) == ("published", 1, "console", None)
    assert shown["content"]["texts"] == content()["texts"]
    (step,) = shown["versions"]
    assert step["by"] == {"id": supervisor.agent_id, "name": "Sue"}
    assert (step["number"], step["action"], step["note"]) == (1, "published", "for Christmas")
    assert step["replay"] == {"asked": 2, "changed": 0, "worse": 0}
    kept = await supervisor.json(f"{NEW}/versions/1")
    assert kept["content"] == shown["content"]
    assert set(kept) == {"number", "content", "by", "at", "note"}


async def test_a_replay_that_was_looked_at_is_not_done_again(house: House, supervisor: Console) -> None:
    await drafted(supervisor)
    replay = await done(supervisor, f"{NEW}/replay")
    assert (replay["asked"], replay["unchanged"], replay["changes"], replay["passes"]) == (2, 2, [], True)
    await done(supervisor, f"{NEW}/publish", replay_id=replay["replay_id"])
    assert len(house.replay.asked) == 1


@pytest.mark.parametrize("meanwhile", ["saved again", "a while ago", "another", "published"])
async def test_a_replay_of_something_else_does_not_count(house: House, supervisor: Console, meanwhile: str) -> None:
    await drafted(supervisor)
    replay = await done(supervisor, f"{NEW}/replay")
    if meanwhile == "saved again":
        await drafted(supervisor, content=content("We wrap for ¥6."))
    elif meanwhile == "a while ago":
        house.clock.pass_minutes(16)
    elif meanwhile == "published":  # each alone does no harm, but nobody has tried both
        await drafted(supervisor, FEES, content=content("Always free."))
        await done(supervisor, f"{FEES}/publish")
        house.replay.asked.pop()
    house.replay.report = worse()
    replay_id = "another" if meanwhile == "another" else replay["replay_id"]
    status, error = await refused(supervisor, f"{NEW}/publish", replay_id=replay_id)
    assert (status, error["code"]) == (409, "replay_failed")
    assert len(house.replay.asked) == 2


async def test_worse_answers_are_published_only_with_a_reason(house: House, supervisor: Console) -> None:
    house.replay.report = worse()
    await drafted(supervisor)
    status, error = await refused(supervisor, f"{NEW}/publish")
    assert (status, error["code"]) == (409, "replay_failed")
    assert error["changes"][0]["question"] == "how long"
    assert error["changes"][0]["after"]["decision"] == "clarify"
    assert (await supervisor.json(NEW))["version"] == 0
    status, error = await refused(supervisor, f"{NEW}/publish", accept=True, replay_id=error["replay_id"])
    assert (status, error["field"]) == (400, "note")
    shown = await done(supervisor, f"{NEW}/publish", accept=True, note="We stop that service.")
    assert shown["versions"][0]["replay"] == {"asked": 9, "changed": 1, "worse": 1}


async def test_without_the_bot_it_takes_a_reason_to_publish(house: House, supervisor: Console) -> None:
    house.replay.away = True
    await drafted(supervisor)
    assert (await refused(supervisor, f"{NEW}/replay"))[0] == 503
    assert (await refused(supervisor, f"{NEW}/publish", note="soon"))[0] == 503
    shown = await done(supervisor, f"{NEW}/publish", accept=True, note="urgent")
    assert shown["versions"][0]["replay"] is None


async def test_of_two_editors_the_slower_is_told(agent: Console, supervisor: Console) -> None:
    mine = await drafted(agent)
    theirs = await drafted(supervisor, content=content("Theirs."), draft_at=mine["at"])
    answer = await agent.send("PUT", f"{NEW}/draft", {"content": content("Mine."), "base": 0, "draft_at": mine["at"]})
    error = (await answer.json())["error"]
    assert (answer.status, error["code"], error["version"]) == (409, "stale", 0)
    assert (error["draft"]["content"], error["draft"]["by"]["name"]) == (content("Theirs."), "Sue")
    status, error = await refused(supervisor, f"{NEW}/publish", draft_at=mine["at"])
    assert (status, error["code"]) == (409, "stale")
    await done(supervisor, f"{NEW}/publish", draft_at=theirs["at"])
    answer = await agent.send("PUT", f"{NEW}/draft", {"content": content("Mine."), "base": 0})
    assert (answer.status, (await answer.json())["error"]["version"]) == (409, 1)
    await drafted(agent, base=1)


async def test_rolling_back_to_a_version_and_to_the_file(house: House, supervisor: Console) -> None:
    file = (await supervisor.json(FEES))["content"]
    for version, body in enumerate(("One.", "Two.")):
        await drafted(supervisor, FEES, base=version, content=content(body))
        await done(supervisor, f"{FEES}/publish")
    shown = await done(supervisor, f"{FEES}/rollback", to=1, note="Two was wrong")
    assert (shown["content"]["texts"]["en"]["body"], shown["version"]) == ("One.", 3)
    shown = await done(supervisor, f"{FEES}/withdraw", note="all wrong")
    assert (shown["content"], shown["state"], shown["version"]) == (None, "withdrawn", 4)
    assert (await done(supervisor, f"{FEES}/withdraw"))["version"] == 4, "it is already"
    shown = await done(supervisor, f"{FEES}/rollback", to=0)
    assert (shown["content"], shown["source"], shown["state"]) == (file, "file", "published")
    actions = [each["action"] for each in shown["versions"]]
    assert actions == ["rolled_back", "withdrawn", "rolled_back", "published", "published"]
    assert await house.db.read(article_log.over_the_folder) == {}
    records = (await supervisor.json("/audit", action="article"))["records"]
    assert [each["action"].removeprefix("article.") for each in records] == actions, "the trail says who did it"
    assert {each["subject"] for each in records} == {FEES.rpartition("/")[2]}
    assert records[2]["details"] == {"version": 3, "note": "Two was wrong"}


@pytest.mark.parametrize(("move", "asked"), [("rollback", content("One.")), ("withdraw", None)])
async def test_the_way_back_is_gated_too(house: House, supervisor: Console, move: str, asked: JSON | None) -> None:
    """given a way back that makes answers worse, or a bot that is away, then it takes a reason, and waits for nothing
    with one"""
    to = {"to": 1} if move == "rollback" else {}
    for version, body in enumerate(("One.", "Two.")):
        await drafted(supervisor, base=version, content=content(body))
        await done(supervisor, f"{NEW}/publish")
    house.replay.asked.clear()
    house.replay.report = worse()
    status, error = await refused(supervisor, f"{NEW}/{move}", note="quick", **to)
    assert (status, error["code"], len(error["changes"])) == (409, "replay_failed", 1)
    ((_, tried),) = house.replay.asked
    assert (tried and tried["texts"]) == (asked and asked["texts"])
    house.replay.away = True
    assert (await refused(supervisor, f"{NEW}/{move}", note="quick", **to))[0] == 503
    status, error = await refused(supervisor, f"{NEW}/{move}", accept=True, **to)
    assert (status, error["field"]) == (400, "note")
    assert (await supervisor.json(NEW))["version"] == 2
    asked_before = len(house.replay.asked)
    shown = await done(supervisor, f"{NEW}/{move}", note="a recall", accept=True, **to)
    assert (shown["version"], shown["versions"][0]["replay"], len(house.replay.asked)) == (3, None, asked_before)


@pytest.mark.parametrize("move", ["rollback", "withdraw"])
async def test_the_history_tells_what_the_way_back_changed(house: House, supervisor: Console, move: str) -> None:
    await drafted(supervisor)
    await done(supervisor, f"{NEW}/publish")
    shown = await done(supervisor, f"{NEW}/{move}", **({"to": 1} if move == "rollback" else {}))
    assert shown["versions"][0]["replay"] == {"asked": 2, "changed": 0, "worse": 0}


async def test_the_file_is_there_to_compare_with(house: House, supervisor: Console) -> None:
    await drafted(supervisor, FEES, content=content("Always free."))
    article = await done(supervisor, f"{FEES}/publish", note="a change")
    assert article["file"]
    of_file = await supervisor.json(f"{FEES}/versions/0")
    assert of_file["content"]["texts"]["en"]["title"] != article["content"]["texts"]["en"]["title"]
    await drafted(supervisor)
    assert not (await supervisor.json(NEW))["file"]
    assert (await supervisor.get(f"{NEW}/versions/0")).status == 404


async def test_what_cannot_be_rolled_back_to(supervisor: Console) -> None:
    assert (await refused(supervisor, f"{FEES}/rollback", to=0))[0] == 404
    await drafted(supervisor)
    await done(supervisor, f"{NEW}/publish")
    await done(supervisor, f"{NEW}/withdraw")
    for to in (0, 2, 9):  # no file, a withdrawal, no such version
        status, error = await refused(supervisor, f"{NEW}/rollback", to=to)
        assert (status, error["field"]) == (400, "to")


async def test_an_article_outside_its_dates_is_shown_as_such(house: House, supervisor: Console) -> None:
    await drafted(supervisor, content=content(valid_from="2026-11-23"))
    assert (await done(supervisor, f"{NEW}/publish"))["state"] == "not_valid"
    house.clock.pass_minutes(10 * 60)
    assert (await supervisor.json(NEW))["state"] == "published"


async def test_agents_write_and_supervisors_publish(house: House, agent: Console, supervisor: Console) -> None:
    colleague = await house.console("wang.wei")
    await drafted(agent)
    for move in ("publish", "rollback", "withdraw"):
        status, error = await refused(agent, f"{NEW}/{move}", **({"to": 0} if move == "rollback" else {}))
        assert (status, error["code"]) == (403, "forbidden")
    assert (await colleague.send("DELETE", f"{NEW}/draft")).status == 403
    assert (await agent.send("DELETE", f"{NEW}/draft")).status == 204
    assert (await agent.send("DELETE", f"{NEW}/draft")).status == 409
    await drafted(agent)
    assert (await supervisor.send("DELETE", f"{NEW}/draft")).status == 204
    assert (await agent.get(NEW)).status == 404


@pytest.mark.parametrize("name", ["Gift", "a_b", "a" * 81, "learning", "gaps"])
async def test_ids_are_words_and_dashes(agent: Console, name: str) -> None:
    answer = await agent.send("PUT", f"/knowledge/{name}/draft", {"content": content(), "base": 0})
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, "id")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": [], "base": 0}, "content"),
        ({"content": {}, "base": "0"}, "base"),
        ({"content": {}, "base": -1}, "base"),
        ({"content": {}}, "base"),
        ({"content": {"a": "\x00"}, "base": 0}, "content"),
        ({"content": {}, "base": 0, "note": "x" * 501}, "note"),
        ({"content": {}, "base": 0, "more": 1}, "more"),
    ],
)
async def test_what_is_sent_is_checked(agent: Console, body: JSON, field: str) -> None:
    answer = await agent.send("PUT", f"{NEW}/draft", body)
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, field)


@pytest.mark.parametrize("odd", [{}, {"texts": []}, {"texts": {"en": 1}, "tags": 7}, {"texts": {"fr": {}}}])
async def test_a_draft_of_any_shape_can_be_listed(agent: Console, odd: JSON) -> None:
    await drafted(agent, content=odd)
    assert (await agent.json("/knowledge", filter="drafts", query="gift"))["articles"][0]["titles"] in ({}, {"en": ""})
    assert (await agent.json(NEW))["draft"]["problems"]


async def test_open_consoles_are_told(house: House, agent: Console, supervisor: Console) -> None:
    socket = await agent.socket()
    await drafted(supervisor)
    await socket.expect("knowledge", article_id="gift-wrapping", action="draft")
    await done(supervisor, f"{NEW}/publish")
    await socket.expect("knowledge", article_id="gift-wrapping", action="published", version=1)
    await done(supervisor, f"{NEW}/withdraw")
    await socket.expect("knowledge", article_id="gift-wrapping", action="withdrawn", version=2)


async def test_the_list_in_pages(agent: Console) -> None:
    whole = await agent.json("/knowledge")
    pages = [await agent.json(f"/knowledge?limit=2&offset={start}") for start in range(0, whole["total"], 2)]
    assert [each for page in pages for each in page["articles"]] == whole["articles"]
    assert {page["total"] for page in pages} == {whole["total"]}


async def test_unknown_things_are_not_found(supervisor: Console) -> None:
    for path in (
        "/knowledge/nothing",
        f"{NEW}/versions/1",
        f"{NEW}/versions/x",
        f"{NEW}/versions/{10**20}",
    ):
        assert (await supervisor.get(path)).status == 404
    assert (await refused(supervisor, "/knowledge/nothing/withdraw"))[0] == 404
    assert (await refused(supervisor, "/knowledge/nothing/publish"))[1]["code"] == "no_draft"
