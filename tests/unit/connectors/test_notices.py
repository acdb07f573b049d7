"""What group chats are told, over the wire, and how they say that they have not taken it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr, ValidationError

from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.notice import Notice, NoticeKind, Notifier
from connectors.notice_settings import NoticeSettings, When
from connectors.registry import NOTICES, load
from tests.fakes.desks.notices import PATHS, SECRET, SECRETS, GroupChats
from tests.fakes.vendors.base import Trouble

EVIL = "@here <!channel> <at id=all></at> <@U1> [win](https://evil.example) *b* <font color=red>"
NOTICE = Notice(
    kind=NoticeKind.OPENED, reference="FD-7K2M9QX3", desk="zammad", tier="senior", channel="wechat", language="zh",
    urgency="urgent", question=f"退款？{EVIL}", link="https://hearthline.example/#ticket/1",
)  # fmt: skip


@pytest.fixture
async def chats() -> AsyncIterator[GroupChats]:
    async with GroupChats() as vendor:
        yield vendor
        assert vendor.wrongs == []


def settings(chats: GroupChats, kind: str, **more: object) -> NoticeSettings:
    secret = {"secret": SECRET} if kind == "feishu" else {}
    return NoticeSettings.model_validate({"kind": kind, "url": chats.address(kind)} | secret | more)


@asynccontextmanager
async def notifier(chats: GroupChats, kind: str, **more: object) -> AsyncIterator[Notifier]:
    made: Notifier = load(NOTICES[kind])(settings(chats, kind, **more))
    yield made
    await made.close()


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_notice_is_shown_with_nothing_in_it_that_acts(chats: GroupChats, kind: str, language: str) -> None:
    async with notifier(chats, kind, language=language) as chat:
        await chat.tell(NOTICE)
    (shown,) = chats.shown[kind]
    title = "A customer is waiting: FD-7K2M9QX3" if language == "en" else "有客户等待人工服务：FD-7K2M9QX3"
    for part in (title, "senior", "wechat", "退款？", NOTICE.link, "urgent" if language == "en" else "紧急"):
        assert part in shown


@pytest.mark.parametrize("kind", PATHS)
async def test_the_longest_question_fits(chats: GroupChats, kind: str) -> None:
    async with notifier(chats, kind) as chat:
        await chat.tell(Notice(kind=NoticeKind.REFUSED, reference="FD-1", desk="rt", question="字" * 5_000))
    assert "字" * 80 in chats.shown[kind][0]


@pytest.mark.parametrize(
    ("kind", "trouble", "error"),
    [
        ("slack", Trouble(status=200, body={"ok": False}), Undeliverable),
        ("slack", Trouble(status=404, body="no_service"), Undeliverable),
        ("slack", Trouble(status=429, headers={"Retry-After": "30"}), TryLater),
        ("teams", Trouble(status=200, body="Webhook message delivery failed with error: HTTP 429"), TryLater),
        ("teams", Trouble(status=200, body="Webhook message delivery failed with error: HTTP 400"), Undeliverable),
        ("teams", Trouble(status=401, body={"error": {}}), Undeliverable),
        ("feishu", Trouble(status=200, body={"code": 19024, "msg": "Key Words Not Found"}), Undeliverable),
        ("feishu", Trouble(status=400, body={"code": 9499, "msg": "Bad Request"}), Undeliverable),
        ("feishu", Trouble(status=200, body={"code": 11232, "msg": "frequency limited"}), TryLater),
        ("feishu", Trouble(status=200, body={"ok": 1}), OutcomeUnknown),
        ("wecom", Trouble(status=200, body={"errcode": 93000, "errmsg": "invalid webhook url"}), Undeliverable),
        ("wecom", Trouble(status=200, body={"errcode": 45009, "errmsg": "api freq out of limit"}), TryLater),
        ("wecom", Trouble(status=200, body=["?"]), OutcomeUnknown),
        ("wecom", Trouble(status=503), TryLater),
    ],
)
async def test_what_was_not_taken_is_found(
    chats: GroupChats, kind: str, trouble: Trouble, error: type[SendError]
) -> None:
    chats.troubles.append(trouble)
    async with notifier(chats, kind) as chat:
        with pytest.raises(error) as told:
            await chat.tell(NOTICE)
    assert chats.shown[kind] == []
    assert not any(secret in str(told.value) + repr(chat) + repr(vars(chat)) for secret in SECRETS)


async def test_a_wrong_secret_is_found(chats: GroupChats) -> None:
    async with notifier(chats, "feishu", secret="another-secret-of-somebody") as chat:
        with pytest.raises(Undeliverable, match="signature"):
            await chat.tell(NOTICE)


def test_rules_say_what_is_told() -> None:
    url = SecretStr("https://hooks.slack.example/x")
    rule = NoticeSettings(kind="slack", url=url, when=When(tier=("senior",), language=("zh",)), events=("opened",))
    assert rule.wants(NoticeKind.OPENED, {"tier": "senior", "language": "zh", "channel": "web"})
    assert not rule.wants(NoticeKind.OPENED, {"tier": "senior", "language": "en"})
    assert not rule.wants(NoticeKind.OPENED, {"language": "zh"})
    assert not rule.wants(NoticeKind.REFUSED, {"tier": "senior", "language": "zh"})
    assert "hooks" not in repr(rule) + rule.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "dingtalk", "url": "https://x.example"}, {"kind": "slack", "url": "http://x.example"},
        {"kind": "slack", "url": "hooks"}, {"kind": "slack", "url": "https://x.example", "secret": "s"},
        {"kind": "slack", "url": "https://x.example", "when": {"tiers": ["senior"]}},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NoticeSettings.model_validate(wrong)
