"""The customer behind a ticket: identities over the API and the socket, and what did not get through."""

from typing import Any

from sqlalchemy import Connection, update

from connectors.message import Author, Content, Opening, Profile
from storage import aliases, continuing, conversations, customers, links, messages, openings, outbox
from storage.customers import Consent, consented
from storage.outbox import outbox as parcels
from tests.desk.house import House

MESSAGE = "01JREPLY000000000000000001"


class Anna:
    """A customer at WeChat, Telegram and by mail, all one person; her ticket is about the WeChat conversation."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ids: dict[str, str] = {}
        self.conversations: dict[str, str] = {}
        self.ticket = ""

    async def arrives(self) -> "Anna":
        def arrive(tx: Connection) -> None:
            addresses = (("email", "anna@example.com"), ("wechat", "oAnna1234567890"), ("telegram", "4711471147"))
            for number, (channel, address) in enumerate(addresses):
                found = conversations.begin(tx, channel, address, Profile(name="Anna"))
                self.ids[channel], self.conversations[channel] = found.customer_id, found.id
                customers.change(tx, found.customer_id, **consented(Consent.GRANTED, "wrote"))
                at = found.customer_at - (10 - number) * 1000
                conversations.update_conversation(tx, found.id, customer_at=at)
                if channel != "email":
                    links.join(tx, self.ids["email"], found.customer_id, links.How.EMAIL)
            openings.begin(tx, "wechat", "oAnna1234567890", Opening(seconds=3600, messages=3))

        await self.house.db.write(arrive)
        self.ticket = await self.house.handed_over(conversation_id=self.conversations["wechat"])
        return self

    async def was_told(self, text: str, status: str, *, message_id: str = MESSAGE, error: str = "") -> None:
        """A reply by WeChat, and what became of it."""

        def tell(tx: Connection) -> None:
            conversation = conversations.lock(tx, self.conversations["wechat"])
            seq = conversation.seq + 1
            messages.add(
                tx, conversation_id=conversation.id, seq=seq, author=Author.AGENT, content=Content(text=text),
                message_id=message_id, channel="wechat",
            )  # fmt: skip
            conversations.update_conversation(tx, conversation.id, seq=seq)
            where = {"channel": "wechat", "address": "oAnna1234567890"}
            outbox.add(tx, message_id=message_id, conversation_id=conversation.id, seq=seq, **where)
            if status != "pending":
                outbox.settle(tx, message_id, status, error=error)

        await self.house.db.write(tell)

    async def parcel(self) -> tuple[str, str, str]:
        found = await self.house.db.read(outbox.find, MESSAGE)
        assert found is not None
        return found.channel, found.address, found.status


async def anna_of(house: House) -> Anna:
    return await Anna(house).arrives()


async def test_the_customer_is_shown_with_all_identities_and_how_they_came_together(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na")
    shown = await console.json(f"/tickets/{anna.ticket}/person")
    assert [each["channel"] for each in shown["identities"]] == ["telegram", "wechat", "email"]
    telegram, wechat, mail = shown["identities"]
    assert (telegram["address"], wechat["address"], mail["address"]) == ("471…1147", "oAnn…7890", "a…@example.com")
    assert (wechat["here"], wechat["replies"], wechat["window"]["left"]) == (True, True, 3)
    assert (telegram["here"], telegram["window"]) == (False, None)
    assert mail["consent"]["state"] == "granted"
    assert mail["consent"]["source"] == "wrote"
    assert [(each["how"], each["other"]["channel"]) for each in shown["links"]] == [
        ("proven_email", "wechat"),
        ("proven_email", "telegram"),
    ]


async def test_only_whom_it_concerns_sees_and_changes_it(house: House) -> None:
    anna = await anna_of(house)
    stranger = await house.console("no.body", tiers=("senior",))
    for path in ("person", "history"):
        assert (await stranger.get(f"/tickets/{anna.ticket}/{path}")).status == 404
    watcher = await house.console("wang.wei")
    identity = anna.ids["telegram"]
    assert (await watcher.post(f"/tickets/{anna.ticket}/identities/{identity}/unlink")).status == 403
    assert (await watcher.post(f"/tickets/{anna.ticket}/link", number="FD-1")).status == 403
    await anna.was_told("hello", "undeliverable")
    answer = await watcher.post(f"/tickets/{anna.ticket}/messages/{MESSAGE}/resend", identity=identity)
    assert answer.status == 403
    boss = await house.console("boss", role="supervisor")
    assert "identify" in (await boss.json(f"/tickets/{anna.ticket}"))["ticket"]["can"]


async def test_the_history_is_one_over_all_channels_in_pages(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na")

    def talk(tx: Connection) -> None:
        for number, channel in enumerate(("telegram", "email", "telegram", "wechat")):
            found = conversations.lock(tx, anna.conversations[channel])
            said = messages.add(
                tx, conversation_id=found.id, seq=found.seq + 1, author=Author.CUSTOMER,
                content=Content(text=f"m{number}"),
            )  # fmt: skip
            conversations.update_conversation(tx, found.id, seq=found.seq + 1)
            tx.execute(update(messages.message).where(messages.message.c.id == said.id).values(at=1000 + number))

    await house.db.write(talk)
    page = await console.json(f"/tickets/{anna.ticket}/history", limit="3")
    assert [(each["content"]["text"], each["channel"]) for each in page["messages"]] == [
        ("m1", "email"),
        ("m2", "telegram"),
        ("m3", "wechat"),
    ]
    rest = await console.json(f"/tickets/{anna.ticket}/history", limit="3", before=str(page["before"]))
    assert [each["content"]["text"] for each in rest["messages"]] == ["m0"]
    assert rest["before"] is None


async def test_a_message_that_did_not_get_through_goes_another_way_with_one_click(house: House) -> None:
    """given a held reply, when it is sent by Telegram twice, then it is on its way once and noted once."""
    anna, console = await anna_of(house), await house.console("li.na")
    await console.act(anna.ticket, "take")
    await anna.was_told("Your parcel is found.", "held", error="window")
    assert [each["id"] for each in await _next(console, anna)] == [anna.ids["telegram"], anna.ids["email"]]
    async with house.bus.subscribe("outbox") as hints:
        path = f"messages/{MESSAGE}/resend"
        for _ in range(2):
            await console.act(anna.ticket, path, identity=anna.ids["telegram"])
        assert (await anext(aiter(hints)))["conversation_id"] == anna.conversations["wechat"]
    assert await anna.parcel() == ("telegram", "4711471147", "pending")
    entries = (await console.json(f"/tickets/{anna.ticket}"))["timeline"]
    resent = [each for each in entries if each.get("event") == "resent"]
    assert [each["data"] for each in resent] == [
        {"message_id": MESSAGE, "from": "wechat", "to": "telegram", "status": "held"}
    ]
    await house.db.write(openings.release, anna.conversations["wechat"], "wechat", "oAnna", lasting=("agent",))
    assert await anna.parcel() == ("telegram", "4711471147", "pending")
    answer = await console.post(f"/tickets/{anna.ticket}/{path}", identity=anna.ids["email"])
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "on_its_way")


async def test_the_answer_to_it_comes_into_the_same_conversation(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na")
    await console.act(anna.ticket, "take")
    await anna.was_told("Your parcel is found.", "undeliverable")
    async with house.bus.subscribe(f"conversation:{anna.conversations['telegram']}") as frames:
        await console.act(anna.ticket, f"messages/{MESSAGE}/resend", identity=anna.ids["telegram"])
        assert (await anext(aiter(frames)))["type"] == "moved"
    found = await house.db.read(conversations.find_by_address, "telegram", "4711471147")
    assert found is not None
    assert (found.id, found.replies_at) == (anna.conversations["wechat"], ("telegram", "4711471147"))


async def test_unless_the_customer_talks_with_people_there(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na")
    await console.act(anna.ticket, "take")
    await anna.was_told("Your parcel is found.", "undeliverable")
    await house.db.write(conversations.update_conversation, anna.conversations["telegram"], state="with_agent")
    await console.act(anna.ticket, f"messages/{MESSAGE}/resend", identity=anna.ids["telegram"])
    assert await anna.parcel() == ("telegram", "4711471147", "pending")
    found = await house.db.read(conversations.find_by_address, "telegram", "4711471147")
    assert found is not None
    assert found.id == anna.conversations["telegram"]


async def test_what_may_have_arrived_is_repeated_only_when_that_is_understood(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na")
    await console.act(anna.ticket, "take")
    await anna.was_told("Your parcel is found.", "unknown")
    assert anna.ids["wechat"] in [each["id"] for each in await _next(console, anna)]
    path = f"/tickets/{anna.ticket}/messages/{MESSAGE}/resend"
    answer = await console.post(path, identity=anna.ids["telegram"])
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "may_arrive_twice")
    assert (await anna.parcel())[2] == "unknown"
    assert (await console.post(path, identity=anna.ids["telegram"], confirmed=True)).status == 200
    assert await anna.parcel() == ("telegram", "4711471147", "pending")


async def test_nobody_is_written_to_without_consent_or_through_a_closed_window(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na")
    await console.act(anna.ticket, "take")
    await anna.was_told("Your parcel is found.", "undeliverable")
    telegram = anna.ids["telegram"]
    for _ in range(2):
        await console.act(anna.ticket, f"identities/{telegram}/consent", granted=False)
    entries = (await console.json(f"/tickets/{anna.ticket}"))["timeline"]
    assert [each["data"]["granted"] for each in entries if each.get("event") == "consent"] == [False]
    told = await house.db.read(customers.find, telegram)
    assert told is not None
    assert told.consent_source == "agent:Li Na"
    assert [each["id"] for each in await _next(console, anna)] == [anna.ids["email"]]
    path = f"/tickets/{anna.ticket}/messages/{MESSAGE}/resend"
    answer = await console.post(path, identity=telegram)
    assert (await answer.json())["error"]["code"] == "not_reachable"
    await console.act(anna.ticket, f"identities/{telegram}/consent", granted=True)
    await house.db.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    answer = await console.post(path, identity=anna.ids["wechat"])
    assert (await answer.json())["error"]["code"] == "not_reachable"
    assert (await console.post(path, identity="nobody")).status == 404
    assert (await console.post(f"/tickets/{anna.ticket}/messages/none/resend", identity=telegram)).status == 404


async def test_an_identity_that_is_not_hers_is_separated_for_good(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na")
    await console.act(anna.ticket, "take")

    def goes_on(tx: Connection) -> None:
        who = customers.find(tx, anna.ids["telegram"])
        assert who is not None
        continuing.lead_to(tx, anna.conversations["wechat"], who)

    await house.db.write(goes_on)
    for _ in range(2):
        answer = await console.post(f"/tickets/{anna.ticket}/identities/{anna.ids['telegram']}/unlink")
    assert answer.status == 404  # it is not hers any more
    shown = await console.json(f"/tickets/{anna.ticket}/person")
    assert [each["channel"] for each in shown["identities"]] == ["wechat", "email"]
    assert [(each["undone_by"], bool(each["undone_at"])) for each in shown["links"]] == [("", False), ("Li Na", True)]
    assert await house.db.read(aliases.of_conversation, anna.conversations["wechat"]) == []
    found = await house.db.read(conversations.find_by_address, "telegram", "4711471147")
    assert found is not None
    assert found.id == anna.conversations["telegram"]


async def test_a_ticket_of_the_same_person_is_linked_by_its_number(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na", role="supervisor")

    def arrive(tx: Connection) -> str:
        return conversations.begin(tx, "email", "anna@work.example", Profile()).id

    other = await house.handed_over(conversation_id=await house.db.write(arrive), reference="FD-OTHER")
    assert other
    answer = await console.post(f"/tickets/{anna.ticket}/link", number="FD-NONE")
    assert (await answer.json())["error"]["field"] == "number"
    for _ in range(2):
        await console.act(anna.ticket, "link", number=" FD-OTHER ")
    shown = await console.json(f"/tickets/{anna.ticket}/person")
    assert len(shown["identities"]) == 4
    assert (shown["links"][-1]["how"], shown["links"][-1]["by"]) == ("agent", "Li Na")
    entries = (await console.json(f"/tickets/{anna.ticket}"))["timeline"]
    assert [each["data"]["number"] for each in entries if each.get("event") == "linked"] == ["FD-OTHER"]


async def test_an_agent_offers_to_go_on_elsewhere(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na")
    await console.act(anna.ticket, "take")
    await house.work(anna.conversations["wechat"])
    await console.act(anna.ticket, "invite", client_id="c-12345678")
    (event,) = await house.work(anna.conversations["wechat"])
    assert [each.payload for each in event.content.buttons] == ["action:continue"]
    assert "换个渠道" in event.content.text


async def test_what_becomes_of_messages_and_people_is_live(house: House) -> None:
    anna, console = await anna_of(house), await house.console("li.na")
    await console.act(anna.ticket, "take")
    await anna.was_told("Your parcel is found.", "pending")
    socket = await console.socket()
    await socket.send(type="watch", ticket_id=anna.ticket)
    await _settled(socket)
    await house.db.write(outbox.settle, MESSAGE, "sent", vendor_id="v1")
    about: dict[str, Any] = {"conversation_id": anna.conversations["wechat"], "message_id": MESSAGE}
    await house.bus.publish("delivery", about | {"status": "sent"})
    frame = await socket.expect("delivery", entry_id=MESSAGE)
    assert (frame["channel"], frame["delivery"]["status"]) == ("wechat", "sent")
    await house.db.write(lambda tx: tx.execute(update(parcels).values(delivered_at=5, read_at=6)))
    await house.bus.publish("delivery", about | {"status": "read"})
    assert (await socket.expect("delivery"))["delivery"]["status"] == "read"
    failure = {"status": "undeliverable", "error": "no such user", "read_at": None, "delivered_at": None}
    await house.db.write(lambda tx: tx.execute(update(parcels).values(**failure)))
    await house.bus.publish("delivery", about | {"status": "failed"})
    failed = (await socket.expect("delivery"))["delivery"]
    assert (failed["status"], failed["reason"]) == ("undeliverable", "no such user")
    assert [each["channel"] for each in failed["next"]] == ["telegram", "email"]
    await house.bus.publish(f"conversation:{anna.conversations['email']}", {"type": "message", "message": {}})
    await socket.expect("history", ticket_id=anna.ticket)
    await console.act(anna.ticket, f"identities/{anna.ids['email']}/unlink")
    await socket.expect("person", ticket_id=anna.ticket)
    await house.bus.publish(f"conversation:{anna.conversations['email']}", {"type": "message", "message": {}})
    assert await socket.silent("history")


async def _next(console: Any, anna: Anna) -> list[dict[str, Any]]:
    said = (await console.json(f"/tickets/{anna.ticket}/history"))["messages"]
    entries = await console.json(f"/tickets/{anna.ticket}")
    assert entries
    return next(each["delivery"]["next"] for each in said if each["id"] == MESSAGE)


async def _settled(socket: Any) -> None:
    """What was sent before has been dealt with."""
    await socket.send(type="ping")
    await socket.expect("pong")
