"""Quality reviews: drawn, scored, seen, appealed, decided; and silent about customers who were forgotten."""

from typing import Any

from sqlalchemy import Connection, select

from connectors.message import JSON
from desk.quality import DAY_MS, Reviews
from storage.retention import erase
from storage.reviews import quality_review
from storage.tickets import find_ticket
from tests.desk.house import PASSWORD, Console, House
from tests.desk.test_growth import solved

CARD: JSON = {"scores": {"understood": 5, "right": 4, "tone": None, "process": 5}, "comment": "well done"}
LOW: JSON = {"scores": {"right": 1}, "remarks": {"right": {"comment": "the fee was wrong"}}}


async def drawn(house: House, by: Console, **about: Any) -> tuple[str, str]:
    """A conversation that was drawn: its review's id and its ticket's."""
    ticket_id = await solved(house, by, **about)
    await draw_later(house)
    row = await house.db.read(_review_of, ticket_id)
    return row, ticket_id


async def draw_later(house: House) -> None:
    """Draw when the slice of the month is over; meanwhile nobody is signed out."""
    now = house.clock.now
    house.clock.now += DAY_MS
    await Reviews(house.service).draw()
    house.clock.now = now


def _review_of(tx: Connection, ticket_id: str) -> str:
    return tx.execute(select(quality_review.c.id).where(quality_review.c.ticket_id == ticket_id)).scalar_one()


async def people(house: House) -> tuple[Console, Console, Console]:
    agent, senior = await house.console("li.na"), await house.console("wu.min", role="senior")
    return agent, senior, await house.console("he.jie", role="senior")


async def test_a_review_is_written_by_a_colleague_if_it_is_one_and_seen_by_the_agent(house: House) -> None:
    agent, senior, _ = await people(house)
    review_id, _ = await drawn(house, agent)
    [waiting] = (await senior.json("/quality"))["waiting"]
    assert (waiting["id"], waiting["why"], waiting["drawn"]["of"]) == (review_id, "random", 1)
    assert (await agent.json("/quality/mine"))["reviews"] == [], "nothing is said yet"
    entries = (await senior.json(f"/quality/reviews/{review_id}"))["entries"]
    said = next(each["id"] for each in entries if each["author"] == "agent")

    for card, field in (
        ({"scores": {"right": 2}}, "remarks.right"),
        ({"scores": {"beauty": 5}}, "scores.beauty"),
        ({"scores": {"right": 6}}, "scores.right"),
        ({"scores": {"right": None}}, "scores"),
        ({"scores": {"right": 5}, "remarks": {"right": {"entry_id": "elsewhere"}}}, "remarks.right"),
    ):
        answer = await senior.post(f"/quality/reviews/{review_id}", **card)
        assert (answer.status, (await answer.json())["error"].get("field")) == (400, field)
    card = CARD | {"remarks": {"right": {"comment": "one day off", "entry_id": said}}}
    answer = await senior.post(f"/quality/reviews/{review_id}", **card)
    assert (answer.status, (await answer.json())["waiting"]) == (200, [])
    assert (await senior.post(f"/quality/reviews/{review_id}", **CARD)).status == 409, "once"
    [mine] = (await agent.json("/quality/mine"))["reviews"]
    assert (mine["score"], mine["remarks"]["right"]["entry_id"], mine["may_appeal"]) == (90, said, True)
    assert "quality" in {each["name"] for each in (await agent.json("/growth"))["checks"]}


async def test_nobody_reviews_their_own_work(house: House) -> None:
    _, senior, other = await people(house)
    review_id, _ = await drawn(house, senior)
    assert (await senior.json("/quality"))["waiting"] == []
    assert (await senior.post(f"/quality/reviews/{review_id}", **CARD)).status == 403
    assert (await other.post(f"/quality/reviews/{review_id}", **CARD)).status == 200


async def test_an_appeal_is_decided_by_somebody_else_and_their_score_counts(house: House) -> None:
    agent, senior, other = await people(house)
    review_id, _ = await drawn(house, agent)
    path = f"/quality/reviews/{review_id}"
    assert (await agent.post(f"{path}/appeal", reason="unfair")).status == 404, "there is no score yet"
    assert (await senior.post(path, **LOW)).status == 200
    assert (await other.post(f"{path}/appeal", reason="unfair")).status == 404, "it is not theirs"
    assert (await agent.post(f"{path}/appeal", reason="the fee is right since Monday")).status == 200
    assert (await agent.post(f"{path}/appeal", reason="again")).status == 409

    assert (await senior.json("/quality"))["appealed"] == []
    assert (await senior.post(f"{path}/decide", decision="no")).status == 403
    [appealed] = (await other.json("/quality"))["appealed"]
    assert appealed["appeal"] == "the fee is right since Monday"
    better = {"scores": {"right": 5}}
    assert (await other.post(f"{path}/decide", decision="you are right", card=better)).status == 200
    [mine] = (await agent.json("/quality/mine"))["reviews"]
    assert (mine["state"], mine["first_score"], mine["score"], mine["decision"]) == (
        "decided", 20, 100, "you are right",
    )  # fmt: skip
    chief = await house.console("chief", role="supervisor")
    actions = [each["action"] for each in (await chief.json("/audit", action="quality"))["records"]]
    assert actions == ["quality.decided", "quality.appealed", "quality.reviewed"]


async def test_a_score_stands_when_an_appeal_comes_too_late_or_is_not_upheld(house: House) -> None:
    agent, senior, other = await people(house)
    review_id, _ = await drawn(house, agent)
    await senior.post(f"/quality/reviews/{review_id}", **LOW)
    now = house.clock.now
    house.clock.now += 14 * DAY_MS + 1
    await agent.log_in("li.na", PASSWORD)
    late = await agent.post(f"/quality/reviews/{review_id}/appeal", reason="unfair")
    assert late.status == 409, "too late"
    house.clock.now = now
    assert (await agent.post(f"/quality/reviews/{review_id}/appeal", reason="unfair")).status == 200
    assert (await other.post(f"/quality/reviews/{review_id}/decide", decision="it was wrong")).status == 200
    [mine] = (await agent.json("/quality/mine"))["reviews"]
    assert (mine["state"], mine["score"], mine["decision"]) == ("decided", 20, "it was wrong")


async def test_one_is_drawn_from_a_slice_of_the_month_once_and_what_went_badly_besides(house: House) -> None:
    agent, senior, _ = await people(house)
    for score in (5, 5, 1):
        await solved(house, agent, score=score)
    await Reviews(house.service).draw()
    assert (await senior.json("/quality"))["waiting"] == [], "the slice is not over"
    for _ in range(2):
        await draw_later(house)
    waiting = (await senior.json("/quality"))["waiting"]
    why = {each["why"]: each["drawn"]["of"] for each in waiting}
    assert why["random"] == 3
    assert len(waiting) == len(why)
    assert len(waiting) == 2 or waiting[0]["ticket"], "the low-rated one may be the random one"


async def test_who_is_forgotten_takes_the_words_along_and_leaves_the_score(house: House) -> None:
    agent, senior, _ = await people(house)
    review_id, ticket_id = await drawn(house, agent)
    await senior.post(f"/quality/reviews/{review_id}", **LOW, comment="王芳 was angry")
    await agent.post(f"/quality/reviews/{review_id}/appeal", reason="王芳 was not")
    ticket = await house.db.read(find_ticket, ticket_id)
    assert ticket is not None
    await house.db.write(erase, [ticket.conversation_id])
    [mine] = (await agent.json("/quality/mine"))["reviews"]
    assert (mine["ticket"], mine["score"], mine["remarks"], mine["comment"], mine["appeal"]) == (None, 20, {}, "", "")
    assert "王芳" not in str(mine)
