"""What a customer's words name that can be looked up or must be right: order numbers, products, dates, amounts."""

import re
import unicodedata
from dataclasses import dataclass

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_PATTERNS = (
    # What looks like something else is taken out first, so that no part of an address becomes an order number.
    ("", re.compile(r"https?://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "phone",
        re.compile(
            r"(?<![A-Za-z0-9])(?:\+\d{1,3}[\s-]?)?(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}-?\d{7,8})"
            r"(?![A-Za-z0-9])"
        ),
    ),
    (
        "date",
        re.compile(
            r"(?:\d{4}\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*[日号]|\d{4}-\d{1,2}-\d{1,2}|\b\d{1,2}/\d{1,2}/\d{2,4}\b"
            rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTHS}\b(?:\s+\d{{4}})?|\b{_MONTHS}\s+\d{{1,2}}\b(?:,?\s+\d{{4}})?"
            r"|(?:上|下|这)(?:个)?(?:周|星期|礼拜)[一二三四五六日天]|(?:last|next|this)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day"
            r"|\b(?:today|yesterday|tomorrow)\b|今天|昨天|前天|明天|后天",
            re.IGNORECASE,
        ),
    ),
    (
        "amount",
        re.compile(
            rf"[¥￥$€£]\s*{_NUMBER}|{_NUMBER}\s*(?:元|块钱?|万元|yuan|rmb|cny|usd|dollars?|euros?)(?![a-z])",
            re.IGNORECASE,
        ),
    ),
    ("order", re.compile(r"(?<![A-Za-z0-9-])(?:[A-Z]{2,4}[ -]|[A-Za-z]{0,4}-?)\d[\d-]{6,22}\d(?![A-Za-z0-9-])")),
    ("product", re.compile(r"(?<![A-Za-z0-9-])[A-Z]{1,4}[- ]?\d{1,4}[A-Z]{0,3}(?![A-Za-z0-9-])")),
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Detail:
    """`kind`: order | product | date | amount | phone; `text` as it was written."""

    kind: str
    text: str


def details(text: str) -> list[Detail]:
    """All details of a text, each once, in the order in which the kinds are looked for."""
    rest = unicodedata.normalize("NFKC", text)
    found: dict[Detail, None] = {}
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(rest):
            if kind:
                found[Detail(kind, " ".join(match[0].split()))] = None
        rest = pattern.sub(" · ", rest)
    return list(found)
