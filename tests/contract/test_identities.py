"""One customer on many channels: linked by proof or by code and never by guess, and the conversation goes along.

The core as it runs, on SQLite and PostgreSQL, with two vendors (one with a reply window), a page and a claimed channel.
"""

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Connection, Table, select, update

from connectors.channel import Limits, Receipt, Standing
from connectors.channels.web import WebChannel, WebSettings
from connectors.desk import DeskEventKind
from connectors.errors import Undeliverable
from connectors.message import JSON, Action, Content, Inbound, Media, Opening, Outbound, Profile, Reachable
from frontdoor.brain import Brain
from frontdoor.core import Core, CoreSettings
from frontdoor.retention import erase
from storage import aliases, codes, conversations, customers, links, messages, openings, outbox, retention, work
from storage.bus import MemoryBus
from storage.customers import Customer
from storage.database import Database
from storage.migrate import upgrade
from storage.outbox import outbox as parcels
from storage.tables import metadata
from tests.channels.pages import page
from tests.fakes.desk import TableDesk
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.unit.frontdoor.conftest import Page, unlinked

SETTINGS = CoreSettings(
    desk="table", text_limit=4000, abandoned_after_s=900, idle_after_s=600, zone="Asia/Shanghai", code_key="k" * 32
)
DAY = 86_400_000


class Vendor:
    """A channel that sends what it is given, or fails as the test says."""

    standing = Standing.OWN

    def __init__(self, name: str, opening: Opening | None = None) -> None:
        self.name, self.limits = name, Limits(buttons=10, typing=True, opening=opening)
        self.sent: list[Outbound] = []
        self.troubles: list[Exception] = []
        self.typed: list[str] = []
        self.fetched: list[str] = []

    async def send(self, message: Outbound) -> Receipt:
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(message)
        return Receipt(vendor_id=f"{self.name}-{len(self.sent)}")

    async def typing(self, address: str) -> None:
        self.typed.append(address)

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        self.fetched.append(media.ref)
        raise Undeliverable("gone")
        yield b""

    def invitation(self, code: str) -> str:
        return f"https://{self.name}.example/?start={code}"

    async def close(self) -> None: ...

    def texts(self, address: str) -> list[str]:
        return [each.content.text for each in self.sent if each.address == address]


class Claimed(Page):
    """A stored channel whose clients claim who they are."""

    name = "rest"
    addresses_are_claimed = True


@dataclass
class House:
    """The core with its channels."""

    core: Core
    database: Database
    desk: TableDesk
    rasa: ScriptedRasa
    bus: MemoryBus
    telegram: Vendor
    wechat: Vendor

    def at(self, channel: str, address: str, **profile: Any) -> "Writer":
        return Writer(self, channel, address, Profile(language="en", **profile))

    async def identity(self, channel: str, address: str) -> Customer:
        found = await self.database.read(customers.find_at, channel, address)
        assert found is not None
        return found

    async def persons(self, *where: tuple[str, str]) -> int:
        """How many persons identities are."""
        return len({(await self.identity(*each)).person_id for each in where})

    async def statuses(self) -> dict[str, str]:
        """What became of every message that was to be sent, by its text."""

        def find(tx: Connection) -> dict[str, str]:
            query = select(parcels.c.status, messages.message.c.content).join(
                messages.message, messages.message.c.id == parcels.c.message_id
            )
            return {row.content["text"]: row.status for row in tx.execute(query)}

        return await self.database.read(find)


@dataclass
class Writer:
    """Somebody at an address."""

    house: House
    channel: str
    address: str
    profile: Profile
    _ids = itertools.count(1)

    async def says(self, text: str, **what: Any) -> str:
        return await self.does(content=Content(text=text), **what)

    async def does(self, **what: Any) -> str:
        external_id = what.pop("external_id", f"external-{next(self._ids):06}")
        inbound = Inbound(
            channel=self.channel, address=self.address, external_id=external_id, **{"profile": self.profile} | what
        )
        await self.house.core.inbox.accept(inbound)
        return str(external_id)

    async def conversation(self) -> str:
        found = await self.house.core.portal.find(self.channel, self.address)
        assert found is not None
        return str(found["conversation"]["id"])

    async def history(self) -> list[JSON]:
        return await self.house.core.portal.history(await self.conversation(), 0)

    async def sees(self, part: str) -> JSON:
        """Wait until a message of the conversation has `part`."""
        found: JSON = await eventually(lambda: self._message(part))
        return found

    async def reaches(self, state: str) -> None:
        async def there() -> bool:
            found = await self.house.core.portal.find(self.channel, self.address)
            return found is not None and found["conversation"]["state"] == state

        await eventually(there)

    async def code(self) -> str:
        """Ask for a code."""
        before = {each["id"] for each in await self.history()}
        await self.does(action=Action.CONTINUE)

        async def given() -> str:
            new = [each for each in await self.history() if each["id"] not in before]
            found = [each for each in new if each.get("custom", {}).get("kind") == "continue_code"]
            return re.findall(r"\b[2-9A-Z]{8}\b", found[-1]["text"])[0] if found else ""

        code: str = await eventually(given)
        return code

    async def _message(self, part: str) -> JSON | None:
        return next((each for each in await self.history() if part in each["text"]), None)


async def eventually(look: Callable[[], Awaitable[Any]], *, within_s: float = 10) -> Any:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + within_s
    while not (found := await look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)
    return found


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async def discard(_: object) -> None: ...

    database, bus = Database(database_url), MemoryBus()
    await upgrade(database)
    telegram, wechat = Vendor("telegram"), Vendor("wechat", Opening(seconds=3600, messages=20))
    desk = TableDesk(database, bus)
    async with ScriptedRasa() as rasa:
        brain = Brain(rasa.url, TOKEN, timeout_s=5)
        core = Core(SETTINGS, database=database, bus=bus, brain=brain, link=unlinked, discard=discard)
        channels = {"telegram": telegram, "wechat": wechat, "web": Page(), "rest": Claimed()}
        async with core.running(channels, {"table": desk}, _NoFiles()):  # type: ignore[arg-type]
            yield House(core=core, database=database, desk=desk, rasa=rasa, bus=bus, telegram=telegram, wechat=wechat)
        await brain.close()
    await bus.close()
    await database.close()


class _NoFiles:
    """Takes files and keeps none."""

    async def save(self, _conversation: str, _name: str, chunks: AsyncIterator[bytes]) -> None:
        async for _ in chunks:
            pass


async def _session(client: "TestClient[Any, Any]", **body: Any) -> JSON:
    async with client.post("/api/v1/web/session", json=body) as response:
        assert response.status == 200
        answer: JSON = await response.json()
        return answer


async def with_agent(ann: Writer, house: House) -> None:
    await ann.says("I want a human")
    await ann.reaches("queued")
    await house.desk.happens(DeskEventKind.TAKEN)
    await ann.reaches("with_agent")


# linked by what channels prove


async def test_the_same_proven_address_links_and_a_claimed_one_never(house: House) -> None:
    mail = house.at("telegram", "t-1", email="Ann@Example.com", proven=frozenset({"email"}))
    await mail.says("hello")
    await house.at("wechat", "w-1", email="ann@example.com").says("I say that I am Ann")
    assert await house.persons(("telegram", "t-1"), ("wechat", "w-1")) == 2
    await house.at("wechat", "w-2", email="ann@example.com", proven=frozenset({"email"})).says("hello")
    assert await house.persons(("telegram", "t-1"), ("wechat", "w-2")) == 1
    assert await house.persons(("telegram", "t-1"), ("wechat", "w-1")) == 2
    (link,) = await house.database.read(links.of_customers, [(await house.identity("wechat", "w-2")).id])
    assert (link.how, link.by, link.undone_at) == ("proven_email", "", None)


async def test_the_same_proven_phone_links_whoever_comes_first(house: House) -> None:
    proof: dict[str, Any] = {"phone": "+8613800138000", "proven": frozenset({"phone"})}
    await house.at("wechat", "w-1").says("hello")
    await house.at("telegram", "t-1", **proof).says("hello")
    assert await house.persons(("telegram", "t-1"), ("wechat", "w-1")) == 2
    await house.at("wechat", "w-1", **proof).says("my number was verified since")
    assert await house.persons(("telegram", "t-1"), ("wechat", "w-1")) == 1


async def test_a_user_of_a_site_is_one_person_on_it_and_nobody_elsewhere(house: House) -> None:
    await house.at("web", "phone", user_id="u-17").says("hello")
    await house.at("web", "laptop", user_id="u-17").says("hello")
    await house.at("telegram", "t-1", user_id="u-17").says("hello")
    assert await house.persons(("web", "phone"), ("web", "laptop")) == 1
    assert await house.persons(("web", "phone"), ("telegram", "t-1")) == 2


async def test_what_was_separated_is_not_linked_again_by_itself(house: House) -> None:
    proof: dict[str, Any] = {"email": "family@example.com", "proven": frozenset({"email"})}
    for channel, address in (("telegram", "t-1"), ("wechat", "w-1")):
        await house.at(channel, address, **proof).says("hello")
    assert await house.persons(("telegram", "t-1"), ("wechat", "w-1")) == 1
    await house.database.write(links.separate, (await house.identity("wechat", "w-1")).id, "Li Na")
    assert await house.persons(("telegram", "t-1"), ("wechat", "w-1")) == 2
    await house.at("web", "page", **proof).says("hello")
    assert await house.persons(("telegram", "t-1"), ("wechat", "w-1")) == 2
    (link, *_) = await house.database.read(links.of_customers, [(await house.identity("wechat", "w-1")).id])
    assert link.undone_by == "Li Na"
    assert link.undone_at


async def test_who_is_held_together_by_one_falls_apart_without_them(house: House) -> None:
    for number in range(4):
        await house.at("telegram", f"t-{number}").says("hello")
    ids = [(await house.identity("telegram", f"t-{number}")).id for number in range(4)]

    def chain(tx: Connection) -> None:
        for one, other in itertools.pairwise(ids):
            links.join(tx, one, other, links.How.AGENT, "Li Na")

    everybody = [("telegram", f"t-{number}") for number in range(4)]
    await house.database.write(chain)
    assert await house.persons(*everybody) == 1
    await house.database.write(links.separate, ids[1], "Li Na")
    assert await house.persons(*everybody) == 3
    assert await house.persons(everybody[2], everybody[3]) == 1


# the code


async def test_a_conversation_goes_on_on_another_channel_with_its_ticket_and_agent(house: House) -> None:
    """given a page with an agent, when the code is sent by Telegram, then both speak in the same conversation."""
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await with_agent(visitor, house)
    code = await visitor.code()
    invitation = await visitor.sees("telegram.example")
    assert f"https://telegram.example/?start={code}" in invitation["text"]
    await phone.says(f" {code[:4].lower()}-{code[4:].lower()} ")
    assert await phone.conversation() == await visitor.conversation()
    await phone.reaches("with_agent")
    await eventually(lambda: _some(house.telegram.texts("t-1")))
    assert "stays as it is" in house.telegram.texts("t-1")[-1]
    await phone.says("I am on my phone now")
    await eventually(lambda: _some(each for each in house.desk.lines if each.content.text == "I am on my phone now"))
    assert any("goes on on Telegram" in each.content.text for each in house.desk.lines)
    await house.desk.happens(DeskEventKind.REPLIED, "And I see you there.")
    await eventually(lambda: _some(text for text in house.telegram.texts("t-1") if "I see you" in text))
    assert len(house.desk.opened) == 1
    await visitor.says("back at the desk")
    await house.desk.happens(DeskEventKind.REPLIED, "Welcome back.")
    await visitor.sees("Welcome back.")
    assert "Welcome back." not in house.telegram.texts("t-1")
    found = await house.database.read(messages.latest, await visitor.conversation(), 50)
    spoken = {each.content.text: each.channel for each in found}
    assert (spoken["I am on my phone now"], spoken["back at the desk"]) == ("telegram", "web")
    assert (spoken["And I see you there."], spoken["Welcome back."]) == ("telegram", "web")
    assert await house.persons(("web", "page"), ("telegram", "t-1")) == 1


async def test_the_bot_goes_along_with_its_context(house: House) -> None:
    first, second = house.at("wechat", "w-1"), house.at("telegram", "t-1")
    await first.says("hello")
    await first.sees("You said: hello")
    await second.says(await first.code())
    await second.says("go on")
    await eventually(lambda: _some(text for text in house.telegram.texts("t-1") if text == "You said: go on"))
    asked = house.rasa.asked[-1]
    assert asked["conversation_id"] == await first.conversation()
    assert asked["context"]["channel"] == "telegram"
    assert house.telegram.typed == ["t-1"]
    assert await _code_in(house.rasa.texts) == []


async def test_a_start_link_brings_the_code_and_a_wrong_one_only_greets(house: House) -> None:
    visitor, phone, stranger = house.at("web", "page"), house.at("telegram", "t-1"), house.at("telegram", "t-2")
    await visitor.says("hello")
    code = await visitor.code()
    await stranger.does(action=Action.START, data={"code": "K7P2M9QX"})
    await stranger.sees("I'm the assistant")
    await phone.does(action=Action.START, data={"code": code})
    assert await phone.conversation() == await visitor.conversation()
    assert await stranger.conversation() != await visitor.conversation()
    assert not any("I'm the assistant" in text for text in house.telegram.texts("t-1"))


async def test_a_code_is_good_once_for_a_while_and_elsewhere(house: House) -> None:
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await visitor.says("hello")
    code = await visitor.code()
    await visitor.says(code)
    await visitor.sees("This code is for another channel")
    await phone.says(code)
    await house.at("telegram", "t-2").says(code)
    await eventually(lambda: _some(house.telegram.texts("t-2")))
    assert "not valid" in house.telegram.texts("t-2")[0]
    assert await house.persons(("web", "page"), ("telegram", "t-2")) == 2
    late = await visitor.code()
    await house.database.write(lambda tx: tx.execute(update(codes.code).values(expires_at=1)))
    await house.at("telegram", "t-3").says(late)
    assert await house.persons(("web", "page"), ("telegram", "t-3")) == 2


async def test_a_newer_code_replaces_the_older_and_there_are_not_many(house: House) -> None:
    visitor = house.at("web", "page")
    await visitor.says("hello")
    older = await visitor.code()
    newer = await visitor.code()
    await house.at("telegram", "t-1").says(older)
    assert await house.persons(("web", "page"), ("telegram", "t-1")) == 2
    await house.at("telegram", "t-1").says(newer)
    assert await house.persons(("web", "page"), ("telegram", "t-1")) == 1
    for _ in range(3):
        await visitor.code()
    await visitor.does(action=Action.CONTINUE)
    await visitor.sees("several codes")


async def test_codes_are_not_guessed(house: House) -> None:
    """given a good code, when somebody tries six others first, then theirs is not even looked up: it is a message."""
    visitor, guesser = house.at("web", "page"), house.at("telegram", "t-1")
    await visitor.says("hello")
    code = await visitor.code()
    for number in range(6):
        await guesser.says(f"ABCDEF{number + 2}{number + 3}")
    await guesser.says(code)
    assert await house.persons(("web", "page"), ("telegram", "t-1")) == 2
    said = [each["text"] for each in await guesser.history() if each["author"] == "customer"]
    assert len(said) == 7


async def test_no_code_is_kept_as_it_is_in_its_table(house: House) -> None:
    visitor = house.at("web", "page")
    await visitor.says("hello")
    code = await visitor.code()
    (kept,) = await house.database.read(lambda tx: tx.execute(select(codes.code.c.hash)).scalars().all())
    assert kept == codes.hashed("k" * 32, code)
    assert kept != codes.hashed("another key", code)


async def test_who_only_claims_an_address_is_linked_with_nobody(house: House) -> None:
    visitor, claimed = house.at("web", "page"), house.at("rest", "anybody")
    await visitor.says("hello")
    code = await visitor.code()
    await claimed.says(code)
    assert await house.persons(("web", "page"), ("rest", "anybody")) == 2
    await claimed.does(action=Action.CONTINUE)
    await claimed.sees("no other channel")
    assert "rest" not in (await visitor.sees("within 15 minutes"))["text"]


async def test_a_code_that_is_delivered_again_changes_nothing(house: House) -> None:
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await visitor.says("hello")
    external_id = await phone.says(await visitor.code())
    before = len(await visitor.history())
    await phone.says("whatever it says now", external_id=external_id)
    assert len(await visitor.history()) == before


async def test_of_two_who_send_the_same_code_one_gets_in(house: House) -> None:
    visitor = house.at("web", "page")
    await visitor.says("hello")
    code = await visitor.code()
    crowd = [house.at("telegram", f"t-{number}") for number in range(4)]
    await asyncio.gather(*(each.says(code) for each in crowd), return_exceptions=True)
    inside = [each for each in crowd if await each.conversation() == await visitor.conversation()]
    assert len(inside) == 1


async def test_a_wish_in_so_many_words_gets_a_code_and_the_bot_is_not_asked(house: House) -> None:
    phone = house.at("telegram", "t-1")
    await phone.says("Can I continue on WeChat?")
    await eventually(lambda: _some(text for text in house.telegram.texts("t-1") if "within 15 minutes" in text))
    await phone.says("换到微信继续聊")
    await eventually(lambda: _several([text for text in house.telegram.texts("t-1") if "within 15" in text], 2))
    assert house.rasa.texts == []


async def test_files_are_fetched_from_the_channel_they_came_by(house: House) -> None:
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await visitor.says("hello")
    await phone.says(await visitor.code())
    await phone.does(content=Content(), media=(Media(ref="photo-1", name="photo.jpg"),))
    await eventually(lambda: _some(house.telegram.fetched))
    assert house.telegram.fetched == ["photo-1"]


# the conversation that was there before


async def test_the_earlier_conversation_keeps_its_history_and_its_people_can_still_answer(house: House) -> None:
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await phone.says("earlier question")
    await with_agent(phone, house)
    earlier = await phone.conversation()
    await visitor.says("hello")
    await phone.says(await visitor.code())
    assert await phone.conversation() == await visitor.conversation() != earlier
    await eventually(lambda: _some(each for each in house.desk.lines if "another channel" in each.content.text))
    history = [each["text"] for each in await house.core.portal.history(earlier, 0)]
    assert "earlier question" in history
    await house.desk.happens(DeskEventKind.REPLIED, "About your earlier question: done.", ticket=0)
    await eventually(lambda: _some(text for text in house.telegram.texts("t-1") if "earlier question: done" in text))
    row = await house.database.read(conversations.find, earlier)
    assert row is not None
    assert row.moved_to == await visitor.conversation()


async def test_a_page_shows_the_conversation_that_goes_on_there_and_its_own_again(house: House) -> None:
    """given a page with a conversation of its own, when a code is sent from it, then it asks for a session and reads
    the other conversation; undone, its own.
    """
    phone = house.at("telegram", "t-1")
    await phone.says("hello from Telegram")
    await phone.sees("You said: hello")
    code = await phone.code()
    channel = WebChannel(WebSettings(), house.core.portal, _NoFiles(), "k" * 32)  # type: ignore[arg-type]
    app = web.Application()
    app.add_routes(channel.routes())
    async with TestClient(TestServer(app)) as client:
        own = await _session(client)
        async with page(client, own["token"]) as tab:
            await tab.send(type="message", client_id="c-000001", text="hello from the page")
            await tab.wait_text("You said: hello from the page")
            await tab.send(type="message", client_id="c-000002", text=code)
            assert (await tab.wait("ack", client_id="c-000002"))["seq"] == 0
            assert await tab.wait_close() == 4401
        shared = await _session(client, token=own["token"])
        assert shared["conversation_id"] == await phone.conversation() != own["conversation_id"]
        assert shared["resumed"] is True
        async with page(client, shared["token"]) as tab:
            await tab.wait_text("hello from Telegram")
            assert "hello from the page" not in tab.texts
            await tab.send(type="message", client_id="c-000003", text="me again")
            await tab.wait_text("You said: me again")
            await tab.send(type="action", client_id="c-000004", action="unlink")
            assert await tab.wait_close() == 4401
        again = await _session(client, token=shared["token"])
        assert again["conversation_id"] == own["conversation_id"]
        await channel.close()
    assert "You said: me again" not in house.telegram.texts("t-1")


async def test_an_answer_to_an_earlier_conversation_of_a_page_is_seen_where_the_customer_is(house: House) -> None:
    page_, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await with_agent(page_, house)
    await phone.says("hello")
    await page_.says(await phone.code())
    await page_.says("I am here now")
    await house.desk.happens(DeskEventKind.REPLIED, "About your first question.", ticket=0)
    assert (await page_.sees("About your first question."))["author"] == "agent"


async def test_the_humans_get_what_other_channels_know_of_the_customer(house: House) -> None:
    proof: dict[str, Any] = {"phone": "+8613800138000", "proven": frozenset({"phone"})}
    await house.at("telegram", "t-1", name="Ann", email="ann@example.com", **proof).says("hello")
    wechat = house.at("wechat", "w-1", **proof)
    await wechat.says("I want a human")
    await wechat.reaches("queued")
    known = house.desk.opened[-1].customer
    assert (known["name"], known["email"], known["phone"]) == ("Ann", "ann@example.com", "+8613800138000")
    assert known["verified"] is False


async def test_what_people_still_say_there_and_was_held_leaves_when_the_customer_writes(house: House) -> None:
    """given a reply in the earlier conversation that finds the window closed, then it leaves, though they write in
    another conversation.
    """
    visitor, phone = house.at("web", "page"), house.at("wechat", "w-1")
    await phone.says("earlier question")
    await with_agent(phone, house)
    await visitor.says("hello")
    await phone.says(await visitor.code())
    await house.database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    await house.desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await eventually(lambda: _is(house, "It leaves tomorrow.", "held"))
    await phone.says("still there")
    await eventually(lambda: _is(house, "It leaves tomorrow.", "sent"))
    assert "It leaves tomorrow." in house.wechat.texts("w-1")


async def _is(house: House, text: str, status: str) -> bool:
    return (await house.statuses()).get(text) == status


async def test_who_waits_there_waits_no_longer(house: House) -> None:
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await phone.says("I want a human")
    await phone.reaches("queued")
    await visitor.says("hello")
    async with house.bus.subscribe(f"conversation:{await phone.conversation()}") as frames:
        await phone.says(await visitor.code())
        async with asyncio.timeout(5):
            async for frame in frames:
                if frame["type"] == "moved":
                    break
    await eventually(lambda: _some(str(change) for change, _ in house.desk.changes if str(change) == "withdrawn"))


async def test_from_any_of_the_channels_to_a_third(house: House) -> None:
    visitor, phone, wechat = house.at("web", "page"), house.at("telegram", "t-1"), house.at("wechat", "w-1")
    await wechat.says("an own conversation")
    await visitor.says("hello")
    await phone.says(await visitor.code())
    await wechat.says(await phone.code())
    assert len({await each.conversation() for each in (visitor, phone, wechat)}) == 1
    assert await house.persons(("web", "page"), ("telegram", "t-1"), ("wechat", "w-1")) == 1
    await visitor.says(await wechat.code())  # they are together already
    assert len({await each.conversation() for each in (visitor, phone, wechat)}) == 1


async def test_what_led_to_a_conversation_moves_on_with_it(house: House) -> None:
    visitor, phone, wechat = house.at("web", "page"), house.at("telegram", "t-1"), house.at("wechat", "w-1")
    await visitor.says("hello")
    await phone.says(await visitor.code())
    await wechat.says("a conversation of its own")
    await visitor.says(await wechat.code())
    assert len({await each.conversation() for each in (visitor, phone, wechat)}) == 1
    assert (await phone.sees("a conversation of its own"))["author"] == "customer"


# separate again


async def test_a_customer_undoes_it_and_has_the_earlier_conversation_again(house: House) -> None:
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await phone.says("earlier question")
    earlier = await phone.conversation()
    await visitor.says("hello")
    await phone.says(await visitor.code())
    shared = await visitor.conversation()
    offer = next(each for each in await visitor.history() if "goes on on" in each["text"])
    assert offer["buttons"][0]["title"] == "Undo"
    await visitor.does(button=offer["buttons"][0]["token"])
    await visitor.sees("separate again")

    async def back() -> bool:
        return await phone.conversation() == earlier

    await eventually(back)
    assert await visitor.conversation() == shared
    assert await house.persons(("web", "page"), ("telegram", "t-1")) == 2
    await phone.says("only here")
    assert not any(each["text"] == "only here" for each in await visitor.history())


async def test_who_leaves_by_the_other_channel_is_told_there(house: House) -> None:
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await visitor.says("hello")
    await phone.says(await visitor.code())
    await phone.does(action=Action.UNLINK)
    await eventually(lambda: _some(text for text in house.telegram.texts("t-1") if "separate again" in text))
    await phone.says("a new start")
    assert await phone.conversation() != await visitor.conversation()
    await visitor.does(action=Action.UNLINK)
    await visitor.sees("No other channel is linked")


# whether we may write


async def test_writing_agrees_blocking_and_stop_withdraw(house: House) -> None:
    phone = house.at("telegram", "t-1")
    await house.core.portal.open("telegram", "t-1", Profile())
    assert (await house.identity("telegram", "t-1")).consent == ""
    await phone.says("hello")
    told = await house.identity("telegram", "t-1")
    assert (told.consent, told.consent_source) == ("granted", "wrote")
    await house.core.intake.accept(Reachable(channel="telegram", address="t-1", reachable=False))
    told = await house.identity("telegram", "t-1")
    assert (told.consent, told.consent_source, told.reachable) == ("withdrawn", "blocked", False)
    await house.core.intake.accept(Reachable(channel="telegram", address="t-1", reachable=True))
    assert (await house.identity("telegram", "t-1")).consent == "granted"
    await phone.says("STOP")
    told = await house.identity("telegram", "t-1")
    assert (told.consent, told.consent_source) == ("withdrawn", "stop")
    await house.core.intake.accept(Reachable(channel="telegram", address="t-1", reachable=True))
    assert (await house.identity("telegram", "t-1")).consent == "withdrawn"


async def test_after_stop_the_customer_hears_that_and_nothing_more_until_they_write(house: House) -> None:
    phone = house.at("telegram", "t-1")
    await with_agent(phone, house)
    await phone.says("退订")
    await eventually(lambda: _some(text for text in house.telegram.texts("t-1") if "no more messages" in text))
    await house.desk.happens(DeskEventKind.REPLIED, "One more thing")
    await eventually(lambda: _becomes(house, "One more thing", "undeliverable"))
    assert "退订" not in house.rasa.texts
    assert "退订" in [each.content.text for each in house.desk.lines]
    await phone.says("hello again")
    await house.desk.happens(DeskEventKind.REPLIED, "Good to hear you")
    await eventually(lambda: _becomes(house, "Good to hear you", "sent"))


async def test_a_sentence_about_stopping_is_the_bots(house: House) -> None:
    phone = house.at("telegram", "t-1")
    for text in ("stop", "how do I unsubscribe from the newsletter?", "please stop asking"):
        await phone.says(text)
    await eventually(lambda: _several(house.rasa.texts, 3))
    assert (await house.identity("telegram", "t-1")).consent == "granted"


# what does not get through


async def test_a_held_reply_names_the_next_best_channel(house: House) -> None:
    """given a closed window and two other identities, then the note names the one that is open and agrees."""
    proof: dict[str, Any] = {"phone": "+8613800138000", "proven": frozenset({"phone"})}
    wechat, phone, blocked = (
        house.at("wechat", "w-1", **proof),
        house.at("telegram", "+8613800138000", **proof),
        house.at("telegram", "t-2", **proof),
    )
    await blocked.says("hello")
    await house.core.intake.accept(Reachable(channel="telegram", address="t-2", reachable=False))
    await phone.says("hello")
    await with_agent(wechat, house)
    await house.database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    await house.desk.happens(DeskEventKind.REPLIED, "It leaves tomorrow.")
    await eventually(lambda: _some(each for each in house.desk.lines if each.content.custom.get("status") == "held"))
    note = next(each.content for each in house.desk.lines if each.content.custom.get("status") == "held")
    assert note.text.endswith("It can be sent by Telegram (+86…8000) instead.")
    identity = await house.identity("telegram", "+8613800138000")
    assert note.custom["next"] == [{"id": identity.id, "channel": "telegram"}]


async def test_what_was_held_leaves_by_the_channel_to_which_the_customer_goes(house: House) -> None:
    wechat, phone = house.at("wechat", "w-1"), house.at("telegram", "t-1")
    await with_agent(wechat, house)
    code = await wechat.code()
    await house.database.write(lambda tx: tx.execute(update(openings.opening).values(until=1)))
    await house.desk.happens(DeskEventKind.REPLIED, "You have been waiting for this.")
    await eventually(lambda: _becomes(house, "You have been waiting for this.", "held"))
    await phone.says(code)
    await eventually(lambda: _some(text for text in house.telegram.texts("t-1") if "waiting for this" in text))
    assert "You have been waiting for this." not in house.wechat.texts("w-1")


async def test_going_on_elsewhere_is_offered_where_an_answer_may_come_too_late(house: House) -> None:
    house.desk.opens_at = int(time.time() * 1000) + DAY
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await visitor.says("I want a human")
    told = await visitor.sees("is back")
    assert [each["title"] for each in told["buttons"]] == ["Continue on another channel"]
    await visitor.does(button=told["buttons"][0]["token"])
    await visitor.sees("within 15 minutes")
    await phone.says("I want a human")
    told = await phone.sees("is back")
    assert "buttons" not in told


async def test_the_same_message_goes_another_way_once(house: House) -> None:
    wechat, _ = house.at("wechat", "w-1"), await house.at("telegram", "t-1").says("hello")
    await with_agent(wechat, house)
    await eventually(lambda: _idle(house))  # what is still on its way must not meet the trouble
    house.wechat.troubles = [Undeliverable("refused")]
    await house.desk.happens(DeskEventKind.REPLIED, "Please read this.", event_id="01JREPLY000000000000000001")
    await eventually(lambda: _becomes(house, "Please read this.", "undeliverable"))
    seen = await house.database.read(outbox.find, "01JREPLY000000000000000001")
    assert seen is not None

    def again(tx: Connection) -> bool:
        return outbox.reroute(tx, seen.message_id, seen=seen, channel="telegram", address="t-1")

    assert await house.database.write(again)
    assert not await house.database.write(again)
    await house.bus.publish("outbox", {"conversation_id": seen.conversation_id})
    await eventually(lambda: _becomes(house, "Please read this.", "sent"))
    assert not await house.database.write(again)
    assert house.telegram.texts("t-1").count("Please read this.") == 1
    assert "Please read this." not in house.wechat.texts("w-1")


# forgetting


async def test_whoever_is_forgotten_is_forgotten_on_all_channels(house: House) -> None:
    visitor, phone, other = house.at("web", "page"), house.at("telegram", "t-1"), house.at("telegram", "t-2")
    await phone.says("earlier question")
    await other.says("hello")
    await visitor.says("hello")
    await phone.says(await visitor.code())
    await eventually(lambda: _idle(house))
    found = await house.database.read(retention.conversations_of, await visitor.conversation())
    assert len(found) == 2
    await house.database.write(erase, found)
    await eventually(lambda: _idle(house))

    def left(tx: Connection) -> dict[str, set[str]]:
        known: dict[str, set[str]] = {}
        for table in metadata.sorted_tables:
            for row in tx.execute(select(table)):
                for value in row._mapping.values():
                    known.setdefault(str(value), set()).add(table.name)
        return known

    known = await house.database.read(left)
    assert not {"t-1", "page"} & set(known)
    assert {"customer", "conversation", "delivery", "outbox"} == known["t-2"]
    assert await house.database.read(_rows, aliases.alias, links.link, codes.code) == 0


async def test_forgetting_one_conversation_leaves_the_addresses_of_another(house: House) -> None:
    visitor, phone = house.at("web", "page"), house.at("telegram", "t-1")
    await phone.says("earlier question")
    earlier = await phone.conversation()
    await visitor.says("hello")
    await phone.says(await visitor.code())
    await house.database.write(erase, [earlier])
    assert await phone.conversation() == await visitor.conversation()
    assert await house.persons(("web", "page"), ("telegram", "t-1")) == 1


async def test_whom_the_forgotten_one_held_together_stays_together(house: House) -> None:
    for number in range(3):
        await house.at("telegram", f"t-{number}").says("hello")
    ids = [(await house.identity("telegram", f"t-{number}")).id for number in range(3)]

    def star(tx: Connection) -> None:
        links.join(tx, ids[0], ids[1], links.How.CODE)
        links.join(tx, ids[0], ids[2], links.How.PHONE)

    await house.database.write(star)
    await house.database.write(erase, [await house.at("telegram", "t-0").conversation()])
    assert await house.persons(("telegram", "t-1"), ("telegram", "t-2")) == 1
    await house.database.write(links.separate, ids[1])
    assert await house.persons(("telegram", "t-1"), ("telegram", "t-2")) == 2


async def test_known_addresses_cost_what_they_did(house: House) -> None:
    """given a proven address that was linked long ago, when it writes again, then nothing is looked up anew."""
    phone = house.at("telegram", "t-1", email="ann@example.com", proven=frozenset({"email"}))
    await phone.says("hello")
    arrival = await house.database.write(conversations.arrive, "telegram", "t-1", phone.profile)
    assert arrival.learned == frozenset()
    later = replace(phone.profile, name="Ann")
    arrival = await house.database.write(conversations.arrive, "telegram", "t-1", later)
    assert arrival.learned == {"name"}


def _rows(tx: Connection, *tables: Table) -> int:
    return sum(len(tx.execute(select(table)).all()) for table in tables)


async def _some(found: Any) -> list[Any]:
    return list(found)


async def _several(found: list[Any], count: int) -> bool:
    return len(found) >= count


async def _becomes(house: House, text: str, status: str) -> bool:
    return (await house.statuses()).get(text) == status


async def _code_in(texts: list[str]) -> list[str]:
    return [text for text in texts if codes.read_code(text)]


async def _idle(house: House) -> bool:
    counted = await house.database.read(work.counts)
    return counted["pending"] == 0 and not await house.database.read(outbox.open_conversations)
