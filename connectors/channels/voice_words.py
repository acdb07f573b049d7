"""What callers hear: our own sentences, and what bot and humans write, made for the ear."""

from collections.abc import Mapping, Sequence

import regex

from connectors.message import JSON, Author
from connectors.plain_text import plain
from connectors.splitting import split

SHORT = 350  # characters of an answer that is not asked for in full: about 25 s
CHOICES = 9  # that have a key
SILENT = frozenset({"ask_email", "public_reply"})
"""Kinds of messages that mean nothing on the phone."""
_LINK = regex.compile(r"\(?https?://[^\s<>\"'（）【】《》，。；！？、]+\)?")
_UNSPOKEN = regex.compile(
    r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f\u20e3•*#_`|]"
    r"|[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # and what XML does not have
)
_PARAGRAPHS = regex.compile(r"\n\s*\n")

WORDS: Mapping[str, Mapping[str, str]] = {
    "hello": {"en": "Hello, this is {brand}.", "zh": "您好，这里是{brand}。"},
    "choose": {"en": "For English, press {key}.", "zh": "中文服务请按 {key}。"},
    "ready": {"en": "What can I do for you?", "zh": "请问有什么可以帮您？"},
    "nothing_heard": {
        "en": "I didn't hear anything. Please tell me what it is about, or press 0 for a colleague.",
        "zh": "没有听到您的声音。请说出您的问题，转人工请按 0。",
    },
    "unclear": {
        "en": "Sorry, I didn't catch that. Could you say it again in a few words?",
        "zh": "抱歉，没有听清，请用简短的话再说一遍。",
    },
    "choice": {"en": "Press {key}: {title}.", "zh": "按 {key}：{title}。"},
    "shortened": {
        "en": "That was the short version. To hear all of it, press star.",
        "zh": "以上是简要说明，收听全文请按星号键。",
    },
    "shortened_or_text": {
        "en": "That was the short version. To hear all of it, press star; to get it as a text message, press pound.",
        "zh": "以上是简要说明，收听全文请按星号键，发送到手机短信请按井号键。",
    },
    "texted": {
        "en": "I've sent it to your phone. Is there anything else?",
        "zh": "已通过短信发送给您。请问还有其他问题吗？",
    },
    "not_texted": {
        "en": "I couldn't send a text message to this number. Is there anything else?",
        "zh": "无法向这个号码发送短信。请问还有其他问题吗？",
    },
    "connecting": {
        "en": "I'm connecting you to a colleague. One moment, please.",
        "zh": "正在为您转接人工客服，请稍候。",
    },
    "nobody": {"en": "I'm sorry, nobody can take your call just now.", "zh": "抱歉，目前暂时无人接听。"},
    "record": {
        "en": "Please leave a message after the tone: your name, and what it is about. Press pound when you are done. "
        "We'll call you back.",
        "zh": "请在提示音后留言，说明您的姓名和问题，留言完毕请按井号键。我们会尽快给您回电。",
    },
    "recorded": {"en": "Thank you, we have your message. Goodbye.", "zh": "谢谢，已收到您的留言。再见。"},
    "still": {
        "en": "Thank you for waiting. I'll tell you as soon as a colleague answers.",
        "zh": "感谢您的耐心等待，客服一有回复我会马上告诉您。",
    },
    "slow": {"en": "This takes a little longer. One moment, please.", "zh": "需要再等一会儿，请稍候。"},
    "later": {
        "en": "I'm sorry for the long wait. Your request is saved, and a colleague will get back to you. Goodbye.",
        "zh": "抱歉让您久等了。您的问题已记录，客服会尽快与您联系。再见。",
    },
    "goodbye": {"en": "Thank you for calling. Goodbye.", "zh": "感谢您的来电，再见。"},
}

NOTES: Mapping[str, str] = {
    "ended": "Call ended, {time} · 通话结束，{time}",
    "voicemail": "Voice message, {time} · 语音留言，{time}",
    "transferred": "The caller spoke to a colleague on the phone, {time} · 来电已由同事接听，{time}",
    "not_transferred": "The caller was transferred and nobody answered ({status}) · 转接无人接听（{status}）",
}
"""What agents read about a call."""


def word(name: str, language: str, **values: object) -> str:
    """A sentence of ours."""
    return WORDS[name]["zh" if language == "zh" else "en"].format(**values)


def written(message: JSON) -> str:
    """All of a message, without Markdown."""
    return plain(message["text"]) if message["author"] == Author.BOT else str(message["text"])


def spoken(message: JSON) -> str:
    """All of a message, for the ear: no links, no pictures."""
    text = _UNSPOKEN.sub(" ", _LINK.sub(" ", written(message)))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(lines).strip()


def shortened(message: JSON) -> str:
    """The beginning of what the bot says, as far as people listen; humans are heard in full."""
    whole = spoken(message)
    if message["author"] != Author.BOT:
        return whole
    first, *more = _PARAGRAPHS.split(whole)
    if more and (len(first) < SHORT / 4 or first.endswith((":", "："))):
        first = f"{first}\n{more[0]}"
    return split(first, SHORT)[0]


def is_heard(message: JSON) -> bool:
    """Whether a message is for callers' ears."""
    kind = message.get("custom", {}).get("kind", "")
    return bool(message["author"] != Author.CUSTOMER and kind not in SILENT and spoken(message))


def choices(messages: Sequence[JSON]) -> list[str]:
    """The titles of what is offered last, in the order of their keys."""
    offered: list[JSON] = next((each["buttons"] for each in reversed(messages) if each.get("buttons")), [])
    return [each["title"] for each in offered[:CHOICES]]


def keys(titles: Sequence[str], language: str) -> list[str]:
    """What is said of them; "1, 2, 3, 4, 5" the question says itself."""
    if list(titles) == [str(number) for number in range(1, len(titles) + 1)]:
        return []
    return [
        word("choice", language, key=number, title=_UNSPOKEN.sub("", title)) for number, title in enumerate(titles, 1)
    ]


def duration(seconds: int) -> str:
    """`2:05`."""
    return f"{seconds // 60}:{seconds % 60:02}"
