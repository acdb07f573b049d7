"""What every desk must do: a desk passes by giving the fixture `bench` to a subclass of `DeskSuite`."""

import asyncio
from typing import Any, Protocol

import pytest

from connectors.desk import Desk, Handoff, Line, Reason, TicketChange, Tried
from connectors.errors import TryLater, Undeliverable
from connectors.message import Article, Attachment, Author, Button, Content
from storage.tables import new_id

AT = 1_795_330_800_000


class Bench(Protocol):
    """A desk, and a view behind its counter."""

    desk: Desk

    async def tickets_of(self, handoff_id: str) -> int:
        """How many tickets a handoff became."""

    async def said(self, ticket_id: str) -> list[str]:
        """What the ticket shows of the conversation, in order."""

    async def is_closed(self, ticket_id: str) -> bool:
        """Whether nobody is waiting in the ticket any more."""

    async def go_down(self) -> None:
        """Make the desk take nothing."""


def said(text: str, author: Author = Author.CUSTOMER) -> Line:
    """One line of a transcript."""
    return Line(message_id=new_id(), author=author, author_name="", at=AT, content=Content(text=text))


def packet(**changes: Any) -> Handoff:
    """A handoff with something in every member."""
    handoff_id = new_id()
    answer = Content(
        text="7 天内可退。",
        buttons=(Button(title="运费", token="t.0", payload="/fees"),),
        article=Article(id="return-address", title="退货地址", language="zh", confidence=0.41),
    )
    values: dict[str, Any] = {
        "id": handoff_id,
        "conversation_id": new_id(),
        "channel": "web",
        "reference": f"FD-{handoff_id[-8:]}",
        "reason": Reason.REQUESTED,
        "reason_detail": "客户要求转人工。",
        "language": "zh",
        "customer": {"id": "c1", "name": "王芳", "email": "wang@example.com", "verified": True},
        "question": "退货地址填错了怎么办？",
        "summary": "客户填错了退货地址。",
        "transcript": (
            said("退货地址填错了怎么办？"),
            Line(message_id=new_id(), author=Author.BOT, author_name="Assistant", at=AT, content=answer),
        ),
        "tried": (Tried(article_id="return-address", title="退货地址", language="zh", confidence=0.41, shown=True),),
        "failed": ("退货地址填错了怎么办？",),
        "slots": {"order_number": "HL2026112201"},
        "attachments": (Attachment(id=new_id(), name="photo.jpg", media_type="image/jpeg", size=1),),
        "created_at": AT,
    }
    return Handoff(**values | changes)


class DeskSuite:
    """The contract of `connectors.desk.Desk`."""

    @pytest.fixture
    async def bench(self) -> Bench:
        """The desk under test."""
        raise NotImplementedError

    def test_is_a_desk(self, bench: Bench) -> None:
        assert isinstance(bench.desk, Desk)
        assert bench.desk.name

    async def test_opening_gives_a_ticket_with_the_number_the_customer_was_told(self, bench: Bench) -> None:
        handoff = packet()
        ref = await bench.desk.open(handoff)
        assert (ref.desk, ref.number) == (bench.desk.name, handoff.reference)
        assert ref.ticket_id
        assert await bench.tickets_of(handoff.id) == 1
        assert await bench.said(ref.ticket_id) == ["退货地址填错了怎么办？", "7 天内可退。"]

    async def test_opening_again_gives_the_same_ticket(self, bench: Bench) -> None:
        handoff = packet()
        first = await bench.desk.open(handoff)
        again = await bench.desk.open(handoff)
        assert (first.ticket_id, first.number) == (again.ticket_id, again.number)
        assert await bench.tickets_of(handoff.id) == 1

    async def test_opening_at_once_gives_one_ticket(self, bench: Bench) -> None:
        handoff = packet()
        answers = await asyncio.gather(*(bench.desk.open(handoff) for _ in range(5)), return_exceptions=True)
        refs = [answer for answer in answers if not isinstance(answer, TryLater)]
        assert refs
        assert await bench.tickets_of(handoff.id) == 1
        ref = await bench.desk.open(handoff)
        assert {each.ticket_id for each in refs if not isinstance(each, BaseException)} == {ref.ticket_id}

    async def test_a_line_is_added_once_and_in_order(self, bench: Bench) -> None:
        handoff = packet()
        ref = await bench.desk.open(handoff)
        first, second = said("在吗？"), said("Anybody there?")
        for line in (first, second, first, handoff.transcript[0]):
            await bench.desk.append(ref.ticket_id, line)
        assert (await bench.said(ref.ticket_id))[2:] == ["在吗？", "Anybody there?"]

    async def test_a_ticket_that_does_not_exist_is_undeliverable(self, bench: Bench) -> None:
        with pytest.raises(Undeliverable):
            await bench.desk.append("nowhere", said("hello"))
        with pytest.raises(Undeliverable):
            await bench.desk.change("nowhere", TicketChange.WITHDRAWN, {})

    @pytest.mark.parametrize("change", [TicketChange.WITHDRAWN, TicketChange.ABANDONED])
    async def test_leaving_the_queue_closes_the_ticket(self, bench: Bench, change: TicketChange) -> None:
        ref = await bench.desk.open(packet())
        assert not await bench.is_closed(ref.ticket_id)
        for _ in range(2):
            await bench.desk.change(ref.ticket_id, change, {})
            assert await bench.is_closed(ref.ticket_id)

    async def test_reopening_brings_it_back(self, bench: Bench) -> None:
        ref = await bench.desk.open(packet())
        await bench.desk.change(ref.ticket_id, TicketChange.ABANDONED, {})
        for _ in range(2):
            await bench.desk.change(ref.ticket_id, TicketChange.REOPENED, {})
            assert not await bench.is_closed(ref.ticket_id)

    @pytest.mark.parametrize("change", list(TicketChange))
    async def test_every_change_may_be_repeated(self, bench: Bench, change: TicketChange) -> None:
        ref = await bench.desk.open(packet())
        for _ in range(2):
            await bench.desk.change(ref.ticket_id, change, {"score": 4, "comment": "谢谢"})
        assert (await bench.said(ref.ticket_id))[:1] == ["退货地址填错了怎么办？"]

    async def test_a_desk_that_is_down_says_so_and_has_taken_nothing(self, bench: Bench) -> None:
        handoff = packet()
        await bench.go_down()
        with pytest.raises(TryLater):
            await bench.desk.open(handoff)
        assert await bench.tickets_of(handoff.id) == 0
