"""How a customer sounds: plain word lists whose verdict anyone can follow."""

import re
from collections.abc import Sequence

NEGATIVE = re.compile(
    r"\b(angry|annoy\w*|awful|terrible|horrible|useless|ridiculous|unacceptable|worst|scam|fraud|disappoint\w*|furious|"
    r"fed up|rubbish|pathetic|never again|complain\w*|still (not|no|waiting|broken)|waste of)\b|[!?！？]{3,}|"
    r"垃圾|太差|差劲|气死|生气|愤怒|投诉|骗子|骗人|坑人|失望|无语|没用|敷衍|忽悠|恶心|受不了|什么破|"
    r"还没(到|好|修|处理|解决)|到底",
    re.IGNORECASE,
)
POSITIVE = re.compile(
    r"\b(thanks|thank you|great|perfect|awesome|excellent|appreciate\w*|helpful|love)\b|"
    r"谢谢|感谢|太好了|不错|很棒|满意|给力",
    re.IGNORECASE,
)


def mood(texts: Sequence[str]) -> str:
    """`negative`, `neutral` or `positive`: what the last words weigh, the latest counting double."""
    score = 0
    for index, text in enumerate(texts):
        weight = 2 if index == len(texts) - 1 else 1
        score += weight * (bool(POSITIVE.search(text)) - 2 * bool(NEGATIVE.search(text)))
    return "negative" if score < 0 else "positive" if score > 0 else "neutral"
