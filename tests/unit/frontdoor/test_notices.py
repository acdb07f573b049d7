"""Group chats hear of handoffs: once, without what is nobody's business, and nobody waits for them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from connectors.message import JSON
from connectors.notice_settings import NoticeSettings
from frontdoor import notices
from frontdoor.brain import Brain
from frontdoor.core import Core
from frontdoor.notices import shown, try_out
from storage import work
from storage.bus import MemoryBus
from storage.database import Database
from tests.fakes.desk import TableDesk
from tests.fakes.desks.notices import SECRET, GroupChats
from tests.fakes.rasa import TOKEN, ScriptedRasa
from tests.fakes.vendors.base import Trouble
from tests.unit.frontdoor.conftest import SETTINGS, Customer, Page, unlinked, until


@pytest.fixture
async def chats() -> AsyncIterator[GroupChats]:
    async with GroupChats() as vendor:
        yield vendor
        assert vendor.wrongs == []


@pytest.fixture
def rules(chats: GroupChats) -> list[NoticeSettings]:
    """A chat that is told everything, one for seniors, and one that is switched off."""
    written: list[JSON] = [
        {"kind": "wecom", "url": chats.address("wecom"), "language": "zh"},
        {"kind": "slack", "url": chats.address("slack"), "when": {"tier": ["senior"]}},
        {"kind": "teams", "url": chats.address("teams"), "enabled": False},
    ]
    return [NoticeSettings.model_validate(each) for each in written]


@pytest.fixture
async def core(
    database: Database, bus: MemoryBus, rasa: ScriptedRasa, desk: TableDesk, rules: list[NoticeSettings]
) -> AsyncIterator[Core]:
    async def discard(_: Sequence[str]) -> None:
        """Nothing is kept."""

    brain = Brain(rasa.url, TOKEN, timeout_s=2)
    core = Core(
        replace(SETTINGS, notices=tuple(rules), public_url="https://hearthline.example"), database=database, bus=bus,
        brain=brain, link=unlinked, discard=discard,
    )  # fmt: skip
    async with core.running({"web": Page()}, {"table": desk}):
        yield core
    await brain.close()


async def idle(database: Database) -> None:
    """No work is left."""
    pending = 1
    while pending:
        pending = (await database.read(work.counts))["pending"]


async def test_a_handoff_is_told_once_where_it_is_wanted(
    customer: Customer, chats: GroupChats, database: Database
) -> None:
    await customer.say("how long does delivery take?")
    await customer.say("I want a human")
    await customer.reaches("queued")
    await idle(database)
    (told,) = chats.shown["wecom"]
    reference = (await customer.snapshot())["conversation"]["ticket"]
    for part in ("有客户等待人工服务", reference, "web", "how long does delivery take?"):
        assert part in told
    assert not chats.shown["slack"]
    assert not chats.shown["teams"]


async def test_a_desk_that_is_away_is_told_too(
    customer: Customer, chats: GroupChats, desk: TableDesk, database: Database
) -> None:
    desk.down = True
    await customer.say("I want a human")
    await customer.reaches("failed")
    await until(lambda: len(chats.shown["wecom"]) == 1)
    assert "无法连接" in chats.shown["wecom"][0]
    desk.down = False
    await customer.reaches("queued")
    await idle(database)
    assert len(chats.shown["wecom"]) == 2


async def test_a_chat_that_is_away_is_told_later_and_nobody_waits_for_it(
    customer: Customer, chats: GroupChats, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "backoff", lambda _: 0.05)
    chats.troubles.extend([Trouble(status=503), Trouble(status=200, body={"errcode": -1, "errmsg": "busy"})])
    monkeypatch.setattr("connectors.notices.wecom.LATER_S", 0.05)
    await customer.say("I want a human")
    await customer.reaches("queued")
    await until(lambda: len(chats.shown["wecom"]) == 1)
    await idle(database)
    assert len(chats.requests) == 3


async def test_what_nobody_knows_of_is_not_told_again(
    customer: Customer, chats: GroupChats, database: Database
) -> None:
    chats.troubles.append(Trouble(status=504, sends=True))
    await customer.say("I want a human")
    await customer.reaches("queued")
    await idle(database)
    assert len(chats.requests) == len(chats.shown["wecom"]) == 1


async def test_a_notice_that_was_cut_off_is_not_told_again(
    core: Core, customer: Customer, chats: GroupChats, database: Database, rules: list[NoticeSettings], desk: TableDesk
) -> None:
    await customer.say("I want a human")
    await customer.reaches("queued")
    await idle(database)
    handoff_id = desk.opened[0].id
    payload = {"handoff_id": handoff_id, "to": rules[0].id, "kind": "opened", "left": True}
    lane = f"notice:{handoff_id}:0"
    await database.write(lambda tx: work.enqueue(tx, lane=lane, kind="desk_notice", key="again", payload=payload))
    await core.steps.bus.publish("work", {"lane": lane})
    await idle(database)
    assert len(chats.shown["wecom"]) == 1


async def test_a_question_is_shown_without_what_is_nobodys_business() -> None:
    customer = {"name": "王芳", "email": "wang@example.com", "phone": "13800138000"}
    asked = "我是王芳，电话13800138000，邮箱 wang@example.com，订单 HL2026112201 怎么还没到？" + "啊" * 200
    said = await shown({"question": asked, "customer": customer}, "zh")
    assert "怎么还没到" in said
    assert len(said) == 80
    for secret in ("王芳", "13800138000", "wang@example.com", "2026112201"):
        assert secret not in said


async def test_somebody_may_look_whether_notices_arrive(chats: GroupChats, rules: list[NoticeSettings]) -> None:
    wrong = NoticeSettings.model_validate({"kind": "feishu", "url": chats.address("feishu"), "secret": SECRET + "x"})
    found = await try_out([*rules, wrong], link="https://hearthline.example/desk/")
    assert [each.ok for each in found] == [True, True, False]
    assert "signature" in found[2].what
    assert "测试消息" in chats.shown["wecom"][0]
