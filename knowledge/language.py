"""Which language a message is in: English or Chinese (in characters or in Latin letters), or nothing to tell by."""

import re
from dataclasses import dataclass

from knowledge.syllables import Romanised, romanised, toneless
from knowledge.text import normal

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_NOT_LANGUAGE = re.compile(
    r"https?://\S+|\S+@\S+\.\S+"  # addresses
    r"|\b[a-z]*\d[a-z0-9-]*\b|\b[a-z0-9]+-\d[a-z0-9-]*\b"  # order numbers and models: hl2026110101, af-55
)
# What people of either language write: neither tells the other one apart.
_SHARED = frozenset(
    re.findall(
        r"\w+",
        """ok okay okey hi hello hey bye no yes y n lol haha hmm pro max plus mini am pm faq diy
        app wifi wi fi sms url pdf usb tv ios android email e mail vip bug id pin qr vat led hdmi bluetooth router
        wechat alipay unionpay visa mastercard huabei sf jd hearthline home gb mb kg cm mm w kw""",
    )
)


@dataclass(frozen=True)
class Guess:
    """A language, and whether the text itself proves it (`certain`) or it only was the more likely one."""

    language: str
    certain: bool


def detect(text: str, previous: str = "", default: str = "en") -> Guess:
    """The language to answer `text` in.

    A certain text decides alone. An ambiguous one ("ok", "HL2026110101", a link, an emoji) keeps `previous`, the
    conversation's language, if there is one.
    """
    form = normal(text)
    words_only = _NOT_LANGUAGE.sub(" ", form)
    han = len(_HAN.findall(words_only))
    chinese = Romanised.NO if han else romanised(_NOT_LANGUAGE.sub(" ", toneless(form)), apart_from=_SHARED)
    if chinese is not Romanised.NO:
        certain = chinese is Romanised.SURELY or not previous
        return Guess("zh" if certain else previous, certain)
    words = _WORD.findall(words_only)
    telling = [word for word in words if word not in _SHARED and len(word) > 1]
    if han and han >= len(telling):
        # One Chinese word holds about two characters, so a Chinese sentence outweighs the English names in it.
        return Guess("zh", True)
    if telling and len(telling) >= 2 * han:
        certain = len(telling) > 1 or not previous
        return Guess("en" if certain else previous, certain)
    if han or telling:
        return Guess("zh" if han >= len(telling) else "en", bool(han))
    return Guess(previous or ("en" if words else default), False)


_NAMES = (
    ("en", re.compile(r"\benglish\b|英文|英语")),
    ("zh", re.compile(r"\bchinese\b|\bmandarin\b|中文|汉语|普通话|国语")),
)


def named_language(text: str) -> str:
    """The language a request such as "can you speak Chinese?" names, or empty; of several the one named first."""
    named = [(found.start(), language) for language, pattern in _NAMES if (found := pattern.search(normal(text)))]
    return min(named)[1] if named else ""
