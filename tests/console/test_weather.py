"""Bad days: lost lines, lost answers, refused sends. Nothing is lost, nothing doubled, nothing stale."""

import asyncio

import pytest
from playwright.async_api import expect

from connectors.desk import TicketChange
from connectors.message import JSON
from storage.audit import Actor
from tests.console.office import Office
from tests.console.scenes import ann_smith, handoff, wang_fang
from tests.console.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def _texts(office: Office, ticket_id: str) -> list[str]:
    said = [entry for entry in await office.entries(ticket_id) if entry.kind == "message" and not entry.before]
    return [entry.content.text for entry in said]


async def test_after_a_reconnection_everything_is_fetched_again(screen: Screen, office: Office) -> None:
    mine, gone = await office.open(ann_smith()), await office.open(handoff(question="Soon gone"))
    await screen.take(mine)
    await screen.visit(f"#/queue/{mine}")
    await expect(screen.rows).to_have_count(1)
    await office.storm()
    await expect(screen.page.get_by_text("Connection lost")).to_be_visible()
    await office.change(gone, TicketChange.WITHDRAWN)
    await office.open(wang_fang())
    await office.say(mine, "Said while nobody listened", name="Ann Smith")
    await office.service.set_accepting(False, Actor())
    await expect(screen.page.get_by_text("What you see may be out of date")).to_be_visible(timeout=20_000)
    office.calm()
    await screen.page.get_by_role("button", name="Retry now").click()
    await expect(screen.live).to_be_visible()
    await expect(screen.entry("Said while nobody listened")).to_be_visible()
    await expect(screen.rows.locator(".row-name")).to_have_text(["王芳"])
    await expect(screen.page.get_by_text("Desk is off")).to_be_visible()
    await expect(screen.page.get_by_text("out of date")).to_have_count(0)


async def test_it_reconnects_by_itself_and_is_fresh_even_without_a_socket(screen: Screen, office: Office) -> None:
    office.weather.sockets_blocked = True
    await office.cut()
    await expect(screen.page.get_by_text("Connection lost")).to_be_visible()
    await office.open(ann_smith())
    await expect(screen.rows).to_have_count(1, timeout=20_000)
    office.calm()
    await expect(screen.live).to_be_visible(timeout=25_000)


async def test_a_reply_whose_answer_was_lost_is_stored_once(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    office.weather.lose_answers = 1
    office.weather.sockets_blocked = True
    await office.cut()
    await screen.reply("Once only")
    await expect(screen.entry("Once only")).to_have_count(1)
    await expect(screen.entry("Once only")).to_contain_text("Sent", timeout=15_000)
    posts = [path for method, path in office.weather.seen if method == "POST" and path.endswith("/messages")]
    assert len(posts) == 2
    assert await _texts(office, ticket_id) == ["Once only"]
    await expect(screen.entry("Once only")).to_have_count(1)


async def test_replies_written_without_a_connection_go_out_later_in_order(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    await office.storm()
    for text in ("first", "second", "third"):
        await screen.reply(text)
    await expect(screen.timeline.locator(".entry-pending")).to_have_count(3)
    await expect(screen.entry("first")).to_contain_text("it is sent as soon as there is one")
    await asyncio.sleep(1)
    office.calm()
    await expect(screen.timeline.locator(".entry-pending")).to_have_count(0, timeout=20_000)
    assert await _texts(office, ticket_id) == ["first", "second", "third"]


async def test_a_refused_reply_can_be_tried_again_or_edited(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    office.weather.refuse["/messages"] = {"code": "forbidden", "message": "Not now.", "status": 403}
    await screen.reply("try me")
    await screen.reply("edit me")
    await expect(screen.entry("try me")).to_contain_text("Not sent. Not now.")
    office.calm()
    await screen.entry("try me").get_by_role("button", name="Try again").click()
    await expect(screen.entry("try me")).to_contain_text("Sent")
    await screen.entry("edit me").get_by_role("button", name="Edit").click()
    await expect(screen.box).to_have_value("edit me")
    await expect(screen.entry("edit me")).to_have_count(0)
    assert await _texts(office, ticket_id) == ["try me"]


async def test_what_was_on_its_way_at_a_reload_is_offered_again(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    office.weather.delay = 30
    await screen.reply("interrupted")
    await expect(screen.entry("interrupted")).to_contain_text("Sending…")
    office.calm()
    await screen.page.reload()
    await expect(screen.entry("interrupted")).to_contain_text("Not sent.")
    await screen.entry("interrupted").get_by_role("button", name="Try again").click()
    await expect(screen.entry("interrupted")).to_contain_text("Sent")
    assert await _texts(office, ticket_id) == ["interrupted"]


async def test_a_page_that_failed_to_load_is_fetched_again(screen: Screen, office: Office) -> None:
    office.weather.sockets_blocked = True
    await office.cut()
    await expect(screen.page.get_by_text("Connection lost")).to_be_visible()
    office.weather.down = True
    await office.open(ann_smith())
    office.weather.sockets_blocked = False
    office.weather.only_sockets = True
    await screen.page.get_by_role("button", name="Retry now").click()
    await expect(screen.live).to_be_visible()
    office.calm()
    await expect(screen.rows).to_have_count(1)


async def test_a_hole_in_the_timeline_is_filled(screen: Screen, office: Office) -> None:
    ticket_id = await office.open(ann_smith())
    await screen.take(ticket_id)
    publish = office.bus.publish

    async def lossy(topic: str, payload: JSON) -> None:
        if topic != "desk":
            await publish(topic, payload)

    office.bus.publish = lossy  # type: ignore[method-assign]
    await office.say(ticket_id, "lost on the way", name="Ann Smith")
    office.bus.publish = publish  # type: ignore[method-assign]
    await office.say(ticket_id, "arrives", name="Ann Smith")
    await expect(screen.entry("arrives")).to_be_visible()
    await expect(screen.entry("lost on the way")).to_be_visible()


async def test_the_service_is_down_when_the_page_opens(screen: Screen, office: Office) -> None:
    await office.storm()
    await screen.page.reload()
    await expect(screen.page.get_by_role("heading", name="Can't reach the desk")).to_be_visible()
    office.calm()
    await screen.button("Try again").click()
    await expect(screen.live).to_be_visible()
