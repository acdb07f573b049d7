"""Trainings: made from articles, edited, assigned, passed, and due again when an article says something else."""

import asyncio

from connectors.message import JSON
from desk.training import DAY_MS, Trainings
from tests.desk.house import PASSWORD, Console, House

ARTICLE = "returns/return-no-reason"


async def made(chief: Console) -> JSON:
    """A draft about returns."""
    answer = await chief.post("/trainings", title="Returns", articles=["return-no-reason"], each=3)
    assert answer.status == 201, await answer.text()
    return await answer.json()


async def assigned(house: House, chief: Console, agent: Console) -> JSON:
    draft = await made(chief)
    body = {"due_at": house.clock() + DAY_MS, "agent_ids": [agent.agent_id]}
    answer = await chief.post(f"/trainings/{draft['id']}/assign", **body)
    assert answer.status == 200, await answer.text()
    return await answer.json()


def right(training: JSON, language: str = "en", *, wrong: int = 0) -> dict[str, int]:
    asked = [each for each in training["questions"] if each["language"] == language]
    return {each["id"]: (each["right"] + (n < wrong)) % len(each["options"]) for n, each in enumerate(asked)}


def form(training: JSON, client_id: str, answers: dict[str, int]) -> JSON:
    return {"client_id": client_id, "version": training["version"], "answers": answers}


async def test_questions_are_edited_and_taken_out_before_anybody_gets_them(house: House) -> None:
    agent, chief = await house.console("li.na"), await house.console("chief", role="supervisor")
    draft = await made(chief)
    assert {each["language"] for each in draft["questions"]} == {"en", "zh"}
    assert {each["article_id"] for each in draft["questions"]} == {"return-no-reason"}
    first, second, *_ = draft["questions"]
    names = ("title", "pass_mark", "tries", "hours", "cost", "version")
    body = {name: draft[name] for name in names} | {"questions": [first | {"text": "Which one?"}], "hours": 1.5}
    path = f"/trainings/{draft['id']}"
    for wrong, field in (
        ({"questions": [first | {"options": ["a", "a"]}]}, "questions.0.options"),
        ({"questions": [first | {"right": 4, "options": ["a", "b"]}]}, "questions.0.options"),
        ({"questions": [second | {"article_id": "refund-times"}]}, "questions.0"),
        ({"questions": []}, "questions"),
    ):
        answer = await chief.send("PUT", path, body | wrong)
        assert (answer.status, (await answer.json())["error"]["field"]) == (400, field)
    changed = await (await chief.send("PUT", path, body)).json()
    assert ([each["text"] for each in changed["questions"]], changed["hours"]) == (["Which one?"], 1.5)
    assert (await chief.send("PUT", path, body)).status == 409, "somebody changed it meanwhile"
    assert (await agent.json("/trainings/mine"))["tasks"] == []
    assert (await chief.send("DELETE", path)).status == 204
    assert (await chief.post("/trainings", title="Moon", articles=["moon"], each=3)).status == 400


async def test_a_grade_gets_it_and_the_right_answers_stay_secret(house: House) -> None:
    agent, chief = await house.console("li.na"), await house.console("chief", role="supervisor")
    draft = await made(chief)
    path = f"/trainings/{draft['id']}"
    assert (await chief.post(f"{path}/assign", due_at=house.clock() + DAY_MS)).status == 400
    assert (await chief.post(f"{path}/assign", due_at=house.clock(), grade="junior")).status == 400
    given = await (await chief.post(f"{path}/assign", due_at=house.clock() + DAY_MS, grade="junior")).json()
    assert {each["name"] for each in given["people"]} == {"Li Na", "Chief"}
    [task] = (await agent.json("/trainings/mine"))["tasks"]
    assert (task["title"], task["state"], task["overdue"]) == ("Returns", "open", False)
    quiz = await agent.json(f"{path}/questions", language="zh")
    assert {each["language"] for each in quiz["questions"]} == {"zh"}
    assert "right" not in str(quiz["questions"])
    house.clock.now += DAY_MS + 1
    await chief.log_in("chief", PASSWORD)
    assert (await chief.json("/trainings"))["trainings"][0]["overdue"] == 2


async def test_who_gives_enough_right_answers_has_passed_and_a_repeat_counts_once(house: House) -> None:
    agent, chief = await house.console("li.na"), await house.console("chief", role="supervisor")
    training = await assigned(house, chief, agent)
    path = f"/trainings/{training['id']}/answers"
    bad = form(training, "try-00001", right(training, wrong=9))
    for _ in range(2):
        answer = await (await agent.post(path, **bad)).json()
        assert (answer["passed"], answer["score"], answer["task"]["tried"]) == (False, 0, 1)
    assert {each["article_id"] for each in answer["wrong"]} == {"return-no-reason"}
    more = (agent.post(path, **form(training, f"more-000{number}", right(training, wrong=9))) for number in range(3))
    assert sorted([each.status for each in await asyncio.gather(*more)]) == [200, 200, 409], "three tries in all"
    again = {"due_at": house.clock() + DAY_MS, "agent_ids": [agent.agent_id]}
    assert (await chief.post(f"/trainings/{training['id']}/assign", **again)).status == 200, "and all of them again"
    short = dict(list(right(training).items())[:1])
    assert (await agent.post(path, **form(training, "try-00002", short))).status == 400, "all are to be answered"
    assert (await agent.post(path, **form(training, "try-00003", right(training)) | {"version": 1})).status == 409
    good = await (await agent.post(path, **form(training, "try-00004", right(training)))).json()
    assert (good["passed"], good["score"], good["task"]["state"]) == (True, 100, "passed")
    figures = await chief.json("/growth/figures")
    assert (figures["training_hours"], figures["training_cost"]) == (0, 0)


async def test_a_pass_ends_when_the_article_says_something_else(house: House) -> None:
    agent, chief = await house.console("li.na"), await house.console("chief", role="supervisor")
    training = await assigned(house, chief, agent)
    path = f"/trainings/{training['id']}"
    await agent.post(f"{path}/answers", **form(training, "try-00001", right(training)))
    await Trainings(house.service).renew()
    assert (await agent.json("/trainings/mine"))["tasks"][0]["state"] == "passed", "nothing changed"

    file = house.kb / f"{ARTICLE}.en.md"
    file.write_text(file.read_text(encoding="utf-8").replace("7 days", "30 days of trying"), encoding="utf-8")
    await asyncio.gather(*(Trainings(house.service).renew() for _ in range(2)))
    [task] = (await agent.json("/trainings/mine"))["tasks"]
    assert (task["state"], task["tried"], task["due_at"]) == ("expired", 0, house.clock() + 14 * DAY_MS)
    renewed = await chief.json(path)
    assert renewed["version"] == training["version"] + 1, "once, also by two at the same time"
    assert "30 days" in str(renewed["questions"])
    late = await agent.post(f"{path}/answers", **form(training, "try-00002", right(training)))
    assert late.status == 409, "these are the old questions"
    again = await (await agent.post(f"{path}/answers", **form(renewed, "try-00003", right(renewed)))).json()
    assert again["task"]["state"] == "passed"

    for gone in house.kb.glob(f"{ARTICLE}.*"):
        gone.unlink()
    await Trainings(house.service).renew()
    assert (await agent.json("/trainings/mine"))["tasks"] == []
    assert (await chief.json(path))["state"] == "closed", "without its articles it ends"
