"""What of a handoff leaves to a helpdesk, and what is masked before. Stands as `privacy` at each helpdesk in desks.yml.

What masks is `frontdoor/privacy/`; docs/desks/privacy.md says what is recognised, and how well.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import regex
from pydantic import AfterValidator, Field, field_validator

from connectors.settings import Section, invalid

Treatment = Literal["send", "mask"]

PATIENCE_S = 1.0
"""How long a pattern of the company's own may take for one text."""
PROBE, PROBE_S = 2_000, 0.5  # characters of a probe, and how long it may take
CUSTOM = "custom:"
"""How the kind of what a company's own pattern finds begins; its name follows."""
WITHHELD = "withheld"
"""The kind of a whole text that nobody could look at."""

MARKS = {
    "names": ("name", "姓名"),
    "phones": ("phone", "电话"),
    "emails": ("e-mail", "邮箱"),
    "addresses": ("address", "地址"),
    "id_cards": ("ID", "证件号"),
    "bank_cards": ("card", "银行卡"),
    "ibans": ("IBAN", "IBAN账号"),
    "chat_ids": ("chat name", "社交账号"),
    "plates": ("plate", "车牌"),
    "ip_addresses": ("IP", "IP地址"),
    WITHHELD: ("text", "文本"),
}
"""What marks say of each kind, in English and in Chinese."""
KINDS = tuple(kind for kind in MARKS if kind != WITHHELD)
"""What is recognised without patterns of the company's own."""


def _harmless(pattern: str) -> str:
    """The pattern, once it was seen to compile, to match something, and to end in time on texts that are long."""
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise invalid(
            f"is no regular expression: {error}", "Python's syntax is meant, as of the library regex."
        ) from error
    try:
        if any(not found.group() for text in ("", "a 1") for found in compiled.finditer(text, timeout=PROBE_S)):
            raise invalid("matches where nothing stands", r"Ask for at least one character, such as \d{8}.")
        for probe in _probes(pattern):
            for _ in compiled.finditer(probe, timeout=PROBE_S):
                pass
    except TimeoutError as error:
        remedy = "Repeat nothing that repeats itself: (\\d+)+ is \\d+. Possessive \\d++ never goes back."
        raise invalid("takes time that grows far faster than the text", remedy) from error
    return pattern


def _probes(pattern: str) -> Iterator[str]:
    """Texts on which a pattern that goes back and forth does not end: what it may repeat, and then something else."""
    letters = [*dict.fromkeys(each for each in pattern if each.isalnum()), "a", "1", " ", "-", "中"]
    for unit in dict.fromkeys((*letters[:12], *letters[-5:], "a1", "1 ", "1-", "a-", "".join(letters[:12]))):
        yield (unit * PROBE)[:PROBE] + "\x00" + "".join(letters)  # else what must follow is missed without a look


class OwnPattern(Section):
    """Something of the company's own that must not leave, such as member numbers."""

    name: Annotated[str, Field(pattern=r"^\p{L}[\p{L}\p{N} _-]{0,23}$")]
    """What the mark says: `member number` becomes [member number 1]."""

    pattern: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_harmless)]
    """A regular expression. What it finds is masked; `\\K` leaves out what stands before: `member no\\. \\K\\d+`."""


class Privacy(Section):
    """Everything but bank cards and identity papers leaves, unless something else is said."""

    names: Treatment = "send"
    """The customer's name, and people's names where somebody says whose it is ("my name is …", 收件人：…)."""

    phones: Treatment = "send"
    """Phone numbers: mainland China, Hong Kong, Macau, Taiwan, and international ones. Service numbers (400…) stay."""

    emails: Treatment = "send"
    """E-mail addresses."""

    addresses: Treatment = "send"
    """Postal addresses, down to the house."""

    id_cards: Treatment = "mask"
    """Identity papers: 身份证, identity cards of Hong Kong and Taiwan; permits and passports where it says so."""

    bank_cards: Treatment = "mask"
    """Numbers of bank and credit cards."""

    ibans: Treatment = "send"
    """Numbers of bank accounts as IBAN."""

    chat_ids: Treatment = "send"
    """WeChat, QQ, LINE and Weibo names, where it says so."""

    plates: Treatment = "send"
    """Chinese number plates of cars."""

    ip_addresses: Treatment = "send"
    """Addresses of computers."""

    attachments: Literal["send", "link", "none"] = "send"
    """Files: as they are, as a link that works for a week, or not at all. What is in a file is not looked at."""

    transcript: Literal["full", "summary", "none"] = "full"
    """What was said before the handoff: every message, the summary only, or neither. The question, and what is said
    after, always leaves."""

    custom: Annotated[tuple[OwnPattern, ...], Field(max_length=20)] = ()
    """Patterns of the company's own."""

    @field_validator("custom")
    @classmethod
    def _names_differ(cls, value: tuple[OwnPattern, ...]) -> tuple[OwnPattern, ...]:
        names = ["".join(each.name.casefold().split()) for each in value]
        taken = {"".join(name.casefold().split()) for pair in MARKS.values() for name in pair}
        if len({*names} - taken) < len(names):
            raise invalid("has a name twice, or one that marks have already", "Give each pattern a name of its own.")
        return value

    @property
    def masked(self) -> frozenset[str]:
        """The kinds that are masked; the company's own are among them with `CUSTOM` before their names."""
        return frozenset(kind for kind in KINDS if getattr(self, kind) == "mask") | {
            f"{CUSTOM}{each.name}" for each in self.custom
        }
