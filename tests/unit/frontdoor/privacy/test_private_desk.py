"""A desk that is told no more than its policy says: marks that stay the same, and originals that only we have."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Connection

from connectors.desk import (
    DeskEvent,
    DeskEventKind,
    ForgettingDesk,
    Handoff,
    Line,
    ReadingDesk,
    Reason,
    TicketChange,
    WebhookDesk,
)
from connectors.errors import TryLater, Undeliverable
from connectors.message import Attachment, Author, Button, Content, Profile
from connectors.privacy_settings import Privacy
from frontdoor import retention
from frontdoor.privacy.private_desk import PrivateDesk, private, with_originals
from storage import conversations, handoffs, masked
from storage.bus import MemoryBus
from storage.database import Database
from tests.fakes.desk import TableDesk

CARD, PHONE, NAME = "6222021001001234563", "13800138000", "王芳"
FILE = Attachment(id="f1", name="王芳身份证.png", media_type="image/png", size=3)
ALL = Privacy(names="mask", phones="mask", emails="mask", addresses="mask")


def line(text: str, *, message_id: str = "m1", author: Author = Author.CUSTOMER, **content: Any) -> Line:
    """One message."""
    name = {Author.CUSTOMER: NAME, Author.AGENT: "Li Na"}.get(author, "")
    return Line(message_id=message_id, author=author, author_name=name, at=1, content=Content(text=text, **content))


@dataclass
class Scene:
    """A handoff of a stored conversation, and a desk that waits for it."""

    database: Database
    inner: TableDesk
    handoff: Handoff
    links: list[str] = field(default_factory=list)

    def desk(self, policy: Privacy) -> PrivateDesk:
        """The desk behind a policy."""
        return PrivateDesk(self.inner, policy, self.database, lambda file: f"https://x/{file.id}")

    async def opened(self, policy: Privacy = ALL, **changes: Any) -> Handoff:
        """What the desk was told."""
        await self.desk(policy).open(replace(self.handoff, **changes))
        return self.inner.opened[-1]

    async def originals(self) -> dict[str, str]:
        """What we alone have, by mark."""
        found = await self.database.read(masked.of_handoff, self.handoff.id)
        return {each.mark: each.original for each in found}


@pytest.fixture
async def scene(database: Database, bus: MemoryBus) -> Scene:
    begun = await database.write(conversations.begin, "web", "visitor", Profile())
    handoff = Handoff(
        id="h1", conversation_id=begun.id, channel="web", reference="FD-23456789", reason=Reason.REQUESTED,
        reason_detail="客户要求转人工。", language="zh",
        customer={
            "id": "c1", "name": NAME, "email": "wang@example.com", "phone": PHONE, "user_id": "u-17", "verified": True
        },
        question=f"订单HL2026112201，卡{CARD}扣了两次", summary=f"{NAME}的卡{CARD}被扣了两次。",
        transcript=(
            line("您好，有什么可以帮您？", message_id="m0", author=Author.BOT),
            line(f"我叫{NAME}，电话１３８-００１３-８０００", attachments=(FILE,), custom={"order": {"phone": PHONE}}),
            line("好", message_id="m2", author=Author.BOT, buttons=(Button(title=f"打{PHONE}", payload="/x"),)),
        ),
        failed=(f"卡{CARD}怎么退",), slots={"order_number": "HL2026112201", "phone": PHONE, "amount": 129900},
        attachments=(FILE,), triage={"tier": "front_line"},
    )  # fmt: skip

    def store(tx: Connection) -> None:
        handoffs.add(
            tx, id=handoff.id, conversation_id=begun.id, reference=handoff.reference, reason="requested", seq=0,
            status="requested", packet=handoff.to_json(), desk="table", created_at=1, updated_at=1, ticket_id="t-h1",
        )  # fmt: skip

    await database.write(store)
    return Scene(database=database, inner=TableDesk(database, bus), handoff=handoff)


async def test_every_part_of_the_packet_is_masked_and_the_same_value_has_the_same_mark(scene: Scene) -> None:
    told = await scene.opened()
    said = str(told.to_json())
    assert not [each for each in (NAME, CARD, PHONE, "wang@", "１３８", "payload='/x'") if each in said]
    assert told.customer["name"] == "［姓名1］"
    assert told.question == "订单HL2026112201，卡［银行卡1］扣了两次"
    assert told.summary == "［姓名1］的卡［银行卡1］被扣了两次。"
    assert told.transcript[1].content.text == "我叫［姓名1］，电话［电话1］"
    assert told.transcript[1].author_name == "［姓名1］"
    assert told.transcript[1].content.custom == {"order": {"phone": "［电话1］"}}
    assert told.transcript[2].content.buttons[0] == Button(title="打［电话1］")
    assert told.failed == ("卡［银行卡1］怎么退",)
    assert told.attachments[0].name == "［姓名1］身份证.png"
    assert (told.slots["order_number"], told.slots["amount"]) == ("HL2026112201", 129900)
    assert (told.reference, told.customer["user_id"], told.triage) == ("FD-23456789", "u-17", {"tier": "front_line"})
    assert await scene.originals() == {
        "［姓名1］": NAME, "［电话1］": PHONE, "［邮箱1］": "wang@example.com", "［银行卡1］": CARD
    }  # fmt: skip


async def test_a_helpdesk_never_takes_a_mark_for_an_address(scene: Scene) -> None:
    told = await scene.opened()
    assert (told.customer["email"], told.customer["phone"]) == ("", "")
    assert told.slots["email"] == "［邮箱1］"


async def test_a_desk_that_goes_down_is_told_the_same_once_it_is_back(scene: Scene) -> None:
    scene.inner.down = True
    with pytest.raises(TryLater):
        await scene.opened()
    before = await scene.originals()
    scene.inner.down = False
    told = await scene.opened(question=f"{PHONE}打不通，换139 1234 5678")
    assert told.question == "［电话1］打不通，换［电话2］"
    assert (await scene.originals()).items() >= before.items()


async def test_later_lines_use_the_same_marks_and_go_on_counting(scene: Scene) -> None:
    await scene.opened()
    desk = scene.desk(ALL)
    await desk.append("t-h1", line(f"{NAME}：也可以打+86 {PHONE}或13912345678", message_id="m3"))
    await desk.append("t-h1", line("我是 Li Na", message_id="m4", author=Author.AGENT))
    await desk.change("t-h1", TicketChange.RATED, {"score": 5, "comment": f"谢谢，{NAME}", "change_id": "change:1"})
    assert scene.inner.lines[0].content.text == "［姓名1］：也可以打［电话1］或［电话2］"
    assert scene.inner.lines[1].author_name == "Li Na"
    assert scene.inner.changes == [(TicketChange.RATED, {"score": 5, "comment": "谢谢，［姓名1］"})]


async def test_names_that_are_learned_later_are_known_from_then_on(scene: Scene) -> None:
    await scene.opened()
    await scene.database.write(conversations.begin, "web", "visitor", Profile(name="Anna Petrova"))
    await scene.desk(ALL).append("t-h1", line("Petrova is at home, Anna too", message_id="m5"))
    assert scene.inner.lines[0].content.text == "［姓名2］ is at home, ［姓名2］ too"


async def test_the_policy_alone_decides(scene: Scene) -> None:
    told = await scene.opened(Privacy())
    assert PHONE in str(told.to_json())
    assert CARD not in str(told.to_json())
    assert private(scene.inner, Privacy(bank_cards="send", id_cards="send"), scene.database, str) is scene.inner


@pytest.mark.parametrize(
    ("policy", "lines", "summary", "failed"),
    [("full", 3, "的卡", 1), ("summary", 0, "的卡", 1), ("none", 0, "", 0)],
)
async def test_as_much_of_what_was_said_leaves_as_the_policy_says(
    scene: Scene, policy: str, lines: int, summary: str, failed: int
) -> None:
    told = await scene.opened(Privacy(transcript=policy))  # type: ignore[arg-type]
    assert (len(told.transcript), summary in told.summary, len(told.failed)) == (lines, True, failed)
    assert told.question
    assert bool(told.summary) == bool(summary)


async def test_files_go_as_links_or_not_at_all(scene: Scene) -> None:
    linked = await scene.opened(Privacy(names="mask", attachments="link"))
    assert (linked.attachments, linked.transcript[1].content.attachments) == ((), ())
    assert linked.transcript[1].content.text.endswith("\n［姓名1］身份证.png: https://x/f1")
    desk = scene.desk(Privacy(names="mask", attachments="none"))
    await desk.append("t-h1", line("看图", attachments=(FILE,)))
    assert scene.inner.lines[0].content == Content(text="看图\n［姓名1］身份证.png （未发送）")
    scene.inner.opened.clear()
    told = await scene.opened(Privacy(attachments="link", transcript="none"))
    assert told.summary == "王芳身份证.png: https://x/f1"


async def test_a_company_s_own_numbers_are_called_by_their_name(scene: Scene) -> None:
    own = Privacy(custom=[{"name": "member number", "pattern": r"M-\d{6}"}])  # type: ignore[list-item]
    told = await scene.opened(own, language="en", question="M-123456 and M-654321, again M-123456")
    assert told.question == "[member number 1] and [member number 2], again [member number 1]"


@pytest.mark.parametrize(
    "quoted", ["［电话1］", "[电话 1]", "【电话1】", r"\[电话1\]"]
)  # fmt: skip
async def test_an_agent_who_quotes_a_mark_gives_the_customer_their_own_value(scene: Scene, quoted: str) -> None:
    await scene.opened()
    event = DeskEvent(
        id="e1", desk="table", ticket_id="t-h1", kind=DeskEventKind.REPLIED,
        content=Content(text=f"我们会打{quoted}，不是[电话 9]。"),
    )  # fmt: skip
    told = await scene.database.read(with_originals, "h1", event)
    assert told.content.text == f"我们会打{PHONE}，不是[电话 9]。"


async def test_what_is_kept_goes_with_the_conversation_and_nothing_leaves_after(scene: Scene) -> None:
    await scene.opened()
    await scene.database.write(retention.erase, [scene.handoff.conversation_id])
    assert await scene.originals() == {}
    with pytest.raises(Undeliverable):
        await scene.desk(ALL).append("t-h1", line(f"{PHONE}"))
    with pytest.raises(Undeliverable):
        await scene.desk(ALL).open(scene.handoff)
    assert scene.inner.lines == []


async def test_two_thousand_messages_are_masked(scene: Scene) -> None:
    many = tuple(line(f"第{number}条：我的卡{CARD}打不开 🙂", message_id=f"m{number}") for number in range(2_000))
    told = await scene.opened(Privacy(), transcript=many)
    assert told.transcript[1_999].content.text == "第1999条：我的卡［银行卡1］打不开 🙂"


def test_what_a_desk_offers_beside_is_offered_still(database: Database, bus: MemoryBus) -> None:
    class Reader(TableDesk):
        async def read(self, ticket_id: str) -> str:
            return ticket_id

        async def forget(self, ticket_id: str) -> None: ...

    desk = PrivateDesk(Reader(database, bus), ALL, database, str)
    assert isinstance(desk, ReadingDesk)
    assert isinstance(desk, ForgettingDesk)
    assert not isinstance(desk, WebhookDesk)
