"""Order numbers, phone numbers, e-mail addresses and names in what a customer typed, in one normal form.

Full-width digits and signs, blanks and country codes are what people and their keyboards make of them.
"""

import re
import unicodedata
from dataclasses import dataclass

_ORDER = re.compile(r"(?<![a-z0-9])hl[\s\-_#:]*(\d(?:[\s-]?\d){9})(?!\d)", re.IGNORECASE)
_BARE_ORDER = re.compile(r"(?<![\da-zA-Z+])(20\d{8})(?!\d)")  # the digits alone: they begin with the year
_EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_MOBILE = re.compile(r"(?<![\d+])(?:(?:\+|00)?86[\s-]*)?(1[3-9]\d(?:[\s-]?\d){8})(?!\d)")
_FOREIGN = re.compile(r"(?<!\d)(?:\+|00)([1-9]\d(?:[\s().-]*\d){6,12})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:\(?(0\d{2,3})\)?[\s-]*)([2-9]\d{2,3}[\s-]?\d{4})(?!\d)")
_TICKET = re.compile(r"(?<![a-z0-9])FD-[0-9A-Z]{6,8}(?![0-9A-Z])", re.IGNORECASE)

_WORDS = r"(?P<name>[^\W\d_][\w'’.\-]*(?:\s+[^\W\d_][\w'’.\-]*){0,3})"
_HANZI_OR_LATIN = r"(?P<name>[\u4e00-\u9fff·]{1,8}|[A-Za-z][A-Za-z'’.\- ]{0,40})"
_INTRODUCED = (  # says "name" in so many words
    re.compile(r"\b(?:my (?:full )?name(?:'s|’s| is)|name\s*[:=])\s+" + _WORDS, re.IGNORECASE),
    re.compile(r"(?:(?:名字|姓名)(?:是|叫|应该是|改成)?|我叫)\s*[:：]?\s*" + _HANZI_OR_LATIN),
)
_PRESENTED = (  # a name only if one was asked for: "I'm Ann", but also "I'm waiting"
    re.compile(
        r"^\W*(?:i(?:'m|’m| am)|this is|it(?:'s|’s| is)|(?:(?:just|you can|please) )?call me)\s+" + _WORDS,
        re.IGNORECASE,
    ),
    re.compile(r"^\W*(?:我(?:是|姓)|(?:就|可以)?叫我)\s*" + _HANZI_OR_LATIN),
)
_LABEL = re.compile(
    r"\b(?:phone|tel|mobile|e-?mail|mail|name)\b\s*[:=]?|(?:手机号?|电话|邮箱|姓名)\s*[:=]?", re.IGNORECASE
)
_TAIL = re.compile(r"(?:\s+(?:speaking|here|and|please)\b.*|(?:就行|就好|就可以|吧|呀|啊|哦|的)+)$", re.IGNORECASE)
_LATIN_NAME = re.compile(r"[^\W\d_][^\W\d_'’.\-]*(?:['’.\- ]+[^\W\d_]+){0,4}\.?")
_CHINESE_NAME = re.compile(r"[\u4e00-\u9fff]{1,6}(?:·[\u4e00-\u9fff]{1,8})*")
_NOT_NAMES = frozenset(
    [
        "yes",
        "no",
        "not",
        "ok",
        "okay",
        "hi",
        "hello",
        "hey",
        "thanks",
        "sure",
        "please",
        "help",
        "cancel",
        "stop",
        "sorry",
        "the",
        "a",
        "an",
        "my",
        "your",
        "our",
        "this",
        "that",
        "it",
        "and",
        "or",
        "but",
        "for",
        "from",
        "at",
        "in",
        "on",
        "to",
        "of",
        "with",
        "what",
        "why",
        "how",
        "who",
        "when",
        "where",
        "which",
        "can",
        "could",
        "would",
        "do",
        "does",
        "is",
        "are",
        "was",
        "me",
        "you",
        "we",
        "they",
        "i",
        "want",
        "need",
        "e-mail",
        "email",
        "phone",
        "number",
        "name",
        "waiting",
        "looking",
        "calling",
        "writing",
        "asking",
        "very",
        "so",
        "still",
        "just",
        "already",
        "unhappy",
        "happy",
        "busy",
        "tired",
        "none",
        "nothing",
        "back",
        "tomorrow",
        "today",
        "tonight",
        "now",
        "soon",
        "later",
        "asap",
        "maybe",
    ]
)
_NOT_CHINESE_NAMES = re.compile(
    r"[吗呢么吧啊了的]$|什么|怎|多少|哪|几|谁|可以|能不|不[要用想是对行好知]|没[有错事]|谢|你好|您好|好[的吧啊滴]|订单|电话|手机|邮箱|号码|名字|取消|人工|客服"
    r"|知道|随便|给我|我[要想们]|你们|为啥|干嘛|退货|退款|维修|送货|[要想]买|买[了的]|^[是对行好嗯要不没]+$"
)


def plain(text: str) -> str:
    """`text` with full-width characters made ordinary and blanks trimmed."""
    return unicodedata.normalize("NFKC", text).replace("。", ".").strip()


def find_order_number(text: str) -> str:
    """The first order number in `text` as `HL` and ten digits, or "". Its digits alone will do."""
    text = plain(text)
    if match := _ORDER.search(text):
        return "HL" + re.sub(r"\D", "", match[1])
    if match := _BARE_ORDER.search(text):
        return "HL" + match[1]
    return ""


def find_email(text: str) -> str:
    """The first e-mail address in `text`, in lower case, or ""."""
    match = _EMAIL.search(plain(text))
    return match[0].lower() if match else ""


def find_phone(text: str) -> str:
    """The first phone number in `text`: a Chinese mobile or landline as digits, any other as `+` and digits; or ""."""
    text = _EMAIL.sub(" ", _ORDER.sub(" ", plain(text)))
    if match := _MOBILE.search(text):
        return re.sub(r"\D", "", match[1])
    if match := _FOREIGN.search(text):
        digits = re.sub(r"\D", "", match[1])
        return "0" + digits[2:] if digits.startswith("86") else "+" + digits
    if match := _LANDLINE.search(text):
        return re.sub(r"\D", "", match[1] + match[2])
    return ""


def find_ticket_number(text: str) -> str:
    """The first ticket number in `text`, such as `FD-7K2M9Q`, or ""."""
    match = _TICKET.search(plain(text))
    return match[0].upper() if match else ""


def introduced_name(text: str) -> str:
    """The name in "my name is …" or "我叫…", or ""."""
    return _matched_name(_INTRODUCED, plain(text))


def find_name(text: str) -> str:
    """The name in an answer to "what's your name?", or "": introduced, or what is left beside phone and e-mail."""
    if name := _matched_name(_INTRODUCED + _PRESENTED, plain(text)):
        return name
    rest = plain(text)
    if find_reach(rest):
        for taken in (_EMAIL, _MOBILE, _FOREIGN, _LANDLINE, _LABEL):
            rest = taken.sub(" ", rest)
    parts = (_trim(part) for part in re.split(r"[,;/|\n、]+", rest))
    return next((part for part in parts if len(part) > 1 and _may_be_name(part)), "")


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How to reach somebody: e-mail, phone, or both; "" where not given."""

    email: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return bool(self.email or self.phone)


def find_reach(text: str) -> Reach:
    """E-mail and phone in `text`."""
    return Reach(email=find_email(text), phone=find_phone(text))


def _matched_name(patterns: tuple[re.Pattern[str], ...], text: str) -> str:
    for pattern in patterns:
        if match := pattern.search(text):
            name = _trim(_TAIL.sub("", _trim(match["name"])))
            return name if _may_be_name(name) else ""
    return ""


def _trim(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip(" .,!:;-~'\"")


def _may_be_name(name: str) -> bool:
    if not 1 <= len(name) <= 60:
        return False
    if _CHINESE_NAME.fullmatch(name):
        return not _NOT_CHINESE_NAMES.search(name)
    return bool(_LATIN_NAME.fullmatch(name)) and len(name) > 1 and not set(name.lower().split()) & _NOT_NAMES
