"""The private page of a ticket: what it shows, what it takes, and who does not get in."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import Connection, select, update

from connectors.desk import DeskEventKind, TicketChange
from connectors.message import Action, Author, Content, Profile
from frontdoor import status_page
from frontdoor.status_api import WRONG_PER_MIN
from frontdoor.status_links import hash_of
from storage import conversations, messages
from storage.clock import now_ms
from storage.handoffs import handoff
from storage.messages import message
from storage.status_links import status_link
from tests.unit.desk.tickets import a_ticket
from tests.unit.frontdoor.conftest import until
from tests.unit.frontdoor.status_house import StatusHouse, status_house

DAY_MS = 86_400_000
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[StatusHouse]:
    async with status_house(sqlite_url, tmp_path / "files") as running:
        await running.asked()
        yield running


async def closed_since(house: StatusHouse, days: int) -> None:
    """The ticket was closed so many days ago."""
    earlier = update(handoff).values(updated_at=handoff.c.updated_at - days * DAY_MS)
    await house.database.write(lambda tx: tx.execute(earlier))


async def test_it_follows_the_ticket_through_its_stages(house: StatusHouse) -> None:
    seen = await house.look()
    assert seen["number"] == house.desk.opened[0].reference
    assert (seen["stage"], seen["can"]) == ("received", ["write"])
    await house.desk.happens(DeskEventKind.TAKEN)
    await house.customer.reaches("with_agent")
    assert (await house.look())["stage"] == "in_progress"
    await house.desk.happens(DeskEventKind.REPLIED, "which model is it?")
    await house.customer.reaches("waiting_customer")
    assert (await house.look())["stage"] == "waiting_for_you"
    await house.resolved()
    seen = await house.look()
    assert (seen["stage"], seen["can"]) == ("solved", ["confirm", "rate", "reopen"])
    said = [(each["author"], each["text"]) for each in seen["messages"]]
    assert said == [("agent", "which model is it?")], "nothing of the bot's, nothing from before"


async def test_what_is_added_reaches_the_desk_once_and_no_bot_answers(house: StatusHouse) -> None:
    await house.answered("which model is it?")
    thought = house.rasa.turns.total()
    for _ in range(2):
        response = await house.post("messages", client_id="page-0001", text="RC-40 <b>bold</b>")
        assert response.status == 202, await response.text()
    await until(lambda: house.desk.lines)
    assert [line.content.text for line in house.desk.lines] == ["RC-40 <b>bold</b>"]
    await house.customer.reaches("with_agent")
    assert house.rasa.turns.total() == thought
    assert (await house.look())["messages"][-1]["text"] == "RC-40 <b>bold</b>"


async def test_files_go_along_with_the_limits_of_every_channel(house: StatusHouse) -> None:
    await house.answered("please send a photo")
    headers = {"Authorization": f"Bearer {house.token}"}
    form = FormData()
    form.add_field("file", PNG, filename="photo.png")
    uploaded = await house.http.post("/api/v1/status/files", data=form, headers=headers)
    assert uploaded.status == 201, await uploaded.text()
    file_id = (await uploaded.json())["id"]
    assert (await house.post("messages", client_id="page-0002", attachments=[file_id])).status == 202
    await until(lambda: house.desk.lines)
    assert house.desk.lines[0].content.attachments[0].name == "photo.png"

    form = FormData()
    form.add_field("file", b"<html>" * 5_000, filename="large.txt")
    assert (await house.http.post("/api/v1/status/files", data=form, headers=headers)).status == 413
    refused = await house.post("messages", client_id="page-0003", attachments=["01NOTMINE"])
    assert (refused.status, (await refused.json())["error"]["code"]) == (400, "bad_attachment")
    refused = await house.post("messages", client_id="page-0004", text="x" * 401)
    assert (await refused.json())["error"]["code"] == "too_long"
    refused = await house.post("messages", client_id="page-0005", text="  ")
    assert (await refused.json())["error"]["code"] == "empty"


async def test_it_is_confirmed_rated_and_opened_again_there(house: StatusHouse) -> None:
    await house.answered("done")
    await house.resolved()
    await house.post("confirmation", client_id="page-0001")
    await house.customer.sees("How would you rate")
    await house.post("rating", client_id="page-0002", score=2, comment="slow")
    await house.customer.sees("Thank you for your feedback")
    seen = await house.look()
    assert (seen["stage"], seen["score"], seen["can"]) == ("confirmed", 2, ["rate", "reopen"])
    await house.post("messages", client_id="page-0003", text="it is broken again")
    await house.customer.reaches("queued")
    await until(lambda: "it is broken again" in [line.content.text for line in house.desk.lines])
    assert [change for change, _ in house.desk.changes][-1] == TicketChange.REOPENED
    assert (len(house.desk.opened), (await house.look())["stage"]) == (1, "received")


async def test_after_some_days_it_cannot_be_opened_and_then_not_be_seen(house: StatusHouse) -> None:
    await house.answered("done")
    await house.resolved()
    await closed_since(house, 8)
    assert "reopen" not in (await house.look())["can"]
    refused = await house.post("reopening", client_id="page-0001")
    assert (refused.status, (await refused.json())["error"]["code"]) == (400, "closed")
    await closed_since(house, 30)
    assert (await house.get(house.token)).status == 404


async def test_a_token_is_no_guess_and_only_its_hash_is_kept(house: StatusHouse) -> None:
    kept = await house.database.read(lambda tx: tx.execute(select(status_link.c.token_hash)).scalars().all())
    assert kept == [hash_of(house.token)]
    assert len(house.token) == 32, "192 bits"
    assert (await house.get("")).status == 401
    wrong = [house.token[:-1] + ("A" if house.token[-1] != "A" else "B"), house.token.lower(), "../..", "é" * 32]
    for token in wrong:
        assert (await house.get(token.encode().decode("latin-1"))).status == 404
    statuses = [(await house.get(secrets.token_urlsafe(24))).status for _ in range(WRONG_PER_MIN)]
    assert statuses[-1] == 429
    assert (await house.get(house.token)).status == 200, "who knows the link is not held up by who guesses"


async def test_the_page_is_not_kept_listed_or_told_to_others(house: StatusHouse) -> None:
    page = await house.http.get(f"/status/{house.token}")
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert house.token not in await page.text()
    assert (await house.http.get("/status/main.js")).status == 200
    for path in ("/status/", "/status/nothing", f"/status/{house.token}/x", "/status/../desk.yml"):
        assert (await house.http.get(path)).status == 404, path


async def test_the_bot_alone_gives_no_link(house: StatusHouse) -> None:
    await house.customer.do(Action.LEAVE_QUEUE)
    await house.customer.reaches("bot")
    assert (await house.look())["stage"] == "closed"
    assert (await house.look())["can"] == []


async def test_of_a_long_talk_the_end_is_shown(house: StatusHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_page, "SAID", 2)
    await house.desk.happens(DeskEventKind.TAKEN)
    for text in ("one", "two", "three"):
        await house.desk.happens(DeskEventKind.REPLIED, text)
    await house.customer.sees("three")
    assert [each["text"] for each in (await house.look())["messages"]] == ["two", "three"]


async def test_who_goes_on_elsewhere_shows_nothing_that_was_said_there_before(house: StatusHouse) -> None:
    """given a customer who continues in a conversation that they have had for long, then whoever has the link of this
    ticket sees what is said there from now on, and not what they wrote before. What they add on the page reaches the
    desk, though it is an early message there, and what is solved can be rated, but not opened where nobody looks.
    """
    await house.answered("which model is it?")
    here = (await house.page.find(house.token)).conversation

    def gone_on(tx: Connection) -> None:
        there = conversations.begin(tx, "wechat", "w-ann", Profile())
        told: dict[str, Any] = {"conversation_id": there.id, "author": Author.CUSTOMER}
        old = messages.add(tx, seq=1, content=Content(text="about my health insurance"), **told)
        tx.execute(update(message).where(message.c.id == old.id).values(at=5))
        messages.add(tx, seq=2, content=Content(text="it is the RC-40"), **told)
        conversations.update_conversation(tx, there.id, seq=2)
        conversations.update_conversation(tx, here.id, address=f"moved:{here.id}", moved_to=there.id)

    await house.database.write(gone_on)
    said = [each["text"] for each in (await house.look())["messages"]]
    assert said == ["which model is it?", "it is the RC-40"]
    assert (await house.post("messages", client_id="page-0001", text="here is the number")).status == 202
    await until(lambda: house.desk.lines)
    assert house.desk.lines[-1].content.text == "here is the number"

    await house.desk.happens(DeskEventKind.RESOLVED)
    async with asyncio.timeout(5):
        while "rate" not in (seen := await house.look())["can"]:  # noqa: ASYNC110 - the database
            await asyncio.sleep(0.02)
    assert seen["can"] == ["confirm", "rate"]
    await house.post("rating", client_id="page-0002", score=5)
    await until(lambda: house.desk.changes)
    assert house.desk.changes[-1] == (TicketChange.RATED, {"score": 5, "comment": ""})


@pytest.mark.parametrize(("minutes", "promised"), [(30, True), (-30, False)])
async def test_a_time_that_is_over_is_promised_to_nobody(house: StatusHouse, minutes: int, promised: bool) -> None:
    case = await house.page.find(house.token)
    due_at = now_ms() + minutes * 60_000
    shown = house.page.shown(replace(case, ticket=a_ticket(due_at=due_at)))
    assert shown["next_update_at"] == (due_at if promised else None)
