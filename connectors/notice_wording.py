"""The words of notices, in the language of those who read them; and customers' words made harmless for group chats."""

from collections.abc import Mapping

from connectors.desk_wording import in_language
from connectors.fields import clean_line
from connectors.notice import Notice, NoticeKind

TITLES: Mapping[NoticeKind, tuple[str, str]] = {
    NoticeKind.OPENED: ("A customer is waiting: {reference}", "有客户等待人工服务：{reference}"),
    NoticeKind.OFFLINE: (
        "The desk {desk} cannot be reached; a customer is waiting: {reference}",
        "客服系统 {desk} 无法连接，有客户在等待：{reference}",
    ),
    NoticeKind.REFUSED: (
        "The desk {desk} does not take a ticket: {reference}",
        "客服系统 {desk} 拒绝了工单：{reference}",
    ),
    NoticeKind.TEST: ("A test: notices arrive here", "测试消息：通知可以送达"),
}
LABELS: Mapping[str, tuple[str, str]] = {
    "reference": ("Reference", "编号"),
    "tier": ("Tier", "客服层级"),
    "channel": ("Channel", "渠道"),
    "language": ("Language", "语言"),
    "urgency": ("Urgency", "紧急程度"),
    "desk": ("Desk", "客服系统"),
}
OPEN = ("Open the ticket", "打开工单")
VALUES: Mapping[str, tuple[str, str]] = {
    "en": ("English", "英文"), "zh": ("Chinese", "中文"),
    "low": ("low", "低"), "normal": ("normal", "普通"), "high": ("high", "高"), "urgent": ("urgent", "紧急"),
}  # fmt: skip
_WIDE = str.maketrans("@<>[]()*_`~#|\\&", "＠‹›［］（）＊＿｀～＃｜＼＆")


def title(notice: Notice, language: str) -> str:
    """One line that says it all."""
    words = in_language(TITLES[notice.kind], language)
    return words.format(reference=harmless(notice.reference), desk=harmless(notice.desk))


def facts(notice: Notice, language: str) -> list[tuple[str, str]]:
    """What else is known, by label."""
    named = [(name, str(getattr(notice, name))) for name in LABELS if getattr(notice, name)]
    return [(in_language(LABELS[name], language), harmless(_shown(value, language))) for name, value in named]


def question(notice: Notice) -> str:
    """What was asked, harmless."""
    return harmless(notice.question)


def harmless(text: str) -> str:
    """One line in which nothing is a mention, a link or markup, at any vendor: such signs are written wide."""
    return clean_line(text).translate(_WIDE).replace("://", "：//")


def _shown(value: str, language: str) -> str:
    return in_language(VALUES[value], language) if value in VALUES else value
