"""What is Messenger's own: comments, private replies, names, read marks, files, the tag of people, the menu."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from connectors.channels import messenger_send
from connectors.desk import DeskEventKind
from connectors.errors import Undeliverable
from connectors.message import Attachment, Author, Button, Content, Media, Outbound
from connectors.vendor import chunks
from frontdoor.step import Step
from storage import customers, files, openings
from storage.conversations import Conversation, find_by_address
from storage.outbox import outbox
from tests.contract.vendor_bench import CUSTOMER, Hook, House, house_of, until
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.messenger import PAGE_ID, PUBLIC, MessengerVendor
from tests.fakes.vendors.messenger_bench import InstagramBench, MessengerBench
from tests.fakes.vendors.meta_graph import VERIFY_TOKEN, trouble

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 64
THANKS = "Thanks for writing! We've sent you a private message."
COMMENT = "44444444_5405676"
PERSON = "1254477777772919"
OUT = Outbound(
    message_id="m1", conversation_id="c1", address=PERSON, author=Author.BOT, content=Content(text="Hello"), seq=1, at=0
)


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with MessengerVendor() as vendor:
        async with house_of(MessengerBench(vendor), tmp_path, empty_database) as house:
            yield house
        assert vendor.wrongs == []


async def conversation_of(house: House, customer: str = CUSTOMER) -> Conversation:
    found = await house.database.read(find_by_address, house.channel.name, house.bench.address_of(customer))
    assert found is not None
    return found


async def run(house: House, function: Callable[..., object], *args: object) -> None:
    """Do something in the customer's conversation."""
    await house.core.steps.run((await conversation_of(house)).id, function, *args)


async def eventually(happened: Callable[[], Awaitable[bool]]) -> None:
    """Wait until an asynchronous look says yes."""
    for _ in range(250):
        if await happened():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen in time")


async def to_human(house: House) -> None:
    """A human has taken the conversation."""
    await house.says("I want a human", "1")
    await house.sees("in line for a colleague")
    await house.desk.happens(DeskEventKind.TAKEN)
    await house.sees("Li Na has joined")


async def comments(house: House, text: str, comment: str = COMMENT, **more: object) -> int:
    """Somebody comments on a post of the page."""
    return await house.bench.deliver(house, house.bench.comment(text, comment, **more))


def recipients(house: House) -> list[object]:
    """Whom private messages were for, in order."""
    return [said.raw["recipient"] for said in house.vendor.said if said.address != PUBLIC]


# comments


async def test_a_comment_is_answered_once_in_public_and_the_rest_in_private(house: House) -> None:
    """given a comment, when the bot answers, then the public sees thanks and the customer the answer; and when they
    write back, then it goes on in private, in the same conversation.
    """
    assert await comments(house, "When does it come back in stock?") == 200
    await house.sees("You said: When does it come back in stock?")
    assert house.vendor.texts(PUBLIC) == [THANKS]
    assert [said.raw for said in house.vendor.said if said.address == PUBLIC] == [{"on": COMMENT, "edge": "comments"}]
    assert recipients(house) == [{"comment_id": COMMENT}]
    assert (await conversation_of(house)).name == "Cinderella Hoover"

    await house.says("and in blue?", "2")
    await house.sees("You said: and in blue?")
    assert recipients(house)[-1] == {"id": house.bench.address_of(CUSTOMER)}
    assert await house.stored() == ["When does it come back in stock?", "and in blue?"]
    assert house.vendor.texts(PUBLIC) == [THANKS]


async def test_a_comment_that_is_delivered_again_is_answered_once(house: House) -> None:
    statuses = await asyncio.gather(*(comments(house, "How much?") for _ in range(4)))
    assert set(statuses) == {200}
    await house.sees("You said: How much?")
    assert await comments(house, "How much?") == 200
    await house.settled()
    assert house.vendor.texts(PUBLIC) == [THANKS]
    assert house.vendor.texts(CUSTOMER) == ["You said: How much?"]


async def test_each_comment_of_a_customer_has_its_answers(house: House) -> None:
    await comments(house, "How much?", "44444444_1")
    await house.sees("You said: How much?")
    await house.settled()
    await comments(house, "多少钱？", "44444444_2")
    await house.sees("You said: 多少钱？")
    assert len(house.vendor.texts(PUBLIC)) == 2
    assert recipients(house) == [{"comment_id": "44444444_1"}, {"comment_id": "44444444_2"}]


async def test_no_second_private_message_leaves_before_the_customer_writes(house: House) -> None:
    """A comment may be replied to once; what comes after waits, is shown as such, and follows."""
    await comments(house, "I want a human")
    await house.sees("in line for a colleague")
    await house.desk.happens(DeskEventKind.TAKEN)
    await house.desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await until(lambda: house.desk.lines, house.explain)
    assert house.desk.lines[-1].content.custom["status"] == "held"
    await house.says("hello?", "2")
    await house.sees("It leaves tomorrow.")
    assert recipients(house)[-1] == {"id": house.bench.address_of(CUSTOMER)}


async def test_who_chats_with_us_already_is_not_narrowed_by_a_comment(house: House) -> None:
    await to_human(house)
    await comments(house, "And here in public, too")
    house.vendor.closed.clear()  # they wrote less than a day ago
    await until(lambda: house.vendor.texts(PUBLIC), house.explain)
    for number in range(3):
        await house.desk.happens(DeskEventKind.REPLIED, f"reply {number}")
    await house.sees("reply 2")


async def test_a_private_reply_of_which_nobody_knew_is_not_made_twice(house: House) -> None:
    """given a private reply that arrived in silence, when the next message finds the comment replied to, then it goes
    to the person.
    """
    await comments(house, "How much?")
    await house.sees("You said: How much?")
    await house.settled()
    address = house.bench.address_of(CUSTOMER)
    await house.channel._state.put(f"comment:{address}", {"open": COMMENT})
    house.vendor.closed.clear()
    await house.channel.send(replace(OUT, address=address))
    assert recipients(house)[-1] == {"id": address}
    await house.channel.send(replace(OUT, address=address))
    assert house.vendor.texts(CUSTOMER)[-2:] == ["Hello", "Hello"]


async def test_somebody_whose_id_meta_does_not_tell_is_answered_by_their_comment(house: House) -> None:
    house.vendor.comments[COMMENT] = PERSON
    house.vendor.names[PERSON] = "stranger"
    value = {
        "item": "comment",
        "verb": "add",
        "post_id": f"{PAGE_ID}_44",
        "comment_id": COMMENT,
        "message": "How much?",
    }
    hook = house.bench.delivery(changes=[{"field": "feed", "value": value}])
    assert await house.bench.deliver(house, hook) == 200
    await house.sees("You said: How much?", "stranger")
    await house.settled()
    # Meta has told meanwhile who it was
    await house.channel.send(replace(OUT, address=f"comment:{COMMENT}"))
    assert recipients(house) == [{"comment_id": COMMENT}, {"id": PERSON}]


async def test_a_post_of_a_visitor_is_answered_like_a_comment(house: House) -> None:
    post, person = f"{PAGE_ID}_55555555", house.bench.address_of(CUSTOMER)
    house.vendor.comments[post] = person
    house.vendor.closed.add(person)
    value = {"item": "post", "verb": "add", "post_id": post, "message": "A gift for my nephew?", "from": {"id": person}}
    hook = house.bench.delivery(changes=[{"field": "feed", "value": value}])
    assert await house.bench.deliver(house, hook) == 200
    await house.sees("You said: A gift for my nephew?")
    assert recipients(house) == [{"post_id": post}]
    assert house.vendor.said[0].raw == {"on": post, "edge": "comments"}


async def test_a_public_answer_that_is_refused_keeps_nothing_from_the_customer(house: House) -> None:
    house.vendor.troubles.append(trouble(200, 403))
    await comments(house, "How much?")
    await house.sees("You said: How much?")
    assert await house.settled() == {"undeliverable": 1, "sent": 1}
    assert house.vendor.texts(PUBLIC) == []


async def test_a_public_answer_of_unknown_outcome_is_not_repeated(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdoor.outbox.SEND_TIMEOUT_S", 0.5)
    house.vendor.troubles.append(Trouble(silent_s=3, sends=True))
    await comments(house, "How much?")
    await house.sees("You said: How much?")
    assert await house.settled() == {"unknown": 1, "sent": 1}
    assert house.vendor.texts(PUBLIC) == [THANKS]


async def test_an_instagram_comment_is_answered_in_its_own_way(tmp_path: Path, empty_database: Path) -> None:
    async with MessengerVendor() as vendor:
        async with house_of(InstagramBench(vendor), tmp_path, empty_database) as house:
            await comments(house, "How much is it?", "17865799348089039")
            await house.sees("You said: How much is it?")
            assert vendor.said[0].raw == {"on": "17865799348089039", "edge": "replies"}
            assert recipients(house) == [{"comment_id": "17865799348089039"}]
        assert vendor.wrongs == []


# names


async def test_who_writes_is_asked_for_once(house: House) -> None:
    address = house.bench.address_of(CUSTOMER)
    house.vendor.profiles[address] = {"first_name": "Peter", "last_name": "Chang", "locale": "zh_CN"}

    async def named() -> bool:
        def who(tx: Connection) -> customers.Customer | None:
            return customers.find_at(tx, "messenger", address)

        found = await house.database.read(who)
        return found is not None and found.name == "Peter Chang"

    await house.says("hello", "1")
    await eventually(named)
    await house.says("hello again", "2")
    await house.sees("hello again")
    assert house.vendor.asked == [address]


async def test_a_page_that_may_not_know_languages_still_knows_names(house: House) -> None:
    house.vendor.may_ask_locale = False
    for name in ("ann", "bob"):
        house.vendor.profiles[house.bench.address_of(name)] = {"first_name": name.title(), "locale": "zh_CN"}
        await house.says("hello", "1", name)
        await house.sees("You said", name)

    async def named() -> bool:
        return (await conversation_of(house, "bob")).name == "Bob"

    await eventually(named)
    assert len(house.vendor.asked) == 3  # twice for the first, once for the second


async def test_nobody_waits_for_a_name(house: House) -> None:
    await house.says("hello", "1")
    await house.sees("You said: hello")
    assert await house.settled() == {"sent": 1}


# reports


async def test_read_until_a_moment_means_what_was_sent_by_then(house: House) -> None:
    await house.says("hello", "1")
    await house.sees("You said: hello")
    await house.settled()
    mid = "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_1"
    delivered = house.bench.happened(delivery={"mids": [mid], "watermark": 1})
    assert await house.bench.deliver(house, house.bench.chat(delivered)) == 200
    await eventually(lambda: _reported(house, "delivered_at"))
    early = house.bench.happened(read={"watermark": 1458668856253})
    assert await house.bench.deliver(house, house.bench.chat(early)) == 200
    late = house.bench.happened(read={"watermark": 99999999999999})
    assert not await _reported(house, "read_at")
    assert await house.bench.deliver(house, house.bench.chat(late)) == 200
    await eventually(lambda: _reported(house, "read_at"))


async def _reported(house: House, column: str) -> bool:
    def look(tx: Connection) -> bool:
        return tx.execute(select(outbox.c[column])).scalar_one() is not None

    return await house.database.read(look)


# the start, the menu, links


async def test_the_start_button_greets(house: House) -> None:
    postback = house.bench.happened(postback={"mid": "m_1", "title": "Get Started", "payload": "frontdoor:start"})
    assert await house.bench.deliver(house, house.bench.chat(postback)) == 200
    await house.sees("Hearthline")
    assert await house.stored() == []


async def test_the_menu_calls_a_human(house: House) -> None:
    await house.says("hello", "1")
    await house.sees("You said")
    postback = house.bench.happened(postback={"title": "Talk to a human", "payload": "frontdoor:human"})
    assert await house.bench.deliver(house, house.bench.chat(postback)) == 200
    await house.sees("in line for a colleague")
    assert len(house.desk.opened) == 1


def test_a_link_leads_to_the_page(house: House) -> None:
    assert house.channel.invitation("K7P2M9QX") == f"https://m.me/{PAGE_ID}?ref=K7P2M9QX"


async def test_it_is_connected_and_checked(house: House) -> None:
    assert [finding.ok for finding in await house.channel.check()] == [True, False]
    done = await house.channel.connect()
    assert all(finding.ok for finding in done), done
    assert house.vendor.subscriptions[0]["object"] == "page"
    assert {"messages", "feed", "mention", "message_reads"} <= house.vendor.subscribed
    assert house.vendor.profile["get_started"] == {"payload": "frontdoor:start"}
    assert house.vendor.profile["persistent_menu"][0]["locale"] == "default"


async def test_instagram_is_connected_in_its_own_way(tmp_path: Path, empty_database: Path) -> None:
    async with MessengerVendor() as vendor:
        async with house_of(InstagramBench(vendor), tmp_path, empty_database) as house:
            done = await house.channel.connect()
            assert all(finding.ok for finding in done), done
            assert vendor.subscriptions[0]["object"] == "instagram"
            assert vendor.profile["persistent_menu"][0]["locale"] == "default"
        assert vendor.wrongs == []


async def test_meta_looks_whether_the_address_is_ours(house: House) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY_TOKEN}
    async with house.client.get("/webhooks/messenger/webhook", params=query) as response:
        assert (response.status, await response.text()) == (200, "1158201444")
    assert await house.bench.deliver(house, Hook(method="GET", query=query | {"hub.verify_token": "guess"})) == 403


# files


async def test_a_file_is_fetched_without_the_token_and_kept(house: House) -> None:
    house.vendor.files["kettle.png"] = ("image", "kettle.png", PICTURE)
    image = {"type": "image", "payload": {"url": f"{house.vendor.url}/cdn/kettle.png"}}
    event = house.bench.happened(message={"mid": "m_1", "text": "It arrived like this", "attachments": [image]})
    assert await house.bench.deliver(house, house.bench.chat(event)) == 200
    await until(lambda: house.rasa.texts, house.explain)

    def kept(tx: Connection) -> list[tuple[str, int]]:
        return [(row.media_type, row.size) for row in tx.execute(select(files.attachment))]

    assert await house.database.read(kept) == [("image/png", len(PICTURE))]


async def test_nothing_is_fetched_from_elsewhere(house: House) -> None:
    for url in (
        "https://example.com/a.png",
        "http://127.0.0.1:1/a",
        "file:///etc/passwd",
        "https://fbcdn.net.evil.example/",
    ):
        with pytest.raises(Undeliverable):
            [chunk async for chunk in house.channel.fetch(Media(ref=url))]


async def test_an_agents_file_is_put_there_and_sent(house: House) -> None:
    await to_human(house)
    conversation = await conversation_of(house)
    stored = await house.channel._ports.files.save(conversation.id, "boiler plan.png", chunks(PICTURE))
    await run(house, _send_file, replace(stored, url=""))
    await until(lambda: any(said.files for said in house.vendor.said), house.explain)
    (said,) = [said for said in house.vendor.said if said.files]
    assert said.files[0][1] == PICTURE
    assert said.raw["message"]["attachment"]["type"] == "image"


def _send_file(step: Step, attachment: Attachment) -> None:
    step.add(Author.AGENT, Content(attachments=(attachment,)), name="Li Na")


# choices and typing


def choices(count: int, text: str = "Which?") -> Outbound:
    buttons = tuple(Button(title=f"Choice {n}", token=f"01J9ZQ4M6V8T2R5W7Y1B3D6F8H.{n}") for n in range(count))
    return replace(OUT, content=Content(text=text, buttons=buttons))


@pytest.mark.parametrize(
    ("message", "stays"),
    [(choices(3), True), (choices(3, "x" * 641), False), (choices(4), False), (choices(13), False)],
)
def test_choices_stay_under_the_text_where_they_fit(message: Outbound, stays: bool) -> None:
    shown = messenger_send.message_body(message, {"id": PERSON})["message"]
    assert ("attachment" in shown) is stays
    assert ("quick_replies" in shown) is not stays


async def test_a_quick_reply_is_pressed_like_a_button(house: House) -> None:
    await house.says("hello", "1")
    await house.sees("You said")
    await run(house, _offer_many)
    said = await house.sees("Which of these?")
    assert len(said.raw["message"]["quick_replies"]) == 5
    assert await house.bench.deliver(house, house.bench.press(said, 4, "2")) == 200
    await until(lambda: "/pick_4" in house.rasa.texts, house.explain)


def _offer_many(step: Step) -> None:
    buttons = tuple(Button(title=f"Choice {n}", payload=f"/pick_{n}") for n in range(5))
    step.add(Author.BOT, Content(text="Which of these?", buttons=buttons))


async def test_typing_is_shown_and_what_was_written_is_seen(house: House) -> None:
    await house.channel.typing(PERSON)
    assert house.vendor.actions == [(PERSON, "mark_seen"), (PERSON, "typing_on")]
    await house.channel.typing(f"comment:{COMMENT}")
    assert len(house.vendor.actions) == 2


# the window


async def close_window(house: House) -> None:
    """A day has passed, for us and for Meta."""
    house.vendor.closed.add(house.bench.address_of(CUSTOMER))
    await house.database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))


async def test_an_answer_that_is_too_late_waits_until_they_write(house: House) -> None:
    await to_human(house)
    await close_window(house)
    await house.desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await until(lambda: house.desk.lines, house.explain)
    assert house.desk.lines[-1].content.custom["status"] == "held"
    await house.says("yes?", "2")
    await house.sees("It leaves tomorrow.")


class HumanAgents(MessengerBench):
    """Meta has permitted people to answer for seven days."""

    def settings(self) -> dict[str, object]:
        return {**super().settings(), "human_agent": True}


async def test_people_may_answer_for_seven_days_where_meta_permits_it(tmp_path: Path, empty_database: Path) -> None:
    """given the permission, when a day has passed, then people's answers go out with the tag; the bot's never have it,
    and wait.
    """
    async with MessengerVendor() as vendor:
        async with house_of(HumanAgents(vendor), tmp_path, empty_database) as house:
            assert house.channel.limits.opening.seconds == 7 * 24 * 3600
            await to_human(house)
            assert set(vendor.tags) == {""}
            vendor.closed.add(house.bench.address_of(CUSTOMER))  # a day later
            await house.desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
            await house.sees("It leaves tomorrow.")
            assert vendor.tags[-1] == "HUMAN_AGENT"
            await run(house, lambda step: step.add(Author.BOT, Content(text="Are you satisfied?")))
            assert (await house.settled())["held"] == 1
        assert vendor.wrongs == []
