"""Searching everything that was said: in both languages, by whom, when and where, and only what one may see."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection, update

from connectors.desk import Reason
from connectors.message import JSON, Attachment, Author, Content, Profile
from storage import conversations, customers, messages, retention, search_feed
from storage.messages import message
from storage.search_docs import search_doc
from storage.tables import new_id
from storage.tickets import ticket
from tests.desk.house import OPEN_AT, Console, House, handoff

DAY = 24 * 3_600_000


@dataclass
class Talk:
    """A conversation of a customer, perhaps with a ticket."""

    house: House
    id: str
    said: dict[str, str] = field(default_factory=dict)  # text → message id

    async def say(self, text: str, author: Author = Author.CUSTOMER, *, at: int = OPEN_AT, **content: Any) -> None:
        """Something is said, then (ms)."""
        self.said[text] = new_id()

        def add(tx: Connection) -> None:
            seq = len(messages.after(tx, self.id, 0)) + 1
            messages.add(
                tx, conversation_id=self.id, seq=seq, author=author, content=Content(text=text, **content),
                message_id=self.said[text],
            )  # fmt: skip
            tx.execute(update(message).where(message.c.id == self.said[text]).values(at=at))

        await self.house.db.write(add)

    async def handed_over(self, **changes: Any) -> str:
        """A ticket of this conversation."""
        return (await self.house.desk.open(handoff(conversation_id=self.id, transcript=(), **changes))).ticket_id


async def talk(house: House, *said: str, channel: str = "web", **profile: Any) -> Talk:
    """A new customer, who says something."""
    row = await house.db.write(conversations.begin, channel, new_id(), Profile(**profile))
    found = Talk(house, row.id)
    for text in said:
        await found.say(text)
    return found


async def found(console: Console, q: str) -> list[JSON]:
    """The conversations that a search finds, once everything is indexed."""
    await console.house.service.search.index()
    answer = await console.json("/search", q=q)
    assert answer["waiting"] == 0
    return answer["conversations"]


async def ids(console: Console, q: str) -> list[str]:
    """Their ids."""
    return [each["id"] for each in await found(console, q)]


@pytest.fixture
async def boss(house: House) -> Console:
    """Somebody who may see everything."""
    return await house.console("boss", role="supervisor")


FOUND_BY = (
    "退货", "退货地址", "址", "退貨", "refund", "refu", "REFUND", '"wants a refund"', "“退货地址”", "HL2026112201",
    "hl2026", "138-0013-8000", "13800138000", "+86 138 0013 8000", "fang@example.com", "王芳", "invoice-march.pdf",
    "march", "refund 退货",
)  # fmt: skip
NOT_BY = ("货址", "退地", '"refund a"', "fund", "0013800", "refund ann")


async def test_words_numbers_names_and_files_are_found_in_both_languages(house: House, boss: Console) -> None:
    await talk(house, "你好", "Hello there, mine is 2026-11-27", name="Ann")
    other = await talk(
        house, "She wants a refund. 退货地址填错了，订单 HL2026112201", name="王芳", phone="+8613800138000",
        email="fang@example.com",
    )  # fmt: skip
    await other.say("", attachments=(Attachment(id="f", name="invoice-march.pdf", media_type="a/b", size=1),))
    assert {q: await ids(boss, q) for q in FOUND_BY} == {q: [other.id] for q in FOUND_BY}
    assert {q: await ids(boss, q) for q in NOT_BY} == {q: [] for q in NOT_BY}


async def test_operators_narrow_what_is_found(house: House, boss: Console) -> None:
    one = await talk(house, "my parcel is late")
    other = await talk(house, channel="telegram")
    await other.say("your parcel is on its way", Author.AGENT, at=OPEN_AT - 10 * DAY)
    ticket_id = await other.handed_over()
    await house.db.write(lambda tx: tx.execute(update(ticket).where(ticket.c.id == ticket_id).values(tags=["急"])))
    assert await ids(boss, "parcel") == [one.id, other.id]
    for q in ("from:agent", "channel:telegram", "tag:急", "before:2026-11-20", "from：客服"):
        assert await ids(boss, f"parcel {q}") == [other.id], q
    for q in ("from:customer", "channel:web", "after:2026-11-20", "after:2026-11-20 before:2027-01-01"):
        assert await ids(boss, f"parcel {q}") == [one.id], q
    assert await ids(boss, "from:agent before:2026-11-20") == [other.id]
    assert await ids(boss, "from:agent before:2300-01-01 after:0900-01-01") == [other.id]
    assert await ids(boss, "parcel after:9999-12-30") == []


async def test_what_cannot_be_understood_is_named(boss: Console) -> None:
    for q in ("from:nobody", "before:yesterweek", "after:2026-13-01", " ".join(map(str, range(100, 130)))):
        answer = await boss.get("/search", q=q)
        assert answer.status == 400
        assert (await answer.json())["error"]["field"] == "q"


async def test_what_matches_is_marked_and_leads_to_the_message(house: House, boss: Console) -> None:
    one = await talk(house, "啊" * 100 + "退货地址填错了" + "呀" * 300)
    hit = (await found(boss, "地址"))[0]["hits"][0]
    assert [piece["text"] for piece in hit["excerpt"] if piece["hit"]] == ["地址"]
    assert len("".join(piece["text"] for piece in hit["excerpt"])) < 200
    read = await boss.json(f"/search/conversations/{one.id}", around=hit["said"])
    assert [each["id"] for each in read["messages"]] == list(one.said.values())


async def test_the_newest_and_closest_come_first(house: House, boss: Console) -> None:
    old, new = await talk(house), await talk(house)
    await old.say("my refund", at=OPEN_AT - 300 * DAY)
    await new.say("my refund")
    long = await talk(house, "refund " + "and so on " * 60)
    assert await ids(boss, "refund") == [new.id, long.id, old.id]


async def test_agents_find_what_they_may_see_and_whom_they_serve(house: House, boss: Console) -> None:
    li, wang = await house.console("li.na"), await house.console("wang.wei", tiers=("back_office",))
    bots = await talk(house, "secret one")
    front = await talk(house, "secret two")
    front_ticket = await front.handed_over()
    senior = await talk(house, "secret three")
    await senior.handed_over(reason=Reason.COMPLAINT)
    assert set(await ids(boss, "secret")) == {bots.id, front.id, senior.id}
    assert await ids(li, "secret") == [front.id]
    assert await ids(wang, "secret") == []
    refused = await li.get(f"/search/conversations/{bots.id}")
    assert refused.status == 404

    await li.act(front_ticket, "take")
    await _same_person(house, front.id, bots.id)
    assert set(await ids(li, "secret")) == {front.id, bots.id}
    assert (await li.json(f"/search/conversations/{bots.id}"))["messages"][0]["content"]["text"] == "secret one"


async def test_a_note_is_for_those_who_may_see_its_ticket(house: House, boss: Console) -> None:
    li = await house.console("li.na")
    both = await talk(house, "hello")
    await both.handed_over()
    complaint = await both.handed_over(reason=Reason.COMPLAINT)
    await boss.act(complaint, "notes", client_id="note-0001", text="an angry customer")
    assert (await found(boss, "angry"))[0]["hits"][0]["ticket_id"] == complaint
    assert await ids(li, "angry") == []


async def test_what_changes_is_found_as_it_is_now(house: House, boss: Console) -> None:
    one = await talk(house, "a picture", name="Ann")
    assert await ids(boss, "ann") == [one.id]
    row = await house.db.read(conversations.find, one.id)
    assert row is not None
    await house.db.write(customers.change, row.customer_id, name="Berta")
    await house.db.write(messages.change_content, one.said["a picture"], Content(text="a drawing"))
    assert [await ids(boss, q) for q in ("ann", "picture", "berta", "drawing")] == [[], [], [one.id], [one.id]]


async def test_what_is_forgotten_is_found_no_more(house: House, boss: Console) -> None:
    gone, kept = await talk(house, "my refund", name="Ann"), await talk(house, "my refund")
    for each in (gone, kept):
        ticket_id = await each.handed_over()
        await boss.act(ticket_id, "notes", client_id="note-0001", text="refund it")
    assert set(await ids(boss, "refund")) == {gone.id, kept.id}
    await gone.say("one more thing about the refund")  # noted, and not indexed yet
    await house.db.write(retention.erase, [gone.id])
    assert await ids(boss, "refund") == [kept.id]

    def left(tx: Connection) -> list[Any]:
        return list(tx.execute(search_doc.select().where(search_doc.c.conversation_id == gone.id)))

    assert await house.db.read(left) == []
    assert await house.db.read(search_feed.waiting) == 0


async def _same_person(house: House, *conversation_ids: str) -> None:
    def join(tx: Connection) -> None:
        rows = [conversations.find(tx, each) for each in conversation_ids]
        owners = [row.customer_id for row in rows if row]
        chosen = customers.customer.c.id.in_(owners)
        tx.execute(update(customers.customer).where(chosen).values(person_id=owners[0]))

    await house.db.write(join)
