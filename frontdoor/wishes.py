"""Wishes that a customer says in so many words, which are the service's own business and not the bot's.

Only whole messages count: "unsubscribe", "继续用微信聊" and the like; a sentence that merely has such a word in it is
the bot's.
"""

import unicodedata
from enum import StrEnum

import regex

from frontdoor.names import CHANNEL_NAMES


class Wish(StrEnum):
    """What is wished."""

    CONTINUE = "continue"  # to go on on another channel
    UNSUBSCRIBE = "unsubscribe"  # to hear nothing more here


LONGEST = 60
_NAMES = "|".join(sorted({regex.escape(name.casefold()) for each in CHANNEL_NAMES.values() for name in each.values()}))
_CONTINUE = regex.compile(
    r"(?:can (?:i|we) |could (?:i|we) |please |i(?:'d| would) like to |i want to )?"
    rf"(?:continue|go on|carry on) (?:this |the chat |this chat |here |our chat )?(?:on|via|by|in|elsewhere) ?"
    rf"(?:another channel|a different channel|my phone|{_NAMES})?(?: please)?[.!?]*"
    rf"|(?:请|我想|我要|能不能|可以)?(?:换个?|切换|换到|切换到|转到)(?:其他|别的|另一个)?(?:渠道|{_NAMES})(?:继续)?(?:聊|咨询)?[吗。!?]*"
    rf"|(?:请|我想|我要|能不能|可以)?(?:在|到|去|用|继续用)(?:其他渠道|别的渠道|手机|{_NAMES})(?:上)?(?:继续)?(?:聊|咨询|继续)[吗。!?]*"
)
_UNSUBSCRIBE = regex.compile(r"unsubscribe|stop ?all|退订|取消订阅|回复?[tT]退订|td|STOP")
_SHOUTED = regex.compile(r"STOP")


def wish_of(text: str) -> Wish | None:
    """The wish that a message consists of, if it is one."""
    if len(text) > LONGEST:
        return None
    said = " ".join(unicodedata.normalize("NFKC", text).split())
    folded = said.casefold()
    if _SHOUTED.fullmatch(said) or _UNSUBSCRIBE.fullmatch(folded):
        return Wish.UNSUBSCRIBE
    return Wish.CONTINUE if _CONTINUE.fullmatch(folded) else None
