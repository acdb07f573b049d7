"""What an agent writes in a mail: words with a # in its first line say what it is, the rest is for the customer.

Whatever begins with # and is no such word is kept from the customer, as it may be one with a typing error.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What an agent does besides writing."""

    NOTE = "note"  # not for the customer
    TAKE = "take"
    CLOSE = "close"
    RETURN = "return"
    REOPEN = "reopen"


WORDS: Mapping[str, Act] = {
    "note": Act.NOTE, "internal": Act.NOTE, "内部": Act.NOTE, "備註": Act.NOTE, "备注": Act.NOTE, "內部": Act.NOTE,
    "take": Act.TAKE, "接手": Act.TAKE, "接单": Act.TAKE, "接單": Act.TAKE,
    "close": Act.CLOSE, "solved": Act.CLOSE, "解决": Act.CLOSE, "解決": Act.CLOSE, "关闭": Act.CLOSE,
    "return": Act.RETURN, "bot": Act.RETURN, "转回": Act.RETURN, "轉回": Act.RETURN, "机器人": Act.RETURN,
    "reopen": Act.REOPEN, "重开": Act.REOPEN, "重開": Act.REOPEN, "重新打开": Act.REOPEN,
}  # fmt: skip
"""As they are written behind the #."""
MARKS = {"en": "##- Please write above this line -##", "zh": "##- 请在此行上方回复 -##"}
"""Stands on top of our mails: what comes back with an answer from here on is ours, whatever else a program quotes."""
_MARK = re.compile(r"^[>\s|]*##-.{1,60}-##.*", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"#\s?([^\W\d]\w*)[:：,，.。]*\s*")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A mail of an agent: what it does, and what it says to the customer (or, as a note, to nobody)."""

    acts: tuple[Act, ...]
    text: str

    @property
    def is_note(self) -> bool:
        """Whether the customer must not see it."""
        return Act.NOTE in self.acts


def answer_in(text: str) -> Answer:
    """What the words of a mail mean; quotes and signatures are cut off already, by their marks."""
    first, _, rest = _MARK.sub("", text).strip().partition("\n")
    line, acts = first.replace("＃", "#"), list[Act]()
    while match := _WORD.match(line):
        act = WORDS.get(unicodedata.normalize("NFKC", match[1]).lower())
        acts.append(act or Act.NOTE)
        if act is None:
            break
        line = line[match.end() :]
    said = f"{line}\n{rest}" if acts else f"{first}\n{rest}"
    return Answer(acts=tuple(dict.fromkeys(acts)), text=said.strip())
