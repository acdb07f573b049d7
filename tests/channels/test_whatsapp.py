"""What is WhatsApp's own: files both ways, lists and buttons, typing, reports, the window and its template."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from connectors.channel import Request
from connectors.channels import whatsapp_send
from connectors.desk import DeskEventKind
from connectors.errors import Malformed, TryLater, Undeliverable
from connectors.message import Attachment, Author, Button, Content, Media, Outbound
from connectors.vendor import chunks
from frontdoor.step import Step
from storage import customers, files, openings
from storage.conversations import find_by_address
from storage.outbox import outbox
from tests.contract.vendor_bench import CUSTOMER, Hook, House, house_of, until
from tests.fakes.vendors.meta_graph import APP_ID, VERIFY_TOKEN, trouble
from tests.fakes.vendors.whatsapp import ACCOUNT_ID, NUMBER_ID, WhatsappVendor
from tests.fakes.vendors.whatsapp_bench import WhatsappBench

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 64
OUT = Outbound(
    message_id="m1",
    conversation_id="c1",
    address="16505551234",
    author=Author.BOT,
    content=Content(text="Hello"),
    seq=1,
    at=0,
)


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with WhatsappVendor() as vendor:
        async with house_of(WhatsappBench(vendor), tmp_path, empty_database) as house:
            yield house
        assert vendor.wrongs == []


async def run(house: House, function: Callable[..., object], *args: object) -> None:
    """Do something in the customer's conversation."""
    await house.core.steps.run(await conversation_of(house), function, *args)


async def conversation_of(house: House) -> str:
    found = await house.database.read(find_by_address, "whatsapp", house.bench.address_of(CUSTOMER))
    assert found is not None
    return found.id


async def to_human(house: House) -> None:
    """A human has taken the conversation."""
    await house.says("I want a human", "1")
    await house.sees("in line for a colleague")
    await house.desk.happens(DeskEventKind.TAKEN)
    await house.sees("Li Na has joined")


# the handshake


async def test_meta_looks_whether_the_address_is_ours(house: House) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY_TOKEN}
    async with house.client.get("/webhooks/whatsapp/webhook", params=query) as response:
        assert (response.status, await response.text()) == (200, "1158201444")
    assert await house.bench.deliver(house, Hook(method="GET", query=query | {"hub.verify_token": "guess"})) == 403


# who writes


async def test_who_writes_is_known_by_name_and_a_proven_number(house: House) -> None:
    """WhatsApp vouches for the number, so it may link the customer to other channels."""
    await house.says("hello", "1")
    address = house.bench.address_of(CUSTOMER)

    def who(tx: Connection) -> customers.Customer | None:
        return customers.find_at(tx, "whatsapp", address)

    await until(lambda: house.vendor.said)
    found = await house.database.read(who)
    assert found is not None
    assert (found.name, found.proven_phone) == ("Sheena Nelson", f"+{address}")


async def test_a_customer_who_hides_their_number_is_answered_by_their_id(house: House) -> None:
    person = "US.13491208655302741918"
    text = {"from_user_id": person, "id": "wamid.1", "timestamp": "1", "type": "text", "text": {"body": "hello"}}
    contact = {"profile": {"username": "realsheenanelson"}, "user_id": person}
    assert await house.bench.deliver(house, house.bench.delivery(contacts=[contact], messages=[text])) == 200
    said = await house.sees("You said: hello", person)
    assert said.raw["recipient"] == person
    assert "to" not in said.raw


async def test_a_number_that_changed_is_written_to_no_more(house: House) -> None:
    await to_human(house)
    number = house.bench.address_of(CUSTOMER)
    moved = {"body": "User changed", "wa_id": "12195555358", "type": "user_changed_number"}
    system = {"from": number, "id": "wamid.S", "timestamp": "1", "type": "system", "system": moved}
    assert await house.bench.deliver(house, house.bench.delivery(messages=[system])) == 200
    await house.desk.happens(DeskEventKind.REPLIED, "Are you there?")
    await until(lambda: house.desk.lines, house.explain)
    assert house.desk.lines[-1].content.custom["status"] == "undeliverable"
    assert "Are you there?" not in house.vendor.texts(CUSTOMER)


async def test_several_customers_in_one_delivery_are_all_answered(house: House) -> None:
    one = house.bench.incoming("text", "wamid.1", {"body": "first"}, "ann")
    two = house.bench.incoming("text", "wamid.1", {"body": "第二个"}, "bob")
    assert await house.bench.deliver(house, house.bench.said(one, two)) == 200
    await house.sees("You said: first", "ann")
    await house.sees("You said: 第二个", "bob")


# files


async def test_a_file_is_fetched_with_the_token_and_kept(house: House) -> None:
    media_id = house.vendor.keep("image/png", PICTURE)
    image = {"id": media_id, "mime_type": "image/png", "caption": "It arrived like this"}
    message = house.bench.incoming("image", "wamid.1", image)
    assert await house.bench.deliver(house, house.bench.said(message)) == 200
    await until(lambda: house.rasa.texts, house.explain)

    def kept(tx: Connection) -> list[tuple[str, int]]:
        return [(row.media_type, row.size) for row in tx.execute(select(files.attachment))]

    assert await house.database.read(kept) == [("image/png", len(PICTURE))]
    assert house.rasa.texts == ["It arrived like this"]


async def test_a_file_with_another_digest_is_not_taken(house: House) -> None:
    media_id = house.vendor.keep("image/png", PICTURE)
    media = Media(ref=media_id, data={"sha256": hashlib.sha256(PICTURE).hexdigest()})
    assert b"".join([chunk async for chunk in house.channel.fetch(media)]) == PICTURE
    house.vendor.false_digest = True
    with pytest.raises(TryLater):
        [chunk async for chunk in house.channel.fetch(Media(ref=media_id))]


async def test_a_file_that_is_gone_is_gone(house: House) -> None:
    with pytest.raises(Undeliverable):
        [chunk async for chunk in house.channel.fetch(Media(ref="999"))]


async def test_an_agents_file_is_put_there_and_sent(house: House) -> None:
    await to_human(house)
    stored = await house.channel._ports.files.save(await conversation_of(house), "boiler plan.png", chunks(PICTURE))
    await run(house, _send_file, replace(stored, url=""))
    await until(lambda: any(said.files for said in house.vendor.said), house.explain)
    (said,) = [said for said in house.vendor.said if said.files]
    assert said.files[0][1] == PICTURE
    assert said.raw["type"] == "image"


def _send_file(step: Step, attachment: Attachment) -> None:
    step.add(Author.AGENT, Content(attachments=(attachment,)), name="Li Na")


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/jpeg", "image"),
        ("audio/mpeg", "audio"),
        ("video/mp4", "video"),
        ("application/pdf", "document"),
        ("text/plain", "document"),
    ],
)
def test_a_file_is_shown_as_what_it_is(media_type: str, kind: str) -> None:
    attachment = Attachment(id="f", name="a file", media_type=media_type, size=1)
    shown, body = whatsapp_send.file_body(attachment, "1037543291543636")
    assert shown == kind
    assert body.get("filename") == ("a file" if kind == "document" else None)
    assert media_type in whatsapp_send.SIZES


# choices


def choices(count: int, title: str = "Choice {}", text: str = "Which?", language: str = "en") -> Outbound:
    buttons = tuple(Button(title=title.format(n), token=f"01J9ZQ4M6V8T2R5W7Y1B3D6F8H.{n}") for n in range(count))
    return replace(OUT, content=Content(text=text, buttons=buttons), language=language)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (choices(3), "button"),
        (choices(3, text="x" * 1024), "button"),
        (choices(3, text="x" * 1025), "list"),  # a text with buttons has at most 1024 characters
        (choices(3, title="twenty-one characters"), "list"),  # and its titles 20
        (choices(2, title="the same"), "list"),  # and different
        (choices(4), "list"),
        (choices(10), "list"),
    ],
)
def test_choices_are_buttons_where_they_fit_and_else_a_list(message: Outbound, kind: str) -> None:
    body = whatsapp_send.message_body(message)
    assert (body["type"], body["interactive"]["type"]) == ("interactive", kind)


def test_choices_without_words_get_some() -> None:
    assert whatsapp_send.message_body(choices(2, text=""))["interactive"]["body"]["text"] == "Please choose:"
    body = whatsapp_send.message_body(choices(5, text="", language="zh"))["interactive"]
    assert (body["body"]["text"], body["action"]["button"]) == ("请选择：", "请选择")


async def test_a_list_is_pressed_like_buttons(house: House) -> None:
    """given more choices than buttons, when one of the list is taken, then the bot gets its payload."""
    await house.says("hello", "1")
    await house.sees("You said")
    await run(house, _offer_many)
    said = await house.sees("Which of these?")
    assert said.raw["interactive"]["type"] == "list"
    assert await house.bench.deliver(house, house.bench.press(said, 4, "2")) == 200
    await until(lambda: "/pick_4" in house.rasa.texts, house.explain)


def _offer_many(step: Step) -> None:
    buttons = tuple(Button(title=f"Choice {n}", payload=f"/pick_{n}") for n in range(5))
    step.add(Author.BOT, Content(text="Which of these?", buttons=buttons))


# typing


async def test_typing_marks_the_last_message_as_read(house: House) -> None:
    await house.says("hello", "1")
    await house.says("are you there?", "2")
    await house.sees("are you there?")
    house.vendor.read.clear()
    await house.channel.typing(house.bench.address_of(CUSTOMER))
    assert house.vendor.read == [("wamid.2", True)]


async def test_another_worker_knows_the_last_message_too(house: House) -> None:
    await house.says("hello", "1")
    await house.sees("You said")
    house.channel._latest.clear()
    house.vendor.read.clear()
    await house.channel.typing(house.bench.address_of(CUSTOMER))
    assert house.vendor.read == [("wamid.1", True)]


async def test_nobody_is_shown_typing_who_has_not_written(house: House) -> None:
    await house.channel.typing("16505559999")
    assert house.vendor.read == []


# reports


async def test_what_becomes_of_a_message_is_noted(house: House) -> None:
    await house.says("hello", "1")
    await house.sees("You said")
    assert await house.settled() == {"sent": 1}
    for status in ("sent", "delivered", "read"):
        assert await house.bench.deliver(house, house.bench.status("wamid.HBgL1", status)) == 200

    async def read() -> bool:
        def look(tx: Connection) -> bool:
            row = tx.execute(select(outbox)).one()
            return row.delivered_at is not None and row.read_at is not None

        return await house.database.read(look)

    await eventually(read)


async def test_a_message_that_did_not_arrive_is_shown_to_the_humans_with_the_reason(house: House) -> None:
    await to_human(house)
    await house.desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await house.sees("It leaves tomorrow.")
    number = len(house.vendor.said)
    await house.settled()
    error = {"code": 131026, "title": "Message undeliverable"}
    hook = house.bench.status(f"wamid.HBgL{number}", "failed", errors=[error])
    assert await house.bench.deliver(house, hook) == 200
    await until(lambda: house.desk.lines, house.explain)
    note = house.desk.lines[-1].content
    assert note.custom["status"] == "undeliverable"
    assert "131026" in note.text
    assert "It leaves tomorrow." in note.text


async def test_a_report_about_somebody_elses_message_is_taken_and_forgotten(house: House) -> None:
    assert await house.bench.deliver(house, house.bench.status("wamid.UNKNOWN", "delivered")) == 200
    assert await house.statuses() == {}


# the window


async def close_window(house: House) -> None:
    """A day has passed, for us and for Meta."""
    house.vendor.closed.add(house.bench.address_of(CUSTOMER))
    await house.database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))


async def test_an_answer_that_is_too_late_invites_the_customer_and_follows_when_they_write(house: House) -> None:
    """given a closed window, when an agent answers twice, then the template goes out once, in the customer's language,
    and the answers when they write.
    """
    await to_human(house)
    await close_window(house)
    await house.desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await house.desk.happens(DeskEventKind.REPLIED, "Before noon.")
    await until(lambda: len(house.desk.lines) == 2 and house.vendor.templates, house.explain)
    assert house.vendor.templates == [(house.bench.address_of(CUSTOMER), "write_to_us", "en")]
    assert "It leaves tomorrow." not in house.vendor.texts(CUSTOMER)
    house.vendor.closed.clear()
    await house.says("yes?", "2")
    await house.sees("Before noon.")
    assert house.vendor.texts(CUSTOMER)[-2:] == ["It leaves tomorrow.", "Before noon."]
    assert len(house.vendor.templates) == 1


async def test_a_window_that_only_meta_knows_to_be_closed_is_invited_through_too(house: House) -> None:
    await to_human(house)
    house.vendor.closed.add(house.bench.address_of(CUSTOMER))
    await house.desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await until(lambda: house.vendor.templates, house.explain)
    house.vendor.closed.clear()
    await house.says("yes?", "2")
    await house.sees("It leaves tomorrow.")


async def test_chinese_speakers_are_invited_in_chinese(house: House) -> None:
    await house.channel.reopen(replace(OUT, language="zh"))
    assert house.vendor.templates == [("16505551234", "write_to_us", "zh_CN")]


async def test_a_template_that_meta_does_not_know_is_no_crash(house: House) -> None:
    house.vendor.troubles.append(trouble(132001, 404))
    with pytest.raises(Undeliverable, match="132001"):
        await house.channel.reopen(OUT)


class Uninviting(WhatsappBench):
    """Without a template."""

    def settings(self) -> dict[str, object]:
        return {name: value for name, value in super().settings().items() if name != "invitation"}


async def test_without_a_template_the_answer_waits(tmp_path: Path, empty_database: Path) -> None:
    async with WhatsappVendor() as vendor, house_of(Uninviting(vendor), tmp_path, empty_database) as house:
        assert not house.channel.reopens
        await to_human(house)
        await close_window(house)
        await house.desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
        await until(lambda: house.desk.lines, house.explain)
        await asyncio.sleep(0.1)
        assert vendor.templates == []
        assert (await house.statuses())["held"] == 1


# setting it up


async def test_it_is_connected_and_checked(house: House) -> None:
    before = await house.channel.check()
    assert [finding.ok for finding in before] == [True, False, True]
    done = await house.channel.connect()
    assert all(finding.ok for finding in done), done
    (subscription,) = house.vendor.subscriptions
    assert subscription["object"] == "whatsapp_business_account"
    assert subscription["callback_url"] == "https://support.hearthline.example/webhooks/whatsapp/webhook"
    assert house.vendor.subscribed
    assert any("Hearthline +1 555-078-3881" in finding.what for finding in before)
    assert {NUMBER_ID, ACCOUNT_ID, APP_ID} == {each.split("/")[2] for each in house.vendor.requests}


async def test_a_link_leads_to_us_once_our_number_is_known(house: House) -> None:
    assert house.channel.invitation("K7P2M9QX") == ""
    await house.says("hello", "1")
    assert house.channel.invitation("K7P2M9QX") == "https://wa.me/15550783881?text=K7P2M9QX"


def test_a_request_that_is_not_metas_is_told_apart_from_one_that_is_malformed(house: House) -> None:
    body = b'{"object": 7}'
    hook = house.bench.sign(Hook(body=body))
    headers = {name.lower(): value for name, value in hook.headers.items()}
    request = Request(method="POST", path="/", query={}, headers=headers, body=body, remote="127.0.0.1")
    house.channel.verify(request)
    with pytest.raises(Malformed, match="must be text"):
        house.channel.parse(request)


async def eventually(happened: Callable[[], Awaitable[bool]]) -> None:
    """Wait until an asynchronous look says yes."""
    for _ in range(250):
        if await happened():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen in time")
